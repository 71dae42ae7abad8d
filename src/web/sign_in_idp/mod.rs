//! Signing in at the identity provider: away, and back.
//!
//! The browser comes back from another site, so the cookie of the attempt is `SameSite=Lax` and
//! short-lived, and that of the session (`Strict`) is not sent along to what the provider leads to:
//! the way on begins from a page of ours.
//!
//! Each step is an attempt to sign in by this address: the way there costs the provider a
//! connection, and the way back a question.

mod view;

use super::{answer, failure::WebError, session, sign_in::local};
use crate::{
    access::{AccessError, Authenticator, Oidc, OidcError, Returned, limit::Limits},
    api::asking,
    config::{Config, Http},
};
use actix_web::{
    HttpRequest, HttpResponse,
    cookie::{Cookie, SameSite, time},
    http::{StatusCode, header},
    web,
};
use serde::Deserialize;
use view::OnPage;

pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/sign-in/idp", web::get().to(begin))
        .route("/sign-in/idp/again", web::get().to(again))
        .route("/sign-in/idp/callback", web::get().to(back));
}

/// Where there is a provider.
type Provider = web::Data<Option<Oidc>>;

#[derive(Deserialize)]
struct Next {
    next: Option<String>,
}

async fn begin(
    request: HttpRequest,
    next: web::Query<Next>,
    provider: Provider,
    limits: web::Data<Limits>,
    config: web::Data<Config>,
) -> Result<HttpResponse, WebError> {
    let oidc = (**provider).as_ref().ok_or(WebError::NotFound)?;
    // Counts as failed until the person is back.
    let _ = limits.sign_in_elsewhere(asking(&request).client).await?;
    away(oidc, &config.http, local(next.next.as_deref()), None).await
}

/// The person of the session proves once more who they are.
async fn again(
    request: HttpRequest,
    next: web::Query<Next>,
    provider: Provider,
    limits: web::Data<Limits>,
    authenticator: web::Data<Authenticator>,
    config: web::Data<Config>,
) -> Result<HttpResponse, WebError> {
    let oidc = (**provider).as_ref().ok_or(WebError::NotFound)?;
    let _ = limits.sign_in_elsewhere(asking(&request).client).await?;
    let secret = session::secret(&request).ok_or(AccessError::Unauthenticated)?;
    authenticator.signed_in(&secret).await?;
    let next = local(next.next.as_deref());
    away(oidc, &config.http, next, Some(&secret)).await
}

async fn away(
    oidc: &Oidc,
    http: &Http,
    next: &str,
    again: Option<&str>,
) -> Result<HttpResponse, WebError> {
    match oidc.begin(next, again).await {
        Ok(begun) => {
            let mut way = answer::to(&begun.address);
            way.add_cookie(&cookie(http, &begun.cookie))
                .map_err(|error| WebError::broken(&error))?;
            Ok(way)
        }
        Err(error) => refused(oidc, http, error),
    }
}

async fn back(
    request: HttpRequest,
    returned: web::Query<Returned>,
    provider: Provider,
    limits: web::Data<Limits>,
    authenticator: web::Data<Authenticator>,
    config: web::Data<Config>,
) -> Result<HttpResponse, WebError> {
    let oidc = (**provider).as_ref().ok_or(WebError::NotFound)?;
    let attempt = limits.sign_in_elsewhere(asking(&request).client).await?;
    match arrive(oidc, &request, &returned, &authenticator, &config).await {
        Ok((session, next)) => {
            attempt.succeeded_with_begin().await;
            let mut page = answer::page(&OnPage { next })?;
            for cookie in [
                session::open(&config.http, &session.secret),
                removal(&config.http),
            ] {
                page.add_cookie(&cookie)
                    .map_err(|error| WebError::broken(&error))?;
            }
            Ok(page)
        }
        Err(error) => refused(oidc, &config.http, error),
    }
}

async fn arrive(
    oidc: &Oidc,
    request: &HttpRequest,
    returned: &Returned,
    authenticator: &Authenticator,
    config: &Config,
) -> Result<(crate::access::NewSession, String), OidcError> {
    let attempt = request
        .cookie(name(&config.http))
        .and_then(|cookie| oidc.open(cookie.value()))
        .ok_or_else(|| OidcError::Refused("this browser began no sign-in, or long ago".into()))?;
    let proven = oidc.prove(&attempt, returned).await?;
    let session = if attempt.again.is_some() {
        oidc.confirm(authenticator, &attempt, &proven, &asking(request))
            .await?
    } else {
        let browser = request
            .headers()
            .get(header::USER_AGENT)
            .and_then(|name| name.to_str().ok());
        oidc.sign_in(authenticator, &proven, &asking(request), browser)
            .await?
    };
    Ok((session, attempt.next))
}

/// A page that says why, and whom to ask.
fn refused(oidc: &Oidc, http: &Http, error: OidcError) -> Result<HttpResponse, WebError> {
    let status = match error {
        OidcError::Access(error) => return Err(error.into()),
        OidcError::Provider(_) => StatusCode::BAD_GATEWAY,
        OidcError::Refused(_) | OidcError::Denied(_) => StatusCode::BAD_REQUEST,
        OidcError::NoRole | OidcError::SecondFactor | OidcError::Disabled => StatusCode::FORBIDDEN,
    };
    // The cause names no person: what the provider says of them stays out of the log.
    tracing::warn!(cause = %error, "nobody was signed in by the identity provider");
    let mut page = answer::page_with(status, &view::refused(&error, oidc.name()))?;
    page.add_cookie(&removal(http))
        .map_err(|error| WebError::broken(&error))?;
    Ok(page)
}

fn name(http: &Http) -> &'static str {
    if http.secure_cookies {
        "__Host-fertidoc-idp"
    } else {
        "fertidoc-idp"
    }
}

fn cookie(http: &Http, sealed: &str) -> Cookie<'static> {
    Cookie::build(name(http), sealed.to_owned())
        .path("/")
        .secure(http.secure_cookies)
        .http_only(true)
        .same_site(SameSite::Lax)
        .max_age(time::Duration::minutes(10))
        .finish()
}

fn removal(http: &Http) -> Cookie<'static> {
    let mut cookie = cookie(http, "");
    cookie.make_removal();
    cookie
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cookie_of_an_attempt_survives_the_way_back_and_nothing_else() {
        assert_eq!(
            cookie(&Http::default(), "x").to_string(),
            "__Host-fertidoc-idp=x; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=600"
        );
    }
}
