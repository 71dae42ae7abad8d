//! SEC17, SEC20: what binds the browser is on every answer, whoever asks for whatever and however
//! wrongly; what may be kept of patients' data is said on each of them.

use super::surface::{self, Place};
use crate::house::TestHouse;
use fertidoc::app::Roles;
use reqwest::{Client, Method, StatusCode, header::HeaderMap, redirect::Policy};

const SAME: [(&str, &str); 7] = [
    ("strict-transport-security", "max-age=63072000"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "same-origin"),
    (
        "permissions-policy",
        "camera=(), geolocation=(), microphone=()",
    ),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
];

/// What is wrong with the head of an answer.
pub fn wrong_with(place: &Place, status: StatusCode, headers: &HeaderMap) -> Vec<String> {
    let said = |name: &str| {
        let values: Vec<_> = headers
            .get_all(name)
            .iter()
            .map(|value| value.to_str().unwrap_or("unreadable"))
            .collect();
        values.join(" AND ")
    };
    let mut wrong = Vec::new();
    for (name, value) in SAME {
        if said(name) != value {
            wrong.push(format!("{name}: {}", said(name)));
        }
    }
    if uuid::Uuid::parse_str(&said("x-request-id")).is_err() {
        wrong.push(format!("x-request-id: {}", said("x-request-id")));
    }
    let policy = said("content-security-policy");
    let bound = if said("content-type").starts_with("text/html") {
        policy.contains("script-src 'self';") && policy.contains("base-uri 'none'")
    } else {
        policy.contains("sandbox")
    };
    if !bound
        || !policy.contains("default-src 'none'")
        || !policy.contains("frame-ancestors 'none'")
        || policy.contains("unsafe")
        || policy.contains(" AND ")
    {
        wrong.push(format!("content-security-policy: {policy}"));
    }
    let kept = said("cache-control");
    let asset = place.path.starts_with("/assets/") && status == 200;
    if kept != "no-store" && !(asset && kept.contains("immutable")) {
        wrong.push(format!("cache-control: {kept}"));
    }
    wrong
}

#[actix_web::test]
async fn every_answer_carries_every_header_once_and_every_error_is_one_of_ours() {
    let mut house = TestHouse::with(Roles::SERVE, |_| {}).await;
    let stranger = Client::builder().redirect(Policy::none()).build().unwrap();
    let methods = [
        "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW",
    ];
    let nobody = uuid::Uuid::now_v7().to_string();
    let mut wrong = Vec::new();
    let mut asked = 0;
    for place in surface::places(&house).await {
        for method in methods {
            for (who, credentials, site) in [
                ("nobody", None, "same-origin"),
                ("a token", Some(&house.token), "same-origin"),
                ("another site", Some(&house.token), "cross-site"),
            ] {
                for body in ["", "{\"not\": [what, is, wanted"] {
                    let method = Method::from_bytes(method.as_bytes()).unwrap();
                    let mut request = stranger
                        .request(method.clone(), house.at(&place.with(&nobody)))
                        .header("sec-fetch-site", site);
                    if let Some(token) = credentials {
                        request = request.bearer_auth(token);
                        if !place.api {
                            request = request.bearer_auth(token);
                        }
                    }
                    if !body.is_empty() {
                        request = request
                            .body(body)
                            .header("content-type", "application/json");
                    }
                    let answer = request.send().await.unwrap();
                    asked += 1;
                    let status = answer.status().as_u16();
                    let words = format!("{method} {} by {who}: {status}", place.path);
                    for wrong_header in wrong_with(&place, answer.status(), answer.headers()) {
                        wrong.push(format!("{words} {wrong_header}"));
                    }
                    if status >= 400 && method != Method::HEAD && !place.path.ends_with('z') {
                        let media_type = answer
                            .headers()
                            .get("content-type")
                            .map(|value| value.to_str().unwrap().to_owned())
                            .unwrap_or_default();
                        let text = answer.text().await.unwrap();
                        if let Some(error) = surface::wrong_with(&place, status, &media_type, &text)
                        {
                            wrong.push(format!("{words}: {error}"));
                        }
                    }
                }
            }
        }
    }
    println!("{asked} answers");
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    house.close().await;
}

#[actix_web::test]
async fn what_shows_a_patient_is_kept_by_nobody_but_a_summary_that_is_asked_about_each_time() {
    let house = TestHouse::open().await;
    let kim = house
        .register("Kim", "Daniel J", "1987-07-22", "male")
        .await;
    let document = house
        .upload_and_read("semen_us_andrology_reportlab.pdf", None)
        .await;
    let document = document["id"].as_str().unwrap();
    let browser = Client::builder().redirect(Policy::none()).build().unwrap();
    let mut seen = 0;
    for path in [
        "/api/v1/patients?q=kim".to_owned(),
        format!("/api/v1/patients/{kim}"),
        format!("/api/v1/patients/{kim}/summary"),
        "/api/v1/documents".into(),
        "/api/v1/inbox".into(),
        "/api/v1/jobs".into(),
        format!("/api/v1/documents/{document}"),
        format!("/api/v1/documents/{document}/original"),
        format!("/api/v1/documents/{document}/pages/1"),
        format!("/api/v1/documents/{document}/pages/1/image"),
        format!("/api/v1/documents/{document}/events"),
        "/patients?q=kim".into(),
        format!("/patients/{kim}"),
        format!("/documents/{document}"),
        "/documents".into(),
        "/inbox".into(),
    ] {
        let answer = browser
            .get(house.at(&path))
            .bearer_auth(&house.token)
            .bearer_auth(&house.token)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        let kept: Vec<_> = answer.headers().get_all("cache-control").iter().collect();
        if path.ends_with("/summary") {
            assert_eq!(kept, ["private, no-cache"], "{path}");
            assert!(answer.headers().contains_key("etag"));
        } else {
            assert_eq!(kept.len(), 1, "{path}");
            assert!(kept[0].to_str().unwrap().contains("no-store"), "{path}");
        }
        seen += 1;
    }
    assert_eq!(seen, 16);
}

#[actix_web::test]
async fn the_listener_of_operators_is_bound_too() {
    let house = TestHouse::with(Roles::SERVE, |_| {}).await;
    for path in ["/metrics", "/livez", "/readyz", "/nowhere"] {
        let answer = reqwest::get(format!("{}{path}", house.ops_url))
            .await
            .unwrap();
        assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
        assert_eq!(answer.headers()["cache-control"], "no-store");
        assert!(answer.headers().contains_key("content-security-policy"));
    }
}
