//! What interrupted uploads left behind, found from our rows.

use super::object;
use crate::{
    config,
    db::{self, DbError},
    domain::ids::{ClinicId, ObjectId},
    storage::{MultipartId, StorageError, Store},
};
use deadpool_postgres::Pool;
use std::time::Duration;
use uuid::Uuid;

const CONDEMN: &str = include_str!("../../sql/queries/upload/condemn_leftovers.sql");
const EXPIRE: &str = include_str!("../../sql/queries/upload/expire_uploads.sql");
const FORGET_UPLOADS: &str = include_str!("../../sql/queries/upload/forget_uploads.sql");
const FORGET_KEYS: &str = include_str!("../../sql/queries/upload/forget_keys.sql");

/// Leftovers that are condemned in one statement.
const BATCH: i32 = 100;

/// How long an answer is kept for the same request to come again.
pub(super) const KEYS_KEPT: Duration = Duration::from_hours(24);

/// How long it is told what became of an upload that has ended.
const UPLOADS_KEPT: Duration = Duration::from_hours(7 * 24);

/// What one sweep removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Objects that never became a document.
    pub objects: usize,
    /// Objects whose bytes could not be removed; the next sweep tries again.
    pub failed: usize,
    /// Resumable uploads that nobody went on with.
    pub expired: i64,
    /// Idempotency keys that ran out.
    pub keys: i64,
}

/// Removes leftovers of all clinics once. `worker` is the worker's pool.
///
/// Rows are condemned first, by a function that passes over every object that has a document;
/// a condemned object can no longer become one. So an upload that is still running after
/// `leftover_age` fails, and nothing that was answered is ever touched.
pub async fn sweep_once(
    store: &Store,
    worker: &Pool,
    limits: &config::Upload,
) -> Result<Swept, StorageError> {
    let mut swept = Swept {
        expired: expire(worker).await?,
        ..Swept::default()
    };
    let mut after = Uuid::nil();
    loop {
        let batch = condemn(worker, limits.leftover_age, after).await?;
        let Some(last) = batch.last() else {
            break;
        };
        after = last.object.0;
        for leftover in batch {
            let multipart = leftover.multipart.map(MultipartId);
            match object::remove(store, worker, leftover.clinic, leftover.object, multipart).await {
                Ok(()) => swept.objects += 1,
                // One refusal must not keep the others from being removed.
                Err(error @ (StorageError::Refused { .. } | StorageError::Missing)) => {
                    tracing::warn!(object = %leftover.object, cause = %error, "not removed");
                    swept.failed += 1;
                }
                Err(error) => return Err(error),
            }
        }
    }
    swept.keys = forget(worker, FORGET_KEYS, KEYS_KEPT).await?;
    forget(worker, FORGET_UPLOADS, UPLOADS_KEPT).await?;
    metrics::counter!("fertidoc_swept_objects_total").increment(swept.objects as u64);
    Ok(swept)
}

/// Sweeps again and again; several workers at once do no harm.
pub async fn sweep_forever(store: Store, worker: Pool, limits: config::Upload) {
    loop {
        match sweep_once(&store, &worker, &limits).await {
            Ok(swept) if swept == Swept::default() => {}
            Ok(swept) => tracing::info!(?swept, "leftovers removed"),
            Err(error) => tracing::warn!(cause = %error, "leftovers were not removed"),
        }
        tokio::time::sleep(limits.sweep_every).await;
    }
}

struct Condemned {
    clinic: ClinicId,
    object: ObjectId,
    multipart: Option<String>,
}

async fn condemn(worker: &Pool, age: Duration, after: Uuid) -> Result<Vec<Condemned>, DbError> {
    let connection = db::connection(worker).await?;
    let condemn = connection.prepare_cached(CONDEMN).await?;
    let rows = connection
        .query(&condemn, &[&age.as_secs_f64(), &after, &BATCH])
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| Condemned {
            clinic: ClinicId(row.get("clinic_id")),
            object: ObjectId(row.get("object_id")),
            multipart: row.get("multipart_id"),
        })
        .collect())
}

/// Ends uploads that nobody went on with; what came of them is condemned and swept.
async fn expire(worker: &Pool) -> Result<i64, DbError> {
    let connection = db::connection(worker).await?;
    let expire = connection.prepare_cached(EXPIRE).await?;
    let mut expired = 0;
    loop {
        let batch: i64 = connection.query_one(&expire, &[&BATCH]).await?.get(0);
        expired += batch;
        if batch < i64::from(BATCH) {
            return Ok(expired);
        }
    }
}

/// Forgets rows that only tell what was.
async fn forget(worker: &Pool, statement: &str, kept: Duration) -> Result<i64, DbError> {
    let connection = db::connection(worker).await?;
    let forget = connection.prepare_cached(statement).await?;
    let age = kept.as_secs_f64();
    Ok(connection.query_one(&forget, &[&age]).await?.get(0))
}
