//! `/documents/{id}/original` and `/documents/{id}/pages`: the paper itself.

use super::{
    Caller, Downloads,
    problem::ApiError,
    range::{self, Asked},
    responses::{Common, Damaged, Missing, Unscanned},
    revision,
};
use crate::{
    access::{Scope, Viewer},
    analysis::{PageImageError, PageImages},
    config::Config,
    db::Pools,
    documents::{self, Original},
    domain::ids::DocumentId,
    observations::{self, ObservationsError, PageText},
    storage::{Originals, StorageError},
};
use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder, ResponseError as _, get, head,
    http::{
        StatusCode,
        header::{
            self, Charset, ContentDisposition, DispositionParam, DispositionType, ExtendedValue,
        },
    },
    web,
};
use bytes::Bytes;
use futures_util::{Stream, StreamExt, TryStreamExt, stream};
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

/// Gives the bytes as they came, checked to the last one; or one range of them, which only its own
/// frames are read for.
#[utoipa::path(
    tag = "documents", operation_id = "downloadOriginal",
    params(
        ("id" = DocumentId, Path),
        ("Range" = Option<String>, Header, description = "One range of bytes; several are answered with the whole", example = "bytes=0-99"),
        ("If-Range" = Option<String>, Header, description = "The ETag that the range is of"),
    ),
    responses(
        (status = 200, description = "The bytes as they came; never shown in the browser's own window", content_type = "*/*", body = Vec<u8>),
        (status = 206, description = "A range of them", content_type = "*/*", body = Vec<u8>),
        (status = 416, description = "The range begins behind the end", content_type = "application/problem+json", body = super::problem::Problem),
        Common, Missing, Damaged, Unscanned,
    )
)]
#[get("/api/v1/documents/{id}/original")]
pub async fn download(
    caller: Caller,
    id: web::Path<DocumentId>,
    request: HttpRequest,
    config: web::Data<Config>,
    pools: web::Data<Pools>,
    originals: web::Data<Originals>,
    downloads: web::Data<Downloads>,
) -> Result<HttpResponse, ApiError> {
    let viewer = caller.may(Scope::Read)?;
    let turn = downloads.turn().await?;
    let original = taken_away(&pools, &viewer, *id, &config).await?;
    let size = original.size_bytes;
    let range = match range::asked(&request, size, &etag(&original)) {
        Asked::Whole => None,
        Asked::Part(range) => Some(range),
        Asked::Nowhere => {
            let mut response = range_behind_the_end().error_response();
            let whole = format!("bytes */{size}").parse();
            if let Ok(whole) = whole {
                response.headers_mut().insert(header::CONTENT_RANGE, whole);
            }
            return Ok(response);
        }
    };
    let (clinic, object) = (viewer.clinic, original.object);
    let mut response = headed(original);
    let Some(range) = range else {
        let (_, bytes) = originals.read(clinic, object).await?;
        let bytes = proven(Box::pin(bytes)).await?;
        return Ok(response.no_chunking(size).streaming(turn.lasting(bytes)));
    };
    let length = range.end - range.start;
    let said = format!("bytes {}-{}/{size}", range.start, range.end - 1);
    let (_, bytes) = originals.read_range(clinic, object, range).await?;
    let bytes = proven(Box::pin(bytes)).await?;
    Ok(response
        .status(StatusCode::PARTIAL_CONTENT)
        .insert_header((header::CONTENT_RANGE, said))
        .no_chunking(length)
        .streaming(turn.lasting(bytes)))
}

/// Tells how many bytes there are, and their ETag.
#[utoipa::path(
    tag = "documents", operation_id = "describeOriginal", params(("id" = DocumentId, Path)),
    responses((status = 200, description = "The headers that the bytes would come with"), Common, Missing, Unscanned)
)]
#[head("/api/v1/documents/{id}/original")]
pub async fn describe(
    caller: Caller,
    id: web::Path<DocumentId>,
    config: web::Data<Config>,
    pools: web::Data<Pools>,
) -> Result<HttpResponse, ApiError> {
    let viewer = caller.may(Scope::Read)?;
    let original = taken_away(&pools, &viewer, *id, &config).await?;
    let size = original.size_bytes;
    let nothing = stream::empty::<Result<Bytes, StorageError>>();
    Ok(headed(original).no_chunking(size).streaming(nothing))
}

async fn taken_away(
    pools: &Pools,
    viewer: &Viewer,
    document: DocumentId,
    config: &Config,
) -> Result<Original, ApiError> {
    let scanned_only = config.scan.is_on();
    let found = documents::original(
        &pools.app,
        viewer,
        document,
        "document.download",
        scanned_only,
    );
    Ok(found.await?)
}

/// An object is written once: its id names these bytes and no others.
fn etag(original: &Original) -> String {
    format!("\"{}\"", original.object)
}

fn headed(original: Original) -> HttpResponseBuilder {
    let mut response = HttpResponse::Ok();
    response
        .insert_header((header::ETAG, etag(&original)))
        .content_type(original.media_type)
        .insert_header(ContentDisposition {
            disposition: DispositionType::Attachment,
            parameters: vec![DispositionParam::FilenameExt(ExtendedValue {
                charset: Charset::Ext("UTF-8".into()),
                language_tag: None,
                value: original.file_name.into_bytes(),
            })],
        })
        .insert_header((header::ACCEPT_RANGES, "bytes"))
        .insert_header((header::CACHE_CONTROL, "private, no-store"));
    response
}

/// Bytes that are there before anything is answered: a store that is down, or that holds other bytes
/// than were received, is a problem that says so, not a body that is cut.
async fn proven(
    mut bytes: impl Stream<Item = Result<Bytes, StorageError>> + Unpin,
) -> Result<impl Stream<Item = Result<Bytes, StorageError>>, StorageError> {
    let mut first = Vec::new();
    let mut held = 0;
    while held < CHECKED_FIRST
        && let Some(piece) = bytes.try_next().await?
    {
        held += piece.len();
        first.push(Ok(piece));
    }
    Ok(stream::iter(first).chain(bytes))
}

fn range_behind_the_end() -> ApiError {
    ApiError::new(
        StatusCode::RANGE_NOT_SATISFIABLE,
        "range-behind-the-end",
        "The document has fewer bytes than the range begins at; Content-Range says how many.",
    )
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
