//! How old a summary may be that an instance answers: a patient is changed by somebody else, and
//! the instance is asked until it tells of the change. The age of an answer is the time from the
//! commit to its arrival, if it does not tell of the change; that of a sample is its oldest answer's.

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use fertidoc::{db, summary::SummaryAnswer};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::{Value, json};
use std::{
    path::PathBuf,
    time::{Duration, Instant},
};
use tokio_postgres::Client;

#[derive(Args)]
pub struct Age {
    /// Address of the instance.
    #[arg(long)]
    url: String,
    #[arg(long)]
    token_file: PathBuf,
    #[arg(long)]
    patient: uuid::Uuid,
    /// File with the address of a superuser of the instance's database.
    #[arg(long)]
    postgres_file: PathBuf,
    #[arg(long)]
    changes: usize,
    /// What happens to the connection that the instance listens on, just before each change.
    #[arg(long, value_enum, default_value = "nothing")]
    listen: Listen,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Listen {
    Nothing,
    /// Postgres ends it.
    Cut,
    /// It stays open and nothing comes.
    Frozen,
}

/// Longer than `summary.listener_silence` and the pause before a lost connection is made again.
const RECOVERS: Duration = Duration::from_millis(1500);
const PATIENCE: Duration = Duration::from_secs(30);

const LISTENERS: &str = "SELECT pid FROM pg_stat_activity
    WHERE datname = current_database() AND query LIKE 'LISTEN fertidoc_summary%'";
const CUT: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND query LIKE 'LISTEN fertidoc_summary%'";
const CHANGE: &str = "UPDATE fertidoc.patient SET given_names = $2 WHERE patient_id = $1";

impl Age {
    pub async fn run(self) -> anyhow::Result<Value> {
        let login = std::fs::read_to_string(&self.postgres_file)?;
        let (client, connection) = db::connect_single(login.trim()).await?;
        tokio::spawn(connection);
        let instance = Instance::new(&self)?;
        let mut ages = Vec::new();
        let mut stale = 0;
        for number in 0..self.changes {
            if self.listen != Listen::Nothing {
                tokio::time::sleep(RECOVERS).await;
            }
            // Twice, so that the second answer is remembered.
            instance.version().await?;
            let before = instance.version().await?;
            let frozen = self.disturb(&client).await?;
            let names = format!("Change {number}");
            client.execute(CHANGE, &[&self.patient, &names]).await?;
            let committed = Instant::now();
            let mut oldest = Duration::ZERO;
            while instance.version().await? <= before {
                stale += 1;
                oldest = committed.elapsed();
                anyhow::ensure!(oldest < PATIENCE, "the change was never seen");
            }
            for pid in frozen {
                kill(pid, Signal::SIGCONT)?;
            }
            ages.push(oldest.as_secs_f64() * 1000.0);
        }
        Ok(json!({ "milliseconds": ages, "stale_answers": stale }))
    }

    /// Answers whom it froze.
    async fn disturb(&self, client: &Client) -> anyhow::Result<Vec<Pid>> {
        match self.listen {
            Listen::Nothing => Ok(Vec::new()),
            Listen::Cut => {
                client.query(CUT, &[]).await?;
                Ok(Vec::new())
            }
            Listen::Frozen => {
                let listeners = client.query(LISTENERS, &[]).await?;
                let pids: Vec<Pid> = listeners
                    .iter()
                    .map(|row| Pid::from_raw(row.get(0)))
                    .collect();
                for &pid in &pids {
                    kill(pid, Signal::SIGSTOP)?;
                }
                Ok(pids)
            }
        }
    }
}

struct Instance {
    http: reqwest::Client,
    url: String,
    token: String,
}

impl Instance {
    fn new(age: &Age) -> anyhow::Result<Self> {
        Ok(Self {
            http: reqwest::Client::new(),
            url: format!("{}/api/v1/patients/{}/summary", age.url, age.patient),
            token: std::fs::read_to_string(&age.token_file)?.trim().to_owned(),
        })
    }

    async fn version(&self) -> anyhow::Result<i64> {
        let request = self.http.get(&self.url).bearer_auth(&self.token);
        let answer = request.send().await?.error_for_status()?;
        let etag = answer.headers().get("etag").context("no ETag")?.to_str()?;
        let version = SummaryAnswer::version_of(etag).context("an ETag without a version")?;
        // To its end, so that the connection is used again.
        answer.bytes().await?;
        Ok(version)
    }
}
