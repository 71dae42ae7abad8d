//! The record as pages, and the sealer of a house that is open.

use crate::house::{TestHouse, eventually};
use fertidoc::access::{Scope, Scopes, create_token};
use futures_util::StreamExt as _;
use serde_json::{Value, json};
use std::process::Command;
use std::time::Duration;

async fn page(house: &TestHouse, token: &str, path: &str) -> (u16, String) {
    let browser = reqwest::Client::new();
    let request = browser.get(house.at(path));
    let answer = request.bearer_auth(token).send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

async fn token(house: &TestHouse, scopes: &[Scope]) -> String {
    let scopes: Scopes = scopes.iter().copied().collect();
    let made = create_token(
        &house.pools.app,
        house.clinic,
        "Night <shift>",
        scopes,
        None,
    )
    .await;
    made.unwrap().secret
}

#[actix_web::test]
async fn pages_show_the_record_to_those_who_may_see_it() {
    let house = TestHouse::with(fertidoc::app::Roles::SERVE, |_| {}).await;
    let created: Value = house
        .http
        .post(house.at("/api/v1/patients"))
        .json(&json!({ "family_name": "Okafor", "given_names": "Ada", "identifiers": [] }))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let patient = created["id"].as_str().unwrap();
    let nurse = token(&house, &[Scope::Read]).await;
    let auditor = token(&house, &[Scope::Audit]).await;
    let (status, summary) = page(&house, &nurse, &format!("/patients/{patient}")).await;
    assert_eq!(status, 200);
    assert!(summary.contains(&format!("href=\"/patients/{patient}/audit\"")));
    assert!(
        !summary.contains("href=\"/audit\""),
        "no way to what is not theirs"
    );
    let (status, looked) = page(&house, &nurse, &format!("/patients/{patient}/audit")).await;
    assert_eq!(status, 200);
    assert!(looked.contains("looked at the summary") && looked.contains("registered the patient"));
    assert!(looked.contains("Night &#60;shift&#62;"), "{looked}");
    assert_eq!(page(&house, &nurse, "/audit").await.0, 403);
    let (status, record) = page(
        &house,
        &auditor,
        "/audit?action=summary.&outcome=success&from=2020-01-01",
    )
    .await;
    assert_eq!(status, 200);
    // The field suggests every action there is; the rows are those that were asked for.
    let (_, rows) = record.split_once("</form>").unwrap();
    assert!(rows.contains("looked at the summary") && !rows.contains("registered the patient"));
    assert!(
        record.contains("/api/v1/audit.csv?action=summary.&#38;outcome=success&#38;from=20")
            || record.contains("/api/v1/audit.csv?action=summary.&amp;outcome=success&amp;from=20"),
        "{record}"
    );
    let (status, wrong) = page(&house, &auditor, "/audit?patient=Ada").await;
    assert_eq!(status, 200);
    assert!(wrong.contains("The id of the patient is not complete."));
    // Nothing of the patient but an id is on either page.
    for text in [&looked, &record, &wrong] {
        assert!(!text.contains("Okafor"));
    }
}

#[actix_web::test]
async fn an_open_house_seals_and_anchors_and_the_command_line_proves_it() {
    let mut house = TestHouse::open().await;
    let path = house.at("/api/v1/patients");
    for _ in 0..3 {
        assert_eq!(house.http.get(&path).send().await.unwrap().status(), 200);
    }
    let admin = house.database.admin().await;
    let unsealed = "SELECT count(*) FROM fertidoc.audit_event e
                     WHERE NOT EXISTS (SELECT FROM fertidoc.audit_seal s WHERE s.audit_id = e.audit_id)";
    eventually(
        Duration::from_secs(30),
        "every row to be sealed",
        async || {
            let left: i64 = admin.query_one(unsealed, &[]).await.unwrap().get(0);
            (left == 0).then_some(())
        },
    )
    .await;
    let settings = house.config.clone();
    let verify = async || {
        let (config, words) = (settings.clone(), ["audit", "verify", "--json"]);
        tokio::task::spawn_blocking(move || {
            let done = Command::new(env!("CARGO_BIN_EXE_fertidoc"))
                .args(words)
                .env("FERTIDOC__DB__SEALER_URL", &config.db.sealer_url)
                .env("FERTIDOC__ACCESS__KEY", &config.access.key)
                .env("FERTIDOC__STORE__ENDPOINT", &config.store.endpoint)
                .env("FERTIDOC__STORE__BUCKET", &config.store.bucket)
                .env("FERTIDOC__STORE__ACCESS_KEY", &config.store.access_key)
                .env("FERTIDOC__STORE__SECRET_KEY", &config.store.secret_key)
                .output()
                .unwrap();
            let told: Value = serde_json::from_slice(&done.stdout).unwrap();
            (done.status.code(), told)
        })
        .await
        .unwrap()
    };
    let (code, told) = verify().await;
    assert_eq!((code, &told["intact"]), (Some(0), &json!(true)), "{told}");
    assert!(told["rows"].as_u64().unwrap() >= 3);
    // The last rows and their seals are cut off, and nothing is left in the database that tells.
    let store = fertidoc::storage::Store::new(&house.config.store);
    let key = format!("record-heads/{}", house.clinic);
    eventually(
        Duration::from_secs(30),
        "the anchor of the last row",
        async || {
            let last: i64 = admin
                .query_one("SELECT max(seq) FROM fertidoc.audit_seal", &[])
                .await
                .unwrap()
                .get(0);
            let pieces = store.get_named(&key, None).await.ok()?;
            let body: Vec<_> = pieces.map(|piece| piece.unwrap()).collect().await;
            let head: Value = serde_json::from_slice(&body.concat()).unwrap();
            (head["seq"] == last).then_some(())
        },
    )
    .await;
    assert_eq!(store.list_named("record-heads/").await.unwrap(), [key]);
    house.close().await;
    admin
        .batch_execute(
            "SET session_replication_role = replica;
             CREATE TEMP TABLE gone AS SELECT audit_id FROM fertidoc.audit_event ORDER BY audit_id DESC LIMIT 2;
             DELETE FROM fertidoc.audit_event WHERE audit_id IN (SELECT audit_id FROM gone);
             DELETE FROM fertidoc.audit_seal WHERE audit_id IN (SELECT audit_id FROM gone)",
        )
        .await
        .unwrap();
    let (code, told) = verify().await;
    assert_eq!(code, Some(1));
    assert_eq!(told["findings"][0]["fault"], "cut", "{told}");
}
