//! One pool for each role of the database.

use super::DbError;
use super::login::{Login, Stream};
use crate::config;
use deadpool_postgres::{Connect, Manager, ManagerConfig, Pool, RecyclingMethod, Runtime};
use futures_util::future::BoxFuture;
use tokio::task::JoinHandle;
use tokio_postgres::{Client, Connection, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;

/// The pools of one process. A process that only answers requests never opens the worker's.
#[derive(Clone)]
pub struct Pools {
    /// Role `fertidoc_app`.
    pub app: Pool,
    /// Role `fertidoc_worker`.
    pub worker: Pool,
    /// Role `fertidoc_refresher`.
    pub refresher: Pool,
    /// One connection of the role `fertidoc_app` for health alone: an instance whose requests wait
    /// for connections is busy, not gone.
    pub health: Pool,
}

impl Pools {
    /// Sets the pools up; nothing is connected before the first use.
    pub fn new(config: &config::Db) -> Result<Self, DbError> {
        Ok(Self {
            app: pool(config, Login::app(config), config.pool_size)?,
            worker: pool(config, Login::worker(config), config.pool_size)?,
            // One connection refreshes, one may be in the making after a cut.
            refresher: pool(config, Login::refresher(config), 2)?,
            health: pool(config, Login::app(config), 1)?,
        })
    }

    /// Says as figures how many connections each pool has and how many wait for one.
    pub fn tell(&self) {
        for (name, pool) in [
            ("app", &self.app),
            ("worker", &self.worker),
            ("refresher", &self.refresher),
        ] {
            let status = pool.status();
            for (figure, number) in [
                ("fertidoc_db_pool_size", status.size),
                ("fertidoc_db_pool_available", status.available),
                ("fertidoc_db_pool_waiting", status.waiting),
            ] {
                metrics::gauge!(figure, "pool" => name).set(number as f64);
            }
        }
    }
}

/// Makes the connections of a pool, each with the address as it is then.
struct Fresh {
    login: Login,
    options: String,
    /// What was usable at the start.
    first: (tokio_postgres::Config, MakeRustlsConnect),
}

impl Connect for Fresh {
    fn connect(
        &self,
        _: &tokio_postgres::Config,
    ) -> BoxFuture<'_, Result<(Client, JoinHandle<()>), tokio_postgres::Error>> {
        Box::pin(async move {
            let (settings, tls) = match self.login.settings(&self.options) {
                Ok(now) => now,
                Err(DbError::Faulty(fault)) => return Err(fault.into_inner()),
                Err(error) => {
                    tracing::error!(%error, "the new address of the database is not usable");
                    self.first.clone()
                }
            };
            let (client, connection) = settings.connect(tls).await?;
            Ok((client, tokio::spawn(async move { drop(connection.await) })))
        })
    }
}

fn pool(config: &config::Db, login: Login, size: usize) -> Result<Pool, DbError> {
    // A process that is frozen within a transaction holds its locks only so long: shorter than
    // the lease of a job, so that nothing keeps a rescuer from it.
    let options = format!(
        "-c search_path=fertidoc,public -c timezone=UTC -c statement_timeout={} \
         -c idle_in_transaction_session_timeout=10000 -c lock_timeout=10000",
        config.statement.as_millis()
    );
    let first = login.settings(&options)?;
    let manager = Manager::from_connect(
        first.0.clone(),
        Fresh {
            login,
            options,
            first,
        },
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

/// A connection of its own, outside of any pool, for LISTEN, session locks and migrations.
///
/// The second half must be polled for the first one to get anywhere.
pub async fn connect_single(
    login: impl Into<Login>,
) -> Result<(Client, Connection<Socket, Stream>), DbError> {
    let (settings, tls) = login
        .into()
        .settings("-c search_path=fertidoc,public -c timezone=UTC")?;
    Ok(settings.connect(tls).await?)
}
