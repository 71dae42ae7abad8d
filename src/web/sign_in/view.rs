//! What the sign-in page shows.

use crate::web::failure::WebError;
use actix_web::{HttpResponse, http::StatusCode};
use askama::Template;

#[derive(Template)]
#[template(path = "sign_in.html")]
pub struct SignInPage {
    next: String,
    problem: Option<&'static str>,
}

impl SignInPage {
    pub fn new(next: Option<&str>, problem: Option<&'static str>) -> Self {
        Self {
            next: local(next).to_owned(),
            problem,
        }
    }

    pub fn answer(&self, status: StatusCode) -> Result<HttpResponse, WebError> {
        Ok(HttpResponse::build(status)
            .content_type("text/html; charset=utf-8")
            .body(self.render()?))
    }
}

/// An address of this house to go on to; everything else leads to the inbox. A second slash or a
/// backslash would lead to another house.
pub fn local(next: Option<&str>) -> &str {
    next.filter(|next| {
        next.starts_with('/')
            && !next.starts_with("//")
            && !next.contains('\\')
            && !next.chars().any(char::is_control)
            && *next != "/"
    })
    .unwrap_or("/inbox")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_on_never_leads_out_of_the_house() {
        assert_eq!(local(Some("/patients?q=x")), "/patients?q=x");
        for elsewhere in [
            "https://evil.example",
            "//evil.example",
            "/\\evil.example",
            "",
            "/",
            "/a\nb",
        ] {
            assert_eq!(local(Some(elsewhere)), "/inbox", "{elsewhere:?}");
        }
        assert_eq!(local(None), "/inbox");
    }
}
