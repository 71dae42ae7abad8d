//! Around every page: the headers that bind the browser, and the refusal of what another site sends.

use super::failure::WebError;
use actix_web::{
    Error,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method,
        header::{self, HeaderMap, HeaderName, HeaderValue},
    },
    middleware::Next,
};

/// Nothing is loaded, framed or called but what comes from here; no style or script stands in a page.
const POLICY: &str = "default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self'; \
                      connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

const HEADERS: [(HeaderName, &str); 7] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
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

/// The middleware.
pub async fn guard(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD);
    let mut response = if safe || is_ours(request.headers()) {
        next.call(request).await?.map_into_left_body()
    } else {
        request
            .error_response(WebError::ForeignOrigin)
            .map_into_right_body()
    };
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    Ok(response)
}

/// Whether the browser says that one of our own pages sends this. Every browser that knows
/// `SameSite` says at least one of the two.
fn is_ours(headers: &HeaderMap) -> bool {
    let said = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = said(HeaderName::from_static("sec-fetch-site")) {
        return site == "same-origin";
    }
    said(header::ORIGIN)
        .and_then(|origin| origin.split_once("://"))
        .is_some_and(|(_, host)| Some(host) == said(header::HOST))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(said: &[(&'static str, &'static str)]) -> HeaderMap {
        said.iter()
            .map(|(name, value)| {
                (
                    HeaderName::from_static(name),
                    HeaderValue::from_static(value),
                )
            })
            .collect()
    }

    #[test]
    fn only_our_own_pages_change_something() {
        for (said, ours) in [
            (&[("sec-fetch-site", "same-origin")][..], true),
            (&[("sec-fetch-site", "cross-site")], false),
            (&[("sec-fetch-site", "same-site")], false),
            (&[("sec-fetch-site", "none")], false),
            (
                &[("host", "lab.example"), ("origin", "https://lab.example")],
                true,
            ),
            (
                &[("host", "lab.example"), ("origin", "https://evil.example")],
                false,
            ),
            (&[("host", "lab.example"), ("origin", "null")], false),
            (&[("host", "lab.example")], false),
            (
                &[
                    ("sec-fetch-site", "cross-site"),
                    ("host", "a.example"),
                    ("origin", "https://a.example"),
                ],
                false,
            ),
        ] {
            assert_eq!(is_ours(&headers(said)), ours, "{said:?}");
        }
    }
}
