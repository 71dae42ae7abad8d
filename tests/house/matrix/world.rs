//! Two clinics in one house, each with a thing of every kind, and how each route is asked.

use super::{Whose, routes::Route};
use crate::hostile;
use crate::house::{TestHouse, client, eventually};
use fertidoc::access::{self, Scopes};
use fertidoc::domain::ids::ClinicId;
use reqwest::multipart::{Form, Part};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_mins(1);

/// What one clinic has. Its client may do everything.
pub struct Clinic {
    id: ClinicId,
    pub http: Client,
    /// Ids of what is in it, to be looked for where they must not be.
    ids: Vec<String>,
    pub patient: String,
    pub document: String,
}

/// The house and its two clinics.
pub struct World {
    pub house: TestHouse,
    pub own: Clinic,
    foreign: Clinic,
    /// The name of a file that every page links to.
    asset: String,
    number: u32,
}

/// How a route is asked for one thing.
pub struct Asked {
    method: Method,
    pub path: String,
    body: Body,
    headers: Vec<(&'static str, String)>,
    /// The status where it is allowed and there.
    pub success: u16,
    /// Whether the address or the body names a thing, which then may be another clinic's.
    pub names_a_thing: bool,
    /// What the asker said in the address or the body, so that an answer may repeat it.
    said: String,
    /// An upload is its agent's, so the own one is begun by whoever asks, with so many bytes.
    begins: Option<usize>,
    /// An answer without end: its head is enough.
    endless: bool,
}

enum Body {
    None,
    Json(Value),
    Csv(String),
    File(Vec<u8>),
    /// What is appended to an upload.
    Piece(Vec<u8>),
}

/// What came back.
pub struct Answer {
    pub status: u16,
    pub body: String,
    /// As in the record.
    pub request_id: String,
}

impl Answer {
    /// The first words of the body, for a person who looks for the fault.
    pub fn start(&self) -> String {
        self.body.chars().take(160).collect()
    }
}

impl Asked {
    fn new(method: &str, path: impl Into<String>, success: u16) -> Self {
        let path = path.into();
        Self {
            method: method.parse().unwrap(),
            said: path.clone(),
            // Everybody's clinic is the own one.
            names_a_thing: path.matches('/').count() > 3 && !path.starts_with("/api/v1/clinic/"),
            path,
            body: Body::None,
            headers: Vec::new(),
            success,
            begins: None,
            endless: false,
        }
    }

    fn json(mut self, body: Value) -> Self {
        self.said.push_str(&body.to_string());
        self.body = Body::Json(body);
        self
    }

    /// The request in its parts, for who sends it with one of them spoilt: method, path, JSON that
    /// it would send, further headers.
    pub fn parts(&self) -> (&Method, &str, Option<&Value>, &[(&'static str, String)]) {
        let json = match &self.body {
            Body::Json(body) => Some(body),
            _ => None,
        };
        (&self.method, &self.path, json, &self.headers)
    }

    /// Sends an empty form as a page of another site would, with whatever credentials come along by
    /// themselves; the status.
    pub async fn ask_from_elsewhere(&self, http: &Client, url: &str, method: &str) -> u16 {
        let request = http.request(method.parse().unwrap(), format!("{url}{}", self.path));
        let request = request
            .header("sec-fetch-site", "cross-site")
            .header("origin", "https://elsewhere.example")
            .header("content-type", "application/x-www-form-urlencoded");
        request.body("").send().await.unwrap().status().as_u16()
    }

    /// Sends it.
    pub async fn ask(&self, http: &Client, url: &str) -> Answer {
        let mut path = self.path.clone();
        if let Some(length) = self.begins {
            path = path.replace("{id}", &begun(http, url, length).await);
        }
        let mut request = http.request(self.method.clone(), format!("{url}{path}"));
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        request = match &self.body {
            Body::None => request,
            Body::Json(body) => request.json(body),
            Body::Csv(text) => request
                .header("content-type", "text/csv")
                .body(text.clone()),
            Body::Piece(bytes) => request
                .header("content-type", "application/offset+octet-stream")
                .header("upload-offset", "0")
                .body(bytes.clone()),
            Body::File(bytes) => {
                let part = Part::bytes(bytes.clone()).file_name("report.pdf");
                request.multipart(Form::new().part("file", part))
            }
        };
        let mut answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let request_id = answer.headers()["x-request-id"].to_str().unwrap();
        let request_id = request_id.to_owned();
        let body = if self.endless && status == 200 {
            let first = answer.chunk().await.unwrap().unwrap_or_default();
            String::from_utf8_lossy(&first).into_owned()
        } else {
            String::from_utf8_lossy(&answer.bytes().await.unwrap()).into_owned()
        };
        Answer {
            status,
            body,
            request_id,
        }
    }
}

/// The id of an upload that this client begins; of none, where it may not.
async fn begun(http: &Client, url: &str, length: usize) -> String {
    let begin = http.post(format!("{url}/api/v1/uploads"));
    let begin = begin
        .header("tus-resumable", "1.0.0")
        .header("upload-length", length);
    let answer = begin.send().await.unwrap();
    let location = answer.headers().get("location");
    location.map_or_else(
        || uuid::Uuid::now_v7().to_string(),
        |location| {
            let location = location.to_str().unwrap();
            location.rsplit('/').next().unwrap().to_owned()
        },
    )
}

impl World {
    pub async fn open() -> Self {
        let house = TestHouse::open().await;
        let (other, http) = house.other_clinic().await;
        let page = house.http.get(house.at("/sign-in")).send().await.unwrap();
        let page = page.text().await.unwrap();
        let linked = page.split_once("/assets/").unwrap().1;
        let asset = linked.split_once('"').unwrap().0.to_owned();
        let own = Clinic::furnish(&house, house.clinic, house.http.clone()).await;
        let foreign = Clinic::furnish(&house, other, http).await;
        Self {
            house,
            own,
            foreign,
            asset,
            number: 0,
        }
    }

    /// A client of the own clinic that may do `scopes`.
    pub async fn token(&self, scopes: Scopes) -> Client {
        let token = access::create_token(&self.house.pools.app, self.own.id, "one", scopes, None);
        client(&token.await.unwrap().secret)
    }

    /// Whether an answer holds an id of the other clinic that the asker did not say.
    pub fn names_the_other_clinic(&self, body: &str, asked: &Asked) -> bool {
        let ids = self.foreign.ids.iter();
        ids.clone()
            .any(|id| body.contains(id.as_str()) && !asked.said.contains(id.as_str()))
    }

    /// How a page is asked for; what a form would hold is left out.
    pub fn page(&self, path: &str, whose: Whose) -> Asked {
        let clinic = match whose {
            Whose::Own => &self.own,
            Whose::Foreign => &self.foreign,
        };
        let path = path
            .replace("/patients/{id}", &format!("/patients/{}", clinic.patient))
            .replace(
                "/documents/{id}",
                &format!("/documents/{}", clinic.document),
            )
            .replace("{name}", &self.asset);
        Asked::new("GET", path, 200)
    }

    /// What makes `route` a sensible request, with everything that it needs made anew.
    #[allow(clippy::too_many_lines, reason = "one arm for each route")]
    pub async fn prepare(&mut self, route: &Route, whose: Whose) -> Asked {
        self.number += 1;
        let number = self.number;
        let house = &self.house;
        let clinic = match whose {
            Whose::Own => &mut self.own,
            Whose::Foreign => &mut self.foreign,
        };
        let (method, path) = (route.method, route.path);
        let patient = clinic.patient.clone();
        let document = clinic.document.clone();
        let of = |path: &str| {
            path.replace("/patients/{id}", &format!("/patients/{patient}"))
                .replace("/documents/{id}", &format!("/documents/{document}"))
                .replace("{page}", "1")
        };
        let plain = |success| Asked::new(method, of(path), success);
        if path.starts_with("/api/v1/audit") {
            // What was refused names the thing of another clinic that the own people asked for.
            return Asked::new(method, format!("{path}?outcome=success"), 200);
        }
        match (method, path) {
            ("POST", "/api/v1/documents") => {
                let mut asked = plain(201);
                asked.body = Body::File(hostile::plain(&[&format!("Report {number}")]));
                asked
            }
            (_, "/api/v1/uploads" | "/api/v1/uploads/{id}") => {
                let bytes = hostile::plain(&[&format!("Resumed {number}")]);
                let success = match method {
                    "POST" => 201,
                    "HEAD" | "GET" => 200,
                    _ => 204,
                };
                let mut asked = plain(success);
                asked.headers.push(("tus-resumable", "1.0.0".into()));
                if method == "POST" {
                    asked.headers.push(("upload-length", "9".into()));
                } else if method == "OPTIONS" {
                    return asked;
                } else if whose == Whose::Own {
                    asked.begins = Some(bytes.len());
                } else {
                    let foreign = begun(&clinic.http, &house.url, bytes.len()).await;
                    asked.path = path.replace("{id}", &foreign);
                    asked.said = asked.path.clone();
                }
                if method == "PATCH" {
                    asked.body = Body::Piece(bytes);
                }
                asked
            }
            ("HEAD", "/api/v1/documents/{id}/original")
            | (
                "GET",
                "/livez"
                | "/readyz"
                | "/api/v1/documents"
                | "/api/v1/inbox"
                | "/api/v1/patients"
                | "/api/v1/jobs"
                | "/api/v1/tokens"
                | "/api/v1/clinic/policy"
                | "/api/v1/patients/{id}/audit"
                | "/api/v1/notices"
                | "/api/v1/me"
                | "/api/v1/documents/{id}"
                | "/api/v1/documents/{id}/original"
                | "/api/v1/documents/{id}/pages/{page}"
                | "/api/v1/documents/{id}/pages/{page}/image"
                | "/api/v1/patients/{id}"
                | "/api/v1/patients/{id}/summary",
            ) => plain(200),
            ("GET", "/api/v1/documents/{id}/events") => {
                let mut asked = plain(200);
                asked.endless = true;
                asked
            }
            ("PUT", "/api/v1/documents/{id}/patient") => {
                plain(204).json(json!({ "patient_id": patient }))
            }
            ("DELETE", "/api/v1/documents/{id}/patient") => plain(204),
            ("POST", "/api/v1/documents/{id}/patient") => {
                clinic.take_back(house).await;
                plain(201).json(json!({ "family_name": format!("Newcomer{number}") }))
            }
            ("GET", "/api/v1/jobs/{id}") => {
                let job = clinic.job(house).await;
                Asked::new(method, format!("/api/v1/jobs/{job}"), 200)
            }
            ("POST", "/api/v1/jobs/{id}/retry") => {
                let job = clinic.dead_job(house).await;
                Asked::new(method, format!("/api/v1/jobs/{job}/retry"), 202)
            }
            // For people only; what they get is told in `security::emergency`.
            ("POST", "/api/v1/emergency") => plain(400).json(json!({ "reason": "because" })),
            ("DELETE", "/api/v1/emergency") => plain(409),
            ("POST", "/api/v1/notices/{id}/acknowledgement") => {
                let id = uuid::Uuid::now_v7();
                Asked::new(method, format!("/api/v1/notices/{id}/acknowledgement"), 404)
            }
            ("POST", "/api/v1/tokens") => {
                plain(201).json(json!({ "name": "feed", "scopes": ["read"], "days": 1 }))
            }
            ("DELETE", "/api/v1/tokens/{id}") => {
                let pool = &house.pools.app;
                let token =
                    access::create_token(pool, clinic.id, "feed", Scopes::all(), None).await;
                let id = token.unwrap().id;
                Asked::new(method, format!("/api/v1/tokens/{id}"), 204)
            }
            ("POST", "/api/v1/patients/import") => {
                let mut asked = Asked::new(method, path, 200);
                asked.names_a_thing = false;
                asked.body = Body::Csv(format!("family_name,given_names\nImported{number},Ada\n"));
                asked
            }
            ("POST", "/api/v1/patients") => {
                plain(201).json(json!({ "family_name": format!("Fresh{number}") }))
            }
            ("PATCH", "/api/v1/patients/{id}") => {
                let revision = clinic.revision(house).await;
                let mut asked = plain(200).json(json!({ "given_names": format!("Name {number}") }));
                asked.headers.push(("if-match", revision));
                asked
            }
            ("POST", "/api/v1/patients/{id}/partners") => {
                let partner = clinic.register(house, number).await;
                plain(201).json(json!({ "partner_id": partner, "since": "2024-01-01" }))
            }
            ("DELETE", "/api/v1/patients/{id}/partners/{partner_id}") => {
                let partner = clinic.register(house, number).await;
                let link = json!({ "partner_id": partner, "since": "2024-01-01" });
                let links = format!("/api/v1/patients/{patient}/partners");
                let linked = clinic.http.post(house.at(&links)).json(&link).send().await;
                assert_eq!(linked.unwrap().status(), 201);
                Asked::new(method, format!("{links}/{partner}?until=2025-01-01"), 200)
            }
            ("PUT", "/api/v1/clinic/policy") => {
                plain(204).json(json!({ "sex_chromosomes": "shown" }))
            }
            (_, "/api/v1/patients/{id}/partners/{partner_id}/consent") => {
                let partner = clinic.register(house, number).await;
                let link = json!({ "partner_id": partner, "since": "2024-01-01" });
                let links = format!("/api/v1/patients/{patient}/partners");
                let linked = clinic.http.post(house.at(&links)).json(&link).send().await;
                assert_eq!(linked.unwrap().status(), 201);
                let asked = Asked::new(method, format!("{links}/{partner}/consent"), 200);
                match method {
                    "PUT" => asked.json(json!({ "consented_on": "2024-02-01" })),
                    _ => asked,
                }
            }
            ("POST", "/api/v1/patients/{id}/donations") => {
                plain(201).json(clinic.donation(house, number).await)
            }
            ("DELETE", "/api/v1/patients/{id}/donations/{donation_id}") => {
                let donation = clinic.donation(house, number).await;
                let donations = format!("/api/v1/patients/{patient}/donations");
                let linked = clinic.http.post(house.at(&donations)).json(&donation);
                let linked: Value = linked.send().await.unwrap().json().await.unwrap();
                let donations_of = linked["donations"].as_array().unwrap();
                let code = &donation["donor_code"];
                let made = donations_of.iter().find(|made| made["donor_code"] == *code);
                let made = made.unwrap()["id"].as_str().unwrap();
                Asked::new(method, format!("{donations}/{made}?until=2025-01-01"), 200)
            }
            _ => panic!("nobody said how {method} {path} is asked: say it here"),
        }
    }
}

impl Clinic {
    async fn furnish(house: &TestHouse, id: ClinicId, http: Client) -> Self {
        let mut clinic = Self {
            id,
            http,
            ids: vec![id.to_string()],
            patient: String::new(),
            document: String::new(),
        };
        clinic.patient = clinic.register(house, 0).await;
        clinic.document = clinic.send(house, "FSH 5.5 IU/l").await;
        clinic
    }

    pub async fn register(&mut self, house: &TestHouse, number: u32) -> String {
        let person = json!({ "family_name": format!("Person{number}"), "given_names": "Ada" });
        let made = self.http.post(house.at("/api/v1/patients")).json(&person);
        let made: Value = made.send().await.unwrap().json().await.unwrap();
        let id = made["id"].as_str().unwrap().to_owned();
        self.ids.push(id.clone());
        id
    }

    /// A donation of a donor of its own.
    pub async fn donation(&mut self, house: &TestHouse, number: u32) -> Value {
        let code = format!("D-{number}");
        let donor = json!({ "family_name": format!("Giver{number}"), "donor_code": code });
        let made = self.http.post(house.at("/api/v1/patients")).json(&donor);
        assert_eq!(made.send().await.unwrap().status(), 201);
        json!({ "donor_code": code, "kind": "oocyte", "since": "2024-01-01" })
    }

    /// Sends a document and waits until it is read.
    pub async fn send(&mut self, house: &TestHouse, line: &str) -> String {
        let file = Part::bytes(hostile::plain(&[line])).file_name("report.pdf");
        let form = Form::new().part("file", file);
        let sent = self
            .http
            .post(house.at("/api/v1/documents"))
            .multipart(form);
        let sent: Value = sent.send().await.unwrap().json().await.unwrap();
        let location = sent["documents"][0]["location"]
            .as_str()
            .unwrap()
            .to_owned();
        eventually(PATIENCE, "the document to be read", || async {
            let answer = self.http.get(house.at(&location)).send().await.unwrap();
            let state: Value = answer.json().await.unwrap();
            (state["state"] != "stored" && state["state"] != "reading").then_some(())
        })
        .await;
        let id = location.rsplit('/').next().unwrap().to_owned();
        self.ids.push(id.clone());
        id
    }

    async fn take_back(&self, house: &TestHouse) {
        let path = format!("/api/v1/documents/{}/patient", self.document);
        let done = self.http.delete(house.at(&path)).send().await.unwrap();
        assert_eq!(done.status(), 204);
    }

    async fn revision(&self, house: &TestHouse) -> String {
        let path = format!("/api/v1/patients/{}", self.patient);
        let read = self.http.get(house.at(&path)).send().await.unwrap();
        read.headers()["etag"].to_str().unwrap().to_owned()
    }

    async fn job(&mut self, house: &TestHouse) -> String {
        let admin = house.database.admin().await;
        let newest = "SELECT job_id FROM fertidoc.job WHERE clinic_id = $1 ORDER BY job_id LIMIT 1";
        let row = admin.query_one(newest, &[&self.id.0]).await.unwrap();
        let id = row.get::<_, uuid::Uuid>(0).to_string();
        self.ids.push(id.clone());
        id
    }

    /// The job of a document of its own, so that nobody else waits for that document.
    async fn dead_job(&mut self, house: &TestHouse) -> String {
        let document = self.send(house, &format!("Dead {}", self.ids.len())).await;
        let document: uuid::Uuid = document.parse().unwrap();
        let admin = house.database.admin().await;
        let kill = "UPDATE fertidoc.job SET state = 'dead' WHERE document_id = $1 RETURNING job_id";
        let row = admin.query_one(kill, &[&document]).await.unwrap();
        let id = row.get::<_, uuid::Uuid>(0).to_string();
        self.ids.push(id.clone());
        id
    }
}
