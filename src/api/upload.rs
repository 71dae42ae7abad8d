//! `POST /documents`: files come in; what is answered with 201 is kept.

use super::{
    Caller,
    limited::tell,
    problem::{ApiError, Problem, come_again},
    responses::{Common, Missing},
};
use crate::{
    access::{
        Scope,
        limit::{Class, Limits},
    },
    domain::ids::DocumentId,
    upload::{self, Desk, FileOutcome, Outcome},
};
use actix_multipart::Multipart;
use actix_web::{HttpRequest, HttpResponse, http::StatusCode, http::header, post, web};
use serde::Serialize;
use utoipa::{IntoResponses, ToSchema};

/// What the form holds.
#[derive(ToSchema)]
#[allow(
    dead_code,
    reason = "described to readers of the OpenAPI document, never built"
)]
pub struct UploadForm {
    /// One part for each file.
    #[schema(value_type = Vec<String>, format = Binary)]
    file: Vec<Vec<u8>>,
    /// The patient that all files are about, where the sender knows.
    #[schema(value_type = Option<String>, format = Uuid)]
    patient_id: Option<String>,
}

/// What became of each file, in the order in which they came.
#[derive(Serialize, ToSchema)]
pub struct Uploaded {
    pub documents: Vec<UploadedFile>,
}

/// What became of one file.
#[derive(Serialize, ToSchema)]
pub struct UploadedFile {
    /// The name as it is shown.
    pub file: String,
    /// 201 for a new document, 200 where these bytes were there already, else the problem's.
    pub status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<DocumentId>,
    /// Where the document is read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
}

/// A problem of a whole request, with what became of each file where it got that far.
#[derive(Serialize, ToSchema)]
pub struct UploadProblem {
    #[serde(flatten)]
    pub problem: Problem,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub documents: Vec<UploadedFile>,
}

/// What sending files may be answered besides what every route may.
#[derive(IntoResponses)]
#[allow(
    dead_code,
    reason = "described to readers of the OpenAPI document, never built"
)]
pub enum Refused {
    /// The sender stalled, was too slow or took too long. Nothing was stored.
    #[response(status = 408, content_type = "application/problem+json")]
    TooSlow(#[to_schema] UploadProblem),
    /// A request with this `Idempotency-Key` is still being received.
    #[response(status = 409, content_type = "application/problem+json")]
    Running(#[to_schema] UploadProblem),
    /// A file is larger, or there are more of them, than is taken.
    #[response(status = 413, content_type = "application/problem+json")]
    TooLarge(#[to_schema] UploadProblem),
    /// The content is of no type that is taken here, or the name says another type.
    #[response(status = 415, content_type = "application/problem+json")]
    WrongType(#[to_schema] UploadProblem),
    /// A file is empty, or the `Idempotency-Key` was used for another request.
    #[response(status = 422, content_type = "application/problem+json")]
    Unusable(#[to_schema] UploadProblem),
}

/// Keeps files and has them read in the background.
///
/// Answered only after everything that was stored is committed. The same bytes for the same
/// patient are the document that is there. `GET /api/v1/documents/{id}/events` follows the reading.
#[utoipa::path(
    tag = "documents", operation_id = "uploadDocuments",
    request_body(content = UploadForm, content_type = "multipart/form-data"),
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key and the same request are answered the same for 24 hours", min_length = 1, max_length = 255, pattern = "^[!-~]+$")),
    responses(
        (status = 201, description = "Every file is kept", body = Uploaded),
        (status = 207, description = "Some files are kept, some were refused", body = Uploaded),
        Common, Missing, Refused,
    )
)]
#[post("/api/v1/documents")]
pub async fn receive(
    caller: Caller,
    request: HttpRequest,
    payload: web::Payload,
    desk: web::Data<Desk>,
    limits: web::Data<Limits>,
) -> Result<HttpResponse, ApiError> {
    let viewer = caller.may(Scope::Upload)?;
    let key = match request.headers().get("idempotency-key") {
        Some(key) => Some(
            key.to_str()
                .map_err(|_| upload::Problem::IdempotencyKeyUnusable)?,
        ),
        None => None,
    };
    let form = Multipart::new(request.headers(), payload);
    let received = upload::receive(&desk, form, &viewer, key).await?;
    let is_over = |file: &FileOutcome| {
        matches!(
            file.outcome,
            Outcome::Refused(upload::Problem::QuotaUsed { .. })
        )
    };
    if let Some(left) = limits.used_up(Class::Upload)
        && received.files.iter().any(is_over)
    {
        tell(&request, left);
    }
    Ok(answer(received))
}

/// 201 when all are kept, 207 when some, the first problem's status when none.
fn answer(received: upload::Received) -> HttpResponse {
    let retry_after = received.files.iter().find_map(|file| match &file.outcome {
        Outcome::Refused(problem) => Some(problem.retry_after()),
        Outcome::Stored(_) | Outcome::Existing(_) => None,
    });
    let files = received.files.into_iter();
    let documents: Vec<UploadedFile> = files
        .map(|file| uploaded(file.file, file.outcome))
        .collect();
    let kept = documents.iter().filter(|file| file.id.is_some()).count();
    if kept == documents.len() {
        let mut response = HttpResponse::Created();
        if let [
            UploadedFile {
                location: Some(location),
                ..
            },
        ] = documents.as_slice()
        {
            response.insert_header((header::LOCATION, location.clone()));
        }
        return response.json(Uploaded { documents });
    }
    let first = documents.iter().find_map(|file| file.problem.clone());
    match first {
        Some(problem) if kept == 0 => {
            let status =
                StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            let mut response = HttpResponse::build(status);
            if let Some(Some(seconds)) = retry_after {
                response.insert_header((header::RETRY_AFTER, come_again(status, seconds)));
            }
            response
                .content_type("application/problem+json")
                .json(UploadProblem { problem, documents })
        }
        _ => HttpResponse::MultiStatus().json(Uploaded { documents }),
    }
}

fn uploaded(file: String, outcome: Outcome) -> UploadedFile {
    let kept = |status, id: DocumentId, file| UploadedFile {
        file,
        status,
        id: Some(id),
        location: Some(format!("/api/v1/documents/{id}")),
        problem: None,
    };
    match outcome {
        Outcome::Stored(id) => kept(201, id, file),
        Outcome::Existing(id) => kept(200, id, file),
        Outcome::Refused(problem) => {
            let problem = ApiError::from(problem).problem();
            let status = problem.status;
            UploadedFile {
                file,
                status,
                id: None,
                location: None,
                problem: Some(problem),
            }
        }
    }
}

impl From<upload::Problem> for ApiError {
    fn from(problem: upload::Problem) -> Self {
        use upload::Problem as P;
        let status = match problem {
            P::FileTooLarge { .. }
            | P::PictureTooLarge
            | P::TooManyFiles { .. }
            | P::TooManyFields { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            P::UnsupportedType { .. } | P::ExtensionMismatch { .. } => {
                StatusCode::UNSUPPORTED_MEDIA_TYPE
            }
            P::EmptyFile | P::IdempotencyKeyReused => StatusCode::UNPROCESSABLE_ENTITY,
            P::NotAForm { .. }
            | P::NoFile
            | P::PatientIdUnusable
            | P::BodyIncomplete
            | P::IdempotencyKeyUnusable => StatusCode::BAD_REQUEST,
            P::PatientNotFound => StatusCode::NOT_FOUND,
            P::Forbidden => StatusCode::FORBIDDEN,
            P::SenderTooSlow | P::TookTooLong { .. } => StatusCode::REQUEST_TIMEOUT,
            P::IdempotencyKeyInUse => StatusCode::CONFLICT,
            P::QuotaUsed { .. } => StatusCode::TOO_MANY_REQUESTS,
            P::Busy | P::ReadingIsBehind { .. } | P::StoreUnavailable | P::DatabaseUnavailable => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            P::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self {
            retry_after: problem.retry_after(),
            ..Self::new(status, problem.code(), problem.to_string())
        }
    }
}
