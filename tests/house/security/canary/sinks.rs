//! Everything that the house tells, gathered when all of it has been told.

use super::{life::Lived, ports::Ports};
use crate::house::eventually;
use bb8_redis::redis::{self, AsyncCommands as _};
use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

pub struct Sinks(Vec<(String, String)>);

impl Sinks {
    pub async fn gather(ports: &mut Ports, lived: &Lived) -> Self {
        let mut sinks = Self(Vec::new());
        for operators in &ports.operators {
            for path in ["/metrics", "/readyz", "/livez"] {
                let answer = reqwest::get(format!("{operators}{path}")).await.unwrap();
                sinks.add(path, answer.text().await.unwrap());
            }
        }
        let admin = ports.house.database.admin().await;
        for (name, statement) in [
            ("pg_stat_activity", "SELECT query FROM pg_stat_activity"),
            ("jobs", "SELECT to_jsonb(j)::text FROM fertidoc.job j"),
            (
                "attempts",
                "SELECT to_jsonb(a)::text FROM fertidoc.job_attempt a",
            ),
            (
                "the record",
                "SELECT to_jsonb(e)::text FROM fertidoc.audit_event e",
            ),
        ] {
            let rows = admin.query(statement, &[]).await.unwrap();
            let rows: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
            sinks.add(name, rows.join("\n"));
        }
        sinks.redis(ports).await;
        sinks.store(ports);
        sinks.add("heads of answers", lived.heads.clone());
        sinks.add("problems", lived.problems.clone());
        // nginx tells most when nobody is behind it.
        let mut processes = std::mem::take(&mut ports.processes);
        let work = processes.pop().unwrap();
        for process in processes {
            process.end().await;
        }
        work.end().await;
        let search = format!("https://{}/patients?q=ZZCANARY", ports.nginx.address);
        let browser = reqwest::Client::builder().danger_accept_invalid_certs(true);
        let asked = browser
            .build()
            .unwrap()
            .get(&search)
            .header("referer", &search);
        assert_eq!(asked.send().await.unwrap().status(), 503);
        // nginx writes its line when the answer is gone.
        let log = async || Some(ports.nginx.log()).filter(|log| log.contains("\"status\":503"));
        let log = eventually(Duration::from_secs(30), "the line of the 503", log).await;
        sinks.add("nginx", log);
        sinks.add("nginx about errors", ports.nginx.errors());
        for (name, text) in ports.logs() {
            sinks.add(&name, text);
        }
        sinks.add("Loki", ports.loki.told().await);
        sinks.add("notices", ports.notices.lock().unwrap().clone());
        sinks.add("Postgres", ports.cluster.log());
        sinks
    }

    fn add(&mut self, name: &str, text: String) {
        self.0.push((name.to_owned(), text));
    }

    pub fn all(&self) -> &[(String, String)] {
        &self.0
    }

    /// Keys and values as they lie there.
    async fn redis(&mut self, ports: &Ports) {
        let client = redis::Client::open(ports.redis.url()).unwrap();
        let mut connection = client.get_multiplexed_async_connection().await.unwrap();
        let keys: Vec<String> = connection.keys("*").await.unwrap();
        for key in &keys {
            let value: Vec<u8> = connection.get(key).await.unwrap();
            self.add(
                &format!("Redis {key}"),
                String::from_utf8_lossy(&value).into_owned(),
            );
        }
        self.add("keys of Redis", keys.join("\n"));
    }

    /// Names of everything in the store, and what stands beside objects. What stands in them is the
    /// paper itself.
    fn store(&mut self, ports: &Ports) {
        fn names(directory: &Path, found: &mut String) {
            for entry in std::fs::read_dir(directory).unwrap() {
                let path = entry.unwrap().path();
                writeln!(found, "{}", path.display()).unwrap();
                if path.is_dir() {
                    names(&path, found);
                } else if path.extension().is_some_and(|it| it == "json") {
                    found.push_str(&std::fs::read_to_string(&path).unwrap());
                }
            }
        }
        let mut found = String::new();
        names(ports.store.directory(), &mut found);
        self.add("keys of the store", found);
    }

    /// A sink that was not written to would hold nothing, and prove it.
    pub fn must_hold_what_they_are_for(&self) {
        let of = |wanted: &str| -> String {
            let found = self.0.iter().filter(|(name, _)| name.starts_with(wanted));
            found.map(|(_, text)| text.as_str()).collect()
        };
        for (name, part) in [
            ("/metrics", "fertidoc_http_request_duration_seconds"),
            ("/metrics", "fertidoc_job_duration_seconds"),
            (
                "/metrics",
                r#"fertidoc_cache_reads_total{layer="redis",outcome="hit"}"#,
            ),
            ("/readyz", "\"redis\""),
            ("pg_stat_activity", "SELECT"),
            ("jobs", "document_id"),
            ("attempts", "job_id"),
            ("the record", "patient.list"),
            ("the record", "access.refuse"),
            ("the record", "session.fail"),
            ("keys of Redis", "fertidoc:summary:"),
            ("keys of the store", ".json"),
            ("heads of answers", "content-disposition"),
            ("heads of answers", "location"),
            ("problems", "\"code\""),
            ("nginx", "/api/v1/patients"),
            ("nginx", "503"),
            ("serve-0", "answered"),
            ("serve-1", "answered"),
            ("work-2", "job"),
            ("Loki", "answered"),
            ("notices", "fertidoc_summary "),
            ("notices", "fertidoc_document "),
            ("Postgres", "duration:"),
            ("Postgres", "ERROR:"),
        ] {
            let text = of(name);
            assert!(text.contains(part), "{name} holds no {part}: {text}");
        }
        // One event is one line of JSON, so nothing that was sent begins an event of its own.
        for role in ["serve-0", "serve-1", "work-2"] {
            for line in of(role).lines() {
                let event = serde_json::from_str::<serde_json::Value>(line);
                assert!(event.is_ok(), "{role} tells {line}");
            }
        }
    }
}
