//! What the patient goes through, well and badly.

use super::needles::{BORN, VALUE, WORD};
use super::ports::Ports;
use crate::hostile;
use crate::house::{Person, TestHouse, client, eventually};
use fertidoc::access::Role;
use reqwest::multipart::{Form, Part};
use reqwest::{RequestBuilder, redirect::Policy};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::time::Duration;

/// What came of it.
#[derive(Default)]
pub struct Lived {
    /// Answers that must hold the canary, by what was asked.
    pub shown: Vec<(String, String)>,
    /// The heads of all answers.
    pub heads: String,
    /// The bodies of all problems.
    pub problems: String,
    /// What nobody may find anywhere.
    pub secrets: Vec<String>,
}

const FILE: &str = "ZZCANARY Zzcanary 1907-03-19.pdf";

impl Lived {
    /// Asks, and keeps of the answer what is searched later.
    async fn ask(&mut self, status: u16, request: RequestBuilder) -> String {
        let (client, request) = request.build_split();
        let request = request.unwrap();
        let asked = format!("{} {}", request.method(), request.url());
        // What the asker is given by name: the file's own name to save it under, and the way to the
        // rest of what was searched for.
        let own = |header: &str| match header {
            "content-disposition" => asked.ends_with("/original"),
            "link" => asked.contains("?q="),
            _ => false,
        };
        let mut answer = client.execute(request).await.unwrap();
        let got = answer.status().as_u16();
        for (name, value) in answer.headers() {
            let value = String::from_utf8_lossy(value.as_bytes());
            let value = if own(name.as_str()) { "..." } else { &value };
            writeln!(self.heads, "{name}: {value}").unwrap();
        }
        let media_type = answer.headers().get("content-type").cloned();
        let media_type = media_type.map(|it| it.to_str().unwrap().to_owned());
        let media_type = media_type.unwrap_or_default();
        let body = if media_type == "text/event-stream" {
            answer.chunk().await.unwrap().unwrap_or_default()
        } else {
            answer.bytes().await.unwrap()
        };
        let body = String::from_utf8_lossy(&body).into_owned();
        assert_eq!(got, status, "{asked}: {body}");
        if media_type == "application/problem+json" {
            let mut problem: Value = serde_json::from_str(&body).unwrap();
            // Which file it was, for who sent several.
            for file in problem["documents"].as_array_mut().into_iter().flatten() {
                file.as_object_mut().unwrap().remove("file");
            }
            writeln!(self.problems, "{problem}").unwrap();
        }
        body
    }

    /// The same where the answer is to hold the canary.
    async fn see(&mut self, what: &str, request: RequestBuilder) -> String {
        let body = self.ask(200, request).await;
        self.shown.push((what.to_owned(), body.clone()));
        body
    }
}

fn id_of(body: &str) -> String {
    let body: Value = serde_json::from_str(body).unwrap();
    body["id"].as_str().unwrap().to_owned()
}

fn form(name: &str, bytes: Vec<u8>) -> Form {
    Form::new().part("file", Part::bytes(bytes).file_name(name.to_owned()))
}

/// A report that names the patient, and holds a value and a remark.
fn report(number: u32) -> Vec<u8> {
    hostile::plain(&[
        "Name: ZZCANARY, Zzcanary",
        "Date of birth: 19.03.1907",
        &format!("Report number {number}"),
        &format!("FSH {VALUE} IU/l"),
        "Remark: ZZCANARY was well",
    ])
}

pub async fn lead(ports: &Ports) -> Lived {
    let house = &ports.house;
    let mut lived = Lived::default();
    let person = house.person(&Role::ALL).await;
    lived.secrets = vec![
        house.token.clone(),
        person.secret.clone(),
        person.csrf.clone(),
        "zzsecret password".into(),
    ];
    let (patient, document) = received(house, &mut lived).await;
    looked_at(ports, &person, &mut lived, &patient, &document).await;
    changed(house, &person, &mut lived, &patient).await;
    watched_over(house, &person, &mut lived, &patient).await;
    refused(house, &mut lived, &patient).await;
    misspelt(house, &mut lived, &patient, &document).await;
    hurt(house, &mut lived).await;
    lived
}

impl TestHouse {
    async fn read(&self, lived: &mut Lived, name: &str, bytes: Vec<u8>) -> String {
        let post = self.http.post(self.at("/api/v1/documents"));
        let kept = lived.ask(201, post.multipart(form(name, bytes))).await;
        let kept: Value = serde_json::from_str(&kept).unwrap();
        let id = kept["documents"][0]["id"].as_str().unwrap().to_owned();
        eventually(
            Duration::from_mins(1),
            "the document to be read",
            || async {
                let document = self.get(&format!("/api/v1/documents/{id}")).await;
                let state = document["state"].as_str().unwrap().to_owned();
                (state != "stored" && state != "reading").then_some(())
            },
        )
        .await;
        id
    }
}

/// A report comes in, is held, and becomes a patient's.
async fn received(house: &TestHouse, lived: &mut Lived) -> (String, String) {
    let at = |path: &str| house.at(path);
    let document = house.read(lived, FILE, report(1)).await;
    lived
        .see("the inbox", house.http.get(at("/api/v1/inbox")))
        .await;
    let of = format!("/api/v1/documents/{document}/patient");
    let wanted = json!({
        "family_name": WORD, "given_names": "Zzcanary", "birth_date": BORN, "sex": "female",
        "identifiers": [{ "authority": "clinic", "value": "ZZCANARY-77" }],
    });
    let made = house.http.post(at(&of)).json(&wanted);
    let made = lived.ask(201, made).await;
    let made: Value = serde_json::from_str(&made).unwrap();
    let patient = made["id"].as_str().or(made["patient_id"].as_str());
    let patient = patient.or(made["patient"]["id"].as_str());
    let patient = patient
        .unwrap_or_else(|| panic!("no patient in {made}"))
        .to_owned();
    // Taken back and filed again.
    lived.ask(204, house.http.delete(at(&of))).await;
    let file = json!({ "patient_id": patient });
    lived.ask(204, house.http.put(at(&of)).json(&file)).await;
    // The same bytes under one key, twice and otherwise.
    let send = |number: u32| {
        let post = house.http.post(at("/api/v1/documents"));
        let post = post.header("idempotency-key", "ZZCANARY-key");
        post.multipart(form(FILE, report(number)).text("patient_id", patient.clone()))
    };
    lived.ask(201, send(2)).await;
    lived.ask(201, send(2)).await;
    lived.ask(422, send(3)).await;
    house.read(lived, FILE, report(4)).await;
    (patient, document)
}

/// Everything that shows the patient.
async fn looked_at(
    ports: &Ports,
    person: &Person,
    lived: &mut Lived,
    patient: &str,
    document: &str,
) {
    let house = &ports.house;
    let summary = format!("/api/v1/patients/{patient}/summary");
    eventually(
        Duration::from_mins(1),
        "the value in the summary",
        || async {
            let summary = house.get(&summary).await.to_string();
            summary.contains(VALUE).then_some(())
        },
    )
    .await;
    // From Postgres, from memory, and by another instance out of Redis.
    for url in [&house.url, &house.url, &ports.second] {
        let asked = house.http.get(format!("{url}{summary}"));
        lived.see("a summary", asked).await;
    }
    for path in [
        format!("/api/v1/patients/{patient}"),
        "/api/v1/patients?q=zzcanary".into(),
        "/api/v1/patients?q=1907-03-19&limit=1".into(),
        "/api/v1/documents".into(),
        format!("/api/v1/documents/{document}"),
        format!("/api/v1/documents/{document}/pages/1"),
        format!("/api/v1/documents/{document}/original"),
    ] {
        lived.see(&path, house.http.get(house.at(&path))).await;
    }
    for path in [
        "/patients?q=zzcanary".to_owned(),
        format!("/patients/{patient}"),
        format!("/patients/{patient}/edit?who=zzcanary"),
        format!("/documents/{document}"),
        "/documents".into(),
    ] {
        lived.see(&path, person.http.get(house.at(&path))).await;
    }
    for path in [
        format!("/api/v1/documents/{document}/pages/1/image"),
        format!("/api/v1/documents/{document}/events"),
        "/api/v1/jobs".into(),
    ] {
        lived.ask(200, house.http.get(house.at(&path))).await;
    }
    // Behind nginx, and not signed in any more.
    let outside = reqwest::Client::builder().danger_accept_invalid_certs(true);
    let outside = outside.redirect(Policy::none()).build().unwrap();
    for (path, status) in [
        ("/api/v1/patients?q=ZZCANARY", 200),
        ("/patients?q=ZZCANARY&who=ZZCANARY", 303),
    ] {
        let url = format!("https://{}{path}", ports.nginx.address);
        let asked = outside.get(&url).header("referer", &url);
        let asked = match status {
            200 => asked.bearer_auth(&house.token),
            _ => asked,
        };
        assert_eq!(asked.send().await.unwrap().status(), status, "{path}");
    }
    let gone = house.at("/patients?q=ZZCANARY&who=ZZCANARY");
    lived.ask(303, anybody().get(gone)).await;
}

/// The register by its other doors: a page, a CSV file, partners, donors.
async fn changed(house: &TestHouse, person: &Person, lived: &mut Lived, patient: &str) {
    let at = |path: &str| house.at(path);
    let entered = [
        ("csrf", person.csrf.as_str()),
        ("family_name", "ZZCANARY Page"),
        ("given_names", "Zzcanary"),
        ("birth_date", "1907-03-18"),
        ("sex", "male"),
    ];
    let typed = person.http.post(at("/patients")).form(&entered);
    lived.ask(303, typed).await;
    let csv = "family_name,given_names,birth_date,mrn\n\
               ZZCANARY Import,Zzcanary,1907-03-17,ZZCANARY-78\n\
               ZZCANARY Broken,Zzcanary,1907-13-99,ZZCANARY-79\n";
    let import = |query: &str, text: &str| {
        let post = house
            .http
            .post(at(&format!("/api/v1/patients/import{query}")));
        post.header("content-type", "text/csv")
            .body(text.to_owned())
    };
    lived.ask(200, import("?dry_run=true", csv)).await;
    lived.ask(200, import("", csv)).await;
    lived
        .ask(400, import("", "ZZCANARY,Zzcanary,1907-03-19\n"))
        .await;

    let path = format!("/api/v1/patients/{patient}");
    let read = house.http.get(at(&path)).send().await.unwrap();
    let revision = read.headers()["etag"].to_str().unwrap().to_owned();
    let change = json!({ "given_names": "Zzcanary Renamed" });
    let change = |revision: &str| {
        let patch = house
            .http
            .patch(at(&path))
            .header("if-match", revision.to_owned());
        patch.json(&change)
    };
    lived.ask(200, change(&revision)).await;
    lived.ask(412, change(&revision)).await;

    let partner = json!({ "family_name": "ZZCANARY Partner", "sex": "male" });
    let post = house.http.post(at("/api/v1/patients"));
    let partner = id_of(&lived.ask(201, post.json(&partner)).await);
    let link = json!({ "partner_id": partner, "since": "2024-01-01" });
    let post = house.http.post(at(&format!("{path}/partners")));
    lived.ask(201, post.json(&link)).await;
    let consent = format!("{path}/partners/{partner}/consent");
    let put = house
        .http
        .put(at(&consent))
        .json(&json!({ "consented_on": "2024-02-01" }));
    lived.ask(200, put).await;
    lived.see("the patient", house.http.get(at(&path))).await;
    lived.ask(200, house.http.delete(at(&consent))).await;

    let donor = json!({ "family_name": "ZZCANARY Donor", "donor_code": "ZZCANARY-7D" });
    let post = || house.http.post(at("/api/v1/patients"));
    lived.ask(201, post().json(&donor)).await;
    lived.ask(409, post().json(&donor)).await;
    let gift = json!({ "donor_code": "ZZCANARY-7D", "kind": "oocyte", "since": "2024-01-01" });
    let post = house.http.post(at(&format!("{path}/donations")));
    lived.ask(201, post.json(&gift)).await;
}

/// The record, and emergency access.
async fn watched_over(house: &TestHouse, person: &Person, lived: &mut Lived, patient: &str) {
    for path in [
        "/api/v1/audit".to_owned(),
        "/api/v1/audit.csv".into(),
        "/api/v1/audit.ndjson".into(),
        format!("/api/v1/patients/{patient}/audit"),
    ] {
        let told = lived.ask(200, house.http.get(house.at(&path))).await;
        assert!(!told.to_lowercase().contains("zzcanary"), "{path}: {told}");
    }
    let nurse = house.person(&[Role::Nurse]).await;
    let reason = json!({ "reason": "ZZCANARY bleeds in theatre, donor must be known" });
    let open = nurse
        .http
        .post(house.at("/api/v1/emergency"))
        .headers(from(&nurse));
    lived.ask(201, open.json(&reason)).await;
    let notices = person.http.get(house.at("/api/v1/notices"));
    lived.see("the notices", notices).await;
    let page = nurse.http.get(house.at(&format!("/patients/{patient}")));
    lived.see("the patient in an emergency", page).await;
}

/// Nobody whom the house knows.
fn anybody() -> reqwest::Client {
    let http = reqwest::Client::builder().redirect(Policy::none());
    http.build().unwrap()
}

/// What a browser of this person sends by itself.
fn from(person: &Person) -> reqwest::header::HeaderMap {
    let mut headers = reqwest::header::HeaderMap::new();
    headers.insert("x-csrf-token", person.csrf.parse().unwrap());
    headers
}

/// Who may not.
async fn refused(house: &TestHouse, lived: &mut Lived, patient: &str) {
    let (_, stranger) = house.other_clinic().await;
    let path = house.at(&format!("/api/v1/patients/{patient}"));
    lived.ask(404, stranger.get(&path)).await;
    let wrong = client("fd_ZZCANARY");
    lived.ask(401, wrong.get(&path)).await;
    let anybody = anybody();
    let basic = anybody.get(&path).header("authorization", "Basic ZZCANARY");
    lived.ask(401, basic).await;
    let cookie = anybody
        .get(house.at("/patients"))
        .header("cookie", "fertidoc=ZZCANARY");
    lived.ask(303, cookie).await;
    for user in ["ZZCANARY@clinic.example", "person-0"] {
        let typed = anybody.post(house.at("/sign-in"));
        let typed = typed.header("sec-fetch-site", "same-origin");
        let entered = [("user", user), ("password", "ZZsecret password ZZCANARY")];
        lived.ask(401, typed.form(&entered)).await;
    }
    let forged = anybody.post(house.at("/patients"));
    let forged = forged.header("sec-fetch-site", "cross-site");
    lived.ask(403, forged.form(&[("family_name", WORD)])).await;
}

/// What makes no sense, with the canary in it.
async fn misspelt(house: &TestHouse, lived: &mut Lived, patient: &str, document: &str) {
    let at = |path: &str| house.at(path);
    let body = |text: String| {
        let post = house.http.post(at("/api/v1/patients"));
        post.header("content-type", "application/json").body(text)
    };
    for text in [
        format!("{{\"family_name\": \"{WORD}\", \"given_names\": [{WORD}"),
        format!("{{\"family_name\": \"{WORD}\", \"{WORD}\": 1}}"),
        format!("{{\"family_name\": \"{WORD}\", \"sex\": \"{WORD}\"}}"),
        format!("{{\"family_name\": \"{WORD}\", \"birth_date\": \"{WORD}\"}}"),
        format!("{{\"family_name\": \"{}\"}}", WORD.repeat(5000)),
        format!("{{\"family_name\": \"{WORD}\\u0000\"}}"),
        format!(
            "{{\"family_name\": \"{WORD}\", \"identifiers\": \
             [{{\"authority\": \"clinic\", \"value\": \"{}\"}}]}}",
            WORD.repeat(5000)
        ),
        format!(
            "{{\"family_name\": \"{WORD}\", \"identifiers\": \
             [{{\"authority\": \"{WORD} \\u0001\", \"value\": \"1\"}}]}}"
        ),
        format!("{{\"family_name\": \"{WORD}\", \"birth_date\": \"-009999-01-01\"}}"),
    ] {
        lived.ask(400, body(text)).await;
    }
    let taken = json!({
        "family_name": WORD, "identifiers": [{ "authority": "clinic", "value": "ZZCANARY-77" }],
    });
    lived.ask(409, body(taken.to_string())).await;
    for path in [
        format!("/api/v1/patients?limit={WORD}"),
        format!("/api/v1/patients?cursor={WORD}"),
        format!("/api/v1/documents?state={WORD}"),
        format!("/api/v1/documents?patient_id={WORD}"),
    ] {
        lived.ask(400, house.http.get(at(&path))).await;
    }
    for path in [
        format!("/api/v1/patients/{WORD}"),
        format!("/api/v1/{WORD}"),
        format!("/api/v1/documents/{document}/pages/{WORD}"),
    ] {
        lived.ask(404, house.http.get(at(&path))).await;
    }
    let path = at(&format!("/api/v1/patients/{patient}"));
    let patch = house
        .http
        .patch(&path)
        .header("if-match", format!("\"{WORD}\""));
    lived
        .ask(412, patch.json(&json!({ "given_names": WORD })))
        .await;
    let partner = json!({ "partner_id": WORD, "since": WORD });
    let post = house.http.post(format!("{path}/partners"));
    lived.ask(400, post.json(&partner)).await;
}

/// Files that were made to hurt, with the canary in them.
async fn hurt(house: &TestHouse, lived: &mut Lived) {
    let whole = report(9);
    let mut encrypted = whole.clone();
    let at = encrypted
        .windows(7)
        .rposition(|it| it == b"trailer")
        .unwrap();
    encrypted.splice(at + 10..at + 10, *b" /Encrypt << /Filter /ZZCANARY >> ");
    for bytes in [
        hostile::broken_xref(&["Name: ZZCANARY, Zzcanary", "Remark: ZZCANARY"]),
        hostile::truncated(&whole),
        [&whole[..whole.len() / 2], b"ZZCANARY"].concat(),
        encrypted,
    ] {
        house.read(lived, FILE, bytes).await;
    }
    let post = || house.http.post(house.at("/api/v1/documents"));
    let text = form("ZZCANARY.txt", b"ZZCANARY and nothing else".to_vec());
    lived.ask(201, post().multipart(text)).await;
    let named = form(FILE, report(10)).text("patient_id", WORD);
    lived.ask(400, post().multipart(named)).await;
    let broken = post().header("content-type", "multipart/form-data; boundary=ZZCANARY");
    lived
        .ask(
            400,
            broken.body("--ZZCANARY\r\nContent-Disposition: form-data; name=\"file\""),
        )
        .await;
}
