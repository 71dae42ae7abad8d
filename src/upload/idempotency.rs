//! `Idempotency-Key`: the same request twice has one effect and one answer.
//!
//! A key belongs to its agent. The first request with it holds it under a lease that is renewed
//! while the body arrives, so that a killed process blocks the sender's next attempt for seconds
//! and not for a day. Others with the same key wait, as long as a silent sender may, and then find
//! the answer or hear that it is in use. The answer is written in the transaction that makes the
//! documents and is kept for a day; a request that failed for a reason that passes frees its key.

use super::{Desk, Problem, Received};
use crate::{
    access::{Agent, Viewer},
    db::{self, DbError, Tx},
    domain::ids::ClinicId,
};
use serde_json::Value;
use std::time::Duration;
use tokio::{
    runtime::Handle,
    task::JoinHandle,
    time::{Instant, sleep},
};
use tokio_postgres::types::ToSql;
use uuid::Uuid;

const CLAIM: &str = include_str!("../../sql/queries/upload/claim_key.sql");
const READ: &str = include_str!("../../sql/queries/upload/read_key.sql");
const RENEW: &str = include_str!("../../sql/queries/upload/renew_key.sql");
const ANSWER: &str = include_str!("../../sql/queries/upload/answer_key.sql");
const RELEASE: &str = include_str!("../../sql/queries/upload/release_key.sql");

/// How long a key is held without a word of its holder.
const LEASE: Duration = Duration::from_secs(15);

/// Pause between two looks at a key that somebody else holds.
const LOOK: Duration = Duration::from_millis(100);

/// What a key means for this request.
pub enum Claim {
    /// Nobody used it before.
    Ours(Ours),
    /// It was answered.
    Answered(Answer),
}

/// What was answered, and to which request.
pub struct Answer {
    pub fingerprint: Vec<u8>,
    pub received: Received,
}

/// A key that this request holds; free again when dropped unanswered.
pub struct Ours {
    desk: Desk,
    key: Key,
    renewal: JoinHandle<()>,
}

#[derive(Clone)]
struct Key {
    clinic: ClinicId,
    agent: Agent,
    word: String,
    holder: Uuid,
}

/// Takes the key, or waits for who holds it.
pub async fn claim(desk: &Desk, viewer: &Viewer, key: &str) -> Result<Claim, Problem> {
    if key.is_empty() || key.len() > 255 || !key.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return Err(Problem::IdempotencyKeyUnusable);
    }
    let key = Key {
        clinic: viewer.clinic,
        agent: viewer.agent,
        word: key.to_owned(),
        holder: Uuid::now_v7(),
    };
    let patience = Instant::now() + desk.limits.idle;
    loop {
        if let Some(claim) = key.look(desk).await? {
            return Ok(claim);
        }
        if Instant::now() >= patience {
            return Err(Problem::IdempotencyKeyInUse);
        }
        sleep(LOOK).await;
    }
}

impl Key {
    /// `None` while somebody else holds it.
    async fn look(&self, desk: &Desk) -> Result<Option<Claim>, Problem> {
        let mut connection = db::connection(&desk.pool).await?;
        let tx = db::begin_for(&mut connection, self.clinic).await?;
        // Read before it is claimed: a claim locks the row even where it gets nothing, and those who
        // wait would keep the holder from answering.
        let read = tx.prepare_cached(READ).await?;
        let row = tx
            .query_opt(&read, &[&self.agent.id().0, &self.word])
            .await?;
        if let Some(row) = row {
            if let Some(received) = row.get::<_, Option<Value>>("response") {
                let received = serde_json::from_value(received).map_err(|error| {
                    tracing::error!(cause = %error, "a kept answer cannot be read");
                    Problem::Internal
                })?;
                return Ok(Some(Claim::Answered(Answer {
                    fingerprint: row.get("fingerprint"),
                    received,
                })));
            }
            if row.get("held") {
                return Ok(None);
            }
        }
        let claim = tx.prepare_cached(CLAIM).await?;
        let lease = LEASE.as_secs_f64();
        let claimed = tx
            .execute(
                &claim,
                &[
                    &self.clinic.0,
                    &self.agent.id().0,
                    &self.word,
                    &self.holder,
                    &lease,
                ],
            )
            .await?;
        tx.commit().await?;
        Ok((claimed == 1).then(|| {
            Claim::Ours(Ours {
                renewal: tokio::spawn(renew(desk.clone(), self.clone())),
                desk: desk.clone(),
                key: self.clone(),
            })
        }))
    }
}

impl Ours {
    /// Keeps the answer, with the commit of the caller's transaction. Where somebody took the key
    /// over meanwhile it is theirs to answer.
    pub async fn answer(
        &self,
        tx: &Tx<'_>,
        fingerprint: &[u8],
        received: &Received,
    ) -> Result<(), DbError> {
        let Ok(received) = serde_json::to_value(received) else {
            return Ok(());
        };
        let answer = tx.prepare_cached(ANSWER).await?;
        let key = &self.key;
        tx.execute(
            &answer,
            &[
                &key.agent.id().0,
                &key.word,
                &key.holder,
                &fingerprint,
                &received,
            ],
        )
        .await?;
        Ok(())
    }
}

impl Drop for Ours {
    fn drop(&mut self) {
        self.renewal.abort();
        let Ok(runtime) = Handle::try_current() else {
            return;
        };
        let (desk, key) = (self.desk.clone(), self.key.clone());
        runtime.spawn(async move {
            let values: [&(dyn ToSql + Sync); 3] = [&key.agent.id().0, &key.word, &key.holder];
            if let Err(error) = execute(&desk, &key, RELEASE, &values).await {
                tracing::info!(cause = %error, "a key stays held until its lease ends");
            }
        });
    }
}

async fn renew(desk: Desk, key: Key) {
    let lease = LEASE.as_secs_f64();
    loop {
        sleep(LEASE / 3).await;
        let values: [&(dyn ToSql + Sync); 4] = [&key.agent.id().0, &key.word, &key.holder, &lease];
        if let Err(error) = execute(&desk, &key, RENEW, &values).await {
            tracing::info!(cause = %error, "a key was not renewed");
        }
    }
}

async fn execute(
    desk: &Desk,
    key: &Key,
    statement: &str,
    values: &[&(dyn ToSql + Sync)],
) -> Result<(), DbError> {
    let mut connection = db::connection(&desk.pool).await?;
    let tx = db::begin_for(&mut connection, key.clinic).await?;
    let statement = tx.prepare_cached(statement).await?;
    tx.execute(&statement, values).await?;
    Ok(tx.commit().await?)
}
