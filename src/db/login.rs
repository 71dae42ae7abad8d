//! The way to Postgres for one role: its address and password, read anew for each connection, and
//! how the way is closed against listeners.

use super::DbError;
use crate::config;
use crate::config::DbTls;
use rustls::pki_types::{CertificateDer, pem::PemObject};
use rustls::{ClientConfig, RootCertStore};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;
use tokio_postgres::Socket;
use tokio_postgres::config::SslMode;
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres_rustls::MakeRustlsConnect;

/// One role's way to the database. Cheap to clone.
///
/// Where the address came from a file, the file is read again for every connection that is made: a
/// password that was changed there is used without a restart, and connections that stand go on.
#[derive(Clone)]
pub struct Login(Arc<Inner>);

struct Inner {
    /// The address that was usable last.
    url: Mutex<String>,
    file: Option<PathBuf>,
    tls: DbTls,
    insecure: bool,
    /// PEM of the only authority that is trusted; none means those of the machine.
    ca: Option<PathBuf>,
    /// Made with the first connection that is encrypted.
    tls_of: OnceLock<MakeRustlsConnect>,
}

/// The stream of a connection, encrypted or not.
pub(super) type Stream = <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream;

impl Login {
    /// Role `fertidoc_owner`: migrations only.
    #[must_use]
    pub fn owner(config: &config::Db) -> Self {
        Self::of(config, &config.owner_url, config.files.owner.as_deref())
    }

    /// Role `fertidoc_app`: answers requests.
    #[must_use]
    pub fn app(config: &config::Db) -> Self {
        Self::of(config, &config.app_url, config.files.app.as_deref())
    }

    /// Role `fertidoc_worker`: reads documents, sweeps.
    #[must_use]
    pub fn worker(config: &config::Db) -> Self {
        Self::of(config, &config.worker_url, config.files.worker.as_deref())
    }

    /// Role `fertidoc_refresher`: refreshes the materialized summaries.
    #[must_use]
    pub fn refresher(config: &config::Db) -> Self {
        let file = config.files.refresher.as_deref();
        Self::of(config, &config.refresher_url, file)
    }

    /// Role `fertidoc_sealer`: seals the record of who did what.
    #[must_use]
    pub fn sealer(config: &config::Db) -> Self {
        Self::of(config, &config.sealer_url, config.files.sealer.as_deref())
    }

    fn of(config: &config::Db, url: &str, file: Option<&Path>) -> Self {
        Self(Arc::new(Inner {
            url: Mutex::new(url.to_owned()),
            file: file.map(Path::to_owned),
            tls: config.tls,
            insecure: config.insecure,
            ca: (!config.ca.is_empty()).then(|| config.ca.clone().into()),
            tls_of: OnceLock::new(),
        }))
    }

    /// The address as it is now.
    fn url(&self) -> String {
        let mut known = self.0.url.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(file) = &self.0.file {
            match std::fs::read_to_string(file) {
                Ok(url) => url.trim_end().clone_into(&mut known),
                // A file that is just being replaced.
                Err(error) => {
                    tracing::warn!(%error, "the address of the database is not read anew");
                }
            }
        }
        known.clone()
    }

    /// How to connect now, and with what. Half-open connections are noticed within seconds, not
    /// within the two hours of the defaults.
    pub(super) fn settings(
        &self,
        options: &str,
    ) -> Result<(tokio_postgres::Config, MakeRustlsConnect), DbError> {
        let mut settings: tokio_postgres::Config = self.url().parse()?;
        let encrypted = self.0.tls.is_spoken_to(&settings, self.0.insecure);
        settings
            // Whatever the address itself says of it: TLS with a proven name, or plain text.
            .ssl_mode(if encrypted {
                SslMode::Require
            } else {
                SslMode::Disable
            })
            .connect_timeout(Duration::from_secs(3))
            .tcp_user_timeout(Duration::from_secs(10))
            .keepalives_idle(Duration::from_secs(10))
            .keepalives_interval(Duration::from_secs(5))
            .keepalives_retries(3)
            .options(options);
        let tls = match self.0.tls_of.get() {
            _ if !encrypted => connector(RootCertStore::empty()),
            Some(tls) => tls.clone(),
            None => {
                let tls = connector(authorities(self.0.ca.as_deref())?);
                self.0.tls_of.get_or_init(|| tls).clone()
            }
        };
        Ok((settings, tls))
    }
}

fn connector(roots: RootCertStore) -> MakeRustlsConnect {
    let client = ClientConfig::builder().with_root_certificates(roots);
    MakeRustlsConnect::new(client.with_no_client_auth())
}

/// Those of the file, or those of the machine.
fn authorities(ca: Option<&Path>) -> Result<RootCertStore, DbError> {
    let mut roots = RootCertStore::empty();
    if let Some(ca) = ca {
        let unusable = |why: String| DbError::Authority(format!("{}: {why}", ca.display()));
        let found = CertificateDer::pem_file_iter(ca).map_err(|why| unusable(why.to_string()))?;
        for certificate in found {
            let certificate = certificate.map_err(|why| unusable(why.to_string()))?;
            roots
                .add(certificate)
                .map_err(|why| unusable(why.to_string()))?;
        }
    } else {
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    }
    if roots.is_empty() {
        return Err(DbError::Authority("it holds no certificate".into()));
    }
    Ok(roots)
}

/// An address without settings, as tests and tools have it: TLS as by default.
impl From<&str> for Login {
    fn from(url: &str) -> Self {
        Self::of(&config::Db::default(), url, None)
    }
}

impl From<&String> for Login {
    fn from(url: &String) -> Self {
        url.as_str().into()
    }
}
