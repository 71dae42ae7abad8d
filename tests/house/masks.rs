//! Sex chromosomes, masked by the policy of the clinic: by every route, from everybody who lacks the
//! scope, and shown as they stand to those who hold it.

mod both_walls;

use crate::access::viewer_of;
use crate::hostile::plain;
use crate::house::{TestHouse, client, eventually};
use crate::matrix::routes::{self, Needs};
use fertidoc::access::{self, Scope, Scopes, Viewer, audit::Actor};
use fertidoc::analysis::{self, Reading};
use fertidoc::domain::analysis::{Kind, Observation, TextSource};
use fertidoc::domain::ids::{DocumentId, PatientId};
use fertidoc::domain::sex_chromosomes::Verdict;
use fertidoc::observations::{self, PageText};
use fertidoc::{db, documents};
use reqwest::multipart::{Form, Part};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_mins(1);

/// The paper of a laboratory of genetics.
const PAPER: &[&str] = &[
    "Preimplantation genetic testing (PGT-A)",
    "Patient: MOSS, ADA   Date of birth: 04.05.1990",
    "Embryo 1   46,XY   euploid",
    "Embryo 2   47,XX,+16   aneuploid",
    "Embryo 3   seq(1-22)x2,(X,Y)x1   male embryo",
    "Y chromosome: present in embryo 1",
];

/// What of it tells.
const TELLING: &[&str] = &["XY", "XX", "(X,Y)", "male embryo", "Y chromosome"];

struct Ward {
    house: TestHouse,
    /// Holds every scope.
    laboratory: Client,
    laboratory_viewer: Viewer,
    /// Reads and writes.
    doctor: Client,
    doctor_token: String,
    patient: String,
}

impl Ward {
    async fn open() -> Self {
        let house = TestHouse::open().await;
        let scopes = [Scope::Upload, Scope::Read, Scope::Write];
        let doctor_token = token(&house, scopes.into_iter().collect()).await;
        let patient = house.register("Moss", "Ada", "1990-05-04", "female").await;
        let ward = Self {
            laboratory: house.http.clone(),
            laboratory_viewer: viewer_of(&house.database, house.clinic, Scopes::all()).await,
            doctor: client(&doctor_token),
            doctor_token,
            patient,
            house,
        };
        ward.decide("masked").await;
        ward
    }

    async fn decide(&self, sex_chromosomes: &str) {
        let policy = json!({ "sex_chromosomes": sex_chromosomes });
        let path = self.house.at("/api/v1/clinic/policy");
        let answer = self.laboratory.put(path).json(&policy).send().await;
        assert_eq!(answer.unwrap().status(), 204);
    }

    /// Sends a paper and waits until it is read.
    async fn send(&self, name: &str, bytes: Vec<u8>) -> DocumentId {
        let form = Form::new().part("file", Part::bytes(bytes).file_name(name.to_owned()));
        let path = self.house.at("/api/v1/documents");
        let answer = self.laboratory.post(path).multipart(form).send().await;
        let answer: Value = answer.unwrap().json().await.unwrap();
        let location = answer["documents"][0]["location"].as_str().unwrap();
        let id = location.rsplit('/').next().unwrap().parse().unwrap();
        eventually(PATIENCE, "the document to be read", || async {
            let document = self.house.get(location).await;
            (document["state"] == "read").then_some(())
        })
        .await;
        id
    }

    /// Reads `document` again as a reader would that knows genes, and files it for the patient.
    async fn read_genes(&self, document: DocumentId) {
        let pools = &self.house.pools;
        let viewer = &self.laboratory_viewer;
        let patient: PatientId = self.patient.parse().unwrap();
        documents::assign(&pools.app, viewer, document, patient, None)
            .await
            .unwrap();
        let read = documents::read(&pools.app, viewer, document).await.unwrap();
        let mut analysis = read.analysis.unwrap();
        analysis.kind = Some(Kind::Genetics);
        analysis.versions.extractor = "genes".into();
        analysis.observations = vec![
            found("karyotype", "46,XY", PAPER[2]),
            found("pgt_detail", "47,XX,+16", PAPER[3]),
            found("blastocyst_grade", "5AA XX", "Embryo 2 5AA XX"),
        ];
        let pages = [PageText {
            number: 1,
            width: 595.0,
            height: 842.0,
            text: PAPER.join("\n"),
        }];
        let mut connection = db::connection(&pools.worker).await.unwrap();
        let tx = db::begin_for(&mut connection, viewer.clinic).await.unwrap();
        let recorded = observations::record(&tx, viewer.clinic, document, &analysis, &pages)
            .await
            .unwrap();
        let by = Actor::System {
            clinic: viewer.clinic,
            request_id: None,
        };
        documents::settle(&tx, by, document, &analysis, recorded.analysis)
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }

    async fn asks(&self, who: &Client, path: &str) -> (StatusCode, String) {
        let mut answer = who.get(self.house.at(path)).send().await.unwrap();
        let status = answer.status();
        let body = if path.ends_with("/events") && status == 200 {
            answer.chunk().await.unwrap().unwrap_or_default().to_vec()
        } else {
            answer.bytes().await.unwrap().to_vec()
        };
        (status, String::from_utf8_lossy(&body).into_owned())
    }

    /// A page as somebody signed in with this token sees it.
    async fn page(&self, token: &str, path: &str) -> String {
        let asking = reqwest::Client::new()
            .get(self.house.at(path))
            .bearer_auth(token)
            .header("authorization", format!("Bearer {token}"));
        let answer = asking.send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        answer.text().await.unwrap()
    }
}

async fn token(house: &TestHouse, scopes: Scopes) -> String {
    access::create_token(&house.pools.app, house.clinic, "one", scopes, None)
        .await
        .unwrap()
        .secret
}

/// A result in words.
fn found(analyte: &str, text: &str, line: &str) -> Observation {
    Observation {
        value: None,
        value_text: text.into(),
        text: Some(text.into()),
        unit: None,
        canonical_value: None,
        canonical_unit: None,
        source_text: line.into(),
        ..crate::documents::value(analyte, 0.0)
    }
}

fn telling(body: &str) -> Vec<&'static str> {
    let told = TELLING.iter().copied();
    told.filter(|told| body.contains(told)).collect()
}

#[actix_web::test]
async fn no_route_tells_them_to_whom_they_are_masked_and_all_tell_them_to_the_laboratory() {
    let ward = Ward::open().await;
    let filed = ward.send("PGT-A 46,XY Moss.pdf", plain(PAPER)).await;
    ward.read_genes(filed).await;
    let mut strangers = PAPER.to_vec();
    strangers[1] = "Patient: NOBODY, KNOWN   Date of birth: 01.02.1983";
    let held = ward.send("Embryo XX.pdf", plain(&strangers)).await;
    let is_masked = || async {
        let (status, _) = ward
            .asks(&ward.doctor, &format!("/api/v1/documents/{filed}/original"))
            .await;
        (status == 403).then_some(())
    };
    eventually(PATIENCE, "the policy to be in force", is_masked).await;

    let mut asked = 0;
    for route in routes::all() {
        let path = route.path;
        if route.method != "GET" || !matches!(route.needs, Needs::One(Scope::Read)) {
            continue;
        }
        let tells = match path {
            "/api/v1/documents"
            | "/api/v1/inbox"
            | "/api/v1/documents/{id}"
            | "/api/v1/documents/{id}/original"
            | "/api/v1/documents/{id}/pages/{page}"
            | "/api/v1/patients/{id}/summary" => true,
            // The standing of a document, the register, and letters in a picture by chance.
            "/api/v1/documents/{id}/events"
            | "/api/v1/documents/{id}/pages/{page}/image"
            | "/api/v1/patients"
            | "/api/v1/patients/{id}" => false,
            other => panic!("say here whether {other} shows what documents tell"),
        };
        for document in [filed, held] {
            let path = path
                .replace("/patients/{id}", &format!("/patients/{}", ward.patient))
                .replace("{id}", &document.to_string())
                .replace("{page}", "1");
            let withheld = path.ends_with("/original") || path.ends_with("/image");
            let (status, body) = ward.asks(&ward.doctor, &path).await;
            assert_eq!(status, if withheld { 403 } else { 200 }, "{path} {body}");
            assert_eq!(telling(&body), [""; 0], "{path} {body}");
            if withheld {
                let problem: Value = serde_json::from_str(&body).unwrap();
                assert_eq!(problem["code"], "withheld");
            }
            let (status, body) = ward.asks(&ward.laboratory, &path).await;
            assert_eq!(status, 200, "{path}");
            assert!(!tells || !telling(&body).is_empty(), "{path} {body}");
            asked += 1;
        }
    }
    assert!(asked >= 18, "{asked}");

    for path in [
        "/documents".to_owned(),
        "/inbox".into(),
        format!("/documents/{filed}"),
        format!("/documents/{held}"),
        format!("/patients/{}", ward.patient),
    ] {
        let page = ward.page(&ward.doctor_token, &path).await;
        assert_eq!(telling(&page), [""; 0], "{path}");
        let is_paper = path.starts_with("/documents/");
        assert_eq!(page.contains(r#"id="withheld""#), is_paper, "{path}");
        if is_paper {
            assert!(
                !page.contains("/image") && !page.contains("/original"),
                "{path}"
            );
        }
        let page = ward.page(&ward.house.token, &path).await;
        let is_list = path == "/inbox" || path == "/documents";
        assert!(is_list || !telling(&page).is_empty(), "{path}");
        assert!(!page.contains(r#"id="withheld""#));
    }
}

#[actix_web::test]
async fn the_parts_of_pages_that_are_drawn_again_are_masked_too() {
    let ward = Ward::open().await;
    let document = ward.send("Embryo XX.pdf", plain(PAPER)).await;
    let original = format!("/api/v1/documents/{document}/original");
    eventually(PATIENCE, "the policy to be in force", || async {
        (ward.asks(&ward.doctor, &original).await.0 == 403).then_some(())
    })
    .await;
    for part in ["row", "tray", "states"] {
        let path = format!("/documents/{document}/{part}");
        let page = ward.page(&ward.doctor_token, &path).await;
        assert_eq!(telling(&page), [""; 0], "{path}");
    }
}

#[actix_web::test]
async fn what_says_nothing_of_the_sex_stays_readable() {
    let ward = Ward::open().await;
    let document = ward.send("PGT.pdf", plain(PAPER)).await;
    ward.read_genes(document).await;
    let document_path = format!("/api/v1/documents/{document}");
    let read = eventually(PATIENCE, "the policy to be in force", || async {
        let (_, body) = ward.asks(&ward.doctor, &document_path).await;
        let read: Value = serde_json::from_str(&body).unwrap();
        (read["withheld_because"] == "sex_chromosomes").then_some(read)
    })
    .await;
    let observations = &read["analysis"]["observations"];
    assert_eq!(observations[0]["value_text"], "46,‹masked›");
    assert_eq!(observations[1]["text"], "47,‹masked›,+16");
    assert_eq!(
        observations[1]["source_text"],
        "Embryo 2   47,‹masked›,+16   aneuploid"
    );
    assert_eq!(observations[2]["value_text"], "5AA ‹masked›");
    let (_, text) = ward
        .asks(&ward.doctor, &format!("{document_path}/pages/1"))
        .await;
    let text: Value = serde_json::from_str(&text).unwrap();
    let text = text["text"].as_str().unwrap();
    assert!(
        text.contains("Embryo 3   seq(1-22)x2,‹masked› embryo"),
        "{text}"
    );
    assert!(text.contains("Patient: MOSS, ADA"), "{text}");

    let summary = format!("/api/v1/patients/{}/summary", ward.patient);
    let values = |body: &str| {
        let summary: Value = serde_json::from_str(body).unwrap();
        let values = summary["values"].as_array().unwrap().clone();
        values
            .iter()
            .map(|series| series["text"].as_str().unwrap_or_default().to_owned())
            .collect::<Vec<_>>()
    };
    let (_, masked) = ward.asks(&ward.doctor, &summary).await;
    assert_eq!(
        values(&masked),
        ["5AA ‹masked›", "46,‹masked›", "47,‹masked›,+16"]
    );
    // One viewer's answer is never kept for another.
    let (_, whole) = ward.asks(&ward.laboratory, &summary).await;
    assert_eq!(values(&whole), ["5AA XX", "46,XY", "47,XX,+16"]);
    let (_, masked) = ward.asks(&ward.doctor, &summary).await;
    assert_eq!(
        values(&masked),
        ["5AA ‹masked›", "46,‹masked›", "47,‹masked›,+16"]
    );
}

#[actix_web::test]
async fn an_ordinary_paper_is_shown_as_it_came() {
    let ward = Ward::open().await;
    let name = "semen_us_andrology_reportlab.pdf";
    let bytes = std::fs::read(format!(
        "{}/tests/corpus/{name}",
        env!("CARGO_MANIFEST_DIR")
    ));
    let document = ward.send(name, bytes.unwrap()).await;
    let path = format!("/api/v1/documents/{document}");
    eventually(PATIENCE, "the policy to be in force", || async {
        let scan = std::fs::read(format!(
            "{}/tests/corpus/hormone_bhcg_fax_1bit.pdf",
            env!("CARGO_MANIFEST_DIR")
        ));
        let scan = ward.send("scan.pdf", scan.unwrap()).await;
        // Nobody knows what is on a picture.
        let original = format!("/api/v1/documents/{scan}/original");
        let (status, _) = ward.asks(&ward.doctor, &original).await;
        (status == 403).then_some(())
    })
    .await;
    for end in ["/original", "/pages/1/image", "/pages/1", ""] {
        let (doctor, shown) = ward.asks(&ward.doctor, &format!("{path}{end}")).await;
        let (_, whole) = ward.asks(&ward.laboratory, &format!("{path}{end}")).await;
        assert_eq!((doctor, shown), (StatusCode::OK, whole), "{end}");
    }
}

#[actix_web::test]
async fn the_database_withholds_what_the_code_would_have_to_mask() {
    let ward = Ward::open().await;
    let genetic = ward.send("PGT.pdf", plain(PAPER)).await;
    let ordinary = ward.send("report.pdf", plain(&["FSH 5.5 IU/l"])).await;
    let mut connection = db::connection(&ward.house.pools.app).await.unwrap();
    for (sight, document, rows) in [
        ("plain", genetic, 0_i64),
        ("donors", genetic, 0),
        ("genetics", genetic, 2),
        ("donors,genetics", genetic, 2),
        ("plain", ordinary, 2),
    ] {
        let tx = db::begin_seeing(&mut connection, ward.house.clinic, sight)
            .await
            .unwrap();
        let row = tx
            .query_one(
                "SELECT (SELECT count(*) FROM fertidoc.analysis WHERE document_id = $1)
                      + (SELECT count(*) FROM fertidoc.document_page p
                           JOIN fertidoc.document d ON d.analysis_id = p.analysis_id
                          WHERE d.document_id = $1)",
                &[&document.0],
            )
            .await
            .unwrap();
        assert_eq!(row.get::<_, i64>(0), rows, "{sight} {document}");
    }
}

#[actix_web::test]
async fn what_nobody_has_decided_about_is_withheld_until_a_worker_has() {
    let ward = Ward::open().await;
    let ordinary = ward.send("report.pdf", plain(&["FSH 5.5 IU/l"])).await;
    let original = format!("/api/v1/documents/{ordinary}/original");
    let admin = ward.house.database.admin().await;
    let forget = "UPDATE fertidoc.document_mask
                     SET rules = 0, sex_chromosomes = 'unknown', result = NULL, pages = NULL";
    admin.execute(forget, &[]).await.unwrap();
    eventually(PATIENCE, "the policy to be in force", || async {
        let (status, _) = ward.asks(&ward.doctor, &original).await;
        (status == 403).then_some(())
    })
    .await;
    let pages = format!("/api/v1/documents/{ordinary}/pages/1");
    assert_eq!(ward.asks(&ward.doctor, &pages).await.0, 404);
    let decided = observations::mask_backlog(&ward.house.pools.worker).await;
    assert_eq!(decided.unwrap(), 1);
    assert_eq!(ward.asks(&ward.doctor, &original).await.0, 200);
    assert_eq!(ward.asks(&ward.doctor, &pages).await.0, 200);
    let again = observations::mask_backlog(&ward.house.pools.worker).await;
    assert_eq!(again.unwrap(), 0);
}

#[actix_web::test]
async fn the_policy_is_decided_by_administrators_recorded_and_soon_in_force_everywhere() {
    let ward = Ward::open().await;
    let document = ward.send("PGT.pdf", plain(PAPER)).await;
    let path = format!("/api/v1/documents/{document}/original");
    let policy = "/api/v1/clinic/policy";
    assert_eq!(ward.asks(&ward.doctor, policy).await.0, 403);
    let refused = ward.doctor.put(ward.house.at(policy));
    let refused = refused
        .json(&json!({ "sex_chromosomes": "shown" }))
        .send()
        .await;
    assert_eq!(refused.unwrap().status(), 403);
    let odd = ward.laboratory.put(ward.house.at(policy));
    let odd = odd
        .json(&json!({ "sex_chromosomes": "sometimes" }))
        .send()
        .await;
    assert_eq!(odd.unwrap().status(), 400);
    let page = ward.page(&ward.house.token, "/clinic").await;
    assert!(page.contains(r#"value="masked" checked"#));
    let (_, holds) = ward.asks(&ward.laboratory, policy).await;
    assert_eq!(holds, r#"{"sex_chromosomes":"masked"}"#);
    let soon = Duration::from_secs(5);
    for (decision, status) in [("shown", 200), ("masked", 403)] {
        ward.decide(decision).await;
        eventually(soon, "the decision to be in force", || async {
            (ward.asks(&ward.doctor, &path).await.0 == status).then_some(())
        })
        .await;
    }
    // The same again changes nothing and is not recorded as a change.
    ward.decide("masked").await;
    let admin = ward.house.database.admin().await;
    let rows = admin
        .query(
            "SELECT detail->>'sex_chromosomes' FROM fertidoc.audit_event
              WHERE action = 'clinic.change_policy' ORDER BY audit_id",
            &[],
        )
        .await
        .unwrap();
    let decided: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    assert_eq!(decided, ["masked", "shown", "masked"]);
    let refused = admin
        .query_one(
            "SELECT count(*) FROM fertidoc.audit_event
              WHERE action = 'document.download' AND outcome = 'refused' AND subject = $1",
            &[&document.0],
        )
        .await
        .unwrap();
    assert!(
        refused.get::<_, i64>(0) >= 1,
        "that it was withheld is recorded"
    );
}

/// Reports of every laboratory of the corpus: where all of it is text, nothing of it is masked, but
/// in the papers that state a karyotype or what a biopsy found.
#[test]
fn ordinary_reports_are_known_to_tell_nothing() {
    let folder = format!("{}/tests/corpus", env!("CARGO_MANIFEST_DIR"));
    let mut shown = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "pdf") {
            continue;
        }
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let bytes = std::fs::read(&path).unwrap();
        let Reading { analysis, pages } = analysis::read(&name, &bytes, &mut |_, _| {});
        let pages: Vec<&str> = pages.iter().map(|page| page.text.as_str()).collect();
        let verdict = Verdict::of(&analysis, &pages);
        let right = match name.as_str() {
            "letter_andrology_typst.pdf" | "own_karyotype_es.pdf" | "own_pgt_lines.pdf" => {
                Verdict::Present
            }
            // A biopsy that tells no sex cannot be known not to.
            "own_pgt_es.pdf" => Verdict::Unknown,
            _ if analysis.text_source != TextSource::TextLayer => Verdict::Unknown,
            _ => Verdict::Absent,
        };
        assert_eq!(verdict, right, "{name}");
        if verdict == Verdict::Absent {
            let mut masked = analysis.clone();
            masked.mask(&pages);
            assert_eq!(masked, analysis, "{name}");
            shown += 1;
        }
    }
    assert!(shown >= 25, "{shown}");
}
