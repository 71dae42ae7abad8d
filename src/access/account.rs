//! Accounts: one for each person, whatever clinics they work in.

use super::audit::{self, Event};
use super::{AccessError, Role};
use crate::db;
use crate::domain::ids::{ClinicId, UserId};
use deadpool_postgres::Pool;
use std::fmt;

const CREATE: &str = include_str!("../../sql/queries/access/create_account.sql");
const FIND: &str = include_str!("../../sql/queries/access/find_account.sql");
const READ: &str = include_str!("../../sql/queries/access/read_account.sql");
const CLINICS: &str = include_str!("../../sql/queries/access/list_clinics_of_user.sql");

/// A person to be.
#[derive(Debug, Clone, Copy)]
pub struct NewAccount<'a> {
    /// Compared without regard to case; letters, digits and `. _ @ + -`.
    pub user_name: &'a str,
    pub display_name: &'a str,
    /// Issuer and subject at an identity provider.
    pub identity: Option<(&'a str, &'a str)>,
}

/// An account with its secrets, which stay within this stage.
pub struct Account {
    pub id: UserId,
    pub user_name: String,
    pub display_name: String,
    pub disabled: bool,
    pub(super) password_hash: Option<String>,
    pub(super) totp_sealed: Option<Vec<u8>>,
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl Account {
    /// Whether a password was set.
    #[must_use]
    pub fn has_password(&self) -> bool {
        self.password_hash.is_some()
    }

    /// Whether a second factor was set up.
    #[must_use]
    pub fn has_second_factor(&self) -> bool {
        self.totp_sealed.is_some()
    }
}

/// A clinic in which a person works, and as what.
#[derive(Debug, Clone)]
pub struct ClinicOfUser {
    pub id: ClinicId,
    pub name: String,
    pub roles: Vec<Role>,
}

/// Who decides about an account.
#[derive(Debug, Clone, Copy)]
pub enum By<'a> {
    /// Somebody of a clinic, in whose record it stands.
    Viewer(&'a super::Viewer),
    /// Whoever runs the server; it stands in the record of every clinic of the person.
    House,
}

impl By<'_> {
    pub(super) fn agent(self) -> Option<uuid::Uuid> {
        match self {
            Self::Viewer(viewer) => Some(viewer.agent.id().0),
            Self::House => None,
        }
    }
}

/// Makes an account without a role, a password or a second factor.
pub async fn create_account(app: &Pool, new: NewAccount<'_>) -> Result<UserId, AccessError> {
    let user = UserId::fresh();
    let connection = db::connection(app).await?;
    let create = connection.prepare_cached(CREATE).await?;
    let (issuer, subject) = new.identity.unzip();
    connection
        .execute(
            &create,
            &[
                &user.0,
                &fold(new.user_name),
                &new.display_name.trim(),
                &issuer,
                &subject,
            ],
        )
        .await?;
    Ok(user)
}

/// The account of this user name.
pub async fn find_account(app: &Pool, user_name: &str) -> Result<Option<Account>, AccessError> {
    let connection = db::connection(app).await?;
    let find = connection.prepare_cached(FIND).await?;
    let row = connection.query_opt(&find, &[&fold(user_name)]).await?;
    Ok(row.as_ref().map(account))
}

/// The account of this id.
pub async fn read_account(app: &Pool, user: UserId) -> Result<Option<Account>, AccessError> {
    let connection = db::connection(app).await?;
    let read = connection.prepare_cached(READ).await?;
    let row = connection.query_opt(&read, &[&user.0]).await?;
    Ok(row.as_ref().map(account))
}

fn account(row: &tokio_postgres::Row) -> Account {
    Account {
        id: UserId(row.get("user_id")),
        user_name: row.get("user_name"),
        display_name: row.get("display_name"),
        disabled: row.get("disabled"),
        password_hash: row.get("password_hash"),
        totp_sealed: row.get("totp_sealed"),
    }
}

/// Where a person may work; the clinic of the last session first.
pub async fn clinics_of(app: &Pool, user: UserId) -> Result<Vec<ClinicOfUser>, AccessError> {
    let connection = db::connection(app).await?;
    let list = connection.prepare_cached(CLINICS).await?;
    let rows = connection.query(&list, &[&user.0]).await?;
    Ok(rows.iter().map(clinic_of).collect())
}

pub(super) fn clinic_of(row: &tokio_postgres::Row) -> ClinicOfUser {
    ClinicOfUser {
        id: ClinicId(row.get("clinic_id")),
        name: row.get("name"),
        roles: row
            .get::<_, Vec<String>>("roles")
            .iter()
            .filter_map(|word| word.parse().ok())
            .collect(),
    }
}

/// Records what concerns a person: in the clinic of whoever decided, or in every clinic of theirs.
pub(super) async fn record(
    tx: &db::Tx<'_>,
    by: By<'_>,
    user: UserId,
    event: Event,
) -> Result<(), AccessError> {
    match by {
        By::Viewer(viewer) => {
            db::turn_to(tx, viewer.clinic).await?;
            audit::record(tx, viewer, event).await?;
        }
        By::House => {
            let list = tx.prepare_cached(CLINICS).await?;
            for row in tx.query(&list, &[&user.0]).await? {
                let clinic = ClinicId(row.get("clinic_id"));
                db::turn_to(tx, clinic).await?;
                let house = audit::Actor::System {
                    clinic,
                    request_id: None,
                };
                audit::record(tx, house, event.clone()).await?;
            }
        }
    }
    Ok(())
}

/// As user names are compared.
pub(super) fn fold(user_name: &str) -> String {
    user_name.trim().to_lowercase()
}
