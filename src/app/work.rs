//! What a process with the role `work` does in the background.

use crate::{
    analysis::Worker,
    config::Config,
    db::Pools,
    storage::{Originals, Store},
};
use std::time::Duration;

/// How long what is being read may take to its end when the process is told to end.
const GRACE: Duration = Duration::from_secs(20);

/// The background of one process.
pub struct Work {
    worker: Worker,
}

/// Proves the cage and begins.
pub async fn start(config: &Config, pools: &Pools, store: &Store) -> anyhow::Result<Work> {
    let originals = Originals::new(store.clone(), pools.worker.clone());
    let worker = Worker::start(config, pools.worker.clone(), originals).await?;
    Ok(Work { worker })
}

impl Work {
    /// Comes back only when a part is gone for good.
    pub async fn failed(&mut self) {
        self.worker.failed().await;
    }

    /// Claims nothing more and ends what is begun.
    pub async fn stop(self) {
        self.worker.drain(GRACE).await;
    }
}
