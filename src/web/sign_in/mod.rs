//! Signing in with user name and password, the second factor, and out.

mod proofs;
mod view;

pub use view::{RecoveryCodesPage, SecondFactorPage, local};

use super::{answer, answer::to, failure::WebError, session};
use crate::access::limit::Limits;
use crate::access::{Authenticator, Ended, Entered, NewSession, Oidc, SignIn, SignInError};
use crate::api::asking;
use crate::config::Config;
use actix_web::{HttpRequest, HttpResponse, http::StatusCode, http::header, web};
use serde::Deserialize;
use view::SignInPage;

pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/sign-in", web::get().to(show))
        .route("/sign-in", web::post().to(sign_in))
        .route("/sign-in/code", web::get().to(proofs::show_code))
        .route("/sign-in/code", web::post().to(proofs::code))
        .route("/sign-in/second-factor", web::get().to(proofs::show_offer))
        .route("/sign-in/second-factor", web::post().to(proofs::enrol))
        .route("/sign-in/again", web::get().to(proofs::show_again))
        .route("/sign-in/again", web::post().to(proofs::again))
        .route("/welcome", web::get().to(proofs::show_welcome))
        .route("/welcome", web::post().to(proofs::welcome))
        .route("/sign-out", web::post().to(sign_out));
}

#[derive(Deserialize)]
struct Wanted {
    next: Option<String>,
    ended: Option<String>,
}

async fn show(
    query: web::Query<Wanted>,
    provider: web::Data<Option<Oidc>>,
) -> Result<HttpResponse, WebError> {
    let ended = query.ended.as_deref().map(Ended::from_word);
    let page = SignInPage::new(query.next.as_deref(), (**provider).as_ref());
    answer::page(&page.because(ended))
}

#[derive(Deserialize)]
struct Credentials {
    user: String,
    password: String,
    next: Option<String>,
}

async fn sign_in(
    request: HttpRequest,
    form: web::Form<Credentials>,
    sign_in: web::Data<SignIn>,
    limits: web::Data<Limits>,
    provider: web::Data<Option<Oidc>>,
    config: web::Data<Config>,
) -> Result<HttpResponse, WebError> {
    let asking = asking(&request);
    let attempt = limits.sign_in(&form.user, asking.client).await?;
    let entered = sign_in
        .password(&form.user, &form.password, &asking, browser(&request))
        .await;
    if entered.is_ok() {
        attempt.succeeded().await;
    }
    let next = local(form.next.as_deref());
    match entered {
        Ok(Entered::Open(session)) => opened(&config, to(next), &session),
        Ok(Entered::Code(session)) => opened(&config, to(&onward("/sign-in/code", next)), &session),
        Ok(Entered::Enrol(session)) => opened(
            &config,
            to(&onward("/sign-in/second-factor", next)),
            &session,
        ),
        Err(SignInError::Access(error)) => Err(error.into()),
        Err(problem) => {
            let problem = match problem {
                SignInError::NoClinic => {
                    "Your account opens no clinic at the moment. Ask the administrator of your clinic."
                }
                _ => {
                    "The user name or the password is wrong. After some tries, ask the administrator of your clinic for a new link."
                }
            };
            let page =
                SignInPage::new(Some(next), (**provider).as_ref()).refusing(&form.user, problem);
            answer::page_with(StatusCode::UNAUTHORIZED, &page)
        }
    }
}

async fn sign_out(
    request: HttpRequest,
    authenticator: web::Data<Authenticator>,
    config: web::Data<Config>,
) -> Result<HttpResponse, WebError> {
    if let Some(secret) = session::secret(&request) {
        authenticator
            .end_session(&secret, Ended::SignedOut, &asking(&request))
            .await?;
    }
    let mut way = to("/sign-in");
    way.add_cookie(&session::close(&config.http))
        .map_err(|error| WebError::broken(&error))?;
    Ok(way)
}

/// The next step of signing in, and where it leads to.
fn onward(step: &str, next: &str) -> String {
    format!("{step}?{}", answer::query(&[("next", next)]))
}

/// The answer with the cookie of a session.
pub fn opened(
    config: &Config,
    mut answer: HttpResponse,
    session: &NewSession,
) -> Result<HttpResponse, WebError> {
    answer
        .add_cookie(&session::open(&config.http, &session.secret))
        .map_err(|error| WebError::broken(&error))?;
    Ok(answer)
}

/// What the browser calls itself.
fn browser(request: &HttpRequest) -> Option<&str> {
    request.headers().get(header::USER_AGENT)?.to_str().ok()
}
