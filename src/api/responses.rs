//! Answers that many routes share, for the OpenAPI document.

use super::problem::Problem;
use utoipa::IntoResponses;

/// What every route that asks for a token may answer.
#[derive(IntoResponses)]
#[allow(
    dead_code,
    reason = "described to readers of the OpenAPI document, never built"
)]
pub enum Common {
    /// The request could not be used; `errors` names the fields.
    #[response(status = 400, content_type = "application/problem+json")]
    Unusable(#[to_schema] Problem),
    /// No valid token came with the request.
    #[response(status = 401, content_type = "application/problem+json")]
    Unauthenticated(#[to_schema] Problem),
    /// The token is not for this.
    #[response(status = 403, content_type = "application/problem+json")]
    Forbidden(#[to_schema] Problem),
    /// This was asked for too often; `Retry-After` says when to come again.
    #[response(status = 429, content_type = "application/problem+json")]
    TooMany(#[to_schema] Problem),
    /// A part of the house does not answer; `Retry-After` says when to come again.
    #[response(status = 503, content_type = "application/problem+json")]
    Unavailable(#[to_schema] Problem),
}

/// The thing is not there, or not for this caller.
#[derive(IntoResponses)]
#[response(
    status = 404,
    content_type = "application/problem+json",
    description = "There is nothing here that this caller may see"
)]
#[allow(
    dead_code,
    reason = "described to readers of the OpenAPI document, never built"
)]
pub struct Missing(#[to_schema] Problem);

/// The store holds other bytes than were received.
#[derive(IntoResponses)]
#[response(
    status = 502,
    content_type = "application/problem+json",
    description = "The stored file is damaged; nothing of it is given out"
)]
#[allow(
    dead_code,
    reason = "described to readers of the OpenAPI document, never built"
)]
pub struct Damaged(#[to_schema] Problem);

/// The row changed meanwhile, or the request did not say which revision it means.
#[derive(IntoResponses)]
#[allow(
    dead_code,
    reason = "described to readers of the OpenAPI document, never built"
)]
pub enum Guarded {
    /// Something else stands there already.
    #[response(status = 409, content_type = "application/problem+json")]
    Conflict(#[to_schema] Problem),
    /// `If-Match` names an older revision: read again.
    #[response(status = 412, content_type = "application/problem+json")]
    Stale(#[to_schema] Problem),
    /// `If-Match` is needed.
    #[response(status = 428, content_type = "application/problem+json")]
    Unguarded(#[to_schema] Problem),
}

/// The bytes of the document are given out only when the malware scanner has found nothing in it.
#[derive(IntoResponses)]
#[response(
    status = 409,
    content_type = "application/problem+json",
    description = "The malware scanner has not looked at the document yet"
)]
#[allow(
    dead_code,
    reason = "described to readers of the OpenAPI document, never built"
)]
pub struct Unscanned(#[to_schema] Problem);
