//! Who may, and who did.
//!
//! The life of a request's right: a bearer token comes in, [`Authenticator::authenticate`] looks
//! its SHA-256 up (before any clinic is known, through one function of the database) and answers
//! with a [`Viewer`]. A viewer cannot be made in any other way, and every function that reads or
//! writes patient data asks for one: its clinic opens the transaction that row level security
//! stands behind, its scopes say what it may do, its token and request id stand in the audit row
//! that the same function writes in the same transaction.
//!
//! People sign in ([`SignIn`]) and hold a session, which [`Authenticator::session`] turns into a
//! viewer: its scopes are those of the person's roles in the clinic that the session works for.
//!
//! Tokens are 32 random bytes, shown once, stored as a hash. There are no users by default and no
//! token that a program knows. What was found is remembered for seconds, so that a revoked token
//! ends within five.

mod account;
mod agent;
pub mod audit;
mod client;
mod clinic;
mod emergency;
mod keys;
pub mod limit;
mod membership;
mod oidc;
mod people;
mod policy;
mod presence;
mod proof;
mod role;
mod scope;
mod session;
mod sight;
mod token;
mod tokens;
mod viewer;

pub use account::{
    Account, By, ClinicOfUser, NewAccount, clinics_of, create_account, find_account, read_account,
};
pub use agent::Agent;
pub use client::{ClientAddress, Proxies, UnusableProxy};
pub use clinic::{clinic_name, create_clinic};
pub use emergency::{
    Emergency, EmergencyError, Notice, OpenedEmergency, acknowledge, count_notices, notices,
};
pub use keys::{Keys, UnusableKey};
pub use membership::{Place, grant, revoke};
pub use oidc::{Oidc, OidcError, Returned, UnusableOidc};
pub use people::{
    ClinicOfHouse, Member, PeopleError, add_person, all_clinics, create_laboratory, disable,
    enable, join_laboratory, list_people, people, require_account,
};
pub use policy::{Policy, SexChromosomes, change_policy, clinic_policy, policy};
pub use presence::{Presence, presence};
pub use proof::{
    Entered, Link, Offer, RECOVERY_CODES, SignIn, SignInError, UnusableSignIn, WeakPassword,
};
pub use role::{Role, UnknownRole};
pub use scope::{Scope, Scopes, UnknownScope};
pub use session::{Ended, How, NewSession, OpenSession, SignedIn, Stage};
pub use sight::Sight;
pub use token::{Authenticator, NewToken, create_token, revoke_token};
pub use tokens::{
    LONGEST_DAYS, Token, TokenWish, TokensError, give_token, list_tokens, take_token, tokens,
};
pub use viewer::{Asking, Viewer};

use crate::db::DbError;

/// Why somebody may not.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// No such token, or it expired or was revoked: which of them is nobody's business.
    #[error("the token is not valid: sign in again or ask for a new one")]
    Unauthenticated,
    /// The token is good, but not for this.
    #[error("the token lacks the scope `{0}`")]
    Forbidden(Scope),
    /// There is no session, or it is no more.
    #[error("the session has ended: sign in again")]
    SessionEnded(Ended),
    /// Signing in is not done yet.
    #[error("signing in is not done yet: the second factor is still due")]
    Halfway(Stage),
    /// It was long ago that the person proved who they are.
    #[error(
        "prove once more who you are: this is asked for when the last proof is older than five minutes"
    )]
    ConfirmAgain,
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<tokio_postgres::Error> for AccessError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Db(error.into())
    }
}
