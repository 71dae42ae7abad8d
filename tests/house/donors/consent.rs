//! A partner is shown beside the other with the couple's consent, and not without.

use super::{asked, nurse, registered};
use crate::house::{TestHouse, eventually};
use serde_json::{Value, json};
use std::time::Duration;

#[actix_web::test]
async fn without_consent_a_partner_is_linked_and_nothing_more() {
    let house = TestHouse::open().await;
    let http = nurse(&house).await;
    let her = registered(
        &house,
        &http,
        json!({ "family_name": "Prosser", "given_names": "Siân" }),
    )
    .await;
    let him = registered(
        &house,
        &http,
        json!({ "family_name": "Gwilliams", "given_names": "Emrys" }),
    )
    .await;
    let path = format!("/api/v1/patients/{her}");
    let summary = format!("{path}/summary");
    let partners = format!("{path}/partners");
    let link = json!({ "partner_id": him, "since": "2024-01-01" });
    let made = http
        .post(house.at(&partners))
        .json(&link)
        .send()
        .await
        .unwrap();
    assert_eq!(made.status(), 201);
    let made: Value = made.json().await.unwrap();
    let link = made["partners"][0]["link"].as_str().unwrap().to_owned();
    // Recorded and withdrawn several times: each is there at once, from memory too.
    let read = async || {
        let first = asked(&house, &http, &summary).await.1;
        let again = asked(&house, &http, &summary).await.1;
        let both: [Value; 2] = [&first, &again].map(|body| serde_json::from_str(body).unwrap());
        // What comes later is never older; the same version is the same summary.
        assert!(both[0]["version"].as_i64() <= both[1]["version"].as_i64());
        if both[0]["version"] == both[1]["version"] {
            assert_eq!(both[0]["patient"], both[1]["patient"]);
        }
        both[1]["patient"]["partners"][0].clone()
    };
    for round in 0..3 {
        assert_eq!(read().await["patient_id"], Value::Null, "round {round}");
        assert_eq!(read().await["link"], link.as_str());
        let (_, register) = asked(&house, &http, &path).await;
        let (_, page) = asked(&house, &http, &format!("/patients/{her}")).await;
        let (_, form) = asked(&house, &http, &format!("/patients/{her}/edit")).await;
        for text in [&register, &page, &form] {
            for telling in [him.as_str(), "Gwilliams", "Emrys"] {
                assert!(!text.contains(telling), "{text}");
            }
        }
        let consent = house.at(&format!("{partners}/{link}/consent"));
        let given = http
            .put(&consent)
            .json(&json!({ "consented_on": "2024-02-02" }));
        assert_eq!(given.send().await.unwrap().status(), 200);
        // A notice may be on its way to the memory of the process that answers.
        eventually(
            Duration::from_secs(5),
            "the partner to be shown",
            || async { (read().await["patient_id"] == him.as_str()).then_some(()) },
        )
        .await;
        assert_eq!(read().await["consented_on"], "2024-02-02");
        let (_, register) = asked(&house, &http, &path).await;
        assert!(register.contains("Gwilliams") && register.contains(&him));
        assert_eq!(http.delete(&consent).send().await.unwrap().status(), 200);
        eventually(
            Duration::from_secs(5),
            "the partner to be hidden",
            || async { (read().await["patient_id"] == Value::Null).then_some(()) },
        )
        .await;
    }
    let admin = house.database.admin().await;
    let recorded: i64 = admin
        .query_one(
            "SELECT count(*) FROM fertidoc.audit_event
              WHERE action IN ('patient.consent', 'patient.withdraw_consent') AND agent_id IS NOT NULL",
            &[],
        )
        .await
        .unwrap()
        .get(0);
    assert_eq!(recorded, 6);
    let end = http.delete(house.at(&format!("{partners}/{link}?until=2025-01-01")));
    assert_eq!(end.send().await.unwrap().status(), 200);
    let tomorrow = json!({ "consented_on": "2999-01-01" });
    let consent = house.at(&format!("{partners}/{link}/consent"));
    let refused = http.put(&consent).json(&tomorrow).send().await.unwrap();
    assert_eq!(refused.status(), 400);
}
