//! `doctor`: whether everything that the house stands on is there and does what it must.

use crate::{
    cache::Cache,
    cage::Cage,
    config::Config,
    db::{self, Login},
    storage::{Store, probe::Found},
};
use clap::Args;
use serde::Serialize;

#[derive(Debug, Args)]
pub struct Doctor {
    /// One JSON object instead of words.
    #[arg(long)]
    json: bool,
}

/// How one part is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Well,
    /// The house does without.
    Lacking,
    Wrong,
}

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Looked {
    at: String,
    state: State,
    #[serde(skip_serializing_if = "String::is_empty")]
    words: String,
}

impl Doctor {
    /// Looks at each part and tells all of it; the exit status is 1 where something is wrong.
    pub async fn run(self, config: &Config) -> anyhow::Result<()> {
        let mut looked = database(config).await;
        looked.push(redis(config).await);
        looked.extend(store(config).await);
        looked.push(cage(config).await);
        if self.json {
            super::print_line(&serde_json::to_string(&looked)?);
        } else {
            for it in &looked {
                super::print_line(&it.line());
            }
        }
        let wrong = looked.iter().filter(|it| it.state == State::Wrong).count();
        anyhow::ensure!(wrong == 0, "{wrong} of {} are wrong", looked.len());
        Ok(())
    }
}

impl Looked {
    fn new(at: impl Into<String>, state: State, words: impl Into<String>) -> Self {
        Self {
            at: at.into(),
            state,
            words: words.into(),
        }
    }

    fn well(at: impl Into<String>) -> Self {
        Self::new(at, State::Well, "")
    }

    fn line(&self) -> String {
        let state = match self.state {
            State::Well => "well",
            State::Lacking => "lacking",
            State::Wrong => "WRONG",
        };
        format!("{state:8} {:24} {}", self.at, self.words)
            .trim_end()
            .to_owned()
    }
}

/// Each role that a process of the house signs in as; the schema as the application sees it.
async fn database(config: &Config) -> Vec<Looked> {
    let mut looked = Vec::new();
    for (role, login) in [
        ("app", Login::app(&config.db)),
        ("worker", Login::worker(&config.db)),
        ("refresher", Login::refresher(&config.db)),
        ("sealer", Login::sealer(&config.db)),
    ] {
        let at = format!("database as {role}");
        match db::connect_single(login).await {
            Ok((client, connection)) => {
                tokio::spawn(connection);
                looked.push(Looked::well(at));
                if role == "app" {
                    looked.push(match db::check_schema(&client).await {
                        Ok(()) => Looked::well("database schema"),
                        Err(error) => Looked::new("database schema", State::Wrong, told(&error)),
                    });
                }
            }
            Err(error) => looked.push(Looked::new(at, State::Wrong, told(&error))),
        }
    }
    looked
}

async fn redis(config: &Config) -> Looked {
    let at = "redis";
    // Nothing is kept under this key: the question is whether anybody answers.
    match Cache::new(&config.cache, [0; 32]) {
        Err(error) => Looked::new(at, State::Wrong, told(&error)),
        Ok(cache) => match cache.redis_answers().await {
            Some(true) => Looked::well(at),
            Some(false) => Looked::new(at, State::Wrong, "it does not answer"),
            None => Looked::new(at, State::Lacking, "none is set up (cache.redis_url)"),
        },
    }
}

async fn store(config: &Config) -> Vec<Looked> {
    let store = Store::new(&config.store);
    let asked = match store.ensure_bucket().await {
        Ok(()) => store.probe().await,
        Err(error) => Err(error),
    };
    match asked {
        Err(error) => vec![Looked::new("store", State::Wrong, told(&error))],
        Ok(findings) => findings
            .into_iter()
            .map(|finding| {
                let at = format!("store, {}", finding.what);
                match finding.found {
                    Found::Well => Looked::well(at),
                    Found::Lacking(words) => Looked::new(at, State::Lacking, words),
                    Found::Wrong(words) => Looked::new(at, State::Wrong, words),
                }
            })
            .collect(),
    }
}

async fn cage(config: &Config) -> Looked {
    let at = "cage of untrusted files";
    match Cage::new(&config.analysis, 0).prove().await {
        Ok(()) => Looked::well(at),
        Err(error) => Looked::new(at, State::Wrong, told(&error)),
    }
}

/// An error with what it came from.
fn told(error: &(dyn std::error::Error + 'static)) -> String {
    std::iter::successors(Some(error), |error| error.source())
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ")
}
