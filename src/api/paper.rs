//! `/documents/{id}/original` and `/documents/{id}/pages`: the paper itself.

use super::{
    Caller,
    problem::ApiError,
    responses::{Common, Damaged, Missing, Unscanned},
    revision,
};
use crate::{
    access::Scope,
    analysis::{PageImageError, PageImages},
    config::Config,
    db::Pools,
    documents,
    domain::ids::DocumentId,
    observations::{self, ObservationsError, PageText},
    storage::{Originals, StorageError},
};
use actix_web::{
    HttpRequest, HttpResponse, get,
    http::{
        StatusCode,
        header::{
            self, Charset, ContentDisposition, DispositionParam, DispositionType, ExtendedValue,
        },
    },
    web,
};
use futures_util::{StreamExt, TryStreamExt, stream};
use serde::Deserialize;
use utoipa::IntoParams;

/// How wide a picture of a page is.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Width {
    /// Pixels, 1,000 when nothing is said.
    #[param(minimum = 64, maximum = 2400)]
    pub width: Option<u32>,
}

/// So many bytes are checked as a whole before the first of them is given out. Of what is larger the
/// last piece is given out only when the whole has proved right, so a damaged one ends early.
const CHECKED_FIRST: usize = 8 << 20;

/// Gives the bytes as they came, checked to the last one.
#[utoipa::path(
    tag = "documents", operation_id = "downloadOriginal", params(("id" = DocumentId, Path)),
    responses((status = 200, description = "The bytes as they came; never shown in the browser's own window", content_type = "*/*", body = Vec<u8>), Common, Missing, Damaged, Unscanned)
)]
#[get("/api/v1/documents/{id}/original")]
pub async fn download(
    caller: Caller,
    id: web::Path<DocumentId>,
    config: web::Data<Config>,
    pools: web::Data<Pools>,
    originals: web::Data<Originals>,
) -> Result<HttpResponse, ApiError> {
    let viewer = caller.may(Scope::Read)?;
    let original = documents::original(
        &pools.app,
        &viewer,
        *id,
        "document.download",
        config.scan.is_on(),
    )
    .await?;
    let (_, bytes) = originals.read(viewer.clinic, original.object).await?;
    // They are there before anything is answered: a store that is down, or that holds other bytes
    // than were received, is a problem that says so, not a body that is cut.
    let mut bytes = Box::pin(bytes);
    let mut first = Vec::new();
    let mut held = 0;
    while held < CHECKED_FIRST
        && let Some(piece) = bytes.try_next().await?
    {
        held += piece.len();
        first.push(Ok(piece));
    }
    Ok(HttpResponse::Ok()
        .content_type(original.media_type)
        .insert_header(ContentDisposition {
            disposition: DispositionType::Attachment,
            parameters: vec![DispositionParam::FilenameExt(ExtendedValue {
                charset: Charset::Ext("UTF-8".into()),
                language_tag: None,
                value: original.file_name.into_bytes(),
            })],
        })
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .no_chunking(original.size_bytes)
        .streaming(stream::iter(first).chain(bytes)))
}

/// Gives the text of a page as it was read.
#[utoipa::path(
    tag = "documents", operation_id = "readPage",
    params(("id" = DocumentId, Path), ("page" = u32, Path, minimum = 1, description = "Counted from 1")),
    responses((status = 200, description = "The text of the page in reading order", body = PageText), Common, Missing)
)]
#[get("/api/v1/documents/{id}/pages/{page}")]
pub async fn text(
    caller: Caller,
    path: web::Path<(DocumentId, u32)>,
    pools: web::Data<Pools>,
) -> Result<HttpResponse, ApiError> {
    let viewer = caller.may(Scope::Read)?;
    let (id, number) = path.into_inner();
    let pages = observations::page_texts(&pools.app, &viewer, id, Some(number)).await?;
    Ok(HttpResponse::Ok().json(pages.first().ok_or_else(ApiError::not_found)?))
}

/// Draws a page, as a viewer shows it, in a process of its own behind the wall.
#[utoipa::path(
    tag = "documents", operation_id = "drawPage",
    params(("id" = DocumentId, Path), ("page" = u32, Path, minimum = 1, description = "Counted from 1"), Width),
    responses(
        (status = 304, description = "The caller has the picture already"),
        (status = 200, description = "The page", content_type = "image/png", body = Vec<u8>),
        (status = 422, description = "The page cannot be drawn", content_type = "application/problem+json", body = super::problem::Problem),
        Common, Missing, Damaged, Unscanned,
    )
)]
#[get("/api/v1/documents/{id}/pages/{page}/image")]
pub async fn image(
    caller: Caller,
    path: web::Path<(DocumentId, u32)>,
    width: web::Query<Width>,
    pools: web::Data<Pools>,
    originals: web::Data<Originals>,
    images: web::Data<PageImages>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let viewer = caller.may(Scope::Read)?;
    let (id, page) = path.into_inner();
    let width @ 64..=2400 = width.width.unwrap_or(1000) else {
        return Err(ApiError::field("width", "between 64 and 2400 pixels"));
    };
    let config = request.app_data::<web::Data<Config>>();
    let scanned_only = config.is_none_or(|config| config.scan.is_on());
    let original =
        documents::original(&pools.app, &viewer, id, "document.page_image", scanned_only).await?;
    // The pages of a document never change: who has the picture need not have it drawn again. No
    // browser keeps it beyond the page: it shows a patient.
    let etag = format!("\"{}-{page}-{width}\"", original.object);
    let caching = [
        (header::ETAG, etag.as_str()),
        (header::CACHE_CONTROL, "private, no-store"),
        (header::CONTENT_DISPOSITION, "inline"),
    ];
    let mut response = HttpResponse::Ok();
    for pair in caching {
        response.insert_header(pair);
    }
    if revision::is_known(&request, &etag) {
        return Ok(response.status(StatusCode::NOT_MODIFIED).finish());
    }
    let (object, bytes) = originals.read(viewer.clinic, original.object).await?;
    let png = images.draw(bytes, object.size(), page, width).await?;
    Ok(response.content_type("image/png").body(png))
}

impl From<StorageError> for ApiError {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::Unavailable(_)
            | StorageError::Refused { .. }
            | StorageError::Unfit(_) => {
                tracing::warn!(cause = %error, "the store did not answer");
                Self::unavailable("file store")
            }
            StorageError::Db(error) => error.into(),
            error => {
                tracing::error!(cause = %error, "the store does not hold what was received");
                Self::new(
                    StatusCode::BAD_GATEWAY,
                    "original-damaged",
                    "The stored file is not the one that was received, so nothing of it is given out. Please tell operations the request id: it can be restored from a backup.",
                )
            }
        }
    }
}

impl From<PageImageError<StorageError>> for ApiError {
    fn from(error: PageImageError<StorageError>) -> Self {
        match error {
            PageImageError::Busy | PageImageError::Slow => Self::unavailable("drawing of pages"),
            PageImageError::NoPicture => Self::not_found(),
            PageImageError::Ended(_) => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "page-not-drawn",
                "The page cannot be drawn. Download the original to look at it.",
            ),
            PageImageError::Source(error) => error.into(),
            error @ PageImageError::Unsafe(_) => Self::internal(&error),
        }
    }
}

impl From<ObservationsError> for ApiError {
    fn from(error: ObservationsError) -> Self {
        let detail = error.to_string();
        match error {
            ObservationsError::NotFound(_) => Self::not_found(),
            ObservationsError::Withheld(because) => super::documents::withheld(because, detail),
            ObservationsError::Access(error) => error.into(),
            ObservationsError::Db(error) => error.into(),
            error => Self::internal(&error),
        }
    }
}
