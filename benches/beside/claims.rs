//! The queue by itself: several workers claim and complete until nothing waits.

use clap::Args;
use fertidoc::{
    config::Config,
    db,
    queue::{self, JobKind},
};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

#[derive(Args)]
pub struct Claims {
    /// Workers, each with a connection of its own.
    #[arg(long)]
    workers: usize,
}

impl Claims {
    pub async fn run(self) -> anyhow::Result<Value> {
        let config = Config::load()?;
        let pools = db::Pools::new(&config.db)?;
        let began = Instant::now();
        let workers: Vec<_> = (0..self.workers)
            .map(|number| tokio::spawn(work(pools.worker.clone(), number, config.queue.lease)))
            .collect();
        let mut done = 0;
        for worker in workers {
            done += worker.await??;
        }
        Ok(json!({ "seconds": began.elapsed().as_secs_f64(), "done": done }))
    }
}

async fn work(
    pool: deadpool_postgres::Pool,
    number: usize,
    lease: Duration,
) -> anyhow::Result<usize> {
    let name = format!("bench-{number}");
    let mut done = 0;
    while let Some(claim) = queue::claim(&pool, JobKind::Analyze, &name, lease).await? {
        let mut connection = db::connection(&pool).await?;
        let tx = db::begin_for(&mut connection, claim.clinic).await?;
        queue::complete(&tx, &claim).await?;
        tx.commit().await?;
        done += 1;
    }
    Ok(done)
}
