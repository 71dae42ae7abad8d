//! A recipient's paper that names the donor, by every way to it.

use super::{asked, linked, nurse, registered, sent};
use crate::house::TestHouse;
use serde_json::{Value, json};

const DONOR: &str = "Falkenried";

fn donor() -> Value {
    json!({
        "family_name": DONOR, "given_names": "Jonasson", "birth_date": "1991-05-17",
        "identifiers": [{ "authority": "bank", "value": "77-4455-9" }], "donor_code": "D-1042",
    })
}

/// Whether the nurse is given the original, the picture and the text, or told why not.
async fn paper(house: &TestHouse, http: &reqwest::Client, document: &str) -> Vec<(u16, String)> {
    let mut answers = Vec::new();
    for part in ["original", "pages/1/image", "pages/1"] {
        let path = format!("/api/v1/documents/{document}/{part}");
        let (status, body) = asked(house, http, &path).await;
        let problem: Value = serde_json::from_str(&body).unwrap_or_default();
        let because = problem["errors"][0]["detail"].as_str().unwrap_or_default();
        answers.push((status, because.to_owned()));
    }
    answers
}

fn shown() -> Vec<(u16, String)> {
    vec![(200, String::new()); 3]
}

fn kept(because: &str) -> Vec<(u16, String)> {
    vec![(403, because.to_owned()); 3]
}

#[actix_web::test]
async fn a_paper_that_names_the_donor_is_withheld_from_the_day_of_the_link() {
    let house = TestHouse::open().await;
    let nurse = nurse(&house).await;
    registered(&house, &house.http, donor()).await;
    let recipient = registered(&house, &nurse, json!({ "family_name": "Prosser" })).await;
    let patient = Some(recipient.as_str());
    let silent = sent(&house, &nurse, patient, &["FSH 5.5 IU/l", "of D-1042"]).await;
    let line = "LH 4.5 IU/l Falkenried";
    let by_name = sent(
        &house,
        &nurse,
        patient,
        &[line, "donor Jonasson FALKENRIED"],
    )
    .await;
    let by_number = sent(&house, &nurse, patient, &["AMH 2.1 ng/ml", "ref 77 4455 9"]).await;
    let by_birth = sent(
        &house,
        &nurse,
        patient,
        &["TSH 1.1 mIU/l", "Falkenried *17.05.1991"],
    )
    .await;
    let all = [&silent, &by_name, &by_number, &by_birth];
    for document in all {
        assert_eq!(paper(&house, &nurse, document).await, shown());
    }
    linked(&house, &recipient).await;
    assert_eq!(paper(&house, &nurse, &silent).await, shown());
    for document in [&by_name, &by_number, &by_birth] {
        assert_eq!(paper(&house, &nurse, document).await, kept("names_donor"));
        let (status, page) = asked(&house, &nurse, &format!("/documents/{document}")).await;
        assert!(status != 200 || (page.contains("The paper is withheld") && !page.contains(DONOR)));
    }
    for document in all {
        assert_eq!(paper(&house, &house.http, document).await, shown());
    }

    // What was read is shown without the name.
    let document = format!("/api/v1/documents/{by_name}");
    let whole = house.get(&document).await.to_string();
    assert!(whole.contains(DONOR), "the paper names nobody: {whole}");
    for path in [
        document.clone(),
        "/api/v1/documents".to_owned(),
        "/api/v1/inbox".to_owned(),
        format!("/api/v1/patients/{recipient}"),
        format!("/api/v1/patients/{recipient}/summary"),
    ] {
        let (status, body) = asked(&house, &nurse, &path).await;
        assert_eq!(status, 200, "{path}");
        for telling in [DONOR, "FALKENRIED", "Jonasson"] {
            assert!(!body.contains(telling), "{path} tells {telling}: {body}");
        }
    }
    let (_, read) = asked(&house, &nurse, &document).await;
    let read: Value = serde_json::from_str(&read).unwrap();
    assert_eq!(read["withheld_because"], "names_donor");

    // Nor can the donor be registered again out of it.
    let path = house.at(&format!("/api/v1/documents/{by_name}/patient"));
    if read["filing"] == "held" {
        let made = nurse.post(path).send().await.unwrap();
        assert!(!made.status().is_success());
    }

    let refused: i64 = house
        .database
        .admin()
        .await
        .query_one(
            "SELECT count(*) FROM fertidoc.audit_event
              WHERE outcome = 'refused' AND action IN ('document.download', 'document.page_image', 'document.text')
                AND detail ->> 'withheld_because' = 'names_donor'",
            &[],
        )
        .await
        .unwrap()
        .get(0);
    assert_eq!(refused, 9);
}

#[actix_web::test]
async fn what_nobody_could_read_may_name_the_donor() {
    let house = TestHouse::open().await;
    let nurse = nurse(&house).await;
    registered(&house, &house.http, donor()).await;
    let recipient = registered(&house, &nurse, json!({ "family_name": "Prosser" })).await;
    let read = house
        .upload_and_read("hormone_password_protected.pdf", Some(&recipient))
        .await;
    let id = read["id"].as_str().unwrap();
    let path = format!("/api/v1/documents/{id}/original");
    assert_eq!(asked(&house, &nurse, &path).await.0, 200);
    linked(&house, &recipient).await;
    let (status, body) = asked(&house, &nurse, &path).await;
    assert_eq!(status, 403);
    assert!(body.contains("may_name_donor"), "{body}");
    assert_eq!(asked(&house, &house.http, &path).await.0, 200);
}
