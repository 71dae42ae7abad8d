//! What a clinic decided to mask. A change is in force on every instance within the time for which
//! tokens and sessions are believed without asking.

use super::audit::{self, Actor, Event};
use super::{AccessError, Scope, Viewer};
use crate::db::{self, DbError, Tx};
use crate::domain::ids::ClinicId;
use deadpool_postgres::Pool;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::str::FromStr;
use utoipa::ToSchema;

const READ: &str = include_str!("../../sql/queries/access/read_policy.sql");
const CHANGE: &str = include_str!("../../sql/queries/access/change_policy.sql");

/// What the clinic decided about what is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Sex chromosomes in values, texts, pages and originals.
    pub sex_chromosomes: SexChromosomes,
}

/// Whether sex chromosomes are shown to everybody who may read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SexChromosomes {
    Shown,
    /// To those alone who hold the scope `genetics`.
    Masked,
}

impl SexChromosomes {
    /// As it stands in the database and on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Shown => "shown",
            Self::Masked => "masked",
        }
    }
}

impl FromStr for SexChromosomes {
    type Err = &'static str;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        match word {
            "shown" => Ok(Self::Shown),
            "masked" => Ok(Self::Masked),
            _ => Err("say shown or masked"),
        }
    }
}

/// What the viewer's clinic decided.
pub async fn policy(app: &Pool, viewer: &Viewer) -> Result<Policy, AccessError> {
    viewer.require(Scope::Admin)?;
    let mut connection = db::connection(app).await?;
    let tx = viewer.begin(&mut connection).await?;
    // A clinic that is gone has nobody who asks.
    let policy = read(&tx, viewer.clinic).await?;
    policy.ok_or(AccessError::Unauthenticated)
}

/// Decides for the viewer's clinic; recorded where it changes anything.
pub async fn change_policy(app: &Pool, viewer: &Viewer, policy: Policy) -> Result<(), AccessError> {
    viewer.require(Scope::Admin)?;
    let mut connection = db::connection(app).await?;
    let tx = viewer.begin(&mut connection).await?;
    change(&tx, viewer.into(), viewer.clinic, policy).await?;
    Ok(tx.commit().await?)
}

/// Decides for a clinic, from the command line, where `policy` says what; answers what holds then,
/// `None` where there is no such clinic.
pub async fn clinic_policy(
    app: &Pool,
    clinic: ClinicId,
    policy: Option<Policy>,
) -> Result<Option<Policy>, DbError> {
    let mut connection = db::connection(app).await?;
    let tx = db::begin_for(&mut connection, clinic).await?;
    if let Some(policy) = policy {
        let by = Actor::System {
            clinic,
            request_id: None,
        };
        change(&tx, by, clinic, policy).await?;
    }
    let holds = read(&tx, clinic).await?;
    tx.commit().await?;
    Ok(holds)
}

async fn read(tx: &Tx<'_>, clinic: ClinicId) -> Result<Option<Policy>, DbError> {
    let read = tx.prepare_cached(READ).await?;
    let row = tx.query_opt(&read, &[&clinic.0]).await?;
    Ok(row.map(|row| {
        let word: &str = row.get("sex_chromosomes");
        Policy {
            // A word that this binary does not know masks.
            sex_chromosomes: word.parse().unwrap_or(SexChromosomes::Masked),
        }
    }))
}

async fn change(
    tx: &Tx<'_>,
    by: Actor<'_>,
    clinic: ClinicId,
    policy: Policy,
) -> Result<(), DbError> {
    let change = tx.prepare_cached(CHANGE).await?;
    let word = policy.sex_chromosomes.as_str();
    if tx.execute(&change, &[&clinic.0, &word]).await? == 1 {
        let event = Event::new("clinic.change_policy").on(clinic.0);
        audit::record(tx, by, event.with(json!(policy))).await?;
    }
    Ok(())
}
