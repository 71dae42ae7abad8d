use super::{JobKind, QueueError};
use crate::db::Tx;
use crate::domain::ids::{ClinicId, DocumentId, JobId};

const INSERT_JOB: &str = include_str!("../../sql/queries/queue/insert_job.sql");

/// Puts work on the queue with the commit of the caller's transaction.
///
/// Work that waits or runs already is not queued twice: its job is returned.
pub async fn enqueue(
    tx: &Tx<'_>,
    clinic: ClinicId,
    kind: JobKind,
    document: DocumentId,
    request_id: Option<&str>,
    max_attempts: i32,
) -> Result<JobId, QueueError> {
    let statement = tx.prepare_cached(INSERT_JOB).await?;
    let row = tx
        .query_one(
            &statement,
            &[
                &JobId::fresh().0,
                &clinic.0,
                &kind.code(),
                &document.0,
                &max_attempts,
                &request_id,
            ],
        )
        .await?;
    Ok(JobId(row.get(0)))
}
