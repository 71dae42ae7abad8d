//! How far a document has come, in one short read.

use super::{Filing, State, code::variant};
use crate::{
    access::Viewer,
    db::{self, DbError},
    domain::ids::{DocumentId, PatientId},
};
use deadpool_postgres::Pool;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

const READ: &str = include_str!("../../sql/queries/documents/read_standing.sql");

/// The standing of a document; no text of the patient is in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Standing {
    pub document_id: DocumentId,
    pub state: State,
    /// The page being read, while it is read.
    pub page: Option<i32>,
    pub pages: Option<i32>,
    pub kind: Option<String>,
    pub filing: Filing,
    pub patient_id: Option<PatientId>,
    /// Why it is held.
    pub held_because: Vec<String>,
    /// Why it was refused or could not be read.
    pub error_code: Option<String>,
    /// Values that were found.
    pub values: i64,
    /// Values of those that wait for a person.
    pub values_waiting: i64,
    pub revision: i64,
}

impl Standing {
    /// Whether nothing more will come by itself.
    #[must_use]
    pub fn is_done(&self) -> bool {
        !matches!(self.state, State::Stored | State::Reading)
    }

    /// The name of the event that tells of this standing.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self.state {
            State::Stored => "stored",
            State::Reading => "reading",
            State::Read | State::Refused | State::Failed => "done",
        }
    }
}

/// How far `document` has come; `None` when it is not there or not for this viewer. Asked often and
/// without text of the document, so whoever tells it to somebody records that.
pub async fn standing(
    app: &Pool,
    viewer: &Viewer,
    document: DocumentId,
) -> Result<Option<Standing>, DbError> {
    let mut connection = db::connection(app).await?;
    let tx = viewer.begin(&mut connection).await?;
    let read = tx.prepare_cached(READ).await?;
    let row = tx.query_opt(&read, &[&document.0]).await?;
    Ok(row.map(|row| Standing {
        document_id: document,
        state: variant(row.get("state")).unwrap_or(State::Failed),
        page: row.get("page"),
        pages: row.get("pages"),
        kind: row.get("kind"),
        filing: variant(row.get("filing")).unwrap_or(Filing::Held),
        patient_id: row
            .get::<_, Option<uuid::Uuid>>("patient_id")
            .map(PatientId),
        held_because: row.get("held_because"),
        error_code: row.get("error_code"),
        values: row.get("values"),
        values_waiting: row.get("values_waiting"),
        revision: row.get("revision"),
    }))
}
