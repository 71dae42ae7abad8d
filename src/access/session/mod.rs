//! Sessions: what a person opens by signing in, kept in Postgres so that every instance honours
//! them.
//!
//! The secret is 32 random bytes in the cookie; the row holds its SHA-256. Each step of signing in
//! ends the session before it and opens another one, so an id that somebody knew before is worth
//! nothing after. How a session stands is decided by the clock of the database; what was found good
//! is believed for seconds, so a session that was ended, or whose person was disabled, is gone
//! everywhere within five.
//!
//! Looking up is in [`find`], opening in [`open`], ending in [`end`], and what forms send along in
//! [`csrf`].

mod csrf;
mod end;
mod ended;
mod find;
mod list;
mod open;

pub use ended::Ended;
pub use list::OpenSession;
pub use open::{How, NewSession};

use super::{AccessError, Authenticator, Emergency, Scopes, Sight};
use crate::domain::ids::{ClinicId, SessionId, UserId};
use sha2::{Digest as _, Sha256};
use std::time::{Duration, Instant};

/// How long a session that was found good is believed; an ended one is gone within five seconds.
const BELIEVED: Duration = Duration::from_secs(3);

/// Sessions that are remembered at once; far above the people of a laboratory.
const REMEMBERED: u64 = 10_000;

/// What is sensitive asks for a proof of who it is that is not older.
const RECENT: Duration = Duration::from_mins(5);

/// How far somebody has come in signing in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Everything that the roles allow.
    Open,
    /// The password was right; the code of the second factor is still due.
    Code,
    /// The password was right; a second factor must be set up first.
    Enrol,
}

impl Stage {
    fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Code => "code",
            Self::Enrol => "enrol",
        }
    }
}

/// Somebody whose session was found good, at whatever stage.
#[derive(Debug, Clone, Copy)]
pub struct SignedIn {
    pub session: SessionId,
    pub user: UserId,
    pub clinic: ClinicId,
    pub stage: Stage,
    pub second_factor: bool,
    scopes: Scopes,
    sight: Sight,
    confirmed: Instant,
    emergency: Option<Emergency>,
}

impl SignedIn {
    /// Refuses where the last proof of who it is lies too far back.
    pub fn require_recent(&self) -> Result<(), AccessError> {
        recent(self.confirmed)
    }
}

pub(in crate::access) fn recent(confirmed: Instant) -> Result<(), AccessError> {
    if confirmed.elapsed() < RECENT {
        Ok(())
    } else {
        Err(AccessError::ConfirmAgain)
    }
}

/// What an [`Authenticator`] knows of sessions.
#[derive(Clone)]
pub(super) struct Sessions {
    pub(super) idle: Duration,
    pub(super) absolute: Duration,
    pub(super) csrf: [u8; 32],
    // Good sessions only, by hash.
    known: moka::future::Cache<[u8; 32], SignedIn>,
}

impl Sessions {
    pub(super) fn new(idle: Duration, absolute: Duration, csrf: [u8; 32]) -> Self {
        let known = moka::future::Cache::builder()
            .max_capacity(REMEMBERED)
            .time_to_live(BELIEVED)
            .build();
        Self {
            idle,
            absolute,
            csrf,
            known,
        }
    }
}

fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

fn milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
