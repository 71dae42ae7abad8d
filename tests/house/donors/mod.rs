//! Donors and the recipients' side, and partners with and without consent, by every way in.

mod consent;
mod plans;
mod wall;
mod withheld;

use crate::hostile;
use crate::house::{TestHouse, client, eventually};
use fertidoc::access::{self, Scope, Scopes};
use reqwest::Client;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_mins(1);

/// A client of the house's clinic with these scopes.
async fn with_scopes(house: &TestHouse, scopes: &[Scope]) -> Client {
    let scopes: Scopes = scopes.iter().copied().collect();
    let token = access::create_token(&house.pools.app, house.clinic, "some", scopes, None)
        .await
        .unwrap();
    client(&token.secret)
}

/// Somebody who reads, writes and uploads, and does not see donors.
async fn nurse(house: &TestHouse) -> Client {
    with_scopes(
        house,
        &[Scope::Read, Scope::Write, Scope::Upload, Scope::Genetics],
    )
    .await
}

/// Registers somebody by JSON; the id.
async fn registered(house: &TestHouse, http: &Client, person: Value) -> String {
    let made = http.post(house.at("/api/v1/patients")).json(&person);
    let made = made.send().await.unwrap();
    assert_eq!(made.status(), 201);
    let made: Value = made.json().await.unwrap();
    made["id"].as_str().unwrap().to_owned()
}

/// Sends a paper with these lines and waits until it is read; the id.
async fn sent(house: &TestHouse, http: &Client, patient: Option<&str>, lines: &[&str]) -> String {
    let mut form = Form::new();
    if let Some(patient) = patient {
        form = form.text("patient_id", patient.to_owned());
    }
    let file = Part::bytes(hostile::plain(lines)).file_name("report.pdf");
    let sent = http
        .post(house.at("/api/v1/documents"))
        .multipart(form.part("file", file));
    let sent: Value = sent.send().await.unwrap().json().await.unwrap();
    let id = sent["documents"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/documents/{id}");
    eventually(PATIENCE, "the document to be read", || async {
        let document = house.get(&path).await;
        (document["state"] != "stored" && document["state"] != "reading").then_some(())
    })
    .await;
    id
}

/// The status of a GET and its body as text.
async fn asked(house: &TestHouse, http: &Client, path: &str) -> (u16, String) {
    let answer = http.get(house.at(path)).send().await.unwrap();
    let status = answer.status().as_u16();
    (
        status,
        String::from_utf8_lossy(&answer.bytes().await.unwrap()).into_owned(),
    )
}

/// Links a recipient with the donor `D-1042`.
async fn linked(house: &TestHouse, recipient: &str) {
    let body = json!({ "donor_code": "D-1042", "kind": "oocyte", "since": "2024-03-01" });
    let path = format!("/api/v1/patients/{recipient}/donations");
    let answer = house.http.post(house.at(&path)).json(&body).send().await;
    assert_eq!(answer.unwrap().status(), 201);
}
