//! When to claim, and how many: the one thing about reading that needs an actor.

use super::work::{self, Bench};
use crate::failpoint::fail_point;
use crate::queue::{self, JobKind};
use actix::prelude::*;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Semaphore, watch};
use tokio::time::timeout;

/// One per worker. Its messages say "look again"; the queue is in Postgres.
pub struct AnalysisPool {
    bench: Arc<Bench>,
    slots: u32,
    permits: Arc<Semaphore>,
    stop: watch::Sender<bool>,
    draining: bool,
}

/// There may be work, or a slot may be free.
#[derive(Message)]
#[rtype(result = "Looked")]
pub struct Look;

/// What a look found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, MessageResponse)]
pub struct Looked {
    /// When the next job may run, where one waits for its time.
    pub next: Option<Duration>,
}

/// Claim nothing more; give what is being read so long, then hand it back.
#[derive(Message)]
#[rtype(result = "()")]
pub struct Drain {
    pub within: Duration,
}

/// Asks what the pool is doing; an answer shows that it lives.
#[derive(Message)]
#[rtype(result = "Status")]
pub struct Ask;

/// What the pool is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, MessageResponse)]
pub struct Status {
    /// Documents that are being read.
    pub reading: usize,
    pub draining: bool,
}

/// How long a job that is to be handed back may take for it.
const HAND_BACK: Duration = Duration::from_secs(3);

impl AnalysisPool {
    pub(super) fn new(bench: Bench, slots: usize) -> Self {
        let slots = slots.max(1);
        Self {
            bench: Arc::new(bench),
            slots: slots as u32,
            permits: Arc::new(Semaphore::new(slots)),
            stop: watch::Sender::new(false),
            draining: false,
        }
    }
}

impl Actor for AnalysisPool {
    type Context = Context<Self>;
}

impl Handler<Look> for AnalysisPool {
    // One at a time, so that a full mailbox is real backpressure.
    type Result = AtomicResponse<Self, Looked>;

    fn handle(&mut self, _: Look, ctx: &mut Self::Context) -> Self::Result {
        fail_point!("analysis.look");
        mailbox().decrement(1.0);
        let (bench, permits, stop) = (
            self.bench.clone(),
            self.permits.clone(),
            self.stop.subscribe(),
        );
        let pool = ctx.address();
        let draining = self.draining;
        let looking = async move {
            if draining {
                return Looked { next: None };
            }
            look(&bench, &permits, &stop, &pool).await
        };
        AtomicResponse::new(Box::pin(looking.into_actor(self)))
    }
}

/// Claims while there is a free slot and a job that may run.
async fn look(
    bench: &Arc<Bench>,
    permits: &Arc<Semaphore>,
    stop: &watch::Receiver<bool>,
    pool: &Addr<AnalysisPool>,
) -> Looked {
    while let Ok(permit) = permits.clone().try_acquire_owned() {
        let claimed = queue::claim(
            &bench.pool,
            JobKind::Analyze,
            &bench.worker,
            bench.queue.lease,
        );
        match claimed.await {
            Ok(Some(claim)) => {
                let (bench, stop, pool) = (bench.clone(), stop.clone(), pool.clone());
                tokio::spawn(async move {
                    work::run(&bench, claim, stop).await;
                    drop(permit);
                    knock(&pool);
                });
            }
            Ok(None) => {
                let next = queue::next_run(&bench.pool, JobKind::Analyze).await;
                return Looked {
                    next: next.ok().flatten(),
                };
            }
            Err(error) => {
                tracing::warn!(%error, "no job can be claimed");
                break;
            }
        }
    }
    // Whoever frees a slot knocks.
    Looked { next: None }
}

impl Handler<Drain> for AnalysisPool {
    type Result = AtomicResponse<Self, ()>;

    fn handle(&mut self, drain: Drain, _ctx: &mut Self::Context) -> Self::Result {
        self.draining = true;
        let (permits, stop, slots) = (self.permits.clone(), self.stop.clone(), self.slots);
        let draining = async move {
            let all = permits.acquire_many(slots);
            tokio::pin!(all);
            if timeout(drain.within, &mut all).await.is_err() {
                stop.send_replace(true);
                if timeout(HAND_BACK, all).await.is_err() {
                    tracing::warn!("a job was not handed back; its lease runs out");
                }
            }
        };
        AtomicResponse::new(Box::pin(draining.into_actor(self)))
    }
}

impl Handler<Ask> for AnalysisPool {
    type Result = Status;

    fn handle(&mut self, _: Ask, _ctx: &mut Self::Context) -> Status {
        Status {
            reading: self.slots as usize - self.permits.available_permits(),
            draining: self.draining,
        }
    }
}

/// A hint that may be lost: a full mailbox holds a look already.
pub(super) fn knock(pool: &Addr<AnalysisPool>) {
    mailbox().increment(1.0);
    if pool.try_send(Look).is_err() {
        mailbox().decrement(1.0);
    }
}

/// Looks and waits for what was found; the error says that the pool is gone for good.
pub(super) async fn look_now(pool: &Addr<AnalysisPool>) -> Result<Looked, MailboxError> {
    mailbox().increment(1.0);
    let looked = pool.send(Look).await;
    if looked.is_err() {
        mailbox().decrement(1.0);
    }
    looked
}

fn mailbox() -> metrics::Gauge {
    metrics::gauge!("fertidoc_mailbox_messages", "actor" => "analysis_pool")
}
