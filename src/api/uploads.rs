//! `/uploads`: files that come in several requests, as tus 1.0 has it; docs/uploads.md tells clients.

use super::{
    Caller,
    problem::{ApiError, Problem},
    responses::{Common, Missing},
    tus,
};
use crate::{
    access::Scope,
    domain::ids::{DocumentId, UploadId},
    upload::{
        self, Desk, Outcome, read_past,
        resumable::{self, Refusal, Standing, State},
    },
};
use actix_web::{
    HttpRequest, HttpResponse, delete, get, head, http::header, options, patch, post, web,
};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::{IntoResponses, ToSchema};

/// Where an upload stands.
#[derive(Serialize, ToSchema)]
pub struct Upload {
    pub id: UploadId,
    pub state: State,
    /// Bytes that are kept.
    pub offset: u64,
    /// Bytes of the whole file.
    pub length: u64,
    /// Until when somebody must go on, where it has not ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Timestamp>,
    /// 201 for a new document, 200 where these bytes were there already, else the problem's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document: Option<DocumentId>,
    /// Where the document is read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
}

/// Bytes of a file.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
#[allow(
    dead_code,
    reason = "described to readers of the OpenAPI document, never built"
)]
pub struct Piece(Vec<u8>);

/// What every request to an upload may be refused with besides.
#[derive(IntoResponses)]
#[allow(
    dead_code,
    reason = "described to readers of the OpenAPI document, never built"
)]
pub enum Spoken {
    /// The upload was given up, refused or has expired.
    #[response(status = 410, content_type = "application/problem+json")]
    Gone(#[to_schema] Problem),
    /// The request is in no version of tus that is spoken here; `Tus-Version` says which is.
    #[response(status = 412, content_type = "application/problem+json")]
    Version(#[to_schema] Problem),
    /// Another request sends to the upload.
    #[response(status = 423, content_type = "application/problem+json")]
    Held(#[to_schema] Problem),
}

/// What bytes may be refused with.
#[derive(IntoResponses)]
#[allow(
    dead_code,
    reason = "described to readers of the OpenAPI document, never built"
)]
pub enum Unkept {
    /// The bytes stalled or came too slowly. What came is kept.
    #[response(status = 408, content_type = "application/problem+json")]
    Stalled(#[to_schema] Problem),
    /// The upload goes on elsewhere, or is a document already.
    #[response(status = 409, content_type = "application/problem+json")]
    Elsewhere(#[to_schema] Problem),
    /// The file is larger than is taken, or the bytes are more than were announced.
    #[response(status = 413, content_type = "application/problem+json")]
    TooLarge(#[to_schema] Problem),
    /// The content is of no type that is taken here, or the request is no `application/offset+octet-stream`.
    #[response(status = 415, content_type = "application/problem+json")]
    WrongType(#[to_schema] Problem),
    /// The file is empty.
    #[response(status = 422, content_type = "application/problem+json")]
    Unusable(#[to_schema] Problem),
    /// The bytes are not those of `Upload-Checksum`; none was kept.
    #[response(status = 460, content_type = "application/problem+json")]
    Checksum(#[to_schema] Problem),
}

/// Tells which version of tus is spoken and what of it.
#[utoipa::path(
    tag = "uploads", operation_id = "describeUploads", security(()),
    responses((status = 204, description = "What is spoken", headers(
        ("Tus-Resumable" = String, description = "The version of this answer"),
        ("Tus-Version" = String, description = "The versions that are spoken"),
        ("Tus-Extension" = String, description = "What is offered beyond the core"),
        ("Tus-Checksum-Algorithm" = String, description = "Which checksums are understood"),
        ("Tus-Max-Size" = u64, description = "Bytes of the largest file"),
    )))
)]
#[options("/api/v1/uploads", wrap = "tus::spoken()")]
pub async fn describe(desk: web::Data<Desk>) -> HttpResponse {
    HttpResponse::NoContent()
        .insert_header(("tus-version", tus::VERSION))
        .insert_header(("tus-extension", tus::EXTENSIONS))
        .insert_header(("tus-checksum-algorithm", resumable::ALGORITHMS.join(",")))
        .insert_header(("tus-max-size", desk.max_file_bytes()))
        .finish()
}

/// Begins an upload; bytes may come along.
///
/// Counts as a file of the caller's. Metadata that is understood: `filename`, `patient_id`.
#[utoipa::path(
    tag = "uploads", operation_id = "createUpload",
    request_body(content = Option<Piece>, content_type = "application/offset+octet-stream", description = "The first bytes, or none"),
    params(
        ("Tus-Resumable" = String, Header, description = "1.0.0", pattern = "^1\\.0\\.0$"),
        ("Upload-Length" = u64, Header, description = "Bytes of the whole file"),
        ("Upload-Metadata" = Option<String>, Header, description = "Keys, each with its value in base64: `filename`, `patient_id`", max_length = 4096),
        ("Upload-Checksum" = Option<String>, Header, description = "`sha1` or `sha256`, a space, the checksum of the body in base64"),
    ),
    responses(
        (status = 201, description = "The upload is begun; `Upload-Result` names its document where all bytes came along", headers(
            ("Location" = String, description = "Where bytes are appended"),
            ("Upload-Offset" = u64, description = "Bytes that are kept"),
            ("Upload-Expires" = Option<String>, description = "Until when somebody must go on"),
            ("Upload-Result" = Option<String>, description = "Where the document is read"),
        )),
        (status = 404, description = "There is no such patient", content_type = "application/problem+json", body = Problem),
        Common, Spoken, Unkept,
    )
)]
#[post("/api/v1/uploads", wrap = "tus::spoken()")]
pub async fn create(
    caller: Caller,
    request: HttpRequest,
    mut payload: web::Payload,
    desk: web::Data<Desk>,
) -> Result<HttpResponse, ApiError> {
    let viewer = caller.may(Scope::Upload)?;
    let begun = async {
        tus::version(&request)?;
        let creating = tus::creating(&request)?;
        let appending = if tus::brings_bytes(&request)? {
            Some(tus::appending(&request, Some(0))?)
        } else {
            None
        };
        let created = resumable::create(&desk, &viewer, creating).await?;
        let Some(appending) = appending else {
            return Ok(created);
        };
        let upload = created.upload;
        match resumable::append(&desk, &viewer, upload, appending, &mut payload).await {
            // The upload is there, and the sender goes on where it stands.
            Err(Refusal::Problem(problem)) if problem.is_transient() => {
                Ok(resumable::where_to_go_on(&desk, &viewer, upload).await?)
            }
            Err(refusal) if refusal.is_of_the_line() => {
                Ok(resumable::where_to_go_on(&desk, &viewer, upload).await?)
            }
            appended => Ok(appended?),
        }
    };
    let begun: Result<Standing, ApiError> = begun.await;
    match begun {
        Ok(standing) => {
            let mut response = HttpResponse::Created();
            let location = format!("/api/v1/uploads/{}", standing.upload);
            response.insert_header((header::LOCATION, location));
            tus::tell(&mut response, &standing);
            Ok(response.finish())
        }
        Err(error) => {
            read_past(&desk, &mut payload).await;
            Ok(tus::refused(&error, None))
        }
    }
}

/// Tells where to go on. A request that still sends to the upload is asked to come to an end.
#[utoipa::path(
    tag = "uploads", operation_id = "findUploadOffset",
    params(
        ("id" = UploadId, Path),
        ("Tus-Resumable" = String, Header, description = "1.0.0", pattern = "^1\\.0\\.0$"),
    ),
    responses(
        (status = 200, description = "Where to go on", headers(
            ("Upload-Offset" = u64, description = "Bytes that are kept"),
            ("Upload-Length" = u64, description = "Bytes of the whole file"),
            ("Upload-Metadata" = Option<String>, description = "What was said when it began"),
            ("Upload-Expires" = Option<String>, description = "Until when somebody must go on"),
            ("Upload-Result" = Option<String>, description = "Where the document is read"),
        )),
        Common, Missing, Spoken, Unkept,
    )
)]
#[head("/api/v1/uploads/{id}", wrap = "tus::spoken()")]
pub async fn find_offset(
    caller: Caller,
    id: web::Path<UploadId>,
    request: HttpRequest,
    desk: web::Data<Desk>,
) -> Result<HttpResponse, ApiError> {
    let viewer = caller.may(Scope::Upload)?;
    if let Err(error) = tus::version(&request) {
        return Ok(tus::refused(&error, None));
    }
    let standing = resumable::where_to_go_on(&desk, &viewer, *id).await?;
    if matches!(
        standing.state,
        State::Refused | State::Terminated | State::Expired
    ) {
        return Err(Refusal::Gone.into());
    }
    let mut response = HttpResponse::Ok();
    tus::tell(&mut response, &standing);
    response.insert_header(("upload-length", standing.length));
    if !standing.metadata.is_empty() {
        response.insert_header(("upload-metadata", standing.metadata));
    }
    Ok(response.finish())
}

/// Appends bytes. With the last one the file becomes a document, which `Upload-Result` names.
#[utoipa::path(
    tag = "uploads", operation_id = "appendToUpload",
    request_body(content = Piece, content_type = "application/offset+octet-stream"),
    params(
        ("id" = UploadId, Path),
        ("Tus-Resumable" = String, Header, description = "1.0.0", pattern = "^1\\.0\\.0$"),
        ("Upload-Offset" = u64, Header, description = "Where the bytes begin in the file"),
        ("Upload-Checksum" = Option<String>, Header, description = "`sha1` or `sha256`, a space, the checksum of the body in base64"),
    ),
    responses(
        (status = 204, description = "The bytes are kept", headers(
            ("Upload-Offset" = u64, description = "Bytes that are kept"),
            ("Upload-Expires" = Option<String>, description = "Until when somebody must go on"),
            ("Upload-Result" = Option<String>, description = "Where the document is read"),
        )),
        Common, Missing, Spoken, Unkept,
    )
)]
#[patch("/api/v1/uploads/{id}", wrap = "tus::spoken()")]
pub async fn append(
    caller: Caller,
    id: web::Path<UploadId>,
    request: HttpRequest,
    mut payload: web::Payload,
    desk: web::Data<Desk>,
) -> Result<HttpResponse, ApiError> {
    let viewer = caller.may(Scope::Upload)?;
    let said = tus::version(&request).and_then(|()| tus::appending(&request, None));
    let appending = match said {
        Ok(appending) => appending,
        Err(error) => {
            read_past(&desk, &mut payload).await;
            return Ok(tus::refused(&error, None));
        }
    };
    match resumable::append(&desk, &viewer, *id, appending, &mut payload).await {
        Ok(standing) => {
            let mut response = HttpResponse::NoContent();
            tus::tell(&mut response, &standing);
            Ok(response.finish())
        }
        Err(refusal) => {
            if !refusal.is_of_the_line() {
                read_past(&desk, &mut payload).await;
            }
            let received = match &refusal {
                Refusal::Elsewhere { received } => Some(*received),
                _ => None,
            };
            Ok(tus::refused(&refusal.into(), received))
        }
    }
}

/// Tells where an upload stands and what became of it, to whoever missed the answer.
#[utoipa::path(
    tag = "uploads", operation_id = "readUpload", params(("id" = UploadId, Path)),
    responses(
        (status = 200, description = "Where it stands", body = Upload),
        (status = 410, description = "It was given up", content_type = "application/problem+json", body = Problem),
        Common, Missing, Unkept,
    )
)]
#[get("/api/v1/uploads/{id}", wrap = "tus::spoken()")]
pub async fn read(
    caller: Caller,
    id: web::Path<UploadId>,
    desk: web::Data<Desk>,
) -> Result<HttpResponse, ApiError> {
    let viewer = caller.may(Scope::Upload)?;
    let standing = resumable::standing(&desk, &viewer, *id).await?;
    if standing.state == State::Terminated {
        return Err(Refusal::Gone.into());
    }
    Ok(HttpResponse::Ok().json(Upload::from(standing)))
}

/// Gives an upload up; what came of it is removed. What is a document stays one.
#[utoipa::path(
    tag = "uploads", operation_id = "terminateUpload",
    params(
        ("id" = UploadId, Path),
        ("Tus-Resumable" = String, Header, description = "1.0.0", pattern = "^1\\.0\\.0$"),
    ),
    responses(
        (status = 204, description = "It is given up"),
        (status = 409, description = "It is a document already", content_type = "application/problem+json", body = Problem),
        Common, Missing, Spoken,
    )
)]
#[delete("/api/v1/uploads/{id}", wrap = "tus::spoken()")]
pub async fn terminate(
    caller: Caller,
    id: web::Path<UploadId>,
    request: HttpRequest,
    desk: web::Data<Desk>,
) -> Result<HttpResponse, ApiError> {
    let viewer = caller.may(Scope::Upload)?;
    if let Err(error) = tus::version(&request) {
        return Ok(tus::refused(&error, None));
    }
    resumable::terminate(&desk, &viewer, *id).await?;
    Ok(HttpResponse::NoContent().finish())
}

impl From<Standing> for Upload {
    fn from(standing: Standing) -> Self {
        let document = standing.document();
        let problem = match &standing.outcome {
            Some(Outcome::Refused(problem)) => {
                Some(ApiError::from(upload::Problem::clone(problem)).problem())
            }
            _ => None,
        };
        Self {
            id: standing.upload,
            state: standing.state,
            offset: standing.received,
            length: standing.length,
            expires_at: matches!(standing.state, State::Receiving | State::Sealed)
                .then_some(standing.expires_at),
            status: match &standing.outcome {
                Some(Outcome::Stored(_)) => Some(201),
                Some(Outcome::Existing(_)) => Some(200),
                Some(Outcome::Refused(_)) => problem.as_ref().map(|problem| problem.status),
                None => None,
            },
            document,
            location: document.map(|document| format!("/api/v1/documents/{document}")),
            problem,
        }
    }
}
