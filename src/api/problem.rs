//! Errors at the door: `application/problem+json` (RFC 9457) with a stable code.
//!
//! The cause stays in the log. What is answered never holds text of a patient, SQL or a path.

use actix_web::{HttpResponse, ResponseError, http::StatusCode, http::header};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use crate::telemetry::REQUEST_ID;

/// The body of every answer of 400 and above.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// `/problems/` and the code.
    #[serde(rename = "type")]
    pub kind: String,
    /// The same for every problem of this code.
    pub title: String,
    pub status: u16,
    /// What was wrong this time and what to do.
    pub detail: String,
    /// Stable; programs decide by it.
    pub code: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// The fields that were not usable, where the request had fields.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
}

/// One field that was not usable.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FieldError {
    pub field: String,
    pub detail: String,
}

/// A request that was not fulfilled.
#[derive(Debug, thiserror::Error)]
#[error("{code}: {detail}")]
pub struct ApiError {
    pub status: StatusCode,
    pub code: &'static str,
    pub detail: String,
    pub errors: Vec<FieldError>,
    /// Seconds after which it makes sense to come again.
    pub retry_after: Option<u32>,
}

impl ApiError {
    /// A problem of this status and code.
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            status,
            code,
            detail: detail.into(),
            errors: Vec::new(),
            retry_after: None,
        }
    }

    /// What was asked for is not there, or is not for this caller: the two are one answer.
    pub fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not-found",
            "There is nothing here that you may see.",
        )
    }

    /// A part of the house is down for the moment; the caller should come again.
    pub fn unavailable(part: &str) -> Self {
        Self {
            retry_after: Some(2),
            ..Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "unavailable",
                format!("The {part} does not answer at the moment. Please try again shortly."),
            )
        }
    }

    /// A fault of ours. The cause goes to the log only.
    pub fn internal(cause: &dyn std::error::Error) -> Self {
        tracing::error!(cause = %Chain(cause), "request failed");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "Something went wrong on our side. Nothing was changed. Please tell operations the \
             request id.",
        )
    }

    /// One field of the request was not usable.
    pub fn field(field: &str, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        Self {
            errors: vec![FieldError {
                field: field.into(),
                detail: detail.clone(),
            }],
            ..Self::new(
                StatusCode::BAD_REQUEST,
                "unusable-field",
                format!("{field}: {detail}"),
            )
        }
    }

    /// The body that is sent.
    #[must_use]
    pub fn problem(&self) -> Problem {
        Problem {
            kind: format!("/problems/{}", self.code),
            title: title(self.code),
            status: self.status.as_u16(),
            detail: self.detail.clone(),
            code: self.code.to_owned(),
            request_id: REQUEST_ID.try_with(ToString::to_string).ok(),
            errors: self.errors.clone(),
        }
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        response.content_type("application/problem+json");
        response.insert_header((header::CACHE_CONTROL, "no-store"));
        if let Some(seconds) = self.retry_after {
            response.insert_header((header::RETRY_AFTER, come_again(self.status, seconds)));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            response.insert_header((header::WWW_AUTHENTICATE, "Bearer"));
        }
        response.json(self.problem())
    }
}

/// Seconds for `Retry-After`: at least so many. Who was refused because something is down or full
/// was not alone, so these are spread over twice the time; a limit of one's own is told exactly.
#[must_use]
pub fn come_again(status: StatusCode, seconds: u32) -> u32 {
    if status == StatusCode::SERVICE_UNAVAILABLE {
        seconds.saturating_add(rand::random_range(0..=seconds))
    } else {
        seconds
    }
}

/// `file-too-large` reads "File too large".
fn title(code: &str) -> String {
    let mut title = code.replace('-', " ");
    if let Some(first) = title.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    title
}

/// An error with its causes, for the log.
struct Chain<'a>(&'a dyn std::error::Error);

impl std::fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}
