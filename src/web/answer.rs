//! A view becomes an answer.

use super::failure::WebError;
use actix_web::{HttpResponse, http::StatusCode, http::header};
use askama::Template;

/// A page.
pub fn page(view: &impl Template) -> Result<HttpResponse, WebError> {
    page_with(StatusCode::OK, view)
}

/// A page that also says that something was not done.
pub fn page_with(status: StatusCode, view: &impl Template) -> Result<HttpResponse, WebError> {
    Ok(HttpResponse::build(status)
        .content_type("text/html; charset=utf-8")
        .body(view.render()?))
}

/// The way on after something was done.
pub fn to(address: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, address))
        .finish()
}

/// A query for an address of this house.
pub fn query(pairs: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish()
}
