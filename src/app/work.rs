//! What a process with the role `work` does in the background.

use crate::{
    analysis::Worker,
    api,
    config::Config,
    db::{Login, Pools},
    storage::{Originals, Store},
    summary::{SummaryRefresher, keep_fresh},
    upload::sweep_forever,
};
use actix::Actor;
use std::time::Duration;
use tokio::task::JoinHandle;

/// How long what is being read may take to its end when the process is told to end.
const GRACE: Duration = Duration::from_secs(20);

/// The background of one process.
pub struct Work {
    worker: Worker,
    /// Ends when the refresher is gone.
    fresh: JoinHandle<()>,
    sweeper: JoinHandle<()>,
}

/// Proves the cage and begins.
pub async fn start(config: &Config, pools: &Pools, store: &Store) -> anyhow::Result<Work> {
    let originals = Originals::new(store.clone(), pools.worker.clone());
    let worker = Worker::start(config, pools.worker.clone(), originals).await?;
    let refresher = SummaryRefresher::new(Login::refresher(&config.db), &config.summary).start();
    let fresh = tokio::spawn(keep_fresh(refresher, config.summary.refresh_every));
    let sweeper = sweep_forever(store.clone(), pools.worker.clone(), config.upload.clone());
    let sweeper = tokio::spawn(sweeper);
    Ok(Work {
        worker,
        fresh,
        sweeper,
    })
}

impl Work {
    /// How health asks the cage that documents are read in.
    pub fn cage(&self) -> api::Probe {
        let cage = self.worker.cage();
        Box::new(move || {
            let cage = cage.clone();
            Box::pin(async move { api::Standing::of(cage.holds().await) })
        })
    }

    /// Comes back only when a part is gone for good.
    pub async fn failed(&mut self) {
        tokio::select! {
            () = self.worker.failed() => {}
            _ = &mut self.fresh => {}
        }
    }

    /// Claims nothing more and ends what is begun.
    pub async fn stop(self) {
        self.fresh.abort();
        self.sweeper.abort();
        self.worker.drain(GRACE).await;
    }
}
