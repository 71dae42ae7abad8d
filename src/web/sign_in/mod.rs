//! Signing in with a token, and out.

mod view;

use super::{answer::to, failure::WebError, session};
use crate::{
    access::{Authenticator, Oidc},
    api::{Claim, asking},
    config::Config,
};
use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use serde::Deserialize;
pub use view::local;

use view::SignInPage;

pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/sign-in", web::get().to(show))
        .route("/sign-in", web::post().to(sign_in))
        .route("/sign-out", web::post().to(sign_out));
}

#[derive(Deserialize)]
struct Next {
    next: Option<String>,
}

async fn show(
    query: web::Query<Next>,
    provider: web::Data<Option<Oidc>>,
) -> Result<HttpResponse, WebError> {
    SignInPage::new(query.next.as_deref(), (**provider).as_ref(), None).answer(StatusCode::OK)
}

#[derive(Deserialize)]
struct Credentials {
    token: String,
    next: Option<String>,
}

async fn sign_in(
    request: HttpRequest,
    form: web::Form<Credentials>,
    authenticator: web::Data<Authenticator>,
    provider: web::Data<Option<Oidc>>,
    config: web::Data<Config>,
) -> Result<HttpResponse, WebError> {
    let token = form.token.trim();
    match authenticator.authenticate(token, asking(&request)).await {
        Ok(_) => {
            let mut way = to(local(form.next.as_deref()));
            way.add_cookie(&session::open(&config.http, token))
                .map_err(|error| WebError::broken(&error))?;
            Ok(way)
        }
        Err(error) => match WebError::from(error) {
            WebError::SignIn { .. } => {
                Claim::leave(Some(Claim::Bad { account: None }), &request);
                let problem = "This token is not known here. Check that it was copied whole; it may also have been ended.";
                SignInPage::new(form.next.as_deref(), (**provider).as_ref(), Some(problem))
                    .answer(StatusCode::UNAUTHORIZED)
            }
            other => Err(other),
        },
    }
}

async fn sign_out(config: web::Data<Config>) -> Result<HttpResponse, WebError> {
    let mut way = to("/sign-in");
    way.add_cookie(&session::close(&config.http))
        .map_err(|error| WebError::broken(&error))?;
    Ok(way)
}
