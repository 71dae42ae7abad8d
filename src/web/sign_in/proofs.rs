//! The steps behind the password: code, second factor, a fresh proof, and the one-time link.

use super::view::{
    AgainPage, CodePage, RecoveryCodesPage, SecondFactorPage, SignInPage, WelcomePage,
};
use super::{browser, local, onward, opened};
use crate::access::limit::Limits;
use crate::access::{
    self, AccessError, Asking, Authenticator, Ended, Oidc, SignIn, SignInError, SignedIn, Stage,
};
use crate::api::asking;
use crate::config::Config;
use crate::db::Pools;
use crate::web::{answer, answer::to, failure::WebError, session};
use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use serde::Deserialize;

#[derive(Deserialize)]
pub struct Next {
    next: Option<String>,
}

#[derive(Deserialize)]
pub struct Code {
    code: String,
    next: Option<String>,
}

#[derive(Deserialize)]
pub struct Enrolment {
    code: String,
    sealed: String,
    next: Option<String>,
}

#[derive(Deserialize)]
pub struct Proof {
    proof: String,
    next: Option<String>,
}

#[derive(Deserialize)]
pub struct Welcome {
    link: String,
    password: String,
}

/// Whose session the request comes by, with its secret and what forms send along.
async fn holder(
    request: &HttpRequest,
    authenticator: &Authenticator,
) -> Result<(SignedIn, String, String), WebError> {
    let secret = session::secret(request).ok_or(AccessError::SessionEnded(Ended::Unknown))?;
    let signed_in = authenticator.signed_in(&secret).await?;
    let csrf = authenticator.csrf(signed_in.session, signed_in.clinic);
    Ok((signed_in, secret, csrf))
}

/// The way of somebody who is not at this step of signing in: on, or to the step that is due.
fn past(signed_in: &SignedIn, step: Stage, next: Option<&str>) -> Option<HttpResponse> {
    let next = local(next);
    match signed_in.stage {
        stage if stage == step => None,
        Stage::Open => Some(to(next)),
        Stage::Code => Some(to(&onward("/sign-in/code", next))),
        Stage::Enrol => Some(to(&onward("/sign-in/second-factor", next))),
    }
}

/// Tries a proof of somebody who is known already. Their bucket is another one than that of the user
/// name: whoever tries passwords from elsewhere does not keep the person from a code. It is asked
/// before anything is compared, because a code is guessed sooner than a password.
async fn tried<T>(
    limits: &Limits,
    signed_in: &SignedIn,
    asking: &Asking,
    proof: impl Future<Output = Result<T, SignInError>>,
) -> Result<Result<T, SignInError>, WebError> {
    let bucket = format!("proofs of {}", signed_in.user);
    let attempt = limits.sign_in(&bucket, asking.client).await?;
    let found = proof.await;
    if found.is_ok() {
        attempt.succeeded().await;
    }
    Ok(found)
}

pub async fn show_code(
    request: HttpRequest,
    query: web::Query<Next>,
    authenticator: web::Data<Authenticator>,
) -> Result<HttpResponse, WebError> {
    let (signed_in, _, csrf) = holder(&request, &authenticator).await?;
    if let Some(way) = past(&signed_in, Stage::Code, query.next.as_deref()) {
        return Ok(way);
    }
    answer::page(&CodePage::new(csrf, query.next.as_deref()))
}

pub async fn code(
    request: HttpRequest,
    form: web::Form<Code>,
    sign_in: web::Data<SignIn>,
    limits: web::Data<Limits>,
    authenticator: web::Data<Authenticator>,
    config: web::Data<Config>,
) -> Result<HttpResponse, WebError> {
    let (signed_in, secret, csrf) = holder(&request, &authenticator).await?;
    let asking = asking(&request);
    let code = sign_in.code(&secret, &form.code, &asking, browser(&request));
    match tried(&limits, &signed_in, &asking, code).await? {
        Ok(session) => opened(&config, to(local(form.next.as_deref())), &session),
        Err(SignInError::Access(error)) => Err(error.into()),
        Err(_) => {
            let page = CodePage::new(csrf, form.next.as_deref()).refusing();
            answer::page_with(StatusCode::UNAUTHORIZED, &page)
        }
    }
}

pub async fn show_offer(
    request: HttpRequest,
    query: web::Query<Next>,
    sign_in: web::Data<SignIn>,
    authenticator: web::Data<Authenticator>,
) -> Result<HttpResponse, WebError> {
    let (signed_in, _, csrf) = holder(&request, &authenticator).await?;
    if let Some(way) = past(&signed_in, Stage::Enrol, query.next.as_deref()) {
        return Ok(way);
    }
    let offer = sign_in.offer_second_factor(signed_in.user).await?;
    answer::page(&SecondFactorPage::asked_for(
        offer,
        csrf,
        query.next.as_deref(),
    ))
}

pub async fn enrol(
    request: HttpRequest,
    form: web::Form<Enrolment>,
    sign_in: web::Data<SignIn>,
    authenticator: web::Data<Authenticator>,
    config: web::Data<Config>,
) -> Result<HttpResponse, WebError> {
    let (signed_in, secret, csrf) = holder(&request, &authenticator).await?;
    let (asking, browser) = (asking(&request), browser(&request));
    let next = form.next.as_deref();
    match sign_in
        .enrol(&secret, &form.sealed, &form.code, &asking, browser)
        .await
    {
        Ok((session, codes)) => {
            let page = answer::page(&RecoveryCodesPage::new(codes, local(next)))?;
            opened(&config, page, &session)
        }
        Err(SignInError::WrongCode) => {
            let offer = sign_in.repeat_offer(signed_in.user, &form.sealed).await?;
            let page = SecondFactorPage::asked_for(offer, csrf, next).refusing();
            answer::page_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(error) => Err(error.into()),
    }
}

pub async fn show_again(
    request: HttpRequest,
    query: web::Query<Next>,
    authenticator: web::Data<Authenticator>,
    pools: web::Data<Pools>,
    provider: web::Data<Option<Oidc>>,
) -> Result<HttpResponse, WebError> {
    let (signed_in, _, csrf) = holder(&request, &authenticator).await?;
    // Who signs in elsewhere has nothing to enter here.
    if provider.is_some() {
        let account = access::read_account(&pools.app, signed_in.user).await?;
        if account.is_some_and(|account| !account.has_password()) {
            let next = local(query.next.as_deref());
            return Ok(to(&onward("/sign-in/idp/again", next)));
        }
    }
    answer::page(&AgainPage::new(csrf, query.next.as_deref()))
}

pub async fn again(
    request: HttpRequest,
    form: web::Form<Proof>,
    sign_in: web::Data<SignIn>,
    limits: web::Data<Limits>,
    authenticator: web::Data<Authenticator>,
    config: web::Data<Config>,
) -> Result<HttpResponse, WebError> {
    let (signed_in, secret, csrf) = holder(&request, &authenticator).await?;
    let asking = asking(&request);
    let again = sign_in.again(&secret, &form.proof, &asking);
    match tried(&limits, &signed_in, &asking, again).await? {
        Ok(session) => opened(&config, to(local(form.next.as_deref())), &session),
        Err(SignInError::Access(error)) => Err(error.into()),
        Err(_) => {
            let page = AgainPage::new(csrf, form.next.as_deref()).refusing();
            answer::page_with(StatusCode::UNAUTHORIZED, &page)
        }
    }
}

pub async fn show_welcome() -> Result<HttpResponse, WebError> {
    answer::page(&WelcomePage::new())
}

pub async fn welcome(
    request: HttpRequest,
    form: web::Form<Welcome>,
    sign_in: web::Data<SignIn>,
    provider: web::Data<Option<Oidc>>,
) -> Result<HttpResponse, WebError> {
    match sign_in
        .welcome(&form.link, &form.password, &asking(&request))
        .await
    {
        Ok(user) => {
            let page = SignInPage::new(None, (**provider).as_ref()).welcoming(&user);
            answer::page(&page)
        }
        Err(SignInError::Access(error)) => Err(error.into()),
        Err(problem) => {
            let page = WelcomePage::refusing(&form.link, &problem);
            answer::page_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}
