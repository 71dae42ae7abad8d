//! What the sign-in page shows.

use crate::access::Oidc;
use crate::web::{answer, failure::WebError};
use actix_web::{HttpResponse, http::StatusCode};
use askama::Template;

#[derive(Template)]
#[template(path = "sign_in.html")]
pub struct SignInPage {
    next: String,
    /// What the identity provider is called, where there is one.
    provider: Option<String>,
    problem: Option<&'static str>,
}

impl SignInPage {
    pub fn new(next: Option<&str>, provider: Option<&Oidc>, problem: Option<&'static str>) -> Self {
        Self {
            provider: provider.map(|provider| provider.name().to_owned()),
            next: local(next).to_owned(),
            problem,
        }
    }

    /// The way to the provider, and from there on.
    fn elsewhere(&self) -> String {
        format!("/sign-in/idp?{}", answer::query(&[("next", &self.next)]))
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
