//! Addresses of the API that pages lead people to (the original of a document): what is refused there
//! is said on a page, not in the words of programs.

use super::failure::FailurePage;
use crate::api::problem::ApiError;
use actix_web::{
    Error,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    error::InternalError,
    http::{
        Method,
        header::{self, HeaderValue},
    },
    middleware::Next,
};
use askama::Template as _;

const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");

/// The middleware. Status and headers stay as they are.
pub async fn in_words(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let is_person = *request.method() == Method::GET
        && request
            .headers()
            .get("sec-fetch-mode")
            .is_some_and(|mode| mode == "navigate");
    let answer = next.call(request).await;
    if !is_person {
        return Ok(answer?.map_into_left_body());
    }
    let answer = answer.map_err(|error| match page_of(&error) {
        Some(page) => {
            let mut response = error.error_response().set_body(page);
            response.headers_mut().insert(header::CONTENT_TYPE, HTML);
            InternalError::from_response(error, response.map_into_boxed_body()).into()
        }
        None => error,
    })?;
    Ok(match answer.response().error().and_then(page_of) {
        Some(page) => answer
            .map_body(|head, _| {
                head.headers.insert(header::CONTENT_TYPE, HTML);
                page
            })
            .map_into_right_body(),
        None => answer.map_into_left_body(),
    })
}

/// What the page says of a problem of the API.
fn page_of(error: &Error) -> Option<String> {
    let error = error.as_error::<ApiError>()?;
    let title = if error.retry_after.is_some() {
        "Not at this moment".into()
    } else {
        error.problem().title
    };
    let ways = vec![("/", "Go on".to_owned())];
    let page = FailurePage::new(title, error.detail.clone().into(), ways);
    page.render().ok()
}
