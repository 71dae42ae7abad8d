//! Signing in at an identity provider: OpenID Connect Core 1.0, authorization code with PKCE.
//!
//! [`Oidc::begin`] sends the browser away with a state, a nonce and a PKCE challenge (S256) that
//! were drawn for it alone; what belongs to them is sealed into a cookie ([`Attempt`]), so that no
//! instance keeps anything and only the browser that went can come back. [`Oidc::prove`] changes
//! the code that comes back into an ID token, whose signature, algorithm, issuer, audience, end and
//! nonce must be right. [`Oidc::sign_in`] finds the person by issuer and subject, never by a name
//! or an address, and makes of their groups what the settings say.
//!
//! `openidconnect` brings the crate `rsa`, whose private key operations leak by their timing
//! (RUSTSEC-2023-0071, no fix yet). Here it verifies signatures with public keys only; no private
//! RSA key is ever held.

mod attempt;
mod person;
mod provider;

pub use attempt::Attempt;
pub use provider::Returned;

use super::{AccessError, Keys, Role};
use crate::config;
use crate::db::DbError;
use crate::domain::ids::ClinicId;
use openidconnect::{IssuerUrl, RedirectUrl};
use std::time::Duration;
use url::Url;

/// A provider that does not take a connection for so long is down.
const CONNECT: Duration = Duration::from_secs(3);

/// A whole answer of the provider; people wait for it.
const ANSWER: Duration = Duration::from_secs(10);

/// The identity provider, as the settings name it.
pub struct Oidc {
    config: config::Oidc,
    issuer: IssuerUrl,
    redirect: RedirectUrl,
    gifts: Vec<Gift>,
    second_factor_roles: Vec<Role>,
    http: reqwest::Client,
    key: [u8; 32],
    known: provider::Known,
}

/// What a group gives.
struct Gift {
    group: String,
    clinic: ClinicId,
    role: Role,
}

/// The settings of signing in elsewhere cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{key}: {what}")]
pub struct UnusableOidc {
    key: &'static str,
    what: String,
}

/// Somebody whom the provider vouched for.
#[derive(Debug, Clone)]
pub struct Proven {
    pub subject: String,
    /// As the provider calls them, for the list of people.
    pub name: Option<String>,
    pub user_name: Option<String>,
    pub groups: Vec<String>,
    /// Whether the provider says that a second factor was shown.
    pub second_factor: bool,
}

/// Why nobody was signed in.
#[derive(Debug, thiserror::Error)]
pub enum OidcError {
    /// The provider does not answer, or not as one.
    #[error("the identity provider does not answer: {0}")]
    Provider(String),
    /// What came back does not belong to what was begun, or proves nothing.
    #[error("the identity provider's answer was refused: {0}")]
    Refused(String),
    /// The person said no, or the provider did.
    #[error("the identity provider signed nobody in: {0}")]
    Denied(String),
    /// None of the person's groups gives anything here.
    #[error("no group of the person grants a role")]
    NoRole,
    /// A role of the person needs a second factor, and the provider does not say that one was shown.
    #[error("the identity provider did not ask for a second factor")]
    SecondFactor,
    #[error("the account is disabled")]
    Disabled,
    #[error(transparent)]
    Access(#[from] AccessError),
}

impl From<DbError> for OidcError {
    fn from(error: DbError) -> Self {
        Self::Access(error.into())
    }
}

impl From<tokio_postgres::Error> for OidcError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Access(error.into())
    }
}

impl Oidc {
    /// `None` where the settings name no provider. `public_url` is where browsers reach the house.
    pub fn new(
        config: &config::Oidc,
        access: &config::Access,
        public_url: &str,
        keys: &Keys,
    ) -> Result<Option<Self>, UnusableOidc> {
        if config.issuer.is_empty() {
            return Ok(None);
        }
        let loopback = secure("oidc.issuer", &config.issuer)?;
        secure("http.public_url", public_url)?;
        if config.client_id.is_empty() {
            return Err(unusable(
                "oidc.client_id",
                "say what the provider calls this server",
            ));
        }
        let redirect = format!("{}/sign-in/idp/callback", public_url.trim_end_matches('/'));
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT)
            .timeout(ANSWER)
            .https_only(!loopback)
            .build()
            .map_err(|error| unusable("oidc.issuer", &error.to_string()))?;
        Ok(Some(Self {
            issuer: IssuerUrl::new(config.issuer.clone())
                .map_err(|error| unusable("oidc.issuer", &error.to_string()))?,
            redirect: RedirectUrl::new(redirect)
                .map_err(|error| unusable("http.public_url", &error.to_string()))?,
            gifts: config.groups.iter().map(gift).collect::<Result<_, _>>()?,
            second_factor_roles: access
                .second_factor_roles
                .iter()
                .filter_map(|role| role.parse().ok())
                .collect(),
            http,
            key: keys.of("oidc attempt"),
            known: provider::Known::default(),
            config: config.clone(),
        }))
    }

    /// What the sign-in page calls the provider.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.config.name
    }
}

fn gift(given: &config::GroupRole) -> Result<Gift, UnusableOidc> {
    let wrong = |what: String| UnusableOidc {
        key: "oidc.groups",
        what: format!("group {:?}: {what}", given.group),
    };
    Ok(Gift {
        group: given.group.clone(),
        clinic: given
            .clinic
            .parse()
            .map_err(|_| wrong("clinic is not the id of one".into()))?,
        role: given
            .role
            .parse()
            .map_err(|error: super::UnknownRole| wrong(error.to_string()))?,
    })
}

/// https, or plain http on loopback; answers whether it is the latter.
fn secure(key: &'static str, address: &str) -> Result<bool, UnusableOidc> {
    let url = Url::parse(address).map_err(|_| unusable(key, "this is no address"))?;
    match (url.scheme(), url.host()) {
        ("https", Some(_)) => Ok(false),
        ("http", Some(host)) if is_loopback(&host) => Ok(true),
        _ => Err(unusable(key, "https is needed, but on loopback")),
    }
}

fn is_loopback(host: &url::Host<&str>) -> bool {
    match host {
        url::Host::Domain(name) => *name == "localhost",
        url::Host::Ipv4(address) => address.is_loopback(),
        url::Host::Ipv6(address) => address.is_loopback(),
    }
}

fn unusable(key: &'static str, what: &str) -> UnusableOidc {
    UnusableOidc {
        key,
        what: what.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(issuer: &str, role: &str) -> config::Oidc {
        config::Oidc {
            issuer: issuer.into(),
            client_id: "fertidoc".into(),
            groups: vec![config::GroupRole {
                group: "nurses".into(),
                clinic: uuid::Uuid::nil().to_string(),
                role: role.into(),
            }],
            ..config::Oidc::default()
        }
    }

    fn made(config: &config::Oidc, public_url: &str) -> Result<bool, UnusableOidc> {
        // As the process does at its start.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let access = config::Access {
            key: "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=".into(),
            ..config::Access::default()
        };
        let keys = Keys::new(&access).unwrap();
        Oidc::new(config, &access, public_url, &keys).map(|made| made.is_some())
    }

    #[test]
    fn without_an_issuer_there_is_no_provider() {
        assert!(!made(&config::Oidc::default(), "").unwrap());
    }

    #[test]
    fn what_cannot_be_used_is_named_at_the_start() {
        let house = "https://lab.example";
        assert!(made(&settings("https://id.example/realm", "nurse"), house).unwrap());
        assert!(
            made(
                &settings("http://127.0.0.1:1/", "nurse"),
                "http://localhost:8080"
            )
            .unwrap()
        );
        for (issuer, role, url, key) in [
            ("http://id.example", "nurse", house, "oidc.issuer"),
            ("id.example", "nurse", house, "oidc.issuer"),
            ("https://id.example", "boss", house, "oidc.groups"),
            (
                "https://id.example",
                "nurse",
                "http://lab.example",
                "http.public_url",
            ),
            ("https://id.example", "nurse", "", "http.public_url"),
        ] {
            let error = made(&settings(issuer, role), url).unwrap_err();
            assert_eq!(error.key, key, "{issuer} {role} {url}");
        }
    }
}
