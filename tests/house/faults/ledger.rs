//! What was answered with 201, and whether it is there.

use super::{PATIENCE, processes, report::Outcome, sha256};
use crate::house::{TestHouse, eventually};
use reqwest::{
    Client, StatusCode,
    multipart::{Form, Part},
};
use serde_json::Value;
use std::{cell::RefCell, collections::BTreeMap, time::Duration};

/// Documents by their ids, with the hashes of what was sent.
#[derive(Debug, Default)]
pub struct Ledger(RefCell<BTreeMap<String, [u8; 32]>>);

impl Ledger {
    pub fn keep(&self, document: String, bytes: &[u8]) {
        let hash = sha256(bytes);
        let before = self.0.borrow_mut().insert(document, hash);
        assert!(
            before.is_none_or(|before| before == hash),
            "one id for two files"
        );
    }

    pub fn len(&self) -> usize {
        self.0.borrow().len()
    }

    /// Waits until the house has settled, reads everything and looks the house over to its last
    /// byte.
    pub async fn balances(&self, house: &TestHouse) -> Outcome {
        house.settles().await;
        let outcome = self.compared(house).await;
        house.is_sound().await;
        outcome
    }

    /// Reads what was answered with 201, in a house that has settled.
    pub async fn compared(&self, house: &TestHouse) -> Outcome {
        let documents = self.0.borrow().clone();
        let mut lost = Vec::new();
        for (document, hash) in &documents {
            if house.original(document).await != Some(*hash) {
                lost.push(document.clone());
            }
        }
        // Whoever sends under a key and insists knows of every document that there is.
        assert!(house.count("document").await as usize >= documents.len());
        let twice = house.read_twice().await;
        let outcome = Outcome {
            acknowledged: documents.len(),
            lost: lost.len(),
            read_twice: twice.len(),
            ..Outcome::default()
        };
        assert!(lost.is_empty(), "lost: {lost:?}");
        assert!(twice.is_empty(), "read twice: {twice:?}");
        outcome
    }
}

impl TestHouse {
    /// Until nothing waits to be read, refreshed or sealed.
    pub async fn settles(&self) {
        eventually(PATIENCE * 3, "the house to settle", async || {
            self.is_settled().await.then_some(())
        })
        .await;
    }

    pub async fn is_settled(&self) -> bool {
        let waits = [
            "job WHERE state IN ('ready', 'running')",
            "stale_patient",
            "audit_event e WHERE NOT EXISTS
                 (SELECT FROM fertidoc.audit_seal s WHERE s.audit_id = e.audit_id)",
        ];
        for rows in waits {
            if self.count(rows).await > 0 {
                return false;
            }
        }
        true
    }

    /// `fertidoc check` finds nothing; it reads every original.
    pub async fn is_sound(&self) {
        let checked = self.checked(&self.config, true).await;
        assert_eq!(checked["sound"], true, "{checked:#}");
    }

    /// What `fertidoc check` says.
    pub async fn checked(&self, config: &fertidoc::config::Config, deep: bool) -> Value {
        let words: &[&str] = if deep {
            &["check", "--json", "--deep"]
        } else {
            &["check", "--json"]
        };
        let told = processes::told(words, config).await;
        let checked: Value = serde_json::from_slice(&told.stdout)
            .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&told.stderr)));
        assert_eq!(told.status.success(), checked["sound"] == true);
        checked
    }

    /// The hash of the original as it is handed out, if it is.
    async fn original(&self, document: &str) -> Option<[u8; 32]> {
        let path = format!("/api/v1/documents/{document}/original");
        let answer = self.http.get(self.at(&path)).send().await.unwrap();
        if answer.status() != 200 {
            return None;
        }
        Some(sha256(&answer.bytes().await.ok()?))
    }

    /// Documents that more than one attempt has a result of, or that have more than one reading.
    async fn read_twice(&self) -> Vec<String> {
        let admin = self.database.admin().await;
        let sql = "SELECT d.document_id::text FROM fertidoc.document d
                    WHERE (SELECT count(*) FROM fertidoc.analysis a WHERE a.document_id = d.document_id) > 1
                       OR (SELECT count(*) FROM fertidoc.job j JOIN fertidoc.job_attempt a USING (job_id)
                            WHERE j.document_id = d.document_id AND a.outcome = 'done') > 1";
        let rows = admin.query(sql, &[]).await.unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    }

    /// Keys whose holder died are free at once, as though their fifteen seconds had passed.
    pub async fn forgets_dead_holders(&self) {
        let admin = self.database.admin().await;
        let sql =
            "UPDATE fertidoc.idempotency_key SET lease_until = clock_timestamp() - interval '1 s'
                    WHERE response IS NULL";
        admin.batch_execute(sql).await.unwrap();
    }
}

/// Sends a file under a key to one server.
pub async fn send_under(
    http: &Client,
    server: &str,
    bytes: &[u8],
    key: &str,
) -> reqwest::Result<reqwest::Response> {
    let part = Part::bytes(bytes.to_vec()).file_name("report.pdf");
    http.post(format!("{server}/api/v1/documents"))
        .header("Idempotency-Key", key)
        .multipart(Form::new().part("file", part))
        .send()
        .await
}

/// Sends a file under a key to one server after the other until one says that it is kept; the id of
/// its document. Whoever is cut off or told to come again does so.
pub async fn insist(http: &Client, servers: &[String], bytes: &[u8], key: &str) -> String {
    let end = tokio::time::Instant::now() + PATIENCE * 3;
    for server in servers.iter().cycle() {
        assert!(tokio::time::Instant::now() < end, "nobody keeps the file");
        if let Ok(answer) = send_under(http, server, bytes, key).await {
            let status = answer.status();
            match (status, answer.json::<Value>().await) {
                (StatusCode::CREATED, Ok(answer)) => {
                    return answer["documents"][0]["id"].as_str().unwrap().to_owned();
                }
                // Later; or its answer was cut off.
                (StatusCode::SERVICE_UNAVAILABLE | StatusCode::CONFLICT, _)
                | (StatusCode::CREATED, Err(_)) => {}
                (status, answer) => panic!("{status}: {answer:?}"),
            }
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    unreachable!("servers come again and again")
}
