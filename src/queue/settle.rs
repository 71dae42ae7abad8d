use super::{Claim, QueueError};
use crate::config;
use crate::db::Tx;
use std::time::Duration;

const CHECK_LEASE: &str = include_str!("../../sql/queries/queue/check_lease.sql");
const COMPLETE_JOB: &str = include_str!("../../sql/queries/queue/complete_job.sql");
const FAIL_JOB: &str = include_str!("../../sql/queries/queue/fail_job.sql");
const HAND_BACK_JOB: &str = include_str!("../../sql/queries/queue/hand_back_job.sql");
const FINISH_ATTEMPT: &str = include_str!("../../sql/queries/queue/finish_attempt.sql");

/// What became of a job whose attempt failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failed {
    /// It runs again after a pause.
    Retried,
    /// Its attempts are used up; it waits for a person.
    Dead,
}

/// Makes sure that the job is ours until the end of the transaction, before it writes anything
/// that is not the result: a worker that was frozen must not even say that it reads.
pub async fn check(tx: &Tx<'_>, claim: &Claim) -> Result<(), QueueError> {
    let statement = tx.prepare_cached(CHECK_LEASE).await?;
    tx.query_opt(&statement, &[&claim.job.0, &claim.fence])
        .await?
        .ok_or(QueueError::LeaseLost(claim.job))?;
    Ok(())
}

/// Marks the job as done, as the first statement of the transaction that writes its result.
///
/// The row stays locked until the commit, so no rescuer takes it meanwhile.
pub async fn complete(tx: &Tx<'_>, claim: &Claim) -> Result<(), QueueError> {
    let statement = tx.prepare_cached(COMPLETE_JOB).await?;
    tx.query_opt(&statement, &[&claim.job.0, &claim.fence])
        .await?
        .ok_or(QueueError::LeaseLost(claim.job))?;
    finish_attempt(tx, claim, "done").await
}

/// Records that the attempt ended with `code`; the job is retried or dead.
pub async fn fail(
    tx: &Tx<'_>,
    claim: &Claim,
    code: &str,
    config: &config::Queue,
) -> Result<Failed, QueueError> {
    let statement = tx.prepare_cached(FAIL_JOB).await?;
    let died: bool = tx
        .query_opt(
            &statement,
            &[
                &claim.job.0,
                &claim.fence,
                &code,
                &config.backoff.as_secs_f64(),
            ],
        )
        .await?
        .ok_or(QueueError::LeaseLost(claim.job))?
        .get(0);
    finish_attempt(tx, claim, code).await?;
    Ok(if died { Failed::Dead } else { Failed::Retried })
}

/// Returns the job without using up an attempt: the worker ends, or what it needs is down.
pub async fn hand_back(
    tx: &Tx<'_>,
    claim: &Claim,
    because: &str,
    pause: Duration,
) -> Result<(), QueueError> {
    let statement = tx.prepare_cached(HAND_BACK_JOB).await?;
    tx.query_opt(
        &statement,
        &[&claim.job.0, &claim.fence, &pause.as_secs_f64()],
    )
    .await?
    .ok_or(QueueError::LeaseLost(claim.job))?;
    finish_attempt(tx, claim, because).await
}

async fn finish_attempt(tx: &Tx<'_>, claim: &Claim, outcome: &str) -> Result<(), QueueError> {
    let statement = tx.prepare_cached(FINISH_ATTEMPT).await?;
    tx.execute(&statement, &[&claim.job.0, &claim.fence, &outcome])
        .await?;
    Ok(())
}
