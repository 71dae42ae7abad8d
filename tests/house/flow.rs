//! The main job, end to end: a clinician drops a report in, and the patient's summary shows the
//! values that it states, each with its place on the page.

use crate::house::{TestHouse, eventually};
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_mins(1);

impl TestHouse {
    /// Sends a document of the corpus, as a clinician does; the answer of the server.
    pub async fn upload(&self, name: &str, patient: Option<&str>) -> reqwest::Response {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/corpus")
            .join(name);
        let part = Part::bytes(std::fs::read(path).unwrap()).file_name(name.to_owned());
        let mut form = Form::new();
        if let Some(patient) = patient {
            form = form.text("patient_id", patient.to_owned());
        }
        let form = form.part("file", part);
        self.http
            .post(self.at("/api/v1/documents"))
            .multipart(form)
            .send()
            .await
            .unwrap()
    }

    /// Sends a document and waits until it is read; the document with its analysis.
    pub async fn upload_and_read(&self, name: &str, patient: Option<&str>) -> Value {
        let answer = self.upload(name, patient).await;
        assert_eq!(answer.status(), 201);
        let answer: Value = answer.json().await.unwrap();
        let location = answer["documents"][0]["location"]
            .as_str()
            .unwrap()
            .to_owned();
        eventually(PATIENCE, "the document to be read", || async {
            let document = self.get(&location).await;
            (document["state"] != "stored" && document["state"] != "reading").then_some(document)
        })
        .await
    }

    /// Registers a patient; the id.
    pub async fn register(&self, family: &str, given: &str, born: &str, sex: &str) -> String {
        let made = self
            .http
            .post(self.at("/api/v1/patients"))
            .json(&json!({ "family_name": family, "given_names": given, "birth_date": born, "sex": sex }))
            .send()
            .await
            .unwrap();
        assert_eq!(made.status(), 201);
        made.json::<Value>().await.unwrap()["id"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// Reads a thing of the API that is there.
    pub async fn get(&self, path: &str) -> Value {
        let answer = self.http.get(self.at(path)).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        answer.json().await.unwrap()
    }

    /// The summary of a patient.
    pub async fn summary(&self, patient: &str) -> Value {
        self.get(&format!("/api/v1/patients/{patient}/summary"))
            .await
    }
}

/// The series of an analyte in a summary.
fn series<'a>(summary: &'a Value, analyte: &str) -> Option<&'a Value> {
    summary["values"]
        .as_array()?
        .iter()
        .find(|series| series["analyte"] == analyte)
}

#[actix_web::test]
async fn a_report_that_names_its_patient_is_in_the_summary_with_its_places() {
    let house = TestHouse::open().await;
    let kim = house
        .register("Kim", "Daniel J", "1987-07-22", "male")
        .await;
    let document = house
        .upload_and_read("semen_us_andrology_reportlab.pdf", None)
        .await;
    assert_eq!(document["state"], "read");
    assert_eq!(document["filing"], "filed");
    assert_eq!(document["patient"]["id"], kim.as_str());

    let summary = house.summary(&kim).await;
    let concentration = series(&summary, "sperm_concentration").expect("the concentration");
    assert_eq!(concentration["value"], 48.5);
    assert_eq!(concentration["unit"], "10*6/mL");
    assert_eq!(concentration["ref_low"], 15.0);
    assert_eq!(concentration["flag"], "normal");
    assert_eq!(concentration["observed_on"], "2026-01-27");
    assert_eq!(concentration["document_id"], document["id"]);
    assert_eq!(concentration["page"], 1);
    // The place is where the analysis found it: on the page, not outside of it.
    let found = document["analysis"]["observations"]
        .as_array()
        .unwrap()
        .iter()
        .find(|found| found["analyte"] == "sperm_concentration")
        .unwrap();
    assert_eq!(concentration["box"], found["box"]);
    let size = &document["analysis"]["page_sizes"][0];
    let edge = |index: usize| concentration["box"][index].as_f64().unwrap();
    assert!(edge(0) < edge(2) && edge(2) <= size[0].as_f64().unwrap());
    assert!(edge(1) < edge(3) && edge(3) <= size[1].as_f64().unwrap());
    assert_eq!(summary["documents_pending"], 0);
    assert!(summary["as_of"].is_string());

    let (_, stranger) = house.other_clinic().await;
    for path in [
        format!("/api/v1/patients/{kim}/summary"),
        format!("/api/v1/documents/{}", document["id"].as_str().unwrap()),
        format!(
            "/api/v1/documents/{}/original",
            document["id"].as_str().unwrap()
        ),
        format!(
            "/api/v1/documents/{}/events",
            document["id"].as_str().unwrap()
        ),
    ] {
        assert_eq!(
            stranger.get(house.at(&path)).send().await.unwrap().status(),
            404,
            "{path}"
        );
    }
}

#[actix_web::test]
async fn a_report_of_another_person_is_held_until_somebody_decides() {
    let house = TestHouse::open().await;
    let wrong = house
        .register("O'Connor", "Declan", "1989-08-04", "male")
        .await;
    let document = house
        .upload_and_read("semen_nhs_andrology_who5.pdf", Some(&wrong))
        .await;
    assert_eq!(document["filing"], "held");
    assert!(series(&house.summary(&wrong).await, "sperm_concentration").is_none());
    let inbox = house.get("/api/v1/inbox").await;
    assert_eq!(inbox["items"][0]["document"]["id"], document["id"]);

    // In one step out of what the paper says.
    let path = format!(
        "/api/v1/documents/{}/patient",
        document["id"].as_str().unwrap()
    );
    let made = house.http.post(house.at(&path)).send().await.unwrap();
    assert_eq!(made.status(), 201);
    let right = made.json::<Value>().await.unwrap()["patient_id"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(series(&house.summary(&right).await, "sperm_concentration").is_some());
    assert!(series(&house.summary(&wrong).await, "sperm_concentration").is_none());
    assert_eq!(
        house.get("/api/v1/inbox").await["items"]
            .as_array()
            .unwrap()
            .len(),
        0
    );

    // Taken back, it leaves: from Postgres at once, from memory one notification later.
    let taken = house.http.delete(house.at(&path)).send().await.unwrap();
    assert_eq!(taken.status(), 204);
    eventually(PATIENCE, "the value to leave", || async {
        series(&house.summary(&right).await, "sperm_concentration")
            .is_none()
            .then_some(())
    })
    .await;
}

#[actix_web::test]
async fn the_same_bytes_are_the_document_that_is_there_and_come_back_as_they_went() {
    let house = TestHouse::open().await;
    let first = house
        .upload_and_read("hormone_us_flags_reportlab.pdf", None)
        .await;
    let again: Value = house
        .upload("hormone_us_flags_reportlab.pdf", None)
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(again["documents"][0]["id"], first["id"]);
    let path = format!(
        "/api/v1/documents/{}/original",
        first["id"].as_str().unwrap()
    );
    let answer = house.http.get(house.at(&path)).send().await.unwrap();
    assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
    assert!(
        answer.headers()["content-disposition"]
            .to_str()
            .unwrap()
            .starts_with("attachment")
    );
    let sent = std::fs::read(
        std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/corpus/hormone_us_flags_reportlab.pdf"),
    )
    .unwrap();
    assert_eq!(answer.bytes().await.unwrap(), sent);

    let path = format!(
        "/api/v1/documents/{}/pages/1",
        first["id"].as_str().unwrap()
    );
    assert!(
        house.get(&path).await["text"]
            .as_str()
            .unwrap()
            .contains("Androstenedione")
    );
    let image = house
        .http
        .get(house.at(&format!("{path}/image?width=300")))
        .send()
        .await
        .unwrap();
    assert_eq!(image.headers()["content-type"], "image/png");
    let etag = image.headers()["etag"].to_str().unwrap().to_owned();
    assert!(image.bytes().await.unwrap().starts_with(b"\x89PNG"));
    let known = house
        .http
        .get(house.at(&format!("{path}/image?width=300")))
        .header("if-none-match", etag)
        .send()
        .await
        .unwrap();
    assert_eq!(known.status(), 304);
}

#[actix_web::test]
async fn what_was_refused_says_why_and_what_was_kept_says_where() {
    let house = TestHouse::open().await;
    let form = Form::new()
        .part(
            "file",
            Part::bytes(b"<html>".to_vec()).file_name("page.pdf"),
        )
        .part("file", Part::bytes(Vec::new()).file_name("empty.pdf"));
    let none = house
        .http
        .post(house.at("/api/v1/documents"))
        .multipart(form)
        .send()
        .await
        .unwrap();
    assert_eq!(none.status(), 415);
    assert_eq!(none.headers()["content-type"], "application/problem+json");
    let body: Value = none.json().await.unwrap();
    assert_eq!(body["documents"][1]["problem"]["code"], "empty-file");

    let path =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/semen_who6_typst.pdf");
    let form = Form::new()
        .part(
            "file",
            Part::bytes(std::fs::read(path).unwrap()).file_name("report.pdf"),
        )
        .part("file", Part::bytes(Vec::new()).file_name("empty.pdf"));
    let some = house
        .http
        .post(house.at("/api/v1/documents"))
        .multipart(form)
        .send()
        .await
        .unwrap();
    assert_eq!(some.status(), 207);
    let body: Value = some.json().await.unwrap();
    assert_eq!(body["documents"][0]["status"], 201);
    assert_eq!(body["documents"][1]["status"], 422);

    let locked = house
        .upload_and_read("hormone_password_protected.pdf", None)
        .await;
    assert_eq!(locked["state"], "refused");
    assert_eq!(locked["error_code"], "encrypted");

    // A picture is kept though nothing reads it yet: the original is the record.
    let picture = house.upload_and_read("picture.png", None).await;
    assert_eq!(picture["state"], "refused");
    assert_eq!(picture["error_code"], "unsupported_type");
}

#[actix_web::test]
async fn events_tell_of_a_document_until_it_is_done() {
    let house = TestHouse::open().await;
    let answer: Value = house
        .upload("semen_who6_typst.pdf", None)
        .await
        .json()
        .await
        .unwrap();
    let location = answer["documents"][0]["location"].as_str().unwrap();
    let events = house
        .http
        .get(house.at(&format!("{location}/events")))
        .send()
        .await
        .unwrap();
    assert_eq!(events.headers()["content-type"], "text/event-stream");
    // The stream ends by itself with the last event.
    let told = tokio::time::timeout(PATIENCE, events.text())
        .await
        .unwrap()
        .unwrap();
    let names: Vec<&str> = told
        .lines()
        .filter_map(|line| line.strip_prefix("event: "))
        .collect();
    assert_eq!(names.first(), Some(&"received"));
    assert!(names.contains(&"stored"));
    assert_eq!(names.last(), Some(&"done"));
    let last = told
        .lines()
        .filter_map(|line| line.strip_prefix("data: "))
        .next_back()
        .unwrap();
    assert_eq!(
        serde_json::from_str::<Value>(last).unwrap()["state"],
        "read"
    );
}

#[actix_web::test]
async fn an_unchanged_summary_is_not_sent_again() {
    let house = TestHouse::open().await;
    let kim = house
        .register("Kim", "Daniel J", "1987-07-22", "male")
        .await;
    let path = format!("/api/v1/patients/{kim}/summary");
    let first = house.http.get(house.at(&path)).send().await.unwrap();
    let etag = first.headers()["etag"].to_str().unwrap().to_owned();
    let ask = || {
        house
            .http
            .get(house.at(&path))
            .header("if-none-match", &etag)
            .send()
    };
    assert_eq!(ask().await.unwrap().status(), 304);
    house
        .upload_and_read("semen_us_andrology_reportlab.pdf", None)
        .await;
    assert_eq!(ask().await.unwrap().status(), 200);
}
