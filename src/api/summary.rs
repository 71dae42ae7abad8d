//! `GET /patients/{id}/summary`: what the documents state of a patient.

use super::{
    Caller,
    problem::ApiError,
    responses::{Common, Missing},
    revision,
};
use crate::{
    access::Scope,
    domain::ids::PatientId,
    summary::{Summaries, Summary, SummaryAnswer, SummaryError},
};
use actix_web::{HttpRequest, HttpResponse, get, http::header, web};

/// Reads the summary of a patient: of each thing that was measured the latest usable value with its
/// place, the earlier ones, and what still waits.
///
/// It is never older than the last committed change where Postgres answers, and older by at most
/// one notification where memory does; `as_of` says from when it is.
#[utoipa::path(
    tag = "patients", operation_id = "readSummary",
    params(("id" = PatientId, Path), ("If-None-Match" = Option<String>, Header, description = "ETag of the summary that is known")),
    responses(
        (status = 200, description = "The summary", body = Summary, headers(("ETag" = String))),
        (status = 304, description = "Nothing changed since the summary that is known"),
        Common, Missing,
    )
)]
#[get("/api/v1/patients/{id}/summary")]
pub async fn read(
    caller: Caller,
    id: web::Path<PatientId>,
    summaries: web::Data<Summaries>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let viewer = caller.may(Scope::Read)?;
    let seen = request
        .headers()
        .get(header::IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok())
        .and_then(SummaryAnswer::version_of);
    let answer = summaries.read(&viewer, *id, seen).await?;
    let same = revision::is_known(&request, &answer.etag);
    let mut response = if same {
        HttpResponse::NotModified()
    } else {
        HttpResponse::Ok()
    };
    response
        .insert_header((header::ETAG, answer.etag))
        // Kept by nobody on the way; a browser may keep it but asks each time.
        .insert_header((header::CACHE_CONTROL, "private, no-cache"));
    if same {
        return Ok(response.finish());
    }
    Ok(response.content_type("application/json").body(answer.body))
}

impl From<SummaryError> for ApiError {
    fn from(error: SummaryError) -> Self {
        match error {
            SummaryError::NotFound => Self::not_found(),
            SummaryError::Access(error) => error.into(),
            SummaryError::Db(error) => error.into(),
            error @ SummaryError::Unreadable(_) => Self::internal(&error),
        }
    }
}
