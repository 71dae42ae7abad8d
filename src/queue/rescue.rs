use super::QueueError;
use crate::domain::ids::{ClinicId, DocumentId, JobId};
use crate::{config, db};
use deadpool_postgres::Pool;

const QUEUE_UNSCANNED: &str = include_str!("../../sql/queries/queue/queue_unscanned.sql");
const RESCUE_JOBS: &str = include_str!("../../sql/queries/queue/rescue_jobs.sql");

/// Jobs that one sweep takes; the next sweep takes the next ones.
const AT_MOST: i32 = 100;

/// A job whose worker fell silent.
#[derive(Debug, Clone, Copy)]
pub struct Rescued {
    pub job: JobId,
    pub clinic: ClinicId,
    pub document: DocumentId,
    /// Its attempts were used up: the document shows as failed.
    pub died: bool,
}

/// Takes the jobs whose lease ran out from their workers. Any worker does this for all.
pub async fn rescue(pool: &Pool, config: &config::Queue) -> Result<Vec<Rescued>, QueueError> {
    let client = db::connection(pool).await?;
    let statement = client.prepare_cached(RESCUE_JOBS).await?;
    let rows = client
        .query(&statement, &[&config.backoff.as_secs_f64(), &AT_MOST])
        .await?;
    ::metrics::counter!("fertidoc_jobs_rescued_total").increment(rows.len() as u64);
    Ok(rows
        .iter()
        .map(|row| Rescued {
            job: JobId(row.get("job_id")),
            clinic: ClinicId(row.get("clinic_id")),
            document: DocumentId(row.get("document_id")),
            died: row.get("died"),
        })
        .collect())
}

/// Queues documents that no malware scanner has seen and that nobody reads; says how many.
pub async fn queue_unscanned(pool: &Pool, config: &config::Queue) -> Result<i64, QueueError> {
    let client = db::connection(pool).await?;
    let statement = client.prepare_cached(QUEUE_UNSCANNED).await?;
    let row = client
        .query_one(&statement, &[&config.max_attempts, &AT_MOST])
        .await?;
    Ok(row.get(0))
}
