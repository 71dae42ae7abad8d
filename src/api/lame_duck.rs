//! An instance that is told to end and still listens.
//!
//! A proxy learns only from answers that an instance is going, and a request that reaches a listener
//! in the moment in which it closes is lost. So for a while every answer is the last of its connection,
//! and reads are refused: the proxy puts the same read to another instance, and after two of them it
//! leaves this one alone. Whatever changes something is done as ever: nobody would ask twice for it.

use super::{Health, problem::ApiError};
use actix_web::{
    Error,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::{ConnectionType, Method, StatusCode},
    middleware::Next,
    web,
};

/// The middleware.
pub async fn lame_duck(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let health = request.app_data::<web::Data<Health>>().cloned();
    let draining = || health.as_ref().is_some_and(|health| health.is_draining());
    let mut answer = if draining() && may_be_asked_elsewhere(&request) {
        request.error_response(going()).map_into_right_body()
    } else {
        next.call(request).await?.map_into_left_body()
    };
    if draining() {
        let head = answer.response_mut().head_mut();
        head.set_connection_type(ConnectionType::Close);
    }
    Ok(answer)
}

/// Reads; not health, whose answer is about this very instance.
fn may_be_asked_elsewhere(request: &ServiceRequest) -> bool {
    matches!(*request.method(), Method::GET | Method::HEAD)
        && !matches!(request.path(), "/livez" | "/readyz")
}

fn going() -> ApiError {
    ApiError {
        retry_after: Some(1),
        ..ApiError::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "draining",
            "This instance is about to end. Please ask again; another one answers.",
        )
    }
}
