//! Settings: one struct per topic.
//!
//! Compiled defaults come first, then the file named by `FERTIDOC_CONFIG`, then the environment
//! (`FERTIDOC__STORE__ENDPOINT=...`). An unknown key is an error that names it. Secrets come from
//! the environment only, or from a file named by the same variable with `_FILE` behind it
//! (`FERTIDOC__STORE__SECRET_KEY_FILE=/run/secrets/store`).

mod access;
mod analysis;
mod cache;
mod db;
mod http;
mod limit;
mod oidc;
mod queue;
mod scan;
mod store;
mod summary;
mod telemetry;
mod transport;
mod upload;

pub use access::Access;
pub use analysis::Analysis;
pub use cache::Cache;
pub use db::{Db, DbTls};
pub use http::Http;
pub use limit::Limit;
pub use oidc::{GroupRole, Oidc};
pub use queue::Queue;
pub use scan::Scan;
pub use store::Store;
pub use summary::Summary;
pub use telemetry::Telemetry;
pub use upload::Upload;

use db::DbFiles;
use figment::{
    Figment,
    providers::{Env, Format, Serialized, Toml},
};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Everything that can be set.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    pub http: Http,
    pub access: Access,
    pub limit: Limit,
    pub oidc: Oidc,
    pub db: Db,
    pub cache: Cache,
    pub store: Store,
    pub upload: Upload,
    pub queue: Queue,
    pub analysis: Analysis,
    pub scan: Scan,
    pub summary: Summary,
    pub telemetry: Telemetry,
}

/// The settings could not be used; the message names the key and where it was set.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("{0}")]
    Unusable(#[from] Box<figment::Error>),
    #[error(
        "{setting} would send patient data to another machine in plain text: use {instead}, or say {insecure} = true where nobody else is on the network"
    )]
    PlainText {
        setting: &'static str,
        instead: &'static str,
        insecure: &'static str,
    },
    #[error("the file {path} that {variable} names cannot be read: {source}")]
    SecretFile {
        variable: String,
        path: String,
        source: std::io::Error,
    },
}

impl Config {
    /// Defaults, then the file, then the environment.
    pub fn load() -> Result<Self, ConfigError> {
        let mut figment = Figment::from(Serialized::defaults(Self::default()));
        if let Ok(path) = std::env::var("FERTIDOC_CONFIG") {
            figment = figment.merge(Toml::file_exact(path));
        }
        figment = figment.merge(
            Env::prefixed("FERTIDOC__")
                .filter(|key| !key.as_str().to_ascii_lowercase().ends_with("_file"))
                .split("__"),
        );
        let mut files = DbFiles::default();
        for (variable, path) in std::env::vars() {
            let Some(key) = variable
                .strip_prefix("FERTIDOC__")
                .and_then(|key| key.strip_suffix("_FILE"))
            else {
                continue;
            };
            let secret =
                std::fs::read_to_string(&path).map_err(|source| ConfigError::SecretFile {
                    variable: variable.clone(),
                    path: path.clone(),
                    source,
                })?;
            let key = key.to_lowercase().replace("__", ".");
            match key.as_str() {
                "db.owner_url" => files.owner = Some(path.into()),
                "db.app_url" => files.app = Some(path.into()),
                "db.worker_url" => files.worker = Some(path.into()),
                "db.refresher_url" => files.refresher = Some(path.into()),
                "db.sealer_url" => files.sealer = Some(path.into()),
                _ => {}
            }
            figment = figment.merge(Serialized::global(&key, secret.trim_end()));
        }
        let mut config: Self = figment
            .extract()
            .map_err(|error| ConfigError::Unusable(Box::new(error)))?;
        config.db.files = files;
        transport::check(&config)?;
        Ok(config)
    }
}

/// Durations are written in milliseconds, because tests shorten them.
mod milliseconds {
    use super::Duration;
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        u64::deserialize(deserializer).map(Duration::from_millis)
    }
}
