//! Revisions as strong ETags: what was read is named again when it is changed.

use super::problem::ApiError;
use actix_web::{
    HttpRequest,
    http::{
        StatusCode,
        header::{self, ETag, EntityTag},
    },
};

/// The ETag of a revision.
#[must_use]
pub fn etag(revision: i64) -> ETag {
    ETag(EntityTag::new_strong(revision.to_string()))
}

/// The revision that `If-Match` names; without it nothing is changed.
pub fn if_match(request: &HttpRequest) -> Result<i64, ApiError> {
    let Some(value) = request.headers().get(header::IF_MATCH) else {
        return Err(ApiError::new(
            StatusCode::PRECONDITION_REQUIRED,
            "precondition-required",
            "Say in If-Match which revision you read (its ETag), so that nothing is overwritten \
             unseen.",
        ));
    };
    value
        .to_str()
        .ok()
        .and_then(|value| value.trim().trim_matches('"').parse().ok())
        .ok_or_else(|| stale("If-Match names no revision of this."))
}

/// The thing changed since it was read.
pub fn stale(detail: impl Into<String>) -> ApiError {
    ApiError::new(StatusCode::PRECONDITION_FAILED, "stale", detail)
}

/// Whether `If-None-Match` says that the caller has this already; `etag` with its quotes.
#[must_use]
pub fn is_known(request: &HttpRequest, etag: &str) -> bool {
    request
        .headers()
        .get(header::IF_NONE_MATCH)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|known| {
            known
                .split(',')
                .map(str::trim)
                .any(|tag| tag == "*" || tag == etag)
        })
}
