use super::milliseconds;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Postgres, one address for each role of the database.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Db {
    /// Role `fertidoc_owner`: migrations only.
    pub owner_url: String,
    /// Role `fertidoc_app`: answers requests.
    pub app_url: String,
    /// Role `fertidoc_worker`: reads documents, sweeps.
    pub worker_url: String,
    /// Role `fertidoc_refresher`: refreshes the materialized summaries.
    pub refresher_url: String,
    /// Role `fertidoc_sealer`: seals the record of who did what.
    pub sealer_url: String,
    /// Connections of each pool of one process.
    pub pool_size: usize,
    /// How long a request waits for a connection before it is refused.
    #[serde(with = "milliseconds")]
    pub wait: Duration,
    /// How long one statement may run.
    #[serde(with = "milliseconds")]
    pub statement: Duration,
}

impl Default for Db {
    fn default() -> Self {
        Self {
            owner_url: String::new(),
            app_url: String::new(),
            worker_url: String::new(),
            refresher_url: String::new(),
            sealer_url: String::new(),
            pool_size: 16,
            wait: Duration::from_secs(3),
            statement: Duration::from_secs(30),
        }
    }
}
