//! The house when what it stands on breaks, and when what it is sent was made to hurt.
//!
//! The processes here are the binary itself, started, killed, frozen and started again. Whatever
//! happens, it is told clearly or heals by itself, and nothing that was answered with 201 is lost.

#[cfg(feature = "failpoints")]
mod at_a_place;
mod bodies;
mod campaign;
mod check;
pub mod cluster;
mod database;
mod degraded;
mod ledger;
mod memory;
#[cfg(feature = "failpoints")]
mod panics;
pub mod processes;
mod proxy;
mod redis;
mod refused;
mod report;
mod senders;
mod stopped;
mod store;
mod taken_over;
mod town;
mod while_sending;

use crate::house::{TestHouse, eventually};
use reqwest::multipart::{Form, Part};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::time::Duration;

/// Long enough for a loaded machine; tests end as soon as what they wait for has come.
const PATIENCE: Duration = Duration::from_mins(1);

impl TestHouse {
    /// Sends one file. The connection may be cut, so this is no answer yet.
    async fn send(&self, bytes: Vec<u8>) -> reqwest::Result<reqwest::Response> {
        let part = Part::bytes(bytes).file_name("report.pdf");
        self.http
            .post(self.at("/api/v1/documents"))
            .multipart(Form::new().part("file", part))
            .send()
            .await
    }

    /// Sends one file that is kept; the id of its document.
    async fn keep(&self, bytes: Vec<u8>) -> String {
        kept(self.send(bytes).await.unwrap()).await
    }

    /// The document when its reading has ended.
    pub async fn ended(&self, document: &str) -> Value {
        let path = format!("/api/v1/documents/{document}");
        eventually(PATIENCE, "the document to be read", || async {
            let document = self.get(&path).await;
            (document["state"] != "stored" && document["state"] != "reading").then_some(document)
        })
        .await
    }

    /// The SHA-256 of the original as it is handed out.
    pub async fn hash(&self, document: &str) -> [u8; 32] {
        let path = format!("/api/v1/documents/{document}/original");
        let answer = self.http.get(self.at(&path)).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        Sha256::digest(answer.bytes().await.unwrap()).into()
    }

    /// How many rows there are of a table, or of a table and a condition.
    pub async fn count(&self, rows: &str) -> i64 {
        let admin = self.database.admin().await;
        let sql = format!("SELECT count(*) FROM fertidoc.{rows}");
        admin.query_one(&sql, &[]).await.unwrap().get(0)
    }
}

/// The id of the one document of an answer that kept it.
pub async fn kept(answer: reqwest::Response) -> String {
    assert_eq!(answer.status(), 201);
    let answer: Value = answer.json().await.unwrap();
    answer["documents"][0]["id"].as_str().unwrap().to_owned()
}

pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}
