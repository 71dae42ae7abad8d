use super::milliseconds;
use super::transport::is_loopback;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
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
    /// TLS to Postgres: `auto` speaks it, with the server's name proven, to every other machine and
    /// not to this one; `verify-full` speaks it always, `off` never.
    pub tls: DbTls,
    /// PEM file of the only certificate authorities that are trusted; empty means the machine's.
    pub ca: String,
    /// Allows plain text to another machine; for a network that nobody else is on.
    pub insecure: bool,
    /// Connections of each pool of one process.
    pub pool_size: usize,
    /// How long a request waits for a connection before it is refused.
    #[serde(with = "milliseconds")]
    pub wait: Duration,
    /// How long one statement may run.
    #[serde(with = "milliseconds")]
    pub statement: Duration,
    /// The files that addresses came from, to read them again.
    #[serde(skip)]
    pub(crate) files: DbFiles,
}

impl Default for Db {
    fn default() -> Self {
        Self {
            owner_url: String::new(),
            app_url: String::new(),
            worker_url: String::new(),
            refresher_url: String::new(),
            sealer_url: String::new(),
            tls: DbTls::Auto,
            ca: String::new(),
            insecure: false,
            pool_size: 16,
            wait: Duration::from_secs(3),
            statement: Duration::from_secs(30),
            files: DbFiles::default(),
        }
    }
}

/// When TLS is spoken to Postgres.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DbTls {
    Auto,
    VerifyFull,
    Off,
}

impl DbTls {
    /// Whether TLS is spoken to these hosts. Without `insecure` nothing leaves the machine in
    /// plain text, whatever else is said.
    pub fn is_spoken_to(self, settings: &tokio_postgres::Config, insecure: bool) -> bool {
        let leaves = !stays_here(settings);
        match self {
            Self::VerifyFull => true,
            Self::Auto => leaves,
            Self::Off => leaves && !insecure,
        }
    }
}

/// Whether all of the hosts are this machine.
pub(super) fn stays_here(settings: &tokio_postgres::Config) -> bool {
    let hosts = settings.get_hosts().iter().all(|host| match host {
        tokio_postgres::config::Host::Tcp(name) => is_loopback(name),
        tokio_postgres::config::Host::Unix(_) => true,
    });
    hosts
        && settings
            .get_hostaddrs()
            .iter()
            .all(std::net::IpAddr::is_loopback)
}

/// Where the addresses were read from.
#[derive(Debug, Clone, Default)]
pub(crate) struct DbFiles {
    pub owner: Option<PathBuf>,
    pub app: Option<PathBuf>,
    pub worker: Option<PathBuf>,
    pub refresher: Option<PathBuf>,
    pub sealer: Option<PathBuf>,
}
