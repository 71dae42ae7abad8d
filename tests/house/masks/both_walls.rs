//! Both walls at once: a donor whose karyotype is on file, and a recipient's paper that names the donor
//! beside one, before everybody who holds one scope, both or none.

use super::{PAPER, Ward, telling, token};
use crate::hostile::plain;
use crate::house::client;
use fertidoc::access::{Scope, Scopes};
use fertidoc::domain::ids::DocumentId;
use reqwest::Client;
use serde_json::{Value, json};

/// Whatever would tell who the donor is, folded.
const NAMING: [&str; 3] = ["moss", "1990-05-04", "04.05.1990"];

struct Couple {
    ward: Ward,
    donor: String,
    recipient: String,
    /// The donor's karyotype.
    of_donor: DocumentId,
    /// The recipient's paper with the same lines: it names the donor.
    of_recipient: DocumentId,
}

/// Somebody, and which of the walls is not before them.
struct Reader {
    http: Client,
    token: String,
    donors: bool,
    genetics: bool,
}

impl Couple {
    async fn open() -> Self {
        let mut ward = Ward::open().await;
        let donor = ward.patient.clone();
        let path = ward.house.at(&format!("/api/v1/patients/{donor}"));
        let now = ward.house.get(&format!("/api/v1/patients/{donor}")).await;
        let coded = ward
            .laboratory
            .patch(path)
            .header("if-match", format!("\"{}\"", now["revision"]))
            .json(&json!({ "donor_code": "D-1042" }))
            .send()
            .await;
        assert_eq!(coded.unwrap().status(), 200);
        let recipient = ward
            .house
            .register("Prosser", "Ivy", "1988-02-03", "female")
            .await;
        let given = json!({ "donor_code": "D-1042", "kind": "oocyte", "since": "2024-03-01" });
        let path = ward
            .house
            .at(&format!("/api/v1/patients/{recipient}/donations"));
        let given = ward.laboratory.post(path).json(&given).send().await;
        assert_eq!(given.unwrap().status(), 201);
        let of_donor = ward.send("Karyotype 46,XY Moss.pdf", plain(PAPER)).await;
        ward.read_genes(of_donor).await;
        ward.patient.clone_from(&recipient);
        let mut lines = PAPER.to_vec();
        lines.push("Recipient: PROSSER, IVY");
        let of_recipient = ward.send("PGT XY of Moss.pdf", plain(&lines)).await;
        ward.read_genes(of_recipient).await;
        Self {
            ward,
            donor,
            recipient,
            of_donor,
            of_recipient,
        }
    }

    /// Everybody with and without each of the two scopes, known only since the policy is in force.
    async fn readers(&self) -> Vec<Reader> {
        let mut readers = Vec::new();
        for (donors, genetics) in [(false, false), (false, true), (true, false), (true, true)] {
            let mut scopes = vec![Scope::Read, Scope::Write, Scope::Upload, Scope::Audit];
            scopes.extend(donors.then_some(Scope::Donors));
            scopes.extend(genetics.then_some(Scope::Genetics));
            let scopes: Scopes = scopes.into_iter().collect();
            let token = token(&self.ward.house, scopes).await;
            readers.push(Reader {
                http: client(&token),
                token,
                donors,
                genetics,
            });
        }
        readers
    }

    /// The status, what tells sex chromosomes, and whether the answer leads to the donor.
    async fn ask(&self, reader: &Reader, path: &str) -> (u16, bool, bool, String) {
        let (status, body) = self.ward.asks(&reader.http, path).await;
        let folded = body.to_lowercase();
        let names = NAMING.iter().any(|name| folded.contains(name)) || body.contains(&self.donor);
        (status.as_u16(), !telling(&body).is_empty(), names, body)
    }
}

#[actix_web::test]
async fn the_donors_side_is_behind_both_walls() {
    let couple = Couple::open().await;
    let (donor, paper) = (&couple.donor, couple.of_donor);
    for reader in couple.readers().await {
        let who = format!("donors {}, genetics {}", reader.donors, reader.genetics);
        let all = [
            (format!("/api/v1/documents/{paper}"), true),
            (format!("/api/v1/documents/{paper}/pages/1"), true),
            (format!("/api/v1/patients/{donor}/summary"), true),
            (format!("/api/v1/documents/{paper}/original"), true),
            (format!("/api/v1/documents/{paper}/pages/1/image"), false),
            (format!("/api/v1/documents/{paper}/events"), false),
            (format!("/api/v1/patients/{donor}"), false),
            (format!("/api/v1/patients/{donor}/audit"), false),
            (format!("/documents/{paper}"), true),
            (format!("/patients/{donor}"), true),
        ];
        for (path, tells) in all {
            let (status, told, names, body) = if path.starts_with("/api") {
                couple.ask(&reader, &path).await
            } else {
                let page = couple.ward.house.at(&path);
                let page = Client::new().get(page).bearer_auth(&reader.token);
                let page = page.send().await.unwrap();
                let status = page.status().as_u16();
                let body = page.text().await.unwrap();
                let names = body.to_lowercase().contains("moss");
                (status, !telling(&body).is_empty(), names, body)
            };
            let bytes = path.ends_with("/original") || path.ends_with("/image");
            let expected = match (reader.donors, reader.genetics) {
                (false, _) => 404,
                (true, false) if bytes => 403,
                _ => 200,
            };
            assert_eq!(status, expected, "{path} by {who}: {body}");
            if !reader.genetics || !reader.donors {
                assert!(!told, "{path} by {who}: {body}");
            } else {
                assert!(told || !tells, "{path} by {who}");
            }
            assert!(reader.donors || !names, "{path} by {who}: {body}");
        }
    }
}

#[actix_web::test]
async fn the_recipients_side_is_behind_each_wall_by_itself() {
    let couple = Couple::open().await;
    let paper = couple.of_recipient;
    for reader in couple.readers().await {
        let who = format!("donors {}, genetics {}", reader.donors, reader.genetics);
        // What may be read of it, by whom, and why not.
        for part in ["original", "pages/1/image", "pages/1"] {
            let path = format!("/api/v1/documents/{paper}/{part}");
            let (status, told, names, body) = couple.ask(&reader, &path).await;
            let masked_text = part == "pages/1" && reader.donors;
            let open = reader.donors && (reader.genetics || masked_text);
            assert_eq!(
                status,
                if open { 200 } else { 403 },
                "{path} by {who}: {body}"
            );
            assert!(reader.genetics && reader.donors || !told, "{path} by {who}");
            assert!(reader.donors || !names, "{path} by {who}: {body}");
            if !open {
                let problem: Value = serde_json::from_str(&body).unwrap();
                assert_eq!(problem["code"], "withheld", "{path} by {who}");
            }
        }
        for path in [
            format!("/api/v1/documents/{paper}"),
            format!("/api/v1/documents/{paper}/events"),
            format!("/api/v1/patients/{}", couple.recipient),
            format!("/api/v1/patients/{}/summary", couple.recipient),
            format!("/api/v1/patients/{}/audit", couple.recipient),
            "/api/v1/documents".to_owned(),
            "/api/v1/inbox".to_owned(),
            "/api/v1/jobs".to_owned(),
            "/api/v1/patients".to_owned(),
            "/api/v1/patients?q=moss".to_owned(),
            "/api/v1/patients?q=prosser".to_owned(),
            "/api/v1/patients?q=1990-05-04".to_owned(),
            "/api/v1/audit?limit=200".to_owned(),
            "/api/v1/audit.csv".to_owned(),
            "/api/v1/audit.ndjson".to_owned(),
        ] {
            let (status, told, names, body) = couple.ask(&reader, &path).await;
            assert_eq!(status, 200, "{path} by {who}: {body}");
            assert!(reader.genetics || !told, "{path} by {who}: {body}");
            assert!(reader.donors || !names, "{path} by {who}: {body}");
        }
        let path = format!("/api/v1/patients/{}/summary", couple.recipient);
        let (_, told, _, body) = couple.ask(&reader, &path).await;
        assert_eq!(told, reader.genetics, "{who}: {body}");
        assert!(
            body.contains("D-1042"),
            "the code stands there for everybody"
        );
        let (_, _, found, _) = couple.ask(&reader, "/api/v1/patients?q=moss").await;
        assert_eq!(found, reader.donors, "{who}");
    }
}
