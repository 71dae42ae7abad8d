//! What somebody decides about themselves: password, second factor, sessions, and for which of
//! their clinics they work now.

mod view;

use super::sign_in::{RecoveryCodesPage, SecondFactorPage, opened};
use super::{answer, answer::to, failure::WebError, session, session::Visitor, shell::Section};
use crate::access::{self, Agent, Authenticator, SignIn, SignInError};
use crate::api::asking;
use crate::config::Config;
use crate::domain::ids::{ClinicId, SessionId, UserId};
use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use serde::Deserialize;
use view::AccountPage;

pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/account", web::get().to(show))
        .route("/account/password", web::post().to(password))
        .route("/account/second-factor", web::get().to(offer))
        .route("/account/second-factor", web::post().to(second_factor))
        .route("/account/recovery-codes", web::post().to(recovery_codes))
        .route("/account/sessions/{id}/end", web::post().to(end))
        .route("/clinic", web::post().to(work_for));
}

/// The person; a token has no account.
fn person(visitor: &Visitor) -> Result<UserId, WebError> {
    match visitor.viewer.agent {
        Agent::User(user) => Ok(user),
        Agent::Token(_) => Err(WebError::NotFound),
    }
}

async fn show(
    visitor: Visitor,
    sign_in: web::Data<SignIn>,
    authenticator: web::Data<Authenticator>,
) -> Result<HttpResponse, WebError> {
    answer::page(&page(&visitor, &sign_in, &authenticator).await?)
}

async fn page(
    visitor: &Visitor,
    sign_in: &SignIn,
    authenticator: &Authenticator,
) -> Result<AccountPage, WebError> {
    let user = person(visitor)?;
    let pool = &visitor.pools.app;
    let account = access::read_account(pool, user)
        .await?
        .ok_or(WebError::NotFound)?;
    let clinics = access::clinics_of(pool, user).await?;
    let sessions = authenticator.sessions_of(user).await?;
    let left = sign_in.recovery_codes_left(user).await?;
    let shell = visitor.shell(Section::Account, "Account").await?;
    Ok(AccountPage::new(
        shell,
        &visitor.viewer,
        &account,
        clinics,
        &sessions,
        left,
    ))
}

#[derive(Deserialize)]
struct NewPassword {
    password: String,
}

async fn password(
    visitor: Visitor,
    form: web::Form<NewPassword>,
    sign_in: web::Data<SignIn>,
    authenticator: web::Data<Authenticator>,
) -> Result<HttpResponse, WebError> {
    let user = person(&visitor)?;
    let changed = sign_in
        .change_password(&visitor.viewer, user, &form.password)
        .await;
    match changed {
        Ok(()) => Ok(to("/account?said=password")),
        Err(SignInError::Weak(problem)) => {
            let mut page = page(&visitor, &sign_in, &authenticator).await?;
            page.problem = Some(problem.to_string());
            answer::page_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(error) => Err(back(error)),
    }
}

async fn offer(visitor: Visitor, sign_in: web::Data<SignIn>) -> Result<HttpResponse, WebError> {
    let user = person(&visitor)?;
    let recent = visitor.viewer.require_recent();
    recent.map_err(|error| WebError::from(error).leading_back_to("/account/second-factor"))?;
    let offer = sign_in.offer_second_factor(user).await?;
    answer::page(&SecondFactorPage::chosen(offer, visitor.csrf))
}

#[derive(Deserialize)]
struct Enrolment {
    sealed: String,
    code: String,
}

async fn second_factor(
    visitor: Visitor,
    form: web::Form<Enrolment>,
    sign_in: web::Data<SignIn>,
) -> Result<HttpResponse, WebError> {
    let user = person(&visitor)?;
    let taken = sign_in
        .change_second_factor(&visitor.viewer, user, &form.sealed, &form.code)
        .await;
    match taken {
        Ok(codes) => answer::page(&RecoveryCodesPage::new(codes, "/account")),
        Err(SignInError::WrongCode) => {
            let offer = sign_in.repeat_offer(user, &form.sealed).await?;
            let page = SecondFactorPage::chosen(offer, visitor.csrf).refusing();
            answer::page_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(error) => Err(back(error)),
    }
}

async fn recovery_codes(
    visitor: Visitor,
    sign_in: web::Data<SignIn>,
) -> Result<HttpResponse, WebError> {
    let user = person(&visitor)?;
    match sign_in.new_recovery_codes(&visitor.viewer, user).await {
        Ok(codes) => answer::page(&RecoveryCodesPage::new(codes, "/account")),
        Err(error) => Err(back(error)),
    }
}

/// Whoever must prove who they are comes back to the account.
fn back(error: SignInError) -> WebError {
    WebError::from(error).leading_back_to("/account")
}

async fn end(
    visitor: Visitor,
    id: web::Path<SessionId>,
    authenticator: web::Data<Authenticator>,
) -> Result<HttpResponse, WebError> {
    let user = person(&visitor)?;
    let by = (&visitor.viewer).into();
    if authenticator.end_one_of(user, *id, by).await? {
        Ok(to("/account?said=session-ended"))
    } else {
        Err(WebError::NotFound)
    }
}

#[derive(Deserialize)]
struct Choice {
    clinic: ClinicId,
}

async fn work_for(
    request: HttpRequest,
    visitor: Visitor,
    form: web::Form<Choice>,
    authenticator: web::Data<Authenticator>,
    config: web::Data<Config>,
) -> Result<HttpResponse, WebError> {
    let user = person(&visitor)?;
    let theirs = access::clinics_of(&visitor.pools.app, user).await?;
    if !theirs.iter().any(|clinic| clinic.id == form.clinic) {
        return Err(WebError::NotFound);
    }
    let secret = session::secret(&request).ok_or(WebError::NotFound)?;
    let moved = authenticator
        .move_session(&secret, form.clinic, &asking(&request))
        .await?;
    opened(&config, to("/"), &moved)
}
