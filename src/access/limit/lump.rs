//! Ordinary requests: a tenth of the bucket at a time, given out from memory.

use super::local::LONGEST_REFUSAL;
use super::{Class, Exceeded, Left, Limits, Rate};
use crate::cache::Answer;
use crate::domain::ids::AgentId;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// Parts of a bucket; the more, the more exact and the more questions to Redis.
const PARTS: u32 = 10;

/// Agents whose lumps are remembered at once.
const REMEMBERED: u64 = 10_000;

/// A lump that nobody used for so long is forgotten; the bucket has filled meanwhile.
const KEPT: Duration = Duration::from_mins(1);

/// What this process took for each agent and did not give out yet.
pub(super) struct Lumps(moka::future::Cache<AgentId, Arc<Lump>>);

#[derive(Default)]
struct Lump {
    here: AtomicU32,
    /// What was left in Redis behind the last taking.
    there: AtomicU32,
    /// Held by the one that asks Redis for all who wait.
    refused_until: Mutex<Option<Instant>>,
}

impl Default for Lumps {
    fn default() -> Self {
        let lumps = moka::future::Cache::builder()
            .max_capacity(REMEMBERED)
            .time_to_idle(KEPT)
            .build();
        Self(lumps)
    }
}

impl Lump {
    /// Takes one that is here.
    fn take(&self) -> Option<u32> {
        let taken = self
            .here
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |here| {
                here.checked_sub(1)
            });
        Some(taken.ok()? - 1 + self.there.load(Ordering::Relaxed))
    }
}

impl Limits {
    pub(super) async fn take_of_lump(
        &self,
        class: Class,
        rate: Rate,
        agent: AgentId,
    ) -> Result<Option<Left>, Exceeded> {
        let left = |remaining| {
            Ok(Some(Left {
                class,
                rate,
                remaining,
            }))
        };
        let lump = self.0.lumps.0.get_with(agent, async { Arc::default() });
        let lump = lump.await;
        if let Some(remaining) = lump.take() {
            return left(remaining);
        }
        let mut refused_until = lump.refused_until.lock().await;
        if let Some(remaining) = lump.take() {
            return left(remaining);
        }
        let exceeded = |retry_after| Exceeded {
            class,
            rate,
            retry_after,
        };
        let now = Instant::now();
        if let Some(until) = *refused_until
            && now < until
        {
            return Err(exceeded(until - now));
        }
        let name = self.name(class, &agent.to_string());
        match self
            .ask(&name, rate, i64::from((rate.burst / PARTS).max(1)))
            .await
        {
            Answer::Given(had) if had.taken > 0 => {
                *refused_until = None;
                lump.there.store(had.left, Ordering::Relaxed);
                lump.here.store(had.taken - 1, Ordering::Relaxed);
                left(had.taken - 1 + had.left)
            }
            Answer::Given(had) => {
                *refused_until = Some(now + had.wait.min(LONGEST_REFUSAL));
                Err(exceeded(had.wait))
            }
            Answer::Absent => self.0.local.take(&name, class, rate).map(Some),
            Answer::Silent => Ok(None),
        }
    }
}
