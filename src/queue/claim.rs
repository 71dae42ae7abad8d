use super::QueueError;
use crate::db;
use crate::domain::ids::{ClinicId, DocumentId, JobId};
use deadpool_postgres::Pool;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;
use utoipa::ToSchema;

const CLAIM_JOB: &str = include_str!("../../sql/queries/queue/claim_job.sql");
const READ_NEXT_RUN: &str = include_str!("../../sql/queries/queue/read_next_run.sql");

/// What a job is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum JobKind {
    /// Read a document and record what it says.
    Analyze,
}

impl JobKind {
    /// As in the database and in metrics.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Analyze => "analyze",
        }
    }

    pub(super) fn from_code(code: &str) -> Result<Self, QueueError> {
        match code {
            "analyze" => Ok(Self::Analyze),
            other => Err(QueueError::Unknown {
                column: "kind",
                value: other.to_owned(),
            }),
        }
    }
}

/// A job that is ours until its lease runs out. The fence is the proof.
#[derive(Debug, Clone)]
pub struct Claim {
    pub job: JobId,
    pub clinic: ClinicId,
    pub kind: JobKind,
    pub document: DocumentId,
    /// Counted from 1; this one is counted already.
    pub attempt: i32,
    pub max_attempts: i32,
    pub fence: i64,
    /// The request that caused the job.
    pub request_id: Option<Arc<str>>,
}

/// Takes the job that waits longest, if one may run. `worker` names the process in the records.
pub async fn claim(
    pool: &Pool,
    kind: JobKind,
    worker: &str,
    lease: Duration,
) -> Result<Option<Claim>, QueueError> {
    let client = db::connection(pool).await?;
    let statement = client.prepare_cached(CLAIM_JOB).await?;
    let row = client
        .query_opt(&statement, &[&kind.code(), &worker, &lease.as_secs_f64()])
        .await?;
    Ok(row.map(|row| {
        ::metrics::counter!("fertidoc_jobs_claimed_total", "kind" => kind.code()).increment(1);
        Claim {
            job: JobId(row.get("job_id")),
            clinic: ClinicId(row.get("clinic_id")),
            kind,
            document: DocumentId(row.get("document_id")),
            attempt: row.get("attempt"),
            max_attempts: row.get("max_attempts"),
            fence: row.get("fence"),
            request_id: row.get::<_, Option<String>>("request_id").map(Arc::from),
        }
    }))
}

/// How long until the next job may run; `None` when none waits.
pub async fn next_run(pool: &Pool, kind: JobKind) -> Result<Option<Duration>, QueueError> {
    let client = db::connection(pool).await?;
    let statement = client.prepare_cached(READ_NEXT_RUN).await?;
    let seconds: Option<f64> = client.query_one(&statement, &[&kind.code()]).await?.get(0);
    Ok(seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()))
}
