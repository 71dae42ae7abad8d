//! `/documents` and `/inbox`: what the clinic holds, what was read from it, whose it is.

use super::{
    Caller,
    paging::{self, Page, Paging},
    problem::{ApiError, FieldError},
    responses::{Common, Guarded, Missing},
    revision,
};
use crate::{
    access::Scope,
    db::{DbError, Pools},
    documents::{self, DocumentsError, Filing, InboxItem, ReadDocument, State, Withheld},
    domain::{
        analysis::Kind,
        ids::{DocumentId, PatientId},
    },
    patients::NewPatient,
};
use actix_web::{
    HttpRequest, HttpResponse, delete, get,
    http::{StatusCode, header},
    post, put, web,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which documents are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Filter {
    /// Filed for this patient, or sent in for him or her and not filed yet.
    pub patient_id: Option<PatientId>,
    pub state: Option<State>,
    pub filing: Option<Filing>,
    pub kind: Option<Kind>,
}

/// Whose a document is, by the decision of a person.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Assignment {
    pub patient_id: PatientId,
}

/// Who was registered out of a document.
#[derive(Debug, Serialize, ToSchema)]
pub struct Registered {
    pub patient_id: PatientId,
}

/// Lists documents, newest first.
#[utoipa::path(tag = "documents", operation_id = "listDocuments", params(Filter, Paging), responses(
    (status = 200, description = "A page of documents", body = Page<documents::Document>), Common,
))]
#[get("/api/v1/documents")]
pub async fn list(
    caller: Caller,
    filter: web::Query<Filter>,
    paging: web::Query<Paging>,
    pools: web::Data<Pools>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let viewer = caller.may(Scope::Read)?;
    let filter = documents::Filter {
        patient: filter.patient_id,
        state: filter.state,
        filing: filter.filing,
        kind: filter.kind,
    };
    let (after, limit) = (paging.after()?, paging.limit()? as u16);
    let page = documents::list(&pools.app, &viewer, &filter, after, limit).await?;
    Ok(paging::answer(&request, page.documents, page.next_cursor))
}

/// Reads a document with what was found in it.
#[utoipa::path(tag = "documents", operation_id = "readDocument", params(("id" = DocumentId, Path)), responses(
    (status = 200, description = "The document with its analysis", body = ReadDocument, headers(("ETag" = String))),
    Common, Missing,
))]
#[get("/api/v1/documents/{id}")]
pub async fn read(
    caller: Caller,
    id: web::Path<DocumentId>,
    pools: web::Data<Pools>,
) -> Result<HttpResponse, ApiError> {
    let viewer = caller.may(Scope::Read)?;
    let document = documents::read(&pools.app, &viewer, *id).await?;
    Ok(HttpResponse::Ok()
        .insert_header(revision::etag(document.document.revision))
        .json(document))
}

/// Lists what waits for a person and why, oldest first.
#[utoipa::path(tag = "documents", operation_id = "readInbox", params(Paging), responses(
    (status = 200, description = "A page of the inbox", body = Page<InboxItem>), Common,
))]
#[get("/api/v1/inbox")]
pub async fn inbox(
    caller: Caller,
    paging: web::Query<Paging>,
    pools: web::Data<Pools>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let viewer = caller.may(Scope::Read)?;
    let (after, limit) = (paging.after()?, paging.limit()? as u16);
    let page = documents::inbox(&pools.app, &viewer, after, limit).await?;
    Ok(paging::answer(&request, page.items, page.next_cursor))
}

/// Files a document for a patient, by the decision of a person.
///
/// `If-Match` with the ETag of the document guards against deciding about something that changed.
#[utoipa::path(
    tag = "documents", operation_id = "assignDocument", request_body = Assignment,
    params(("id" = DocumentId, Path), ("If-Match" = Option<String>, Header)),
    responses((status = 204, description = "Filed; its values stand in the summary"), Common, Missing, Guarded)
)]
#[put("/api/v1/documents/{id}/patient")]
pub async fn assign(
    caller: Caller,
    id: web::Path<DocumentId>,
    assignment: web::Json<Assignment>,
    pools: web::Data<Pools>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let viewer = caller.may(Scope::Write)?;
    let known = guard(&request)?;
    documents::assign(&pools.app, &viewer, *id, assignment.patient_id, known).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Takes a document back from its patient: its values leave the summary at once.
#[utoipa::path(
    tag = "documents", operation_id = "unassignDocument",
    params(("id" = DocumentId, Path), ("If-Match" = Option<String>, Header)),
    responses((status = 204, description = "Held until a person decides"), Common, Missing, Guarded)
)]
#[delete("/api/v1/documents/{id}/patient")]
pub async fn unassign(
    caller: Caller,
    id: web::Path<DocumentId>,
    pools: web::Data<Pools>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let viewer = caller.may(Scope::Write)?;
    documents::unassign(&pools.app, &viewer, *id, guard(&request)?).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Registers the patient whom the paper names and files the document for him or her, in one step.
///
/// A body corrects what the paper says; without one its words are taken.
#[utoipa::path(
    tag = "documents", operation_id = "registerPatientFromDocument",
    request_body = Option<NewPatient>, params(("id" = DocumentId, Path)),
    responses(
        (status = 201, description = "The patient, to whom the document belongs now", body = Registered, headers(("Location" = String))),
        Common, Missing, Guarded,
    )
)]
#[post("/api/v1/documents/{id}/patient")]
pub async fn register_patient(
    caller: Caller,
    id: web::Path<DocumentId>,
    corrected: Result<web::Json<NewPatient>, actix_web::Error>,
    pools: web::Data<Pools>,
    request: HttpRequest,
) -> Result<HttpResponse, actix_web::Error> {
    let viewer = caller.may(Scope::Write)?;
    let corrected = match corrected {
        Ok(corrected) => Some(corrected.into_inner()),
        // A correction that cannot be read is not taken for none.
        Err(_) if has_no_body(&request) => None,
        Err(error) => return Err(error),
    };
    let patient_id = documents::register_patient(&pools.app, &viewer, *id, corrected)
        .await
        .map_err(ApiError::from)?;
    Ok(HttpResponse::Created()
        .insert_header((header::LOCATION, format!("/api/v1/patients/{patient_id}")))
        .json(Registered { patient_id }))
}

fn has_no_body(request: &HttpRequest) -> bool {
    let headers = request.headers();
    let length = headers.get(header::CONTENT_LENGTH);
    length.is_none_or(|length| length == "0") && !headers.contains_key(header::TRANSFER_ENCODING)
}

/// `If-Match`, where it is sent.
fn guard(request: &HttpRequest) -> Result<Option<i64>, ApiError> {
    if request.headers().contains_key(header::IF_MATCH) {
        revision::if_match(request).map(Some)
    } else {
        Ok(None)
    }
}

/// The paper is kept from the caller; `errors` holds the reason as a code.
pub(super) fn withheld(because: Withheld, detail: String) -> ApiError {
    ApiError {
        errors: vec![FieldError {
            field: "withheld_because".into(),
            detail: because.code().into(),
        }],
        ..ApiError::new(StatusCode::FORBIDDEN, "withheld", detail)
    }
}

impl From<DocumentsError> for ApiError {
    fn from(error: DocumentsError) -> Self {
        let detail = error.to_string();
        match error {
            // A foreign key refuses a patient whom this clinic does not have.
            DocumentsError::NotFound(_) | DocumentsError::Db(DbError::Refused { .. }) => {
                Self::not_found()
            }
            DocumentsError::Withheld(because) => withheld(because, detail),
            DocumentsError::Stale { .. } => revision::stale(detail),
            DocumentsError::NotReadYet => Self::new(StatusCode::CONFLICT, "not-read-yet", detail),
            DocumentsError::Quarantined => Self::new(
                StatusCode::FORBIDDEN,
                "quarantined",
                "Malware was found in this document. Nobody can have its bytes.",
            ),
            DocumentsError::NotScanned => Self {
                retry_after: Some(10),
                ..Self::new(
                    StatusCode::CONFLICT,
                    "not-scanned",
                    "The malware scanner has not looked at this document yet. Come again shortly.",
                )
            },
            DocumentsError::FiledAlready => {
                Self::new(StatusCode::CONFLICT, "filed-already", detail)
            }
            DocumentsError::NamesNobody => Self::new(StatusCode::CONFLICT, "names-nobody", detail),
            DocumentsError::Patient(error) => error.into(),
            DocumentsError::Access(error) => error.into(),
            DocumentsError::Db(error) => error.into(),
            error @ DocumentsError::Analysis(_) => Self::internal(&error),
        }
    }
}
