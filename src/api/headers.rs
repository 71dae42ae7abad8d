//! What binds the browser, and when to come again, on every answer: of the API and the pages, files
//! and errors alike.

use super::problem::come_again;
use actix_web::{
    Error,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::{
        StatusCode,
        header::{self, HeaderMap, HeaderName, HeaderValue},
    },
    middleware::Next,
};

/// A page loads, frames and calls nothing but what comes from here; no style or script stands in
/// it.
const PAGE: &str = "default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self'; \
                    connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// Whatever is no page loads nothing and runs nothing, should a browser ever show it.
const NO_PAGE: &str = "default-src 'none'; frame-ancestors 'none'; sandbox";

/// The same on every answer.
const SAME: [(HeaderName, &str); 7] = [
    // Two years. Browsers heed it over TLS only.
    (header::STRICT_TRANSPORT_SECURITY, "max-age=63072000"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    // `no-referrer` would take the Origin off our own forms.
    (header::REFERRER_POLICY, "same-origin"),
    (
        header::PERMISSIONS_POLICY,
        "camera=(), geolocation=(), microphone=()",
    ),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
];

/// Seconds after which to come again, where whoever refuses does not know better.
const AGAIN: u32 = 2;

/// Writes them. Who answers may be stricter about its content, and says itself what may be kept:
/// nothing, where it says nothing. Nobody is sent away for the moment without a word when to come
/// again.
pub(super) fn write(status: StatusCode, headers: &mut HeaderMap) {
    for (name, value) in SAME {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if !headers.contains_key(header::CONTENT_SECURITY_POLICY) {
        let is_page = headers
            .get(header::CONTENT_TYPE)
            .is_some_and(|media_type| media_type.as_bytes().starts_with(b"text/html"));
        let policy = HeaderValue::from_static(if is_page { PAGE } else { NO_PAGE });
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    let passes = matches!(
        status,
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS
    );
    if passes && !headers.contains_key(header::RETRY_AFTER) {
        headers.insert(header::RETRY_AFTER, come_again(status, AGAIN).into());
    }
}

/// Around a listener that is not observed.
pub async fn headers(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let mut response = next.call(request).await?;
    write(response.status(), response.headers_mut());
    Ok(response)
}
