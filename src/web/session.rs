//! Who looks: the cookie that signing in sets, turned into a viewer.
//!
//! The cookie holds the secret of the session, out of reach of scripts and never sent along from
//! another site: `SameSite=Strict`, because no other site has a reason to lead into a page of a
//! patient. Its name carries the `__Host-` prefix over TLS, where browsers then insist on `Secure`,
//! `Path=/` and no `Domain`.

use super::{
    failure::WebError,
    shell::{Section, Shell},
};
use crate::{
    access::{AccessError, Authenticator, Scope, Viewer, count_notices, presence},
    api::{Claim, admit, asking, bearer},
    config::{Config, Http},
    db::Pools,
    documents,
};
use actix_web::{
    FromRequest, HttpRequest,
    cookie::{Cookie, SameSite},
    dev::Payload,
    http::Method,
    web,
};
use futures_util::future::LocalBoxFuture;

/// A signed-in person, and what a page needs to be shown to them.
pub struct Visitor {
    pub viewer: Viewer,
    pub pools: web::Data<Pools>,
    /// What every form of the page sends along, so that it is known as ours.
    pub csrf: String,
    /// What was just done, as a code in the query (`?said=filed`).
    said: Option<String>,
}

impl Visitor {
    /// The viewer, when the token is for this.
    pub fn may(&self, scope: Scope) -> Result<&Viewer, WebError> {
        self.viewer.require(scope)?;
        Ok(&self.viewer)
    }

    /// The frame around a page.
    pub async fn shell(
        &self,
        section: Section,
        title: impl Into<String>,
    ) -> Result<Shell, WebError> {
        let presence = presence(&self.pools.app, &self.viewer).await?;
        // Who may only upload sees no documents, and no number of them.
        let waiting = match self.viewer.require(Scope::Read) {
            Ok(()) => documents::count_waiting(&self.pools.app, &self.viewer).await?,
            Err(_) => 0,
        };
        let mut shell = Shell::new(section, title, presence, waiting, &self.viewer, &self.csrf)
            .saying(self.said.as_deref());
        if self.viewer.watches() {
            shell.notices = Some(count_notices(&self.pools.app, &self.viewer).await?);
        }
        Ok(shell)
    }
}

impl FromRequest for Visitor {
    type Error = WebError;
    type Future = LocalBoxFuture<'static, Result<Self, WebError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let services = services(request);
        let asking = asking(request);
        let bearer = bearer(request);
        let secret = secret(request);
        let said = web::Query::<Vec<(String, String)>>::from_query(request.query_string())
            .ok()
            .and_then(|query| {
                query
                    .into_inner()
                    .into_iter()
                    .find(|(key, _)| key == "said")
            })
            .map(|(_, said)| said);
        // Only what can be looked at again is come back to.
        let next = match *request.method() {
            Method::GET => way_back(request.path(), request.query_string()),
            _ => "/".to_owned(),
        };
        let claims = bearer.is_some() || secret.is_some();
        let request = request.clone();
        Box::pin(async move {
            let (authenticator, pools) = services?;
            let found = match (bearer, secret) {
                (Some(token), _) => match token {
                    Ok(token) => authenticator.authenticate(&token, asking).await,
                    Err(error) => Err(error),
                },
                (None, Some(secret)) => authenticator.session(&secret, asking).await,
                (None, None) => Err(AccessError::Unauthenticated),
            };
            if claims {
                Claim::leave(Claim::of(&found), &request);
            }
            let viewer = found.map_err(|error| WebError::from(error).leading_back_to(&next))?;
            admit(&request, &viewer).await?;
            let csrf = viewer
                .session
                .map(|session| authenticator.csrf(session, viewer.clinic))
                .unwrap_or_default();
            Ok(Self {
                viewer,
                pools,
                csrf,
                said,
            })
        })
    }
}

/// The fields of queries that somebody is searched for in.
const SEARCHED: [&str; 2] = ["q", "who"];

/// The address without what was searched for, which may be a name: the way back becomes part of
/// another address, and that of a header.
fn way_back(path: &str, query: &str) -> String {
    let kept: String = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(
            url::form_urlencoded::parse(query.as_bytes())
                .filter(|(key, _)| !SEARCHED.contains(&&**key)),
        )
        .finish();
    match kept.as_str() {
        "" => path.to_owned(),
        kept => format!("{path}?{kept}"),
    }
}

fn services(
    request: &HttpRequest,
) -> Result<(web::Data<Authenticator>, web::Data<Pools>), WebError> {
    let authenticator = request.app_data::<web::Data<Authenticator>>();
    let pools = request.app_data::<web::Data<Pools>>();
    authenticator
        .cloned()
        .zip(pools.cloned())
        .ok_or(WebError::Unavailable)
}

/// The secret that the cookie holds.
pub fn secret(request: &HttpRequest) -> Option<String> {
    let config = request.app_data::<web::Data<Config>>()?;
    Some(request.cookie(name(&config.http))?.value().to_owned())
}

fn name(http: &Http) -> &'static str {
    if http.secure_cookies {
        "__Host-fertidoc"
    } else {
        "fertidoc"
    }
}

/// The cookie that keeps somebody signed in until the browser is closed.
pub fn open(http: &Http, secret: &str) -> Cookie<'static> {
    Cookie::build(name(http), secret.to_owned())
        .path("/")
        .secure(http.secure_cookies)
        .http_only(true)
        .same_site(SameSite::Strict)
        .finish()
}

/// The cookie that ends it.
pub fn close(http: &Http) -> Cookie<'static> {
    let mut cookie = open(http, "");
    cookie.make_removal();
    cookie
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_back_tells_nobody_who_was_searched_for() {
        assert_eq!(way_back("/patients", ""), "/patients");
        assert_eq!(way_back("/patients", "q=kim"), "/patients");
        assert_eq!(
            way_back("/documents", "q=a%26b&state=read"),
            "/documents?state=read"
        );
    }

    #[test]
    fn the_cookie_is_out_of_reach() {
        let cookie = open(&Http::default(), "fs_x").to_string();
        assert_eq!(
            cookie,
            "__Host-fertidoc=fs_x; HttpOnly; SameSite=Strict; Secure; Path=/"
        );
        let loopback = Http {
            secure_cookies: false,
            ..Http::default()
        };
        let cookie = open(&loopback, "fs_x").to_string();
        assert_eq!(cookie, "fertidoc=fs_x; HttpOnly; SameSite=Strict; Path=/");
    }
}
