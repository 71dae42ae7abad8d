//! RP17: every look at a patient stands in that patient's own record.
//!
//! Every route and every page is asked by somebody who may do everything. Whom an answer concerns is
//! found apart from the code that records it: the patient of the address, the patient of its document
//! before and after, and everybody of the clinic whose family name stands in the answer. Each of them
//! must have a new row of that very request in their own record, as `/patients/{id}/audit` shows it.

use super::Whose;
use super::pages;
use super::routes;
use super::world::{Answer, Asked, World};
use fertidoc::access::{Role, Scopes};
use reqwest::Client;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use uuid::Uuid;

struct Walk {
    world: World,
    admin: tokio_postgres::Client,
    answers: usize,
    looks: usize,
    unrecorded: Vec<String>,
}

impl Walk {
    /// In a world whose patient has a partner, a donor, papers that are filed and papers that wait.
    async fn begin() -> Self {
        let mut world = World::open().await;
        let (house, own) = (&world.house, &mut world.own);
        let partner = own.register(house, 501).await;
        let links = house.at(&format!("/api/v1/patients/{}/partners", own.patient));
        let link =
            json!({ "partner_id": partner, "since": "2024-01-01", "consented_on": "2024-01-01" });
        let linked = own.http.post(links).json(&link).send().await.unwrap();
        assert_eq!(linked.status(), 201);
        let donation = own.donation(house, 502).await;
        let donations = house.at(&format!("/api/v1/patients/{}/donations", own.patient));
        let given = own.http.post(donations).json(&donation).send().await;
        assert_eq!(given.unwrap().status(), 201);
        // A namesake's, so that it waits and is offered.
        own.send(house, "Patient: Ada Person0").await;
        let filed = house.at(&format!("/api/v1/documents/{}/patient", own.document));
        let whose = json!({ "patient_id": own.patient });
        let filed = own.http.put(filed).json(&whose).send().await.unwrap();
        assert_eq!(filed.status(), 204);
        Self {
            admin: world.house.database.admin().await,
            world,
            answers: 0,
            looks: 0,
            unrecorded: Vec::new(),
        }
    }

    /// The patient of the address, or whose its document is.
    async fn addressed(&self, path: &str) -> BTreeSet<Uuid> {
        let id_behind = |folder: &str| {
            let (_, rest) = path.split_once(folder)?;
            rest.split(['/', '?']).next()?.parse::<Uuid>().ok()
        };
        let mut found: BTreeSet<Uuid> = id_behind("/patients/").into_iter().collect();
        if let Some(document) = id_behind("/documents/") {
            let whose = "SELECT coalesce(patient_id, stated_patient_id)
                           FROM fertidoc.document WHERE document_id = $1";
            let row = self.admin.query_one(whose, &[&document]).await.unwrap();
            found.extend(row.get::<_, Option<Uuid>>(0));
        }
        found
    }

    /// Everybody of the clinic whose family name stands in an answer.
    async fn named(&self, body: &str) -> BTreeSet<Uuid> {
        let all = "SELECT patient_id, family_name FROM fertidoc.patient WHERE clinic_id = $1";
        let rows = self.admin.query(all, &[&self.world.house.clinic.0]).await;
        let rows = rows.unwrap();
        let words: BTreeSet<&str> = body.split(|c: char| !c.is_alphanumeric()).collect();
        rows.iter()
            .filter(|row| words.contains(row.get::<_, &str>(1)))
            .map(|row| row.get(0))
            .collect()
    }

    /// Whether the patient's own record tells of this request.
    async fn is_recorded(&self, patient: Uuid, request: &str) -> bool {
        let path = format!("/api/v1/patients/{patient}/audit?limit=20");
        let record: Value = self.world.house.get(&path).await;
        let rows = record["items"].as_array().unwrap();
        rows.iter().any(|row| row["request_id"] == request)
    }

    async fn ask(&mut self, name: &str, http: &Client, asked: &Asked) {
        let mut whose = self.addressed(&asked.path).await;
        let answer: Answer = asked.ask(http, &self.world.house.url).await;
        if !(200..300).contains(&answer.status) {
            return;
        }
        self.answers += 1;
        whose.extend(self.addressed(&asked.path).await);
        whose.extend(self.named(&answer.body).await);
        for patient in whose {
            self.looks += 1;
            if !self.is_recorded(patient, &answer.request_id).await {
                self.unrecorded.push(format!("{name}: of {patient}"));
            }
        }
    }
}

#[actix_web::test]
async fn rp17_every_look_at_a_patient_stands_in_their_own_record() {
    let mut walk = Walk::begin().await;
    let person = walk.world.house.person(&Role::ALL).await;
    // Pages first: the routes change whose the papers are.
    for (path, _) in pages::table() {
        let asked = walk.world.page(path, Whose::Own);
        walk.ask(path, &person.http, &asked).await;
    }
    let all = walk.world.token(Scopes::all()).await;
    for route in routes::all() {
        let asked = walk.world.prepare(&route, Whose::Own).await;
        let name = format!("{} {}", route.method, route.path);
        walk.ask(&name, &all, &asked).await;
    }
    println!(
        "{} answers showed patients {} times",
        walk.answers, walk.looks
    );
    assert!(walk.answers >= 50 && walk.looks >= 50);
    assert!(
        walk.unrecorded.is_empty(),
        "not in the record:\n{}",
        walk.unrecorded.join("\n")
    );
    walk.world.house.close().await;
}

#[actix_web::test]
async fn who_loses_a_paper_or_holds_a_number_that_is_taken_has_a_row_too() {
    let mut walk = Walk::begin().await;
    let (house, own) = (&walk.world.house, &mut walk.world.own);
    let loser: Uuid = own.patient.parse().unwrap();
    let winner = own.register(house, 503).await;
    let filed = house.at(&format!("/api/v1/documents/{}/patient", own.document));
    let whose = json!({ "patient_id": winner });
    let filed = own.http.put(filed).json(&whose).send().await.unwrap();
    assert_eq!(filed.status(), 204);
    let request = |answer: &reqwest::Response| {
        let id = answer.headers()["x-request-id"].to_str().unwrap();
        id.to_owned()
    };
    let filed = request(&filed);

    let numbered = |name: &str| json!({ "family_name": name, "identifiers": [{ "authority": "bank", "value": "77-1" }] });
    let patients = house.at("/api/v1/patients");
    let first = own.http.post(&patients).json(&numbered("Aster")).send();
    let first: Value = first.await.unwrap().json().await.unwrap();
    let holder: Uuid = first["id"].as_str().unwrap().parse().unwrap();
    let taken = own.http.post(&patients).json(&numbered("Birch")).send();
    let taken = taken.await.unwrap();
    assert_eq!(taken.status(), 409);
    let taken = request(&taken);
    let lines = "family_name,given_names,identifier:bank\nBirch,Ada,77-1\n";
    let mut reports = Vec::new();
    for dry_run in [true, false] {
        let import = house.at(&format!("/api/v1/patients/import?dry_run={dry_run}"));
        let import = own.http.post(import).header("content-type", "text/csv");
        let report = import.body(lines).send().await.unwrap();
        assert_eq!(report.status(), 200);
        reports.push(request(&report));
    }
    assert!(walk.is_recorded(loser, &filed).await);
    assert!(walk.is_recorded(winner.parse().unwrap(), &filed).await);
    for request in [&taken, &reports[0], &reports[1]] {
        assert!(walk.is_recorded(holder, request).await);
    }
}
