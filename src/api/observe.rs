//! Around every request: an id, a span, its figures, and a net under panics.
//!
//! actix-web closes the connection without a word when a handler panics; here it becomes a 500.

use super::problem::{ApiError, REQUEST_ID};
use crate::access::Proxies;
use actix_web::{
    Error, HttpMessage as _,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::{StatusCode, header::HeaderValue},
    middleware::Next,
    web,
};
use futures_util::FutureExt;
use std::{panic::AssertUnwindSafe, sync::Arc, time::Instant};
use tracing::Instrument;
use uuid::Uuid;

/// What the trusted proxy tells of those before it. `Forwarded` (RFC 7239) is not read: a proxy
/// that sets one of the two lets whatever a client writes into the other through.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// The middleware.
pub async fn observe(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let id: Arc<str> = Uuid::now_v7().to_string().into();
    let method = request.method().to_string();
    note_client(&request);
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

/// Leaves the address of whoever asks beside the request.
fn note_client(request: &ServiceRequest) {
    let (Some(proxies), Some(peer)) = (
        request.app_data::<web::Data<Proxies>>(),
        request.peer_addr(),
    ) else {
        return;
    };
    let forwarded = request.headers().get_all(FORWARDED_FOR);
    let client = proxies.client(peer.ip(), forwarded.filter_map(|value| value.to_str().ok()));
    request.extensions_mut().insert(client);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::problem::Problem;
    use actix_web::{App, HttpResponse, body, middleware::from_fn, test, web};
    use metrics_exporter_prometheus::PrometheusBuilder;

    async fn panics() -> HttpResponse {
        panic!("Daniel Kim, born 1987-07-22")
    }

    #[actix_web::test]
    async fn a_panic_is_a_problem_that_tells_nothing_and_is_counted() {
        let recorder = PrometheusBuilder::new().build_recorder();
        let figures = recorder.handle();
        let _here = metrics::set_default_local_recorder(&recorder);
        let app = App::new()
            .wrap(from_fn(observe))
            .route("/panics", web::get().to(panics))
            .route("/works", web::get().to(HttpResponse::Ok));
        let app = test::init_service(app).await;
        for path in ["/panics", "/panics"] {
            let request = test::TestRequest::get().uri(path).to_request();
            let Err(error) = test::try_call_service(&app, request).await else {
                panic!("an error")
            };
            let response = error.error_response();
            assert_eq!(response.status(), 500);
            assert_eq!(
                response.headers().get("content-type").unwrap(),
                "application/problem+json"
            );
            let Ok(body) = body::to_bytes(response.into_body()).await else {
                panic!("a body")
            };
            let problem: Problem = serde_json::from_slice(&body).unwrap();
            assert_eq!(problem.code, "internal");
            assert!(problem.request_id.is_some());
            assert!(!problem.detail.contains("Kim"));
        }
        let request = test::TestRequest::get().uri("/works").to_request();
        assert_eq!(test::call_service(&app, request).await.status(), 200);
        assert!(figures.render().contains("fertidoc_panics_total 2"));
    }
}
