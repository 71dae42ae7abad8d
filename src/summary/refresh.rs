//! One refresh of the materialized summaries.

use crate::db::DbError;
use crate::failpoint::fail_point;
use std::time::{Duration, Instant};
use tokio_postgres::{Client, IsolationLevel};

const SET_TIMEOUTS: &str = include_str!("../../sql/queries/summary/set_leader_timeouts.sql");
const TAKE_LEAD: &str = include_str!("../../sql/queries/summary/take_lead.sql");
const COUNT_STALE: &str = include_str!("../../sql/queries/summary/count_stale.sql");
const DELETE_STALE: &str = include_str!("../../sql/queries/summary/delete_stale.sql");
const REFRESH: &str = include_str!("../../sql/queries/summary/refresh_summaries.sql");
const COUNT_SUMMARIES: &str = include_str!("../../sql/queries/summary/count_summaries.sql");

/// The advisory lock of whoever refreshes ("summary").
const LEAD: i64 = 0x0073_756d_6d61_7279;

/// What one step came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Did {
    /// Another session refreshes.
    Follows,
    /// Nothing is stale.
    Nothing,
    Refreshed {
        /// Patients who were stale.
        stale: i64,
        took: Duration,
    },
}

/// Why the materialized summaries stay as they were; readers compute stale ones meanwhile.
#[derive(Debug, thiserror::Error)]
pub enum RefreshError {
    #[error(transparent)]
    Db(#[from] DbError),
    /// The refresher does not see every patient: a policy is missing.
    #[error("a refresh would hold {summaries} summaries of {patients} patients: it was undone")]
    Incomplete { summaries: i64, patients: i64 },
}

impl From<tokio_postgres::Error> for RefreshError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Db(error.into())
    }
}

/// Lets a session that dies lose the lead soon; said once for each connection.
pub(super) async fn prepare_session(client: &Client) -> Result<(), DbError> {
    client.query_one(SET_TIMEOUTS, &[]).await?;
    Ok(())
}

/// Brings the materialized summaries up to date, if this session leads and anything is stale.
///
/// The lock belongs to the session and is taken before the transaction begins: the snapshot of a
/// transaction that waits for a lock would be older than the refresh it waited for.
pub async fn refresh_once(client: &mut Client) -> Result<Did, RefreshError> {
    if !client
        .query_one(TAKE_LEAD, &[&LEAD])
        .await?
        .try_get("leads")?
    {
        // What it measured while it led is no news any more.
        metrics::gauge!("fertidoc_summary_stale_patients").set(0.0);
        metrics::gauge!("fertidoc_summary_age_seconds").set(0.0);
        return Ok(Did::Follows);
    }
    let row = client.query_one(COUNT_STALE, &[]).await?;
    let stale: i64 = row.try_get("patients")?;
    metrics::gauge!("fertidoc_summary_stale_patients").set(stale as f64);
    metrics::gauge!("fertidoc_summary_age_seconds").set(row.try_get::<_, f64>("age")?);
    if stale == 0 {
        return Ok(Did::Nothing);
    }
    let began = Instant::now();
    // In one snapshot, the marks that are deleted are exactly those that the refresh has seen.
    let tx = client
        .build_transaction()
        .isolation_level(IsolationLevel::RepeatableRead)
        .start()
        .await?;
    tx.execute(DELETE_STALE, &[]).await?;
    tx.execute(REFRESH, &[]).await?;
    let row = tx.query_one(COUNT_SUMMARIES, &[]).await?;
    let (summaries, patients) = (row.try_get("summaries")?, row.try_get("patients")?);
    if summaries != patients {
        tx.rollback().await?;
        return Err(RefreshError::Incomplete {
            summaries,
            patients,
        });
    }
    fail_point!("refresh.before_commit");
    tx.commit().await?;
    fail_point!("refresh.after_commit");
    let took = began.elapsed();
    metrics::histogram!("fertidoc_summary_refresh_duration_seconds").record(took);
    Ok(Did::Refreshed { stale, took })
}
