//! The sealer's life: one a worker process, one at a time under a lock in Postgres.
//!
//! The lock belongs to its connection, so whoever dies, freezes or is cut off loses it, and the
//! next that looks takes over where the chains end.

use super::anchor::{Anchors, Head};
use super::chain::ChainKey;
use super::seal::{Sealed, Sealer};
use crate::db::{self, DbError, Login};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::time::MissedTickBehavior;
use uuid::Uuid;

/// Pause between two looks; a row is to be sealed within two seconds.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Heads are laid down at most so often.
const LAY_EVERY: Duration = Duration::from_secs(1);

/// How often the heads stand in the log, a third place for them.
const TELL_EVERY: Duration = Duration::from_hours(1);

/// Seals until the task is ended. `login` leads to the role `fertidoc_sealer`.
pub async fn seal_forever(login: Login, key: ChainKey, anchors: Arc<dyn Anchors>) {
    let mut clock = tokio::time::interval(LOOK_EVERY);
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut sealer = None;
    let mut fails = false;
    let mut outside = Outside {
        anchors: anchors.clone(),
        grown: BTreeMap::new(),
        laid_at: None,
        told_at: None,
    };
    loop {
        clock.tick().await;
        loop {
            match look(&mut sealer, &login, &key, &*anchors).await {
                Ok(Sealed::Rows { heads, more, .. }) => {
                    fails = false;
                    outside.grew(heads);
                    if !more {
                        break;
                    }
                }
                // Whoever leads lays its own heads down.
                Ok(Sealed::Follows) => {
                    fails = false;
                    outside.grown.clear();
                    break;
                }
                Err(error) => {
                    // The connection is dropped and the lead with it: another may do better.
                    sealer = None;
                    if !std::mem::replace(&mut fails, true) {
                        tracing::warn!(cause = %error, "the record is not sealed at the moment");
                    }
                    break;
                }
            }
        }
        outside.lay().await;
    }
}

async fn look(
    sealer: &mut Option<Sealer>,
    login: &Login,
    key: &ChainKey,
    anchors: &dyn Anchors,
) -> Result<Sealed, DbError> {
    if sealer.as_ref().is_none_or(Sealer::is_closed) {
        let (client, connection) = db::connect_single(login.clone()).await?;
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::warn!(cause = %error, "the sealer's connection ended");
            }
        });
        *sealer = Some(Sealer::new(client, key.clone()).await?);
    }
    match sealer {
        Some(sealer) => sealer.pass(anchors).await,
        None => Ok(Sealed::Follows),
    }
}

/// The heads that are to be laid down outside of the database.
struct Outside {
    anchors: Arc<dyn Anchors>,
    grown: BTreeMap<Uuid, Head>,
    laid_at: Option<Instant>,
    told_at: Option<Instant>,
}

impl Outside {
    fn grew(&mut self, heads: Vec<Head>) {
        let heads = heads.into_iter().map(|head| (head.chain, head));
        self.grown.extend(heads);
    }

    async fn lay(&mut self) {
        let since = |at: Option<Instant>| at.map_or(Duration::MAX, |at| at.elapsed());
        if self.grown.is_empty() || since(self.laid_at) < LAY_EVERY {
            return;
        }
        self.laid_at = Some(Instant::now());
        let tell = since(self.told_at) >= TELL_EVERY;
        if tell {
            self.told_at = Some(Instant::now());
        }
        for head in std::mem::take(&mut self.grown).into_values() {
            if tell {
                tracing::info!(chain = %head.chain, seq = head.seq, mac = head.mac, "head of the record");
            }
            if let Err(error) = self.anchors.lay(head.clone()).await {
                tracing::warn!(cause = %error, chain = %head.chain, "a head of the record was not laid down");
                // Tried again with the next look, unless the chain grows before.
                self.grown.entry(head.chain).or_insert(head);
            }
        }
    }
}
