//! SEC23: whatever is sent, what comes back is a problem with a code or a page, without a word of
//! what is inside, and the fault is never ours.

use super::surface;
use crate::house::TestHouse;
use fertidoc::app::Roles;
use reqwest::{Client, Method, redirect::Policy};
use serde_json::{Value, json};

/// What stands where an id should, percent-encoded as it travels.
fn words() -> Vec<String> {
    let mut words: Vec<String> = [
        "%00",
        "..%2f..%2f..%2fetc%2fpasswd",
        "%27%20OR%201=1--",
        "%F0%9F%92%A5",
        "%ff%fe",
        "%0d%0aSet-Cookie:%20a=b",
        "%1b%5b31m",
        "-1",
        "0",
        "99999999999999999999",
        "NaN",
        "%7b%7b7*7%7d%7d",
        "%3cscript%3ealert(1)%3c/script%3e",
        "%E2%80%AE",
        "00000000-0000-0000-0000-000000000000",
    ]
    .map(ToOwned::to_owned)
    .into();
    words.push("9".repeat(5_000));
    words
}

/// Values that no field expects.
fn values() -> Vec<Value> {
    vec![
        json!(null),
        json!(-1),
        json!(1e308),
        json!(u64::MAX),
        json!(true),
        json!([[[[]]]]),
        json!({ "$ne": 1 }),
        json!(""),
        json!("\u{0}"),
        json!("a\u{0}b"),
        json!("\r\nSet-Cookie: a=b"),
        json!("\u{1b}[31m"),
        json!("'; DROP TABLE fertidoc.patient; --"),
        json!("9999-99-99"),
        json!("0000-00-00"),
        json!("-292277022399-01-01"),
        json!("💥".repeat(300)),
        json!("a".repeat(100_000)),
    ]
}

/// Method, path, whether it is the API's, and a body with its type.
type Question = (Method, String, bool, Option<(&'static str, Vec<u8>)>);

/// A few bodies that fit in no handler's head.
fn bodies(fields: &[String]) -> Vec<(&'static str, Vec<u8>)> {
    let json = "application/json";
    let form = "application/x-www-form-urlencoded";
    let multipart = "multipart/form-data; boundary=b";
    let mut bodies = vec![
        (json, b"".to_vec()),
        (json, b"{".to_vec()),
        (json, b"\xff\xfe\x00".to_vec()),
        (json, br#"{"family_name":"\ud800"}"#.to_vec()),
        (json, [b"[".repeat(20_000), b"]".repeat(20_000)].concat()),
        (json, vec![b'1'; 2 << 20]),
        (form, b"%00=%ff&a&&=b&=&".to_vec()),
        (form, b"family_name=%00&birth_date=%ff&token=%00&csrf=%00&id=%00".to_vec()),
        ("text/csv", b"family_name,given_names\n\"unclosed,\x00".to_vec()),
        ("text/csv", b"\xff\xfe\x00\x01,\n,,,,\n".to_vec()),
        ("text/csv", b"family_name,given_names,birth_date\nA\x00,B,9999-99-99\n".to_vec()),
        (multipart, b"".to_vec()),
        (multipart, b"--b\r\n\r\nx\r\n--b".to_vec()),
        (multipart, b"--b\r\nContent-Disposition: form-data; name=\"patient_id\"\r\n\r\n\x00\r\n--b--\r\n".to_vec()),
        (multipart, b"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\n\x00\r\n--b--\r\n".to_vec()),
        ("multipart/form-data", b"x".to_vec()),
        ("nonsense", b"x".to_vec()),
        ("application/json; charset=\x7fx", b"{}".to_vec()),
    ];
    for value in values() {
        let all: serde_json::Map<String, Value> = fields
            .iter()
            .map(|field| (field.clone(), value.clone()))
            .collect();
        bodies.push((json, serde_json::to_vec(&Value::Object(all)).unwrap()));
        bodies.push((json, serde_json::to_vec(&value).unwrap()));
    }
    bodies
}

/// Every name of a field, and every name of a parameter, that the document knows.
fn names(document: &Value, fields: &mut Vec<String>, parameters: &mut Vec<String>) {
    match document {
        Value::Object(map) => {
            if let Some(Value::Object(properties)) = map.get("properties") {
                fields.extend(properties.keys().cloned());
            }
            if map.get("in") == Some(&json!("query")) {
                parameters.extend(map["name"].as_str().map(ToOwned::to_owned));
            }
            for value in map.values() {
                names(value, fields, parameters);
            }
        }
        Value::Array(values) => {
            for value in values {
                names(value, fields, parameters);
            }
        }
        _ => {}
    }
}

#[actix_web::test]
async fn whatever_is_sent_the_answer_is_ours_and_tells_nothing_of_the_inside() {
    let house = TestHouse::with(Roles::SERVE, |_| {}).await;
    let document = house.get("/api/openapi.json").await;
    let (mut fields, mut parameters) = (Vec::new(), Vec::new());
    names(&document, &mut fields, &mut parameters);
    for names in [&mut fields, &mut parameters] {
        names.sort();
        names.dedup();
    }
    parameters.extend(["next", "said", "patient", "just", "page", "q"].map(ToOwned::to_owned));
    assert!(fields.len() > 20 && parameters.len() > 8);
    let patient = house.register("Kim", "Daniel", "1987-07-22", "male").await;
    let mut asked: Vec<Question> = Vec::new();
    let places = surface::places(&house).await;
    for place in &places {
        for word in words() {
            asked.push((Method::GET, place.with(&word), place.api, None));
            let query: Vec<_> = parameters
                .iter()
                .map(|name| format!("{name}={word}"))
                .collect();
            let path = format!("{}?{}", place.with(&patient), query[0]);
            asked.push((Method::GET, path, place.api, None));
            for query in &query {
                let path = format!("{}?{query}", place.with(&patient));
                // Long ones are all refused at one place.
                if word.len() < 100 {
                    asked.push((Method::GET, path, place.api, None));
                }
            }
        }
        for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            let path = place.with(&patient);
            // What no route takes was asked for already.
            let lowered = method.as_str().to_lowercase();
            let taken = if place.api {
                document["paths"][&place.path][&lowered].is_object()
            } else {
                method == Method::POST
            };
            if taken {
                for body in bodies(&fields) {
                    asked.push((method.clone(), path.clone(), place.api, Some(body)));
                }
                asked.push((method.clone(), place.with("%00"), place.api, None));
            }
        }
    }
    let browser = Client::builder().redirect(Policy::none()).build().unwrap();
    let place = |api| surface::Place {
        path: String::new(),
        api,
    };
    let (mut wrong, mut answered, mut refused) = (Vec::new(), 0, 0);
    for (method, path, api, body) in &asked {
        let mut request = browser
            .request(method.clone(), format!("{}{path}", house.url))
            .bearer_auth(&house.token)
            .header("cookie", format!("fertidoc={}", house.token))
            .header("if-match", "\"\u{7f}not a revision\"")
            .header("sec-fetch-site", "same-origin");
        if let Some((media_type, body)) = body {
            let kind = reqwest::header::HeaderValue::from_bytes(media_type.as_bytes());
            if let Ok(kind) = kind {
                request = request.header("content-type", kind);
            }
            request = request.body(body.clone());
        }
        let Ok(answer) = request.send().await else {
            // A body that is far too long is cut; a path that is no path is not sent.
            continue;
        };
        answered += 1;
        let status = answer.status().as_u16();
        if status < 400 || path.starts_with("/readyz") {
            continue;
        }
        refused += 1;
        let short = |text: &str| text.chars().take(160).collect::<String>();
        let body = body
            .as_ref()
            .map(|(kind, body)| (kind, short(&String::from_utf8_lossy(body))));
        let words = format!("{method} {} {body:?}: {status}", short(path));
        let media_type = answer
            .headers()
            .get("content-type")
            .map_or("", |it| it.to_str().unwrap())
            .to_owned();
        let text = answer.text().await.unwrap();
        if status >= 500 {
            wrong.push(format!("{words}: {}", short(&text)));
        } else if let Some(error) = surface::wrong_with(&place(*api), status, &media_type, &text) {
            wrong.push(format!("{words}: {}", short(&error)));
        }
    }
    println!(
        "{} questions, {answered} answered, {refused} refused",
        asked.len()
    );
    assert!(answered * 10 > asked.len() * 9 && refused * 2 > answered);
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong
            .iter()
            .take(60)
            .cloned()
            .collect::<Vec<_>>()
            .join("\n")
    );
}
