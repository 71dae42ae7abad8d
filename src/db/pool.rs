//! One pool for each role of the database.

use super::DbError;
use crate::config;
use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod, Runtime};
use std::time::Duration;
use tokio_postgres::NoTls;

/// The pools of one process. A process that only answers requests never opens the worker's.
#[derive(Clone)]
pub struct Pools {
    /// Role `fertidoc_app`.
    pub app: Pool,
    /// Role `fertidoc_worker`.
    pub worker: Pool,
    /// Role `fertidoc_refresher`.
    pub refresher: Pool,
}

impl Pools {
    /// Sets the pools up; nothing is connected before the first use.
    pub fn new(config: &config::Db) -> Result<Self, DbError> {
        Ok(Self {
            app: pool(config, &config.app_url, config.pool_size)?,
            worker: pool(config, &config.worker_url, config.pool_size)?,
            // One connection refreshes, one may be in the making after a cut.
            refresher: pool(config, &config.refresher_url, 2)?,
        })
    }
}

fn pool(config: &config::Db, url: &str, size: usize) -> Result<Pool, DbError> {
    let manager = Manager::from_config(
        settings(url, Some(config.statement))?,
        NoTls,
        // A connection that a restart of the server cut is found out before it is handed on.
        ManagerConfig {
            recycling_method: RecyclingMethod::Verified,
        },
    );
    Pool::builder(manager)
        .max_size(size)
        .wait_timeout(Some(config.wait))
        .create_timeout(Some(config.wait))
        .recycle_timeout(Some(config.wait))
        .runtime(Runtime::Tokio1)
        .build()
        .map_err(|error| DbError::Unavailable(error.into()))
}

/// Half-open connections are noticed within seconds, not within the two hours of the defaults.
fn settings(url: &str, statement: Option<Duration>) -> Result<tokio_postgres::Config, DbError> {
    let mut settings: tokio_postgres::Config = url.parse()?;
    settings
        .connect_timeout(Duration::from_secs(3))
        .tcp_user_timeout(Duration::from_secs(10))
        .keepalives_idle(Duration::from_secs(10))
        .keepalives_interval(Duration::from_secs(5))
        .keepalives_retries(3);
    if let Some(statement) = statement {
        // A process that is frozen within a transaction holds its locks only so long: shorter than
        // the lease of a job, so that nothing keeps a rescuer from it.
        settings.options(format!(
            "-c search_path=fertidoc,public -c timezone=UTC -c statement_timeout={} \
             -c idle_in_transaction_session_timeout=10000 -c lock_timeout=10000",
            statement.as_millis()
        ));
    }
    Ok(settings)
}

/// A connection of its own, outside of any pool, for LISTEN, session locks and migrations.
///
/// The second half must be polled for the first one to get anywhere.
pub async fn connect_single(
    url: &str,
) -> Result<
    (
        tokio_postgres::Client,
        tokio_postgres::Connection<tokio_postgres::Socket, tokio_postgres::tls::NoTlsStream>,
    ),
    DbError,
> {
    let mut settings = settings(url, None)?;
    settings.options("-c search_path=fertidoc,public -c timezone=UTC");
    Ok(settings.connect(NoTls).await?)
}
