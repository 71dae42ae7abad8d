//! A document as it is shown.

use super::code::variant;
use super::{DocumentsError, Filing, State, settle};
use crate::access::Sight;
use crate::db::Tx;
use crate::domain::analysis::{Analysis, Kind};
use crate::domain::ids::{AgentId, DocumentId, PatientId};
use crate::domain::sex_chromosomes::{self, Context};
use crate::patients::HoldReason;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use tokio_postgres::Row;
use utoipa::ToSchema;
use uuid::Uuid;

const RESULT: &str = include_str!("../../sql/queries/documents/read_result.sql");

/// A document: what came, how far its reading is, whose it is.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Document {
    pub id: DocumentId,
    /// As the sender called it.
    pub file_name: String,
    /// Found from the content.
    pub media_type: String,
    pub size_bytes: i64,
    /// Lower-case hexadecimal, of the bytes as they came.
    pub sha256: String,
    pub state: State,
    /// The page that is being read, while it is read.
    pub page: Option<i32>,
    pub pages: Option<i32>,
    pub kind: Option<Kind>,
    pub filing: Filing,
    /// Why it is held.
    pub held_because: Vec<HoldReason>,
    /// Why it was not read, as in the analysis.
    pub error_code: Option<String>,
    #[schema(value_type = Option<String>, format = Date)]
    pub collected_on: Option<Date>,
    #[schema(value_type = Option<String>, format = Date)]
    pub reported_on: Option<Date>,
    /// Whose it is; only then its values stand in a summary.
    pub patient: Option<DocumentPatient>,
    /// Whom the sender named.
    pub stated_patient_id: Option<PatientId>,
    /// Values that it states, and those of them that wait for a person.
    pub values: i64,
    pub values_waiting: i64,
    /// The token of the person who decided whose it is; absent where a rule did.
    pub filed_by: Option<AgentId>,
    #[schema(value_type = Option<String>, format = DateTime)]
    pub filed_at: Option<Timestamp>,
    /// Why its pages and its original are kept from this viewer.
    pub withheld_because: Option<Withheld>,
    /// Raised by every change.
    pub revision: i64,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
}

/// What is kept from a viewer who may see the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Withheld {
    /// The clinic masks them, and the paper tells them or is not known not to.
    SexChromosomes,
    /// The patient received from a donor whom the paper names.
    NamesDonor,
    /// The patient received from a donor, and not all of the paper could be read.
    MayNameDonor,
}

impl Withheld {
    /// As it is written in answers.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::SexChromosomes => "sex_chromosomes",
            Self::NamesDonor => "names_donor",
            Self::MayNameDonor => "may_name_donor",
        }
    }

    /// For a person: why, and what to do.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::SexChromosomes => {
                "they may tell sex chromosomes, which this clinic masks. What was read is shown with them masked; ask somebody who may see them, as an embryologist"
            }
            Self::NamesDonor => {
                "the paper names the donor. What was read is shown without that; ask somebody who may see donors, as an embryologist"
            }
            Self::MayNameDonor => {
                "not all of the paper could be read, and it may name the donor. Ask somebody who may see donors, as an embryologist"
            }
        }
    }
}

/// The patient of a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct DocumentPatient {
    pub id: PatientId,
    /// Given names and family name.
    pub name: String,
}

/// A document with what its last reading found.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ReadDocument {
    #[serde(flatten)]
    pub document: Document,
    /// Absent before the first reading has ended, and where it died.
    pub analysis: Option<Analysis>,
}

impl Document {
    /// Whose record it is part of as far as anybody knows, for the record of who did what.
    pub(super) fn touches(&self) -> Option<PatientId> {
        let filed = self.patient.as_ref().map(|patient| patient.id);
        filed.or(self.stated_patient_id)
    }

    pub(super) fn of(row: &Row, sight: Sight) -> Self {
        let id = |column: &str| row.get::<_, Option<Uuid>>(column);
        let mut file_name: String = row.get("file_name");
        if !sight.sex_chromosomes {
            // It has few words to tell by what it is about.
            sex_chromosomes::redact_in_place(&mut file_name, Context::Mentioned);
        }
        Self {
            id: DocumentId(row.get("document_id")),
            file_name,
            media_type: row.get("media_type"),
            size_bytes: row.get("size_bytes"),
            sha256: hexadecimal(row.get("sha256")),
            state: variant(row.get("state")).unwrap_or(State::Failed),
            page: row.get("page"),
            pages: row.get("pages"),
            kind: row.get::<_, Option<&str>>("kind").and_then(variant),
            filing: variant(row.get("filing")).unwrap_or(Filing::Held),
            held_because: settle::reasons(&row.get::<_, Vec<String>>("held_because")),
            error_code: row.get("error_code"),
            collected_on: row.get("collected_on"),
            reported_on: row.get("reported_on"),
            patient: id("patient_id").map(|id| DocumentPatient {
                id: PatientId(id),
                name: full_name(row.get("given_names"), row.get("family_name")),
            }),
            stated_patient_id: id("stated_patient_id").map(PatientId),
            values: row.get("values"),
            values_waiting: row.get("values_waiting"),
            filed_by: id("filed_by").map(AgentId),
            filed_at: row.get("filed_at"),
            withheld_because: row
                .get::<_, bool>("withheld")
                .then_some(Withheld::SexChromosomes),
            revision: row.get("revision"),
            created_at: row.get("created_at"),
            updated_at: row.get("updated_at"),
        }
    }
}

impl ReadDocument {
    pub(super) fn of(row: &Row, sight: Sight) -> Result<Self, DocumentsError> {
        Ok(Self {
            document: Document::of(row, sight),
            analysis: analysis(row.get("result"))?,
        })
    }
}

/// What the last reading found, for a decision about the document.
pub(super) async fn analysis_of(
    tx: &Tx<'_>,
    id: DocumentId,
) -> Result<Option<Analysis>, DocumentsError> {
    let read = tx.prepare_cached(RESULT).await?;
    let row = tx.query_opt(&read, &[&id.0]).await?;
    analysis(row.and_then(|row| row.get(0)))
}

fn analysis(result: Option<serde_json::Value>) -> Result<Option<Analysis>, DocumentsError> {
    Ok(result.map(serde_json::from_value).transpose()?)
}

fn full_name(given: &str, family: &str) -> String {
    format!("{given} {family}").trim().to_owned()
}

fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
