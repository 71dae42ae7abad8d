//! Who calls: a bearer token, or the cookie that the pages set.
//!
//! A cookie comes along by itself, so a request that changes something by it must also come from our
//! own pages: `Sec-Fetch-Site`, else `Origin`, says from where, and `X-CSRF-Token` says what only our
//! pages know.

use super::limited::admit;
use super::problem::{ApiError, REQUEST_ID};
use super::refusals::Claim;
use crate::access::{AccessError, Asking, Authenticator, ClientAddress, Scope, Viewer};
use actix_web::{
    FromRequest, HttpMessage as _, HttpRequest,
    dev::Payload,
    http::{Method, StatusCode, header},
    web,
};
use futures_util::future::LocalBoxFuture;
use std::sync::Arc;

/// The cookie of the pages over TLS; browsers accept the prefix only with `Secure`, `Path=/` and no
/// `Domain`.
pub const COOKIE: &str = "__Host-fertidoc";
/// The cookie of the pages without TLS, on loopback.
pub const PLAIN_COOKIE: &str = "fertidoc";

/// Proof of who calls, taken from the request.
pub struct Caller(pub Viewer);

impl Caller {
    /// The viewer, when the token is for this.
    pub fn may(self, scope: Scope) -> Result<Viewer, ApiError> {
        self.0.require(scope)?;
        Ok(self.0)
    }

    /// The viewer, who may do one of these.
    pub fn may_any(self, scopes: &[Scope]) -> Result<Viewer, ApiError> {
        self.0.require_any(scopes)?;
        Ok(self.0)
    }
}

impl FromRequest for Caller {
    type Error = ApiError;
    type Future = LocalBoxFuture<'static, Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let secret = secret(request);
        let authenticator = request.app_data::<web::Data<Authenticator>>().cloned();
        let asking = asking(request);
        let request = request.clone();
        Box::pin(async move {
            if matches!(secret, Err(Unproven::Unreadable)) {
                Claim::leave(Some(Claim::Bad { account: None }), &request);
            }
            let secret = secret?;
            let authenticator = authenticator.ok_or_else(|| ApiError::unavailable("sign-in"))?;
            let found = match &secret {
                Secret::Token(token) => authenticator.authenticate(token, asking).await,
                Secret::Session { secret, .. } => authenticator.session(secret, asking).await,
            };
            Claim::leave(Claim::of(&found), &request);
            let viewer = found?;
            if let Secret::Session { csrf, .. } = secret {
                csrf.check(&authenticator, &viewer)?;
            }
            admit(&request, &viewer).await?;
            Ok(Self(viewer))
        })
    }
}

/// Which request it is and where it came from.
#[must_use]
pub fn asking(request: &HttpRequest) -> Asking {
    Asking {
        request_id: REQUEST_ID
            .try_with(Arc::clone)
            .unwrap_or_else(|_| Arc::from("")),
        client: request
            .extensions()
            .get::<ClientAddress>()
            .map(|client| client.0),
    }
}

/// What proves who calls.
enum Secret {
    Token(String),
    Session { secret: String, csrf: Csrf },
}

/// Why a request proves nothing.
#[derive(Clone, Copy)]
enum Unproven {
    /// It claims nothing either.
    Nobody,
    /// `Authorization` holds something that is no bearer token.
    Unreadable,
    /// A session, but sent by another site.
    Foreign,
}

impl From<Unproven> for ApiError {
    fn from(unproven: Unproven) -> Self {
        match unproven {
            Unproven::Nobody | Unproven::Unreadable => AccessError::Unauthenticated.into(),
            Unproven::Foreign => foreign(),
        }
    }
}

/// What a request by a session must bring along.
enum Csrf {
    /// It changes nothing.
    NotNeeded,
    Sent(Option<String>),
}

/// The header that scripts of our pages send what [`Authenticator::csrf`] made in.
pub const CSRF_HEADER: &str = "x-csrf-token";

impl Csrf {
    fn check(self, authenticator: &Authenticator, viewer: &Viewer) -> Result<(), ApiError> {
        let fits = match self {
            Self::NotNeeded => true,
            Self::Sent(None) => false,
            Self::Sent(Some(token)) => viewer
                .session
                .is_some_and(|session| authenticator.csrf_fits(session, viewer.clinic, &token)),
        };
        if fits { Ok(()) } else { Err(foreign()) }
    }
}

fn foreign() -> ApiError {
    ApiError::new(
        StatusCode::FORBIDDEN,
        "foreign-origin",
        "This came from another site or from a page that had been open for long, so nothing was done. Load the page again.",
    )
}

fn secret(request: &HttpRequest) -> Result<Secret, Unproven> {
    if let Some(token) = bearer(request) {
        return Ok(Secret::Token(token.map_err(|_| Unproven::Unreadable)?));
    }
    let cookie = request
        .cookie(COOKIE)
        .or_else(|| request.cookie(PLAIN_COOKIE))
        .ok_or(Unproven::Nobody)?;
    let safe = matches!(*request.method(), Method::GET | Method::HEAD);
    if !safe && !same_origin(request) {
        return Err(Unproven::Foreign);
    }
    let secret = cookie.value().to_owned();
    let csrf = if safe {
        Csrf::NotNeeded
    } else {
        let sent = request.headers().get(CSRF_HEADER);
        Csrf::Sent(sent.and_then(|it| it.to_str().ok()).map(str::to_owned))
    };
    Ok(Secret::Session { secret, csrf })
}

/// The token of the header `Authorization`, where there is one.
pub fn bearer(request: &HttpRequest) -> Option<Result<String, AccessError>> {
    let value = request.headers().get(header::AUTHORIZATION)?;
    let token = value.to_str().ok().and_then(|value| {
        let (scheme, token) = value.split_once(' ')?;
        scheme
            .eq_ignore_ascii_case("bearer")
            .then(|| token.trim().to_owned())
    });
    Some(token.ok_or(AccessError::Unauthenticated))
}

/// Whether a browser says that the request comes from our own pages.
#[must_use]
pub fn same_origin(request: &HttpRequest) -> bool {
    let said = |name: &str| {
        request
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    match said("sec-fetch-site") {
        Some(site) => site == "same-origin" || site == "none",
        None => said("origin")
            .and_then(|origin| origin.split_once("://"))
            .is_some_and(|(_, host)| Some(host) == said("host")),
    }
}

impl From<AccessError> for ApiError {
    fn from(error: AccessError) -> Self {
        match error {
            AccessError::Unauthenticated => Self::new(
                StatusCode::UNAUTHORIZED,
                "unauthenticated",
                "Send a valid token as `Authorization: Bearer ...`.",
            ),
            AccessError::Forbidden(scope) => Self::new(
                StatusCode::FORBIDDEN,
                "forbidden",
                format!("This token lacks the scope `{scope}`."),
            ),
            AccessError::SessionEnded(_) | AccessError::Halfway(_) => Self::new(
                StatusCode::UNAUTHORIZED,
                "unauthenticated",
                "The session has ended or is not open yet. Sign in again.",
            ),
            AccessError::ConfirmAgain => Self::new(
                StatusCode::FORBIDDEN,
                "confirm-again",
                "Prove once more who you are at /sign-in/again, then repeat this.",
            ),
            AccessError::Db(error) => error.into(),
        }
    }
}

impl From<crate::db::DbError> for ApiError {
    fn from(error: crate::db::DbError) -> Self {
        use crate::db::DbError;
        match error {
            DbError::Unavailable(_) | DbError::Conflict(_) => {
                tracing::warn!(cause = %error, "the database did not answer");
                Self::unavailable("database")
            }
            DbError::Unstorable => Self::new(
                StatusCode::BAD_REQUEST,
                "unusable-text",
                "A text holds a character that cannot be stored, such as NUL. Nothing was changed; \
                 send it without.",
            ),
            other => Self::internal(&other),
        }
    }
}
