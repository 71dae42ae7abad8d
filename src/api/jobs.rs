//! `/jobs`: what the house does in the background, and the one thing a person may do about it.

use super::{
    Caller,
    paging::{self, Page, Paging},
    problem::ApiError,
    responses::{Common, Missing},
};
use crate::{
    access::Scope,
    db::{self, Pools},
    domain::ids::{DocumentId, JobId},
    queue::{self, Attempt, Job, JobState, QueueError},
};
use actix_web::{HttpRequest, HttpResponse, get, post, web};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which jobs are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Filter {
    /// Only those in this state.
    pub state: Option<JobState>,
}

/// A job with every attempt at it.
#[derive(Debug, Serialize, ToSchema)]
pub struct JobWithAttempts {
    #[serde(flatten)]
    pub job: Job,
    /// Oldest first.
    pub attempts: Vec<Attempt>,
}

/// What was started again.
#[derive(Debug, Serialize, ToSchema)]
pub struct Restarted {
    pub document: DocumentId,
}

/// Lists jobs, newest first.
#[utoipa::path(tag = "jobs", operation_id = "listJobs", params(Filter, Paging), responses(
    (status = 200, description = "A page of jobs", body = Page<Job>), Common,
))]
#[get("/api/v1/jobs")]
pub async fn list(
    caller: Caller,
    filter: web::Query<Filter>,
    paging: web::Query<Paging>,
    pools: web::Data<Pools>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let viewer = caller.may_any(&[Scope::Read, Scope::Ops])?;
    let limit = paging.limit()?;
    let mut connection = db::connection(&pools.app).await?;
    let tx = viewer.begin(&mut connection).await?;
    let jobs = queue::jobs(&tx, &viewer, filter.state, paging.after()?, limit + 1).await?;
    tx.commit().await.map_err(db::DbError::from)?;
    let (jobs, next) = paging::cut(jobs, limit, |job| job.id);
    Ok(paging::answer(&request, jobs, next))
}

/// Reads a job and every attempt at it.
#[utoipa::path(tag = "jobs", operation_id = "readJob", params(("id" = JobId, Path)), responses(
    (status = 200, description = "The job", body = JobWithAttempts), Common, Missing,
))]
#[get("/api/v1/jobs/{id}")]
pub async fn read(
    caller: Caller,
    id: web::Path<JobId>,
    pools: web::Data<Pools>,
) -> Result<HttpResponse, ApiError> {
    let viewer = caller.may_any(&[Scope::Read, Scope::Ops])?;
    let mut connection = db::connection(&pools.app).await?;
    let tx = viewer.begin(&mut connection).await?;
    let job = queue::job(&tx, &viewer, *id).await?;
    let attempts = queue::attempts(&tx, &viewer, *id).await?;
    tx.commit().await.map_err(db::DbError::from)?;
    Ok(HttpResponse::Ok().json(JobWithAttempts { job, attempts }))
}

/// Starts a job again whose attempts are used up.
#[utoipa::path(tag = "jobs", operation_id = "retryJob", params(("id" = JobId, Path)), responses(
    (status = 202, description = "The document will be read again", body = Restarted), Common, Missing,
))]
#[post("/api/v1/jobs/{id}/retry")]
pub async fn retry(
    caller: Caller,
    id: web::Path<JobId>,
    pools: web::Data<Pools>,
) -> Result<HttpResponse, ApiError> {
    let viewer = caller.may_any(&[Scope::Write, Scope::Ops])?;
    let mut connection = db::connection(&pools.app).await?;
    let tx = viewer.begin(&mut connection).await?;
    let document = queue::requeue(&tx, &viewer, *id).await?;
    tx.commit().await.map_err(db::DbError::from)?;
    Ok(HttpResponse::Accepted().json(Restarted { document }))
}

impl From<QueueError> for ApiError {
    fn from(error: QueueError) -> Self {
        match error {
            QueueError::NotFound => Self::not_found(),
            QueueError::Db(error) => error.into(),
            other => Self::internal(&other),
        }
    }
}
