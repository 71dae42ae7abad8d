//! How a person proves who they are: with what they know ([`password`]), with what they have
//! ([`second_factor`]), and the first time by a one-time link.
//!
//! [`SignIn`] leads through it. The password opens a session half-way; where the person has a second
//! factor its code opens the whole one, and where a role of theirs asks for one that they do not
//! have, they set it up first and can do nothing else before. Whether a user name is known is not
//! told by the answer nor by the time it takes: for an unknown one a password is verified all the
//! same.

mod link;
mod password;
mod second_factor;

pub use link::Link;
pub use password::WeakPassword;
pub use second_factor::{Offer, RECOVERY_CODES};

use super::account::{self, Account, By};
use super::audit::{self, Entry, Event, Outcome};
use super::{
    AccessError, Asking, Authenticator, Ended, How, Keys, NewSession, Role, SignedIn, Stage,
    UnknownRole, Viewer, clinics_of, find_account, read_account,
};
use crate::config;
use crate::db;
use crate::domain::ids::{ClinicId, UserId};
use deadpool_postgres::Pool;
use hmac::{Hmac, KeyInit as _, Mac as _};
use password::Passwords;
use second_factor::SecondFactors;
use serde_json::json;
use sha2::Sha256;
use std::time::Duration;

/// How far the password led.
#[derive(Debug)]
pub enum Entered {
    /// In.
    Open(NewSession),
    /// The code of the second factor is due.
    Code(NewSession),
    /// A second factor must be set up.
    Enrol(NewSession),
}

/// Why somebody was not let in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// Which of them is nobody's business, nor whether the account is disabled.
    #[error("the user name or the password is wrong")]
    Wrong,
    #[error("the code is wrong or was used already")]
    WrongCode,
    /// The password was right, but the person works nowhere at the moment.
    #[error("the account opens no clinic at the moment")]
    NoClinic,
    #[error("the link is not good any more: it was used, it is too old, or a newer one was made")]
    Link,
    #[error(transparent)]
    Weak(#[from] WeakPassword),
    #[error(transparent)]
    Access(#[from] AccessError),
}

impl From<db::DbError> for SignInError {
    fn from(error: db::DbError) -> Self {
        Self::Access(error.into())
    }
}

impl From<tokio_postgres::Error> for SignInError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Access(error.into())
    }
}

/// The settings of signing in cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum UnusableSignIn {
    #[error("access.second_factor_roles: {0}")]
    Role(#[from] UnknownRole),
    #[error(transparent)]
    Key(#[from] super::UnusableKey),
}

/// Leads people in; clones share everything.
#[derive(Clone)]
pub struct SignIn {
    pub(super) app: Pool,
    authenticator: Authenticator,
    passwords: Passwords,
    second_factors: SecondFactors,
    second_factor_roles: Vec<Role>,
    link_lasts: Duration,
    /// Under which names that nobody has are marked in the record.
    names: [u8; 32],
}

/// Who tried to come in.
#[derive(Clone, Copy)]
enum Tried<'a> {
    By(&'a Account),
    /// Under a name that nobody has.
    As(&'a str),
}

impl SignIn {
    /// `authenticator` opens the sessions.
    pub fn new(
        app: Pool,
        authenticator: Authenticator,
        config: &config::Access,
    ) -> Result<Self, UnusableSignIn> {
        let roles: Result<_, _> = config
            .second_factor_roles
            .iter()
            .map(|role| role.parse())
            .collect();
        let keys = Keys::new(config)?;
        Ok(Self {
            app,
            authenticator,
            passwords: Passwords::new(),
            second_factors: SecondFactors::new(&keys),
            names: keys.of("unknown names"),
            second_factor_roles: roles?,
            link_lasts: config.link_lasts,
        })
    }

    /// How many passwords this instance has verified, those of unknown people too.
    #[must_use]
    pub fn verifications(&self) -> u64 {
        self.passwords.verifications()
    }

    /// The first step. Whoever calls it has asked the limits before.
    pub async fn password(
        &self,
        user_name: &str,
        password: &str,
        asking: &Asking,
        browser: Option<&str>,
    ) -> Result<Entered, SignInError> {
        let found = find_account(&self.app, user_name).await?;
        let hash = found.as_ref().and_then(|it| it.password_hash.clone());
        let right = self.passwords.verify(password, hash.as_deref()).await;
        let account = match found {
            Some(account) if right && !account.disabled => account,
            found => {
                let tried = match &found {
                    Some(account) => Tried::By(account),
                    None => Tried::As(user_name),
                };
                self.failed(tried, "password", asking).await?;
                return Err(SignInError::Wrong);
            }
        };
        if let Some(hash) = &account.password_hash
            && password::is_outdated(hash)
        {
            let fresh = self.passwords.hash(password).await;
            self.store_password(account.id, &fresh).await?;
        }
        let places = clinics_of(&self.app, account.id).await?;
        let Some(place) = places.first() else {
            self.failed(Tried::By(&account), "clinic", asking).await?;
            return Err(SignInError::NoClinic);
        };
        let stage = if account.has_second_factor() {
            Stage::Code
        } else if places
            .iter()
            .flat_map(|place| &place.roles)
            .any(|role| self.second_factor_roles.contains(role))
        {
            Stage::Enrol
        } else {
            Stage::Open
        };
        let door = &self.authenticator;
        Ok(match stage {
            Stage::Open => Entered::Open(
                door.open_session(account.id, place.id, How::Password, asking, browser)
                    .await?,
            ),
            Stage::Code => Entered::Code(
                door.open_halfway(account.id, place.id, stage, asking, browser)
                    .await?,
            ),
            Stage::Enrol => Entered::Enrol(
                door.open_halfway(account.id, place.id, stage, asking, browser)
                    .await?,
            ),
        })
    }

    /// The second step: a code of the second factor, or a recovery code. `secret` is that of the
    /// session half-way, which another one takes the place of.
    pub async fn code(
        &self,
        secret: &str,
        code: &str,
        asking: &Asking,
        browser: Option<&str>,
    ) -> Result<NewSession, SignInError> {
        let halfway = self.authenticator.signed_in(secret).await?;
        if halfway.stage != Stage::Code {
            return Err(AccessError::SessionEnded(Ended::Replaced).into());
        }
        let account = self.account(halfway.user).await?;
        if !self.code_fits(&account, code).await? {
            self.failed(Tried::By(&account), "second_factor", asking)
                .await?;
            return Err(SignInError::WrongCode);
        }
        self.open_instead(&halfway, secret, asking, browser).await
    }

    /// Proves once more who somebody is, by the password or by a code; the session goes on with
    /// another secret.
    pub async fn again(
        &self,
        secret: &str,
        proof: &str,
        asking: &Asking,
    ) -> Result<NewSession, SignInError> {
        let signed_in = self.authenticator.signed_in(secret).await?;
        if signed_in.stage != Stage::Open {
            return Err(AccessError::Halfway(signed_in.stage).into());
        }
        let account = self.account(signed_in.user).await?;
        let right = if second_factor::looks_like_code(proof) && account.has_second_factor() {
            self.code_fits(&account, proof).await?
        } else {
            let hash = account.password_hash.as_deref();
            self.passwords.verify(proof, hash).await
        };
        if !right {
            self.failed(Tried::By(&account), "confirm", asking).await?;
            return Err(SignInError::Wrong);
        }
        Ok(self.authenticator.confirm_session(secret, asking).await?)
    }

    /// Changes the password of somebody who proved lately who they are. Their other sessions end.
    pub async fn change_password(
        &self,
        viewer: &Viewer,
        user: UserId,
        password: &str,
    ) -> Result<(), SignInError> {
        viewer.require_recent()?;
        let account = self.account(user).await?;
        password::check(password, &[&account.user_name, &account.display_name])?;
        let hash = self.passwords.hash(password).await;
        self.store_password(user, &hash).await?;
        self.record(By::Viewer(viewer), user, "user.password")
            .await?;
        self.authenticator
            .end_sessions_of(
                user,
                Ended::Changed,
                None,
                viewer.session,
                By::Viewer(viewer),
            )
            .await?;
        Ok(())
    }

    async fn store_password(&self, user: UserId, hash: &str) -> Result<(), SignInError> {
        let connection = db::connection(&self.app).await?;
        let set = connection.prepare_cached(password::SET).await?;
        connection.execute(&set, &[&user.0, &hash]).await?;
        Ok(())
    }

    async fn record(
        &self,
        by: By<'_>,
        user: UserId,
        action: &'static str,
    ) -> Result<(), SignInError> {
        let mut connection = db::connection(&self.app).await?;
        let tx = db::begin(&mut connection).await?;
        account::record(&tx, by, user, Event::new(action).on(user.0)).await?;
        Ok(tx.commit().await?)
    }

    async fn account(&self, user: UserId) -> Result<Account, SignInError> {
        let found = read_account(&self.app, user).await?;
        Ok(found.ok_or(AccessError::SessionEnded(Ended::Unknown))?)
    }

    /// Opens the whole session in the place of the one half-way.
    async fn open_instead(
        &self,
        halfway: &SignedIn,
        secret: &str,
        asking: &Asking,
        browser: Option<&str>,
    ) -> Result<NewSession, SignInError> {
        let door = &self.authenticator;
        let (user, clinic): (UserId, ClinicId) = (halfway.user, halfway.clinic);
        door.end_session(secret, Ended::Replaced, asking).await?;
        Ok(door
            .open_session(user, clinic, How::SecondFactor, asking, browser)
            .await?)
    }

    /// Records what failed: in the clinics of the person, or in the house's own record where nobody
    /// is known by that name or the person works nowhere. What was typed stands nowhere.
    async fn failed(
        &self,
        tried: Tried<'_>,
        at: &'static str,
        asking: &Asking,
    ) -> Result<(), SignInError> {
        let event = failure();
        let account = match tried {
            Tried::By(account) => account,
            Tried::As(name) => {
                let detail = json!({ "at": at, "name": self.mark(name) });
                return self.failed_nowhere(event.with(detail), asking).await;
            }
        };
        let event = event.on(account.id.0).with(json!({ "at": at }));
        let places = clinics_of(&self.app, account.id).await?;
        if places.is_empty() {
            return self.failed_nowhere(event, asking).await;
        }
        let mut connection = db::connection(&self.app).await?;
        let tx = db::begin(&mut connection).await?;
        for place in places {
            db::turn_to(&tx, place.id).await?;
            let by = audit::Actor::Person {
                clinic: place.id,
                user: account.id,
                session: None,
                asking,
            };
            audit::record(&tx, by, event.clone()).await?;
        }
        Ok(tx.commit().await?)
    }

    async fn failed_nowhere(&self, event: Event, asking: &Asking) -> Result<(), SignInError> {
        let entry = Entry::of_a_stranger(asking.client, &asking.request_id, event);
        Ok(self.authenticator.reads.write(entry).await?)
    }

    /// Tells in the record whether it was the same unknown name again or another one. People type
    /// passwords there, so it is a hash under a key that the database does not hold, and of 16 bits:
    /// many a name has the same one, so it proves no guess, whoever knows the key.
    fn mark(&self, name: &str) -> String {
        let mut key = [0; 64];
        key[..32].copy_from_slice(&self.names);
        let mut mac = Hmac::<Sha256>::new(&key.into());
        mac.update(account::fold(name).as_bytes());
        let digest = mac.finalize().into_bytes();
        format!("{:02x}{:02x}", digest[0], digest[1])
    }
}

/// A sign-in that failed, at whichever step.
fn failure() -> Event {
    Event::new("session.fail").ended(Outcome::Failed)
}
