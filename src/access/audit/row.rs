//! A row of the record as it is shown.

use super::Outcome;
use crate::domain::ids::{AgentId, ClinicId, PatientId, SessionId};
use futures_util::{Stream, StreamExt as _};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio_postgres::{Client, Row};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::db::DbError;

const LIST_RECORD: &str = include_str!("../../../sql/queries/access/list_record.sql");

/// One row of the record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AuditRow {
    /// Larger for what was begun later.
    pub id: i64,
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Who did it; absent for the house's own rules and for those whom nobody knows.
    pub agent_id: Option<AgentId>,
    /// What the agent is called, as far as it acted in this clinic.
    pub agent: Option<String>,
    pub session_id: Option<SessionId>,
    /// The address that the request came from.
    pub client: Option<String>,
    /// `thing.verb`, as `document.read`.
    pub action: String,
    pub outcome: Outcome,
    /// The thing it was done to.
    pub subject: Option<Uuid>,
    /// Whose record it touches.
    pub patient_id: Option<PatientId>,
    /// Whom a list showed.
    pub patients: Vec<PatientId>,
    /// As in the answer's `x-request-id` and in the log.
    pub request_id: Option<String>,
    /// Counts, codes and ids.
    #[schema(value_type = Object)]
    pub detail: Value,
}

impl AuditRow {
    pub(super) fn of(row: &Row) -> Result<Self, DbError> {
        let patients: Option<Vec<Uuid>> = row.try_get("patients")?;
        let id = |column: &str| row.try_get::<_, Option<Uuid>>(column);
        Ok(Self {
            id: row.try_get("audit_id")?,
            at: row.try_get("at")?,
            agent_id: id("agent_id")?.map(AgentId),
            agent: None,
            session_id: id("session_id")?.map(SessionId),
            client: row.try_get("client")?,
            action: row.try_get("action")?,
            outcome: match row.try_get("outcome")? {
                "refused" => Outcome::Refused,
                "failed" => Outcome::Failed,
                _ => Outcome::Success,
            },
            subject: id("subject")?,
            patient_id: id("patient_id")?.map(PatientId),
            patients: patients
                .unwrap_or_default()
                .into_iter()
                .map(PatientId)
                .collect(),
            request_id: row.try_get("request_id")?,
            detail: row.try_get("detail")?,
        })
    }
}

/// All rows of a clinic, or those of none, oldest first. `client` is a session of the role
/// `fertidoc_sealer`; whoever runs the server has no names of agents here.
pub async fn whole(
    client: &Client,
    clinic: Option<ClinicId>,
) -> Result<impl Stream<Item = Result<AuditRow, DbError>> + use<>, DbError> {
    let rows = client
        .query_raw(LIST_RECORD, [clinic.map(|clinic| clinic.0)])
        .await?;
    Ok(rows.map(|row| AuditRow::of(&row?)))
}
