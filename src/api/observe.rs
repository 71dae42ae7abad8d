//! Around every request: an id, a span, its figures, the headers of its answer, and a net under
//! panics.
//!
//! actix-web closes the connection without a word when a handler panics; here it becomes a 500.

use super::problem::{ApiError, REQUEST_ID};
use super::{headers, limited};
use crate::access::{Proxies, limit::Left};
use actix_web::{
    Error, HttpMessage as _, ResponseError as _,
    body::MessageBody,
    dev::{ResourceMap, ServiceRequest, ServiceResponse},
    error::InternalError,
    http::{
        Method, StatusCode, Uri,
        header::{HeaderName, HeaderValue},
    },
    middleware::Next,
    web,
};
use futures_util::FutureExt;
use std::{cell::OnceCell, panic::AssertUnwindSafe, sync::Arc, time::Instant};
use tracing::Instrument;
use uuid::Uuid;

/// What the trusted proxy tells of those before it. `Forwarded` (RFC 7239) is not read: a proxy
/// that sets one of the two lets whatever a client writes into the other through.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// The routes of a listener, for a request whose own knowledge of its route is gone.
#[derive(Default)]
pub struct Routes(OnceCell<ResourceMap>);

impl Routes {
    /// The template of the route; never the path, which holds ids, as query strings hold names.
    fn of(&self, uri: &Uri) -> Option<String> {
        self.0.get()?.match_pattern(uri.path())
    }
}

/// The middleware.
pub async fn observe(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let id: Arc<str> = Uuid::now_v7().to_string().into();
    let method = request.method().clone();
    let uri = request.uri().clone();
    let routes = request.app_data::<web::Data<Routes>>().cloned();
    if let Some(routes) = &routes {
        routes.0.get_or_init(|| request.resource_map().clone());
    }
    note_client(&request);
    let began = Instant::now();
    let span = tracing::info_span!("request", request_id = %id, method = name_of(&method));
    let answer = REQUEST_ID
        .scope(
            id.clone(),
            AssertUnwindSafe(next.call(request)).catch_unwind(),
        )
        .instrument(span.clone())
        .await;
    let _in = span.enter();
    let mut answer = REQUEST_ID.sync_scope(id.clone(), || match answer {
        Ok(Ok(response)) => Ok(response),
        Ok(Err(error)) => Err(Box::new(error.error_response())),
        Err(_panic) => Err(Box::new(panicked().error_response())),
    });
    let (route, left) = match &answer {
        Ok(response) => (
            response.request().match_pattern(),
            response.request().extensions().get::<Left>().copied(),
        ),
        Err(_) => (routes.and_then(|routes| routes.of(&uri)), None),
    };
    let (status, headers) = match &mut answer {
        Ok(response) => (response.status(), response.headers_mut()),
        Err(response) => (response.status(), response.headers_mut()),
    };
    headers::write(status, headers);
    if let Some(left) = left {
        limited::write(left, headers);
    }
    if let Ok(value) = HeaderValue::from_str(&id) {
        headers.insert(HeaderName::from_static("x-request-id"), value);
    }
    let route = route.unwrap_or_else(|| "unmatched".into());
    let seconds = began.elapsed().as_secs_f64();
    metrics::histogram!(
        "fertidoc_http_request_duration_seconds",
        "method" => name_of(&method), "route" => route.clone(), "status" => status.as_str().to_owned()
    )
    .record(seconds);
    if route != "/livez" && route != "/readyz" {
        tracing::info!(route, status = status.as_u16(), seconds, "answered");
    }
    answer.map_err(|response| InternalError::from_response("not answered", *response).into())
}

/// A method as it may be told: what somebody invents is not repeated.
fn name_of(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

/// Tells that a handler panicked. The panic's own words may hold anything, so nobody hears them.
pub fn panicked() -> ApiError {
    metrics::counter!("fertidoc_panics_total").increment(1);
    tracing::error!("a handler panicked");
    ApiError::new(
        StatusCode::INTERNAL_SERVER_ERROR,
        "internal",
        "Something went wrong on our side. Please tell operations the request id.",
    )
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
            .app_data(web::Data::new(Routes::default()))
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
            for name in ["x-request-id", "content-security-policy", "cache-control"] {
                assert!(response.headers().contains_key(name), "{name}");
            }
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
        let figures = figures.render();
        assert!(figures.contains("fertidoc_panics_total 2"));
        let panics = figures
            .lines()
            .find(|line| line.contains(r#"route="/panics""#) && line.contains(r#"status="500""#));
        assert!(panics.is_some(), "{figures}");
    }
}
