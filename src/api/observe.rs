//! Around every request: an id, a span, its figures, and a net under panics.
//!
//! actix-web closes the connection without a word when a handler panics; here it becomes a 500.

use super::problem::{ApiError, REQUEST_ID};
use actix_web::{
    Error,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::{StatusCode, header::HeaderValue},
    middleware::Next,
};
use futures_util::FutureExt;
use std::{panic::AssertUnwindSafe, sync::Arc, time::Instant};
use tracing::Instrument;
use uuid::Uuid;

/// The middleware.
pub async fn observe(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let id: Arc<str> = Uuid::now_v7().to_string().into();
    let method = request.method().to_string();
    let began = Instant::now();
    let span = tracing::info_span!("request", request_id = %id, method = %method);
    let answer = REQUEST_ID
        .scope(
            id.clone(),
            AssertUnwindSafe(next.call(request)).catch_unwind(),
        )
        .instrument(span.clone())
        .await;
    let _in = span.enter();
    let mut response = match answer {
        Ok(Ok(response)) => response,
        Ok(Err(error)) => return Err(error),
        Err(_panic) => {
            // The panic's own words may hold anything, so only that it happened is told.
            metrics::counter!("fertidoc_panics_total").increment(1);
            tracing::error!("a handler panicked");
            return Err(REQUEST_ID.sync_scope(id, || {
                let error = ApiError::new(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "internal",
                    "Something went wrong on our side. Please tell operations the request id.",
                );
                let response = actix_web::ResponseError::error_response(&error);
                actix_web::error::InternalError::from_response(error, response).into()
            }));
        }
    };
    // The template of the route, never the path: paths hold ids, query strings hold names.
    let route = response
        .request()
        .match_pattern()
        .unwrap_or_else(|| "unmatched".into());
    let status = response.status().as_u16();
    let seconds = began.elapsed().as_secs_f64();
    metrics::histogram!(
        "fertidoc_http_request_duration_seconds",
        "method" => method, "route" => route.clone(), "status" => status.to_string()
    )
    .record(seconds);
    if route != "/livez" && route != "/readyz" {
        tracing::info!(route, status, seconds, "answered");
    }
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(
            actix_web::http::header::HeaderName::from_static("x-request-id"),
            value,
        );
    }
    Ok(response)
}
