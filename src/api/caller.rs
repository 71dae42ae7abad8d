//! Who calls: a bearer token, or the cookie that the pages set.
//!
//! A cookie comes along by itself, so a request that changes something and names no token must
//! also come from our own pages: `Sec-Fetch-Site`, else `Origin`, says from where.

use super::problem::{ApiError, REQUEST_ID};
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
        Box::pin(async move {
            let secret = secret?;
            let authenticator = authenticator.ok_or_else(|| ApiError::unavailable("sign-in"))?;
            let viewer = authenticator.authenticate(&secret, asking).await?;
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

fn secret(request: &HttpRequest) -> Result<String, ApiError> {
    if let Some(value) = request.headers().get(header::AUTHORIZATION) {
        return value
            .to_str()
            .ok()
            .and_then(|value| {
                let (scheme, token) = value.split_once(' ')?;
                scheme
                    .eq_ignore_ascii_case("bearer")
                    .then(|| token.trim().to_owned())
            })
            .ok_or_else(|| AccessError::Unauthenticated.into());
    }
    let cookie = request
        .cookie(COOKIE)
        .or_else(|| request.cookie(PLAIN_COOKIE))
        .ok_or(AccessError::Unauthenticated)?;
    if !matches!(*request.method(), Method::GET | Method::HEAD) && !same_origin(request) {
        return Err(ApiError::new(
            StatusCode::FORBIDDEN,
            "foreign-origin",
            "This came from another site, so nothing was done.",
        ));
    }
    Ok(cookie.value().to_owned())
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
            other => Self::internal(&other),
        }
    }
}
