//! Around every page: the refusal of what another site sends, and a page where a handler panics.

use super::failure::WebError;
use crate::api::panicked;
use actix_web::{
    Error,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method,
        header::{self, HeaderMap, HeaderName},
    },
    middleware::Next,
};
use futures_util::FutureExt as _;
use std::panic::AssertUnwindSafe;

/// The middleware.
pub async fn guard(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD);
    if !safe && !is_ours(request.headers()) {
        return Err(WebError::ForeignOrigin.into());
    }
    AssertUnwindSafe(next.call(request))
        .catch_unwind()
        .await
        .unwrap_or_else(|_panic| {
            let _ = panicked();
            Err(WebError::Broken.into())
        })
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
    use actix_web::http::header::HeaderValue;

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
