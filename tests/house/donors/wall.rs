//! Who does not see donors meets none of them.

use super::{asked, linked, nurse, registered, sent, with_scopes};
use crate::house::TestHouse;
use fertidoc::access::Scope;
use serde_json::{Value, json};

/// Whatever would tell who the donor is.
const TELLING: [&str; 4] = ["Falkenried", "Jonasson", "1991-05-17", "77-4455-9"];

fn donor() -> Value {
    json!({
        "family_name": "Falkenried", "given_names": "Jonasson", "birth_date": "1991-05-17", "sex": "female",
        "identifiers": [{ "authority": "bank", "value": "77-4455-9" }], "donor_code": "D-1042",
    })
}

fn assert_silent(text: &str, donor: &str, where_: &str) {
    for telling in TELLING.iter().chain([&donor]) {
        assert!(!text.contains(telling), "{where_} tells {telling}");
    }
}

#[actix_web::test]
async fn a_donor_is_met_by_nobody_without_the_sight() {
    let house = TestHouse::open().await;
    let nurse = nurse(&house).await;
    let donor = registered(&house, &house.http, donor()).await;
    let recipient = registered(&house, &nurse, json!({ "family_name": "Prosser" })).await;
    linked(&house, &recipient).await;
    let paper = sent(&house, &house.http, Some(&donor), &["FSH 5.5 IU/l"]).await;
    let job = house.get("/api/v1/jobs").await["items"][0]["id"].clone();
    let job = job.as_str().unwrap();

    // What whoever sees donors is shown is not shown, as if it were nowhere.
    let things = [
        format!("/api/v1/patients/{donor}"),
        format!("/api/v1/patients/{donor}/summary"),
        format!("/api/v1/documents/{paper}"),
        format!("/api/v1/documents/{paper}/original"),
        format!("/api/v1/documents/{paper}/pages/1"),
        format!("/api/v1/documents/{paper}/pages/1/image"),
        format!("/api/v1/documents/{paper}/events"),
        format!("/api/v1/jobs/{job}"),
    ];
    for path in &things {
        assert_eq!(asked(&house, &house.http, path).await.0, 200, "{path}");
        let (status, body) = asked(&house, &nurse, path).await;
        assert_eq!(status, 404, "{path}");
        assert_silent(&body, "D-1042", path);
    }
    for path in [
        "/api/v1/patients".to_owned(),
        "/api/v1/patients?q=falkenried".to_owned(),
        "/api/v1/patients?q=7744559".to_owned(),
        "/api/v1/patients?q=D-1042".to_owned(),
        "/api/v1/patients?q=1991-05-17".to_owned(),
        "/api/v1/documents".to_owned(),
        format!("/api/v1/documents?patient_id={donor}"),
        "/api/v1/inbox".to_owned(),
        "/api/v1/jobs".to_owned(),
        format!("/api/v1/patients/{recipient}"),
        format!("/api/v1/patients/{recipient}/summary"),
    ] {
        let (status, body) = asked(&house, &nurse, &path).await;
        assert_eq!(status, 200, "{path}");
        assert_silent(&body, &donor, &path);
        assert!(!body.contains(&paper) && !body.contains(job), "{path}");
    }

    // On the recipient's side the code and the days stand, and nothing that leads further.
    let (_, shown) = asked(&house, &nurse, &format!("/api/v1/patients/{recipient}")).await;
    let shown: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(shown["donations"][0]["donor_code"], "D-1042");
    assert_eq!(shown["donations"][0]["donor"], Value::Null);
    let path = format!("/api/v1/patients/{recipient}/summary");
    let (_, summary) = asked(&house, &nurse, &path).await;
    let summary: Value = serde_json::from_str(&summary).unwrap();
    assert_eq!(
        summary["patient"]["donations"],
        json!([{ "donor_code": "D-1042", "kind": "oocyte", "since": "2024-03-01", "until": null }])
    );

    // Who sees donors sees the link from both sides.
    let there = house.get(&format!("/api/v1/patients/{recipient}")).await;
    assert_eq!(there["donations"][0]["donor"]["id"], donor.as_str());
    let there = house.get(&format!("/api/v1/patients/{donor}")).await;
    assert_eq!(there["donations"][0]["recipient"]["id"], recipient.as_str());
    let found = house.get("/api/v1/patients?q=d-1042").await;
    assert_eq!(found["items"][0]["id"], donor.as_str());
}

#[actix_web::test]
async fn a_donor_is_changed_linked_and_filed_for_by_nobody_without_the_sight() {
    let house = TestHouse::open().await;
    let nurse = nurse(&house).await;
    let donor_id = registered(&house, &house.http, donor()).await;
    let recipient = registered(&house, &nurse, json!({ "family_name": "Prosser" })).await;
    let paper = sent(&house, &nurse, Some(&recipient), &["FSH 5.5 IU/l"]).await;
    let status =
        |request: reqwest::RequestBuilder| async { request.send().await.unwrap().status() };
    let at = |path: String| house.at(&path);
    let link = json!({ "donor_code": "D-1042", "kind": "oocyte", "since": "2024-03-01" });
    let donations = at(format!("/api/v1/patients/{recipient}/donations"));
    assert_eq!(status(nurse.post(&donations).json(&link)).await, 403);
    let only_sees = with_scopes(&house, &[Scope::Read, Scope::Donors]).await;
    assert_eq!(status(only_sees.post(&donations).json(&link)).await, 403);
    let coded = json!({ "family_name": "Moss", "donor_code": "D-7" });
    let patients = at("/api/v1/patients".into());
    assert_eq!(status(nurse.post(&patients).json(&coded)).await, 403);
    let partners = at(format!("/api/v1/patients/{recipient}/partners"));
    let partner = json!({ "partner_id": donor_id, "since": "2024-01-01" });
    assert_eq!(status(nurse.post(&partners).json(&partner)).await, 404);
    let filed = at(format!("/api/v1/documents/{paper}/patient"));
    let whose = json!({ "patient_id": donor_id });
    assert_eq!(status(nurse.put(&filed).json(&whose)).await, 404);
    let changed = nurse
        .patch(at(format!("/api/v1/patients/{donor_id}")))
        .header("if-match", "\"1\"")
        .json(&json!({ "given_names": "X" }));
    assert_eq!(status(changed).await, 404);

    // The number is taken; by whom is not said.
    let same = json!({ "family_name": "Moss", "identifiers": [{ "authority": "bank", "value": "77 4455 9" }] });
    let taken = nurse.post(&patients).json(&same).send().await.unwrap();
    assert_eq!(taken.status(), 409);
    let body = taken.text().await.unwrap();
    assert!(body.contains("identifier-taken"));
    assert_silent(&body, &donor_id, "the conflict");

    // A code is one donor's, and stays as long as somebody received.
    let again = json!({ "family_name": "Moss", "donor_code": "d-1042" });
    assert_eq!(status(house.http.post(&patients).json(&again)).await, 409);
    linked(&house, &recipient).await;
    let change = |code: Value| {
        let path = at(format!("/api/v1/patients/{donor_id}"));
        let (http, here) = (&house.http, &house);
        let donor_id = &donor_id;
        async move {
            let now =
                here.get(&format!("/api/v1/patients/{donor_id}")).await["revision"].to_string();
            let change = http.patch(path).header("if-match", format!("\"{now}\""));
            let answer = change.json(&json!({ "donor_code": code })).send().await;
            answer.unwrap().status()
        }
    };
    assert_eq!(change(Value::Null).await, 409);
    assert_eq!(change(json!("D-2000")).await, 200);
    let path = format!("/api/v1/patients/{recipient}/summary");
    let (_, summary) = asked(&house, &nurse, &path).await;
    assert!(summary.contains("D-2000") && !summary.contains("D-1042"));
}

#[actix_web::test]
async fn the_same_bytes_as_a_donors_are_the_same_document_and_open_nothing() {
    let house = TestHouse::open().await;
    let nurse = nurse(&house).await;
    let donor = registered(&house, &house.http, donor()).await;
    let line = [
        "Patient: Jonasson Falkenried",
        "DOB: 1991-05-17",
        "FSH 5.5 IU/l",
    ];
    let first = sent(&house, &house.http, None, &line).await;
    let filed = house.get(&format!("/api/v1/documents/{first}")).await;
    assert_eq!(filed["patient"]["id"], donor.as_str(), "{filed}");
    let again = sent(&house, &nurse, None, &line).await;
    assert_eq!(again, first);
    let path = format!("/api/v1/documents/{first}");
    assert_eq!(asked(&house, &nurse, &path).await.0, 404);

    // Taken back from the donor it waits, but not where the recipients' side looks.
    let taken = house.http.delete(house.at(&format!("{path}/patient")));
    assert_eq!(taken.send().await.unwrap().status(), 204);
    assert!(
        house
            .get("/api/v1/inbox")
            .await
            .to_string()
            .contains(&first)
    );
    assert_eq!(asked(&house, &nurse, &path).await.0, 404);
    let (_, inbox) = asked(&house, &nurse, "/api/v1/inbox").await;
    assert_silent(&inbox, &donor, "the inbox");
    assert!(inbox.contains(r#""items":[]"#), "{inbox}");
}
