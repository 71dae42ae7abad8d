//! The open sessions of a person, as they see them.

use super::milliseconds;
use crate::access::{AccessError, Authenticator};
use crate::db;
use crate::domain::ids::{SessionId, UserId};
use jiff::Timestamp;
use std::net::IpAddr;

const LIST: &str = include_str!("../../../sql/queries/access/list_sessions.sql");

/// A session as its person sees it in a list.
#[derive(Debug, Clone)]
pub struct OpenSession {
    pub id: SessionId,
    pub clinic: String,
    pub created_at: Timestamp,
    /// To the minute.
    pub last_seen_at: Timestamp,
    pub second_factor: bool,
    pub client: Option<IpAddr>,
    /// As the browser calls itself.
    pub browser: Option<String>,
}

impl Authenticator {
    /// The good sessions of a person, newest first.
    pub async fn sessions_of(&self, user: UserId) -> Result<Vec<OpenSession>, AccessError> {
        let connection = db::connection(&self.app).await?;
        let list = connection.prepare_cached(LIST).await?;
        let rows = connection
            .query(&list, &[&user.0, &milliseconds(self.sessions.idle)])
            .await?;
        Ok(rows
            .iter()
            .map(|row| OpenSession {
                id: SessionId(row.get("session_id")),
                clinic: row.get("clinic"),
                created_at: row.get("created_at"),
                last_seen_at: row.get("last_seen_at"),
                second_factor: row.get("second_factor"),
                client: row.get("client"),
                browser: row.get("browser"),
            })
            .collect())
    }
}
