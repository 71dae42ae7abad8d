//! A worker: the pool, what knocks at it, and the rescuer and the masker that every worker runs for all.

use super::AnalysisError;
use super::pool::{AnalysisPool, Ask, Drain, Status, knock, look_now};
use super::scan::Scanner;
use super::work::Bench;
use crate::cage::Cage;
use crate::config::{self, Config};
use crate::db::Login;
use crate::observations;
use crate::queue::{self, Listening, QueueListener};
use crate::storage::Originals;
use actix::prelude::*;
use deadpool_postgres::Pool;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::sleep;

/// A worker that runs. Dropping it stops it without waiting for anything.
pub struct Worker {
    pool: Addr<AnalysisPool>,
    listener: Addr<QueueListener>,
    ticker: JoinHandle<()>,
    rescuer: JoinHandle<()>,
    masker: JoinHandle<()>,
    cage: Arc<Cage>,
}

impl Worker {
    /// Proves the cage and begins to claim. Must be called within an actix system.
    ///
    /// `originals` and `pool` are those of the role `fertidoc_worker`.
    pub async fn start(
        config: &Config,
        pool: Pool,
        originals: Originals,
    ) -> Result<Self, AnalysisError> {
        let cage = Arc::new(Cage::new(&config.analysis, config.analysis.slots));
        cage.prove()
            .await
            .map_err(|error| AnalysisError::Unsafe(error.to_string()))?;
        let bench = Bench {
            pool: pool.clone(),
            originals,
            cage: cage.clone(),
            queue: config.queue.clone(),
            max_bytes: config.analysis.max_bytes,
            scanner: Scanner::new(&config.scan),
            worker: format!("{}-{}", config.telemetry.instance, std::process::id()),
        };
        let analysis = AnalysisPool::new(bench, config.analysis.slots).start();
        let woken = analysis.clone();
        let listener = QueueListener::new(Login::worker(&config.db), move || knock(&woken)).start();
        Ok(Self {
            ticker: tokio::spawn(tick(analysis.clone(), config.queue.poll_every)),
            rescuer: tokio::spawn(rescue(
                pool.clone(),
                config.queue.clone(),
                config.scan.is_on(),
            )),
            masker: tokio::spawn(mask(pool)),
            pool: analysis,
            listener,
            cage,
        })
    }

    /// Ends only when the pool is gone for good, and then the process is to end: whoever runs it
    /// starts it anew.
    pub async fn failed(&mut self) {
        let _ = (&mut self.ticker).await;
    }

    /// What the pool is doing; `None` when it is gone.
    pub async fn status(&self) -> Option<Status> {
        self.pool.send(Ask).await.ok()
    }

    /// Whether the worker is woken by notices, or polls only.
    pub async fn listens(&self) -> bool {
        self.listener.send(Listening).await.unwrap_or(false)
    }

    /// The cage that documents are read in.
    #[must_use]
    pub fn cage(&self) -> Arc<Cage> {
        self.cage.clone()
    }

    /// Claims nothing more; gives what is being read so long and hands the rest back without
    /// having used an attempt.
    pub async fn drain(&self, within: Duration) {
        let _ = self.pool.send(Drain { within }).await;
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.ticker.abort();
        self.rescuer.abort();
        self.masker.abort();
    }
}

/// Polling is the promise; an actor's own interval would starve under a busy mailbox.
async fn tick(pool: Addr<AnalysisPool>, every: Duration) {
    while let Ok(looked) = look_now(&pool).await {
        sleep(looked.next.unwrap_or(every).clamp(SHORTEST, every)).await;
    }
    tracing::error!("the analysis pool is gone");
}

/// A job that may run at once was taken by another worker meanwhile, or is locked by one.
const SHORTEST: Duration = Duration::from_millis(20);

async fn rescue(pool: Pool, config: config::Queue, scanning: bool) {
    loop {
        if scanning {
            match queue::queue_unscanned(&pool, &config).await {
                Ok(0) => {}
                Ok(queued) => tracing::info!(queued, "documents of before are scanned"),
                Err(error) => tracing::warn!(%error, "documents of before are not scanned"),
            }
        }
        match queue::rescue(&pool, &config).await {
            Ok(rescued) => {
                for rescued in rescued {
                    tracing::warn!(
                        job = %rescued.job,
                        document = %rescued.document,
                        died = rescued.died,
                        "a worker fell silent, its job was taken"
                    );
                }
            }
            Err(error) => tracing::warn!(%error, "nobody could be rescued"),
        }
        if let Err(error) = queue::observe(&pool).await {
            tracing::debug!(%error, "the queue could not be counted");
        }
        sleep(config.rescue_every).await;
    }
}

/// How often is looked for documents whose mask older rules decided: there are some only after the
/// rules or the schema changed.
const MASK_EVERY: Duration = Duration::from_mins(1);

async fn mask(pool: Pool) {
    loop {
        match observations::mask_backlog(&pool).await {
            Ok(0) => {}
            Ok(documents) => {
                tracing::info!(documents, "masks were decided by newer rules");
                continue;
            }
            Err(error) => tracing::warn!(%error, "masks were not decided"),
        }
        sleep(MASK_EVERY).await;
    }
}
