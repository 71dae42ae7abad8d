//! `/emergency` and `/notices`: emergency access, and who is told of it.

use super::{
    Caller,
    paging::{self, Page, Paging},
    problem::{ApiError, Problem},
    responses::{Common, Missing},
};
use crate::{
    access::{self, Authenticator, EmergencyError, Notice, OpenedEmergency, Scope},
    db::Pools,
    domain::ids::NoticeId,
};
use actix_web::{HttpRequest, HttpResponse, delete, get, http::StatusCode, post, web};
use serde::Deserialize;
use utoipa::ToSchema;

/// Why emergency access is needed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EmergencyReason {
    /// Read by those who watch over the clinic: it is to name no patient.
    #[schema(min_length = 10, max_length = 500)]
    pub reason: String,
}

/// Opens emergency access for an hour: the session of the person sees what the walls within the
/// clinic keep from them, all that it does is marked so, and those who watch over the clinic are told.
#[utoipa::path(tag = "emergency", operation_id = "openEmergency", request_body = EmergencyReason, responses(
    (status = 201, description = "It is open", body = OpenedEmergency),
    (status = 409, description = "A token asked, it is open already, or nothing is kept from the person", content_type = "application/problem+json", body = Problem),
    Common,
))]
#[post("/api/v1/emergency")]
pub async fn open(
    caller: Caller,
    reason: web::Json<EmergencyReason>,
    authenticator: web::Data<Authenticator>,
) -> Result<HttpResponse, ApiError> {
    let viewer = caller.may(Scope::Read)?;
    let opened = authenticator
        .open_emergency(&viewer, &reason.reason)
        .await?;
    Ok(HttpResponse::Created().json(opened))
}

/// Ends emergency access before its time.
#[utoipa::path(tag = "emergency", operation_id = "endEmergency", responses(
    (status = 204, description = "It is over"),
    (status = 409, description = "None is open for this session", content_type = "application/problem+json", body = Problem),
    Common,
))]
#[delete("/api/v1/emergency")]
pub async fn end(
    caller: Caller,
    authenticator: web::Data<Authenticator>,
) -> Result<HttpResponse, ApiError> {
    let viewer = caller.may(Scope::Read)?;
    authenticator.end_emergency(&viewer).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Lists what the person was told, newest first.
#[utoipa::path(tag = "emergency", operation_id = "listNotices", params(Paging), responses(
    (status = 200, description = "A page of notices", body = Page<Notice>), Common,
))]
#[get("/api/v1/notices")]
pub async fn notices(
    caller: Caller,
    paging: web::Query<Paging>,
    pools: web::Data<Pools>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let limit = paging.limit()?;
    let found = access::notices(&pools.app, &caller.0, paging.after()?, limit + 1).await?;
    let (found, next) = paging::cut(found, limit, |notice| notice.id);
    Ok(paging::answer(&request, found, next))
}

/// Takes note of a notice: it is shown among those that wait no more.
#[utoipa::path(tag = "emergency", operation_id = "acknowledgeNotice", params(("id" = NoticeId, Path)), responses(
    (status = 204, description = "It was taken note of"), Common, Missing,
))]
#[post("/api/v1/notices/{id}/acknowledgement")]
pub async fn acknowledge(
    caller: Caller,
    id: web::Path<NoticeId>,
    pools: web::Data<Pools>,
) -> Result<HttpResponse, ApiError> {
    access::acknowledge(&pools.app, &caller.0, *id).await?;
    Ok(HttpResponse::NoContent().finish())
}

impl From<EmergencyError> for ApiError {
    fn from(error: EmergencyError) -> Self {
        let code = match error {
            EmergencyError::PeopleOnly => "people-only",
            EmergencyError::OpenAlready => "open-already",
            EmergencyError::NotOpen => "not-open",
            EmergencyError::NothingWithheld => "nothing-withheld",
            EmergencyError::Reason => return Self::field("reason", error.to_string()),
            EmergencyError::NoNotice => return Self::not_found(),
            EmergencyError::Access(error) => return error.into(),
        };
        Self::new(
            StatusCode::CONFLICT,
            code,
            format!("This could not be done: {error}."),
        )
    }
}
