//! A session is opened, and goes on under another secret.

use super::{Ended, Stage, hash, milliseconds};
use crate::access::audit::{self, Event};
use crate::access::{AccessError, Asking, Authenticator};
use crate::db;
use crate::domain::ids::{ClinicId, SessionId, UserId};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use std::fmt;

const OPEN: &str = include_str!("../../../sql/queries/access/open_session.sql");
const CONFIRM: &str = include_str!("../../../sql/queries/access/confirm_session.sql");
const MOVE: &str = include_str!("../../../sql/queries/access/move_session.sql");

/// Tells the secret of a session from that of a token.
const PREFIX: &str = "fs_";

/// Who browses is said by the browser itself; more than this is not a name.
const LONGEST_BROWSER: usize = 300;

/// By what somebody proved who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// The password alone.
    Password,
    /// The password, then a code or a recovery code.
    SecondFactor,
    /// An identity provider, which asks for a second factor itself where it says so.
    IdentityProvider { second_factor: bool },
}

impl How {
    fn second_factor(self) -> bool {
        match self {
            Self::Password => false,
            Self::SecondFactor => true,
            Self::IdentityProvider { second_factor } => second_factor,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::SecondFactor => "second_factor",
            Self::IdentityProvider { .. } => "identity_provider",
        }
    }
}

/// A session at its birth, the only moment that the secret is seen.
pub struct NewSession {
    pub id: SessionId,
    /// What the cookie holds.
    pub secret: String,
}

impl fmt::Debug for NewSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewSession")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl Authenticator {
    /// Opens a session, of which the record tells.
    pub async fn open_session(
        &self,
        user: UserId,
        clinic: ClinicId,
        how: How,
        asking: &Asking,
        browser: Option<&str>,
    ) -> Result<NewSession, AccessError> {
        self.begin_session(user, clinic, Stage::Open, how, asking, browser)
            .await
    }

    /// Opens a session that is good for the next step of signing in only.
    pub async fn open_halfway(
        &self,
        user: UserId,
        clinic: ClinicId,
        stage: Stage,
        asking: &Asking,
        browser: Option<&str>,
    ) -> Result<NewSession, AccessError> {
        self.begin_session(user, clinic, stage, How::Password, asking, browser)
            .await
    }

    async fn begin_session(
        &self,
        user: UserId,
        clinic: ClinicId,
        stage: Stage,
        how: How,
        asking: &Asking,
        browser: Option<&str>,
    ) -> Result<NewSession, AccessError> {
        let session = NewSession {
            id: SessionId::fresh(),
            secret: fresh_secret(),
        };
        let browser: Option<String> =
            browser.map(|name| name.chars().take(LONGEST_BROWSER).collect());
        let mut connection = db::connection(&self.app).await?;
        let tx = db::begin_for(&mut connection, clinic).await?;
        let open = tx.prepare_cached(OPEN).await?;
        tx.execute(
            &open,
            &[
                &session.id.0,
                &hash(&session.secret).as_slice(),
                &user.0,
                &clinic.0,
                &stage.as_str(),
                &how.second_factor(),
                &milliseconds(self.sessions.absolute),
                &asking.client,
                &browser,
            ],
        )
        .await?;
        if stage == Stage::Open {
            let by = audit::Actor::Person {
                clinic,
                user,
                session: Some(session.id),
                asking,
            };
            let event = Event::new("session.open")
                .on(session.id.0)
                .with(json!({ "by": how.word() }));
            audit::record(&tx, by, event).await?;
        }
        tx.commit().await?;
        Ok(session)
    }

    /// The person proved once more who they are. The secret is another one from now on, so that no
    /// instance goes by what it remembers.
    pub async fn confirm_session(
        &self,
        secret: &str,
        asking: &Asking,
    ) -> Result<NewSession, AccessError> {
        self.renew(secret, CONFIRM, None, asking).await
    }

    /// The session goes on for another clinic of the person, with another secret.
    pub async fn move_session(
        &self,
        secret: &str,
        clinic: ClinicId,
        asking: &Asking,
    ) -> Result<NewSession, AccessError> {
        self.renew(secret, MOVE, Some(clinic), asking).await
    }

    /// The clinic that is left is told of an end, and the one that is entered of an opening.
    async fn renew(
        &self,
        secret: &str,
        statement: &str,
        clinic: Option<ClinicId>,
        asking: &Asking,
    ) -> Result<NewSession, AccessError> {
        let known = self.signed_in(secret).await?;
        let renewed = NewSession {
            id: known.session,
            secret: fresh_secret(),
        };
        let new_hash = hash(&renewed.secret);
        let mut connection = db::connection(&self.app).await?;
        let tx = db::begin_for(&mut connection, known.clinic).await?;
        let renew = tx.prepare_cached(statement).await?;
        let row = match clinic {
            None => {
                tx.query_one(&renew, &[&known.session.0, &new_hash.as_slice()])
                    .await?
            }
            Some(clinic) => {
                tx.query_one(&renew, &[&known.session.0, &new_hash.as_slice(), &clinic.0])
                    .await?
            }
        };
        let good: bool = row.get(0);
        let tell = |clinic, event: Event| {
            let by = audit::Actor::Person {
                clinic,
                user: known.user,
                session: Some(known.session),
                asking,
            };
            audit::record(&tx, by, event.on(known.session.0))
        };
        match clinic.filter(|&clinic| clinic != known.clinic) {
            _ if !good => {}
            None if clinic.is_some() => {}
            None => tell(known.clinic, Event::new("session.confirm")).await?,
            Some(clinic) => {
                let end = Event::new("session.end").with(json!({ "because": "moved" }));
                tell(known.clinic, end).await?;
                db::turn_to(&tx, clinic).await?;
                let open = Event::new("session.open").with(json!({ "by": "moved" }));
                tell(clinic, open).await?;
            }
        }
        tx.commit().await?;
        self.sessions.known.invalidate(&hash(secret)).await;
        if good {
            Ok(renewed)
        } else {
            Err(AccessError::SessionEnded(Ended::NoRole))
        }
    }
}

fn fresh_secret() -> String {
    format!(
        "{PREFIX}{}",
        URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())
    )
}
