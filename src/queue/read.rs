//! What people and the API see of the queue, and the one thing they may do to it.

use super::{JobKind, QueueError};
use crate::access::Viewer;
use crate::access::audit::{self, Event};
use crate::db::Tx;
use crate::domain::ids::{DocumentId, JobId, PatientId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use tokio_postgres::Row;
use utoipa::ToSchema;

const LIST_JOBS: &str = include_str!("../../sql/queries/queue/list_jobs.sql");
const READ_JOB: &str = include_str!("../../sql/queries/queue/read_job.sql");
const LIST_ATTEMPTS: &str = include_str!("../../sql/queries/queue/list_attempts.sql");
const READ_WAIT: &str = include_str!("../../sql/queries/queue/read_wait.sql");
const REQUEUE_JOB: &str = include_str!("../../sql/queries/queue/requeue_job.sql");
const REQUEUE_DOCUMENT: &str = include_str!("../../sql/queries/queue/requeue_document.sql");

/// How far a job has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum JobState {
    /// Waits for a worker, perhaps after a pause.
    Ready,
    Running,
    Done,
    /// Its attempts are used up; a person may start it again.
    Dead,
}

impl JobState {
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Running => "running",
            Self::Done => "done",
            Self::Dead => "dead",
        }
    }

    fn from_code(code: &str) -> Result<Self, QueueError> {
        [Self::Ready, Self::Running, Self::Done, Self::Dead]
            .into_iter()
            .find(|state| state.code() == code)
            .ok_or_else(|| QueueError::Unknown {
                column: "state",
                value: code.to_owned(),
            })
    }
}

/// A job as people see it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Job {
    pub id: JobId,
    pub kind: JobKind,
    pub document: DocumentId,
    pub state: JobState,
    /// Attempts begun so far.
    pub attempt: i32,
    pub max_attempts: i32,
    /// When it may run, or when it last could.
    #[schema(value_type = String, format = DateTime)]
    pub run_at: Timestamp,
    /// The process that works on it or last did.
    pub worker: Option<String>,
    /// How the last attempt failed.
    pub error_code: Option<String>,
    pub request_id: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub finished_at: Option<Timestamp>,
}

/// One attempt at a job.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Attempt {
    pub attempt: i32,
    pub worker: String,
    #[schema(value_type = String, format = DateTime)]
    pub started_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub finished_at: Option<Timestamp>,
    /// `done`, `handed_back` or the code of what went wrong; `None` while it runs.
    pub outcome: Option<String>,
}

impl Job {
    fn from_row(row: &Row) -> Result<Self, QueueError> {
        Ok(Self {
            id: JobId(row.get("job_id")),
            kind: JobKind::from_code(row.get("kind"))?,
            document: DocumentId(row.get("document_id")),
            state: JobState::from_code(row.get("state"))?,
            attempt: row.get("attempt"),
            max_attempts: row.get("max_attempts"),
            run_at: row.get("run_at"),
            worker: row.get("worker"),
            error_code: row.get("error_code"),
            request_id: row.get("request_id"),
            created_at: row.get("created_at"),
            finished_at: row.get("finished_at"),
        })
    }
}

/// Jobs of the viewer's clinic, newest first, those older than `after`.
pub async fn jobs(
    tx: &Tx<'_>,
    viewer: &Viewer,
    state: Option<JobState>,
    after: Option<JobId>,
    limit: i64,
) -> Result<Vec<Job>, QueueError> {
    let statement = tx.prepare_cached(LIST_JOBS).await?;
    tx.query(
        &statement,
        &[
            &viewer.clinic.0,
            &after.map(|job| job.0),
            &state.map(JobState::code),
            &limit,
        ],
    )
    .await?
    .iter()
    .map(Job::from_row)
    .collect()
}

/// One job of the viewer's clinic.
pub async fn job(tx: &Tx<'_>, viewer: &Viewer, job: JobId) -> Result<Job, QueueError> {
    let statement = tx.prepare_cached(READ_JOB).await?;
    let row = tx
        .query_opt(&statement, &[&viewer.clinic.0, &job.0])
        .await?
        .ok_or(QueueError::NotFound)?;
    Job::from_row(&row)
}

/// Every attempt at a job of the viewer's clinic, oldest first.
pub async fn attempts(
    tx: &Tx<'_>,
    viewer: &Viewer,
    job: JobId,
) -> Result<Vec<Attempt>, QueueError> {
    let statement = tx.prepare_cached(LIST_ATTEMPTS).await?;
    Ok(tx
        .query(&statement, &[&viewer.clinic.0, &job.0])
        .await?
        .iter()
        .map(|row| Attempt {
            attempt: row.get("attempt"),
            worker: row.get("worker"),
            started_at: row.get("started_at"),
            finished_at: row.get("finished_at"),
            outcome: row.get("outcome"),
        })
        .collect())
}

/// How long the clinic's oldest document has waited for its turn.
pub async fn wait(tx: &Tx<'_>) -> Result<Duration, QueueError> {
    let statement = tx.prepare_cached(READ_WAIT).await?;
    let row = tx.query_opt(&statement, &[]).await?;
    let seconds: f64 = row.map_or(0.0, |row| row.get("seconds"));
    Ok(Duration::try_from_secs_f64(seconds).unwrap_or_default())
}

/// Starts a dead job again with all its attempts. `NotFound` when it is not dead.
pub async fn requeue(tx: &Tx<'_>, viewer: &Viewer, job: JobId) -> Result<DocumentId, QueueError> {
    let statement = tx.prepare_cached(REQUEUE_JOB).await?;
    let document: uuid::Uuid = tx
        .query_opt(&statement, &[&job.0, &&*viewer.request_id])
        .await?
        .ok_or(QueueError::NotFound)?
        .get(0);
    let statement = tx.prepare_cached(REQUEUE_DOCUMENT).await?;
    let touches: Option<uuid::Uuid> = tx.query_one(&statement, &[&document]).await?.get(0);
    let detail = serde_json::json!({ "document": document });
    let event = Event::new("job.requeue")
        .on(job.0)
        .of(touches.map(PatientId));
    audit::record(tx, viewer, event.with(detail)).await?;
    Ok(DocumentId(document))
}
