//! The actor that refreshes: one a worker process, one at a time under a lock in Postgres.
//!
//! The lock belongs to its connection, so whoever dies, freezes or is cut off loses it, and the next
//! that looks takes over. It looks when it is told to; telling is done from outside
//! ([`keep_fresh`]), as an actor's own clock starves under a busy mailbox.

use super::refresh::{self, Did, RefreshError, refresh_once};
use crate::config;
use crate::db::{self, DbError, Login};
use actix::prelude::*;
use std::time::{Duration, Instant};
use tokio_postgres::Client;

/// Longest pause between two looks; well below the idle time after which the session ends.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// A refresh holds back vacuum of the queue while it runs: nine times as long it rests.
const REST: u32 = 9;

/// Brings the materialized summaries up to date.
pub struct SummaryRefresher {
    login: Login,
    every: Duration,
    rests_until: Instant,
    /// With it the lead, if this process has it.
    connection: Option<Client>,
}

/// Something may be stale.
#[derive(Message)]
#[rtype(result = "()")]
pub struct LookAgain;

impl SummaryRefresher {
    /// `login` leads to the role that owns the materialized views.
    #[must_use]
    pub fn new(login: impl Into<Login>, config: &config::Summary) -> Self {
        Self {
            login: login.into(),
            every: config.refresh_every,
            rests_until: Instant::now(),
            connection: None,
        }
    }
}

impl Actor for SummaryRefresher {
    type Context = Context<Self>;
}

impl Handler<LookAgain> for SummaryRefresher {
    // One at a time: the next look waits until this one is done.
    type Result = AtomicResponse<Self, ()>;

    fn handle(&mut self, _: LookAgain, _: &mut Self::Context) -> Self::Result {
        // A leader that rests keeps its session awake by asking who leads.
        let rests = Instant::now() < self.rests_until;
        let step = step(self.connection.take(), self.login.clone(), rests);
        AtomicResponse::new(Box::pin(step.into_actor(self).map(
            |outcome, actor, _| match outcome {
                Ok((client, did)) => {
                    actor.connection = Some(client);
                    if let Did::Refreshed { stale, took } = did {
                        actor.rests_until = Instant::now() + actor.every.max(took * REST);
                        tracing::debug!(stale, ?took, "summaries refreshed");
                    }
                }
                // The connection is dropped and the lead with it: another may do better.
                Err(error) => {
                    actor.rests_until = Instant::now() + actor.every;
                    tracing::warn!(cause = %error, "summaries not refreshed, stale ones are computed");
                }
            },
        )))
    }
}

async fn step(
    connection: Option<Client>,
    login: Login,
    rests: bool,
) -> Result<(Client, Did), RefreshError> {
    let mut client = match connection {
        Some(client) if !client.is_closed() => client,
        _ => connect(login).await?,
    };
    let did = if rests {
        client.simple_query("").await?;
        Did::Nothing
    } else {
        refresh_once(&mut client).await?
    };
    Ok((client, did))
}

async fn connect(login: Login) -> Result<Client, DbError> {
    let (client, connection) = db::connect_single(login).await?;
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::warn!(cause = %error, "the refresher's connection ended");
        }
    });
    refresh::prepare_session(&client).await?;
    Ok(client)
}

/// Tells the refresher to look, again and again. Ends only when the actor is gone, which nothing
/// but the end of the process heals.
pub async fn keep_fresh(refresher: Addr<SummaryRefresher>, every: Duration) {
    let mut clock = tokio::time::interval(every.min(LOOK_EVERY));
    clock.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        clock.tick().await;
        if let Err(MailboxError::Closed) = refresher.send(LookAgain).await {
            return;
        }
    }
}
