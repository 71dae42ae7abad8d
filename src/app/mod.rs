//! The whole house, built in the order in which data flows.
//!
//! There is one constructor, [`open`]; production and tests call it alike. It binds its ports
//! (port 0 takes a free one, and [`Running`] can tell which) and starts what its roles ask for:
//! `serve` answers requests and runs uploads, `work` reads documents, refreshes summaries and
//! sweeps, `all` does both. Nothing is kept in one process's memory that another one needs.

mod anchors;
mod tls;
mod web;
mod work;

pub use anchors::InStore;
pub use tls::choose_cryptography;

use crate::{
    access::{Authenticator, Keys, Oidc, SignIn, limit::Limits},
    analysis::PageImages,
    api,
    cache::Cache,
    config::Config,
    db, documents,
    storage::{Originals, Store},
    summary::Summaries,
    telemetry,
    upload::Desk,
};
use actix_web::dev::ServerHandle;
use anyhow::Context as _;
use std::{net::SocketAddr, sync::Arc, time::Duration};

/// How long the doors stay shut for the probe of the store.
const PROBED_AT_ONCE: Duration = Duration::from_secs(5);

/// What a process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Roles {
    pub serve: bool,
    pub work: bool,
}

impl Roles {
    pub const SERVE: Self = Self {
        serve: true,
        work: false,
    };
    pub const WORK: Self = Self {
        serve: false,
        work: true,
    };
    pub const ALL: Self = Self {
        serve: true,
        work: true,
    };
}

/// A house that stands.
pub struct Running {
    address: Option<SocketAddr>,
    ops_address: Option<SocketAddr>,
    server: Option<ServerHandle>,
    ops: Option<ServerHandle>,
    lame_duck: Duration,
    work: Option<work::Work>,
    /// Set where requests are answered.
    authenticator: Option<Authenticator>,
    health: Arc<api::Health>,
    /// Ends sessions whose time is over, where requests are answered.
    sessions: Option<tokio::task::JoinHandle<()>>,
    /// Asks the store again until it was found well.
    probing: Option<tokio::task::JoinHandle<()>>,
    /// Ends when a listener has ended.
    failed: tokio::task::JoinHandle<()>,
}

impl Running {
    /// Where the API and the pages are; `None` for a process that does not serve.
    #[must_use]
    pub fn address(&self) -> Option<SocketAddr> {
        self.address
    }

    /// Where `/metrics` is.
    #[must_use]
    pub fn ops_address(&self) -> Option<SocketAddr> {
        self.ops_address
    }

    /// Comes back only when a part that must not end has ended; then the process is to end, and
    /// whoever runs it starts it anew.
    pub async fn failed(&mut self) {
        match &mut self.work {
            Some(work) => tokio::select! {
                _ = &mut self.failed => {}
                () = work.failed() => {}
            },
            None => _ = (&mut self.failed).await,
        }
    }

    /// Ends in order: ready no more, no claims; what is being read to its end or handed back, and
    /// beside it requests to their end, of which new ones are taken until the proxy has learned to
    /// go elsewhere; health and figures last.
    pub async fn stop(self) {
        self.health.drain();
        let working = async {
            if let Some(work) = self.work {
                work.stop().await;
            }
        };
        let serving = async {
            if let Some(server) = &self.server {
                tokio::time::sleep(self.lame_duck).await;
                server.stop(true).await;
            }
        };
        tokio::join!(working, serving);
        if let Some(sessions) = self.sessions {
            sessions.abort();
        }
        if let Some(authenticator) = self.authenticator {
            // Whoever went away while waiting is recorded too.
            authenticator.drain().await;
        }
        if let Some(probing) = self.probing {
            probing.abort();
        }
        if let Some(ops) = &self.ops {
            ops.stop(true).await;
        }
        self.failed.abort();
    }
}

/// A store that is down refuses uploads; it does not keep summaries from being read. One that does
/// not answer its probe at once is asked on beside everything else.
async fn ready_store(store: &Store, probe: bool) -> Option<tokio::task::JoinHandle<()>> {
    if let Err(error) = store.ensure_bucket().await {
        tracing::warn!(cause = %error, "the object store is not ready");
    }
    if !probe {
        return None;
    }
    let mut probing = tokio::spawn(store.clone().probe_until_well());
    let _ = tokio::time::timeout(PROBED_AT_ONCE, &mut probing).await;
    Some(probing)
}

/// Refuses to open on a database of another version.
async fn meet_schema(pool: &deadpool_postgres::Pool) -> anyhow::Result<()> {
    let connection = db::connection(pool)
        .await
        .context("connecting to the database")?;
    Ok(db::check_schema(&connection).await?)
}

/// Builds the house and opens its doors. Must be called within an actix system.
pub async fn open(config: Config, roles: Roles) -> anyhow::Result<Running> {
    choose_cryptography();
    let metrics = telemetry::Metrics::install();
    let config = Arc::new(config);
    let pools = db::Pools::new(&config.db).context("the addresses of the database")?;
    meet_schema(if roles.serve {
        &pools.app
    } else {
        &pools.worker
    })
    .await?;
    let store = Store::new(&config.store);
    let keys = Keys::new(&config.access)?;
    let cache = Cache::new(&config.cache, keys.of("cache"))?;
    let health = api::Health::new(web::probes(&config, &pools, &store, &cache));
    let (mut server, mut ops) = (None, None);
    let mut failed = Vec::new();
    let mut address = None;
    let mut admits = None;
    let mut probing = None;
    if roles.serve {
        probing = ready_store(&store, config.store.probe).await;
        let images = Arc::new(PageImages::new(&config.analysis));
        images.prove().await?;
        health.also_ask(web::cage_of(&images));
        let limits = Limits::new(&config.limit, cache.clone(), &keys);
        let authenticator = Authenticator::new(pools.app.clone()).under(&config.access, &keys);
        let services = web::Services {
            config: config.clone(),
            pools: pools.clone(),
            sign_in: SignIn::new(pools.app.clone(), authenticator.clone(), &config.access)?,
            authenticator,
            oidc: Arc::new(Oidc::new(
                &config.oidc,
                &config.access,
                &config.http.public_url,
                &keys,
            )?),
            health: health.clone(),
            watch: documents::Watch::start(db::Login::app(&config.db)),
            originals: Originals::new(store.clone(), pools.app.clone()),
            images,
            limits: limits.clone(),
            desk: Desk::new(
                store.clone(),
                pools.app.clone(),
                config.upload.clone(),
                limits,
                config.queue.max_attempts,
            ),
            summaries: Summaries::open(
                pools.app.clone(),
                db::Login::app(&config.db),
                cache.clone(),
                &config.summary,
            ),
        };
        admits = Some(services.authenticator.clone());
        let (begun, bound) = web::serve(services)?;
        address = Some(bound);
        server = Some(begun.handle());
        failed.push(tokio::spawn(begun));
    }
    let sessions = admits
        .clone()
        .map(|door| tokio::spawn(door.end_overdue_sessions_forever()));
    let mut work = None;
    if roles.work {
        let begun = work::start(&config, &pools, &store).await?;
        health.also_ask(begun.cage());
        work = Some(begun);
    }
    let mut ops_address = None;
    if !config.http.ops_bind.is_empty() {
        let (begun, bound) = web::serve_ops(&config, metrics, health.clone(), pools.clone())?;
        ops_address = Some(bound);
        ops = Some(begun.handle());
        failed.push(tokio::spawn(begun));
    }
    let failed = tokio::spawn(async move {
        // A worker without a port for operators listens nowhere, and then no listener can end.
        if failed.is_empty() {
            std::future::pending::<()>().await;
        }
        let _ = futures_util::future::select_all(failed).await;
    });
    tracing::info!(?roles, ?address, ?ops_address, "open");
    Ok(Running {
        address,
        ops_address,
        server,
        ops,
        lame_duck: config.http.lame_duck,
        work,
        authenticator: admits,
        sessions,
        health,
        probing,
        failed,
    })
}
