//! No request is waited for longer than whoever asks would wait.
//!
//! A client that leaves does not end what it asked for, and a database that is frozen ends no
//! statement by its own clock: without an end those who ask would pile up. Where files are sent, their
//! own limits of idle time, rate and length stand before this one, and a list of patients takes its
//! time.

use super::problem::ApiError;
use crate::config::Config;
use actix_web::{
    Error,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::{Method, StatusCode},
    middleware::Next,
    web,
};
use tokio::time::timeout;

/// The middleware. Bodies of answers are not its business: they have begun.
pub async fn deadline(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let Some(config) = request.app_data::<web::Data<Config>>() else {
        return next.call(request).await;
    };
    let mut time = config.http.deadline;
    if brings_much(request.method(), request.path()) {
        time = time.saturating_add(config.upload.total);
    }
    timeout(time, next.call(request)).await.unwrap_or_else(|_| {
        tracing::warn!("a request was given up");
        Err(given_up().into())
    })
}

fn brings_much(method: &Method, path: &str) -> bool {
    let whole = matches!(
        path,
        "/api/v1/documents" | "/upload" | "/api/v1/patients/import" | "/patients/import"
    );
    (whole && *method == Method::POST) || path.starts_with("/api/v1/uploads")
}

fn given_up() -> ApiError {
    ApiError {
        retry_after: Some(5),
        ..ApiError::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "given-up",
            "The server did not come to an answer in time. If this was to change something, look \
             whether it did before you try again.",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::{App, HttpResponse, middleware::from_fn, test as web_test};
    use std::time::Duration;

    #[actix_web::test]
    async fn what_never_ends_is_given_up_and_says_when_to_come_again() {
        let mut config = Config::default();
        config.http.deadline = Duration::from_millis(20);
        let app = App::new()
            .wrap(from_fn(deadline))
            .app_data(web::Data::new(config))
            .route(
                "/never",
                web::get().to(std::future::pending::<HttpResponse>),
            )
            .route("/now", web::get().to(HttpResponse::Ok));
        let app = web_test::init_service(app).await;
        let request = web_test::TestRequest::get().uri("/never").to_request();
        let Err(error) = web_test::try_call_service(&app, request).await else {
            panic!("an answer")
        };
        let answer = error.error_response();
        assert_eq!(answer.status(), 503);
        assert!(answer.headers().contains_key("retry-after"));
        let request = web_test::TestRequest::get().uri("/now").to_request();
        assert_eq!(web_test::call_service(&app, request).await.status(), 200);
    }

    #[test]
    fn files_and_lists_have_their_own_time() {
        assert!(brings_much(&Method::POST, "/upload"));
        assert!(brings_much(&Method::PATCH, "/api/v1/uploads/1"));
        assert!(!brings_much(&Method::GET, "/upload"));
        assert!(!brings_much(&Method::GET, "/api/v1/documents"));
    }
}
