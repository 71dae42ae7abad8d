//! Whether the store keeps what it promises, asked before anything depends on it.
//!
//! "S3-compatible" is a word that stores read differently: some ignore a range, some answer an
//! empty object for a missing one, some join parts in the order of their arrival. Each trait that
//! the house relies on is tried once with bytes of our own, under keys that begin with `probe/`.
//! A store that answers and answers wrongly is given nothing more to keep ([`super::Fitness`])
//! until a later probe finds it well; what it holds is still read, since everything that is read is
//! compared with what was received.

mod traits;

use super::{StorageError, Store};
use jiff::Timestamp;
use std::fmt;
use std::time::Duration;
use uuid::Uuid;

/// Where the bytes of probes lie, for as long as a probe lasts.
const FOLDER: &str = "probe/";

/// Age at which what a killed probe left is removed by the next one.
const LEFT: Duration = Duration::from_hours(1);

/// Pause after which a store that could not be asked, or was found wanting, is asked again.
const AGAIN: Duration = Duration::from_secs(30);

/// What is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Trait {
    Put,
    Get,
    Range,
    Multipart,
    MissingKey,
    Delete,
    WrongChecksum,
    ConditionalPut,
}

/// How that went.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(tag = "state", content = "words", rename_all = "snake_case")]
pub enum Found {
    Well,
    /// The house does without.
    Lacking(&'static str),
    /// Nothing may be kept here.
    Wrong(String),
}

/// One trait, tried.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Finding {
    #[serde(rename = "trait")]
    pub what: Trait,
    #[serde(flatten)]
    pub found: Found,
}

impl fmt::Display for Trait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Put => "put",
            Self::Get => "get",
            Self::Range => "get of a range",
            Self::Multipart => "upload in parts",
            Self::MissingKey => "missing key",
            Self::Delete => "delete",
            Self::WrongChecksum => "wrong checksum",
            Self::ConditionalPut => "conditional put",
        })
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.found {
            Found::Well => write!(f, "{}: well", self.what),
            Found::Lacking(words) => write!(f, "{}: {words}", self.what),
            Found::Wrong(words) => write!(f, "{}: wrong, {words}", self.what),
        }
    }
}

impl Store {
    /// Tries every trait once, in an order in which each may rely on those before it; what relies
    /// on one that is wrong is not tried. An error means that the store could not be asked.
    pub async fn probe(&self) -> Result<Vec<Finding>, StorageError> {
        self.clear_old_probes().await?;
        let key = format!("{FOLDER}{}", Uuid::now_v7());
        let tried = traits::try_all(self, &key).await;
        // Whatever was found: nothing of it stays.
        let _ = self.delete_named(&key).await;
        let findings = tried?;
        let wrong: Vec<String> = findings
            .iter()
            .filter(|finding| matches!(finding.found, Found::Wrong(_)))
            .map(ToString::to_string)
            .collect();
        self.fitness.found(wrong.join("; "));
        Ok(findings)
    }

    /// Probes until the store was found well, and says what was found.
    pub async fn probe_until_well(self) {
        loop {
            match self.probe().await {
                Ok(findings) => {
                    findings.iter().for_each(tell);
                    if self.is_fit() {
                        return;
                    }
                }
                Err(error) => tracing::warn!(cause = ?error, "the object store cannot be probed"),
            }
            tokio::time::sleep(AGAIN).await;
        }
    }

    async fn clear_old_probes(&self) -> Result<(), StorageError> {
        let now = Timestamp::now().as_millisecond();
        for key in self.list_named(FOLDER).await? {
            if began(&key).is_none_or(|began| now - began > LEFT.as_millis() as i64) {
                self.delete_named(&key).await?;
            }
        }
        Ok(())
    }
}

fn tell(finding: &Finding) {
    match finding.found {
        Found::Well => tracing::debug!(%finding, "the object store was probed"),
        Found::Lacking(_) => tracing::info!(%finding, "the object store was probed"),
        Found::Wrong(_) => tracing::error!(
            %finding,
            "the object store does not keep what it promises: nothing is stored until it does"
        ),
    }
}

/// Milliseconds since 1970 at which the probe of this key began, by its id.
fn began(key: &str) -> Option<i64> {
    let id = Uuid::parse_str(key.strip_prefix(FOLDER)?).ok()?;
    let (seconds, nanoseconds) = id.get_timestamp()?.to_unix();
    Some(seconds as i64 * 1000 + i64::from(nanoseconds / 1_000_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_of_a_probe_tells_when_it_began() {
        let now = Timestamp::now().as_millisecond();
        let key = format!("{FOLDER}{}", Uuid::now_v7());
        assert!((began(&key).unwrap() - now).abs() < 60_000);
        assert_eq!(began("probe/something"), None);
        assert_eq!(began(&Uuid::now_v7().to_string()), None);
    }
}
