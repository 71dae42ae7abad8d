//! The API as integrators meet it.

use crate::house::TestHouse;
use serde_json::{Value, json};

#[actix_web::test]
async fn a_patient_is_made_found_changed_and_guarded_against_lost_updates() {
    let house = TestHouse::open().await;
    let made = house
        .http
        .post(house.at("/api/v1/patients"))
        .json(&json!({
            "family_name": "Østergaard", "given_names": "Lars", "birth_date": "1982-10-03", "sex": "male",
            "identifiers": [{ "authority": "Copenhagen Sound Fertility", "value": "CSF-55210" }],
        }))
        .send()
        .await
        .unwrap();
    assert_eq!(made.status(), 201);
    let location = made.headers()["location"].to_str().unwrap().to_owned();
    let etag = made.headers()["etag"].to_str().unwrap().to_owned();
    let found: Value = house
        .http
        .get(house.at("/api/v1/patients?q=ostergaard%20lars"))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(found["items"].as_array().unwrap().len(), 1);
    assert_eq!(
        location,
        format!(
            "/api/v1/patients/{}",
            found["items"][0]["id"].as_str().unwrap()
        )
    );

    let change = json!({ "given_names": "Lars Emil" });
    let patch = |etag: Option<String>| {
        let request = house.http.patch(house.at(&location)).json(&change);
        match etag {
            Some(etag) => request.header("if-match", etag),
            None => request,
        }
        .send()
    };
    assert_eq!(patch(None).await.unwrap().status(), 428);
    let changed = patch(Some(etag.clone())).await.unwrap();
    assert_eq!(changed.status(), 200);
    assert_eq!(
        changed.json::<Value>().await.unwrap()["given_names"],
        "Lars Emil"
    );
    let stale = patch(Some(etag)).await.unwrap();
    assert_eq!(stale.status(), 412);
    assert_eq!(stale.json::<Value>().await.unwrap()["code"], "stale");

    let (_, stranger) = house.other_clinic().await;
    assert_eq!(
        stranger
            .get(house.at(&location))
            .send()
            .await
            .unwrap()
            .status(),
        404
    );
}

#[actix_web::test]
async fn without_a_token_nothing_is_told() {
    let house = TestHouse::open().await;
    let stranger = reqwest::Client::new();
    for path in [
        "/api/v1/patients",
        "/api/v1/jobs",
        "/api/v1/documents",
        "/api/v1/inbox",
    ] {
        let answer = stranger.get(house.at(path)).send().await.unwrap();
        assert_eq!(answer.status(), 401, "{path}");
        assert_eq!(
            answer.json::<Value>().await.unwrap()["code"],
            "unauthenticated"
        );
    }
}

#[actix_web::test]
async fn bodies_and_queries_that_cannot_be_used_are_named_without_their_text() {
    let house = TestHouse::open().await;
    let post = |body: &'static str| {
        house
            .http
            .post(house.at("/api/v1/patients"))
            .header("content-type", "application/json")
            .body(body)
            .send()
    };
    let broken = post("{\"family_name\": \"ZZCANARY").await.unwrap();
    assert_eq!(broken.status(), 400);
    assert!(!broken.text().await.unwrap().contains("ZZCANARY"));
    let wrong = post(r#"{"family_name": "A", "birth_date": "ZZCANARY"}"#)
        .await
        .unwrap();
    assert_eq!(wrong.status(), 400);
    assert!(!wrong.text().await.unwrap().contains("ZZCANARY"));
    let query = house
        .http
        .get(house.at("/api/v1/patients?limit=ZZ"))
        .send()
        .await
        .unwrap();
    assert_eq!(query.status(), 400);
    assert_eq!(
        query.json::<Value>().await.unwrap()["code"],
        "unusable-query"
    );
    let id = house
        .http
        .get(house.at("/api/v1/patients/not-an-id"))
        .send()
        .await
        .unwrap();
    assert_eq!(id.status(), 404);
}

#[actix_web::test]
async fn pages_follow_each_other_without_gap_or_repetition() {
    let house = TestHouse::open().await;
    let names: Vec<String> = (0..7).map(|number| format!("Name{number}")).collect();
    let csv = names
        .iter()
        .fold(String::from("family_name,given_names\n"), |csv, name| {
            csv + name + ",Given\n"
        });
    let report: Value = house
        .http
        .post(house.at("/api/v1/patients/import"))
        .header("content-type", "text/csv")
        .body(csv)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(report["created"], 7);
    let mut seen = Vec::new();
    let mut next = Some("/api/v1/patients?limit=3".to_owned());
    while let Some(path) = next {
        let answer = house.http.get(house.at(&path)).send().await.unwrap();
        next = answer.headers().get("link").map(|link| {
            let link = link.to_str().unwrap();
            link[1..link.find('>').unwrap()].to_owned()
        });
        let page: Value = answer.json().await.unwrap();
        for item in page["items"].as_array().unwrap() {
            seen.push(item["family_name"].as_str().unwrap().to_owned());
        }
    }
    seen.sort();
    assert_eq!(seen, names);
}
