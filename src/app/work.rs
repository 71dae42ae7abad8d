//! What a process with the role `work` does in the background.

use super::InStore;
use crate::{
    access::{
        Keys,
        audit::{ChainKey, seal_forever},
    },
    analysis::Worker,
    api,
    config::Config,
    db::{Login, Pools},
    storage::{Originals, Store},
    summary::{SummaryRefresher, keep_fresh},
    upload::sweep_forever,
};
use actix::Actor;
use std::{sync::Arc, time::Duration};
use tokio::task::JoinHandle;

/// The background of one process.
pub struct Work {
    worker: Worker,
    /// Ends when the refresher is gone.
    fresh: JoinHandle<()>,
    sweeper: JoinHandle<()>,
    sealer: JoinHandle<()>,
    /// What is being read is given so long when the process is told to end.
    grace: Duration,
}

/// Proves the cage and begins.
pub async fn start(config: &Config, pools: &Pools, store: &Store) -> anyhow::Result<Work> {
    let originals = Originals::new(store.clone(), pools.worker.clone());
    let worker = Worker::start(config, pools.worker.clone(), originals).await?;
    let refresher = SummaryRefresher::new(Login::refresher(&config.db), &config.summary).start();
    let fresh = tokio::spawn(keep_fresh(refresher, config.summary.refresh_every));
    let sweeper = sweep_forever(store.clone(), pools.worker.clone(), config.upload.clone());
    let sweeper = tokio::spawn(sweeper);
    let key = ChainKey::new(&Keys::new(&config.access)?);
    let anchors = Arc::new(InStore(store.clone()));
    let sealer = tokio::spawn(seal_forever(Login::sealer(&config.db), key, anchors));
    Ok(Work {
        worker,
        fresh,
        sweeper,
        sealer,
        grace: config.queue.drain,
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
            _ = &mut self.sealer => {}
        }
    }

    /// Claims nothing more and ends what is begun.
    pub async fn stop(self) {
        self.fresh.abort();
        self.sweeper.abort();
        self.worker.drain(self.grace).await;
        // Last, so that what the others did is sealed where there is time; else the next one does.
        self.sealer.abort();
    }
}
