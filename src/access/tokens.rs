//! The tokens of a clinic in the hands of who decides about them.
//!
//! Whoever holds the scope `admin` may give a token every scope, those that open the walls within
//! the clinic too: somebody has to, and a partner system of the laboratory needs them. What was
//! given by whom stands in the record and in the list, and no token given here outlives
//! [`LONGEST_DAYS`].

use super::audit::Actor;
use super::token::{self, NewToken};
use super::{AccessError, Scope, Scopes, Viewer};
use crate::db::{self, DbError};
use crate::domain::ids::{AgentId, ClinicId, TokenId};
use deadpool_postgres::Pool;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tokio_postgres::Row;
use utoipa::ToSchema;

const LIST: &str = include_str!("../../sql/queries/access/list_tokens.sql");

/// A year and a day, so that a yearly change is not a day late.
pub const LONGEST_DAYS: u16 = 366;

/// What fits into a line of the list.
const LONGEST_NAME: usize = 100;

/// A token as it is listed; its secret is kept nowhere.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Token {
    pub id: TokenId,
    pub name: String,
    #[schema(value_type = Vec<Scope>)]
    pub scopes: Scopes,
    /// Whether it opens anything now.
    pub valid: bool,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// The person or token that made it; absent where it was made on the command line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_by: Option<AgentId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_by_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub revoked_at: Option<Timestamp>,
    /// To the minute; absent where it was never used.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_used_at: Option<Timestamp>,
}

/// A token that somebody asks for.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenWish {
    /// Who or what will hold it.
    #[schema(min_length = 1, max_length = 100)]
    pub name: String,
    /// What it may do; at least one.
    #[schema(min_items = 1)]
    pub scopes: Vec<Scope>,
    /// Days until it ends.
    #[schema(minimum = 1, maximum = 366)]
    pub days: u16,
}

/// Why no token was given or taken.
#[derive(Debug, thiserror::Error)]
pub enum TokensError {
    #[error("say in 1 to 100 characters who or what will hold the token")]
    Name,
    #[error("name at least one scope")]
    NoScope,
    #[error("a token lasts between 1 and 366 days")]
    Days,
    #[error("the clinic has no such token")]
    NotFound,
    #[error(transparent)]
    Access(#[from] AccessError),
}

impl From<DbError> for TokensError {
    fn from(error: DbError) -> Self {
        Self::Access(error.into())
    }
}

impl From<tokio_postgres::Error> for TokensError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Access(error.into())
    }
}

/// Gives a token of the viewer's clinic; the answer is the only moment that its secret is seen.
pub async fn give_token(
    app: &Pool,
    viewer: &Viewer,
    wish: &TokenWish,
) -> Result<NewToken, TokensError> {
    viewer.require(Scope::Admin)?;
    viewer.require_recent()?;
    let name = wish.name.trim();
    if name.is_empty() || name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control)
    {
        return Err(TokensError::Name);
    }
    let scopes: Scopes = wish.scopes.iter().copied().collect();
    if scopes.is_empty() {
        return Err(TokensError::NoScope);
    }
    if !(1..=LONGEST_DAYS).contains(&wish.days) {
        return Err(TokensError::Days);
    }
    let ends = Timestamp::now() + SignedDuration::from_hours(24 * i64::from(wish.days));
    let mut connection = db::connection(app).await?;
    let tx = viewer.begin(&mut connection).await?;
    let token = token::insert(&tx, Actor::Viewer(viewer), name, scopes, Some(ends)).await?;
    tx.commit().await?;
    Ok(token)
}

/// Ends a token of the viewer's clinic, on every instance within five seconds.
pub async fn take_token(app: &Pool, viewer: &Viewer, id: TokenId) -> Result<(), TokensError> {
    viewer.require(Scope::Admin)?;
    let mut connection = db::connection(app).await?;
    let tx = viewer.begin(&mut connection).await?;
    if !token::revoke(&tx, Actor::Viewer(viewer), id).await? {
        return Err(TokensError::NotFound);
    }
    tx.commit().await?;
    Ok(())
}

/// Tokens of the viewer's clinic behind `after`, newest first, those that ended too.
pub async fn tokens(
    app: &Pool,
    viewer: &Viewer,
    after: Option<TokenId>,
    limit: i64,
) -> Result<Vec<Token>, TokensError> {
    viewer.require(Scope::Admin)?;
    let mut connection = db::connection(app).await?;
    let tx = viewer.begin(&mut connection).await?;
    let list = tx.prepare_cached(LIST).await?;
    let rows = tx.query(&list, &[&after.map(|id| id.0), &limit]).await?;
    Ok(rows.iter().map(listed).collect())
}

/// All tokens of a clinic, newest first; for the command line.
pub async fn list_tokens(app: &Pool, clinic: ClinicId) -> Result<Vec<Token>, DbError> {
    let mut connection = db::connection(app).await?;
    let tx = db::begin_for(&mut connection, clinic).await?;
    let list = tx.prepare_cached(LIST).await?;
    let rows = tx.query(&list, &[&None::<uuid::Uuid>, &i64::MAX]).await?;
    Ok(rows.iter().map(listed).collect())
}

fn listed(row: &Row) -> Token {
    Token {
        id: TokenId(row.get("token_id")),
        name: row.get("name"),
        scopes: token::scopes(&row.get::<_, Vec<String>>("scopes")),
        valid: row.get("valid"),
        created_at: row.get("created_at"),
        created_by: row.get::<_, Option<uuid::Uuid>>("created_by").map(AgentId),
        created_by_name: row.get("created_by_name"),
        expires_at: row.get("expires_at"),
        revoked_at: row.get("revoked_at"),
        last_used_at: row.get("last_used_at"),
    }
}
