//! The people of a clinic, in the hands of who decides about them: its administrator on a page, or
//! whoever runs the server on the command line.
//!
//! An administrator decides about roles in the own clinic. About the account itself (a new link, the
//! second factor, disabling) only where the person works nowhere else: otherwise the administrator
//! of one clinic could take over what opens another.

use super::account::{self, By};
use super::audit::Event;
use super::{
    AccessError, Authenticator, Ended, NewAccount, Place, Role, Scope, Viewer, create_account,
    grant,
};
use crate::db::{self, DbError};
use crate::domain::ids::{ClinicId, LaboratoryId, UserId};
use deadpool_postgres::Pool;
use jiff::Timestamp;
use serde::Serialize;

const LIST: &str = include_str!("../../sql/queries/access/list_people.sql");
const ALONE: &str = include_str!("../../sql/queries/access/check_works_here_alone.sql");
const DISABLE: &str = include_str!("../../sql/queries/access/disable_account.sql");
const ENABLE: &str = include_str!("../../sql/queries/access/enable_account.sql");
const ALL_CLINICS: &str = include_str!("../../sql/queries/access/list_all_clinics.sql");
const CREATE_LABORATORY: &str = include_str!("../../sql/queries/access/create_laboratory.sql");
const JOIN_LABORATORY: &str = include_str!("../../sql/queries/access/join_laboratory.sql");

/// Somebody who works or worked in a clinic.
#[derive(Debug, Clone, Serialize)]
pub struct Member {
    pub id: UserId,
    pub user_name: String,
    pub display_name: String,
    /// In this clinic; empty for who left.
    pub roles: Vec<Role>,
    /// In every clinic of the laboratory.
    pub laboratory_roles: Vec<Role>,
    pub second_factor: bool,
    /// Signs in at an identity provider.
    pub identity_provider: bool,
    pub disabled: bool,
    /// In this clinic.
    pub last_seen_at: Option<Timestamp>,
}

/// A clinic of the house.
#[derive(Debug, Clone, Serialize)]
pub struct ClinicOfHouse {
    pub id: ClinicId,
    pub name: String,
    pub laboratory_id: Option<LaboratoryId>,
    pub laboratory: Option<String>,
}

/// Why nothing was done about a person.
#[derive(Debug, thiserror::Error)]
pub enum PeopleError {
    #[error("nobody of that name works or worked here")]
    NotFound,
    #[error("the user name is taken: choose another one")]
    NameTaken,
    #[error(
        "a user name is 2 to 100 letters without accents, digits and . _ @ + - and begins with a letter or digit; a person has a name to be shown"
    )]
    UnusableName,
    #[error(
        "the person works in other clinics too, so whoever runs the server decides about the account"
    )]
    Elsewhere,
    #[error("nobody takes the own account or the own last way in away: ask somebody else")]
    Oneself,
    #[error(transparent)]
    Access(#[from] AccessError),
}

impl From<DbError> for PeopleError {
    fn from(error: DbError) -> Self {
        Self::Access(error.into())
    }
}

impl From<tokio_postgres::Error> for PeopleError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Access(error.into())
    }
}

/// Everybody who works or worked in a clinic, by name.
pub async fn list_people(app: &Pool, clinic: ClinicId) -> Result<Vec<Member>, PeopleError> {
    let mut connection = db::connection(app).await?;
    let tx = db::begin_for(&mut connection, clinic).await?;
    let list = tx.prepare_cached(LIST).await?;
    let rows = tx.query(&list, &[&clinic.0]).await?;
    let roles = |words: Vec<String>| words.iter().filter_map(|word| word.parse().ok()).collect();
    Ok(rows
        .iter()
        .map(|row| Member {
            id: UserId(row.get("user_id")),
            user_name: row.get("user_name"),
            display_name: row.get("display_name"),
            roles: roles(row.get("roles")),
            laboratory_roles: roles(row.get("laboratory_roles")),
            second_factor: row.get("second_factor"),
            identity_provider: row.get::<_, Option<String>>("issuer").is_some(),
            disabled: row.get("disabled"),
            last_seen_at: row.get("last_seen_at"),
        })
        .collect())
}

/// The people of the viewer's clinic; for who decides about them. That they were shown is recorded.
pub async fn people(app: &Pool, viewer: &Viewer) -> Result<Vec<Member>, PeopleError> {
    viewer.require(Scope::Admin)?;
    let found = list_people(app, viewer.clinic).await?;
    viewer.saw(Event::new("user.list")).await?;
    Ok(found)
}

/// Makes an account with roles somewhere.
pub async fn add_person(
    app: &Pool,
    by: By<'_>,
    new: NewAccount<'_>,
    place: Place,
    roles: &[Role],
) -> Result<UserId, PeopleError> {
    if new.display_name.trim().is_empty() {
        return Err(PeopleError::UnusableName);
    }
    let user = match create_account(app, new).await {
        Ok(user) => user,
        Err(AccessError::Db(DbError::Duplicate { .. })) => return Err(PeopleError::NameTaken),
        Err(AccessError::Db(DbError::Refused { .. })) => return Err(PeopleError::UnusableName),
        Err(error) => return Err(error.into()),
    };
    for &role in roles {
        grant(app, by, user, place, role).await?;
    }
    record(app, by, user, "user.add").await?;
    Ok(user)
}

/// Refuses unless `by` may decide about the account of `user`.
pub async fn require_account(app: &Pool, by: By<'_>, user: UserId) -> Result<(), PeopleError> {
    let By::Viewer(viewer) = by else {
        return Ok(());
    };
    viewer.require(Scope::Admin)?;
    viewer.require_recent()?;
    let mut connection = db::connection(app).await?;
    let tx = db::begin_for(&mut connection, viewer.clinic).await?;
    let alone = tx.prepare_cached(ALONE).await?;
    if tx.query_one(&alone, &[&user.0]).await?.get(0) {
        Ok(())
    } else {
        Err(PeopleError::Elsewhere)
    }
}

/// Lets nobody in by this account any more; its sessions end.
pub async fn disable(
    app: &Pool,
    authenticator: &Authenticator,
    by: By<'_>,
    user: UserId,
) -> Result<(), PeopleError> {
    require_account(app, by, user).await?;
    change(app, by, user, DISABLE, "user.disable").await?;
    authenticator
        .end_sessions_of(user, Ended::Disabled, None, None, by)
        .await?;
    Ok(())
}

/// Lets the account in again.
pub async fn enable(app: &Pool, by: By<'_>, user: UserId) -> Result<(), PeopleError> {
    require_account(app, by, user).await?;
    change(app, by, user, ENABLE, "user.enable").await
}

async fn change(
    app: &Pool,
    by: By<'_>,
    user: UserId,
    statement: &str,
    action: &'static str,
) -> Result<(), PeopleError> {
    let mut connection = db::connection(app).await?;
    let tx = db::begin(&mut connection).await?;
    let change = tx.prepare_cached(statement).await?;
    tx.execute(&change, &[&user.0]).await?;
    account::record(&tx, by, user, Event::new(action).on(user.0)).await?;
    Ok(tx.commit().await?)
}

async fn record(
    app: &Pool,
    by: By<'_>,
    user: UserId,
    action: &'static str,
) -> Result<(), PeopleError> {
    let mut connection = db::connection(app).await?;
    let tx = db::begin(&mut connection).await?;
    account::record(&tx, by, user, Event::new(action).on(user.0)).await?;
    Ok(tx.commit().await?)
}

/// Every clinic of the house, oldest first; for whoever runs the server.
pub async fn all_clinics(app: &Pool) -> Result<Vec<ClinicOfHouse>, PeopleError> {
    let connection = db::connection(app).await?;
    let list = connection.prepare_cached(ALL_CLINICS).await?;
    let rows = connection.query(&list, &[]).await?;
    Ok(rows
        .iter()
        .map(|row| ClinicOfHouse {
            id: ClinicId(row.get("clinic_id")),
            name: row.get("name"),
            laboratory_id: row
                .get::<_, Option<uuid::Uuid>>("laboratory_id")
                .map(LaboratoryId),
            laboratory: row.get("laboratory"),
        })
        .collect())
}

/// Opens a laboratory, of no clinic yet.
pub async fn create_laboratory(app: &Pool, name: &str) -> Result<LaboratoryId, PeopleError> {
    let laboratory = LaboratoryId::fresh();
    let connection = db::connection(app).await?;
    let create = connection.prepare_cached(CREATE_LABORATORY).await?;
    connection.execute(&create, &[&laboratory.0, &name]).await?;
    Ok(laboratory)
}

/// A clinic has its work done by a laboratory, whose staff work in it from now on.
pub async fn join_laboratory(
    app: &Pool,
    clinic: ClinicId,
    laboratory: LaboratoryId,
) -> Result<bool, PeopleError> {
    let connection = db::connection(app).await?;
    let join = connection.prepare_cached(JOIN_LABORATORY).await?;
    let row = connection
        .query_one(&join, &[&clinic.0, &laboratory.0])
        .await?;
    Ok(row.get(0))
}
