//! What a reading means for its document, in the transaction that ends the job.

use super::DocumentsError;
use super::code::{code, variant};
use crate::access::audit::{self, Actor};
use crate::db::Tx;
use crate::domain::analysis::{Analysis, RefusalCode};
use crate::domain::ids::{AnalysisId, DocumentId, PatientId};
use crate::patients::{self, Decision, HoldReason, Paper};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

const LOCK: &str = include_str!("../../sql/queries/documents/lock_document.sql");
const READING: &str = include_str!("../../sql/queries/documents/mark_reading.sql");
const PAGE: &str = include_str!("../../sql/queries/documents/mark_page.sql");
const UNREAD: &str = include_str!("../../sql/queries/documents/mark_unread.sql");
const SETTLE: &str = include_str!("../../sql/queries/documents/settle_document.sql");
const FILE: &str = include_str!("../../sql/queries/documents/file_document.sql");
const HOLD: &str = include_str!("../../sql/queries/documents/hold_document.sql");
const LOCK_PATIENT: &str = include_str!("../../sql/queries/documents/lock_patient.sql");
const FIND_SAME: &str = include_str!("../../sql/queries/documents/find_same_filed.sql");

/// How far the reading of a document has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Stored,
    Reading,
    Read,
    /// The file itself cannot be read: encrypted, empty, of no type that we read.
    Refused,
    /// The reading died; another attempt may succeed.
    Failed,
}

/// Whose a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Filing {
    /// Nobody has asked yet.
    Unread,
    /// A patient's.
    Filed,
    /// Waits for a person.
    Held,
}

/// How a reading ended for its document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    pub state: State,
    pub filing: Filing,
    pub patient: Option<PatientId>,
    pub held_because: Vec<HoldReason>,
}

/// Says that a worker has begun to read.
pub async fn start_reading(tx: &Tx<'_>, document: DocumentId) -> Result<(), DocumentsError> {
    let mark = tx.prepare_cached(READING).await?;
    match tx.execute(&mark, &[&document.0]).await? {
        1 => Ok(()),
        _ => Err(DocumentsError::NotFound(document)),
    }
}

/// Says that `page` of `pages` is being read; whoever calls it throttles it.
pub async fn progress(
    tx: &Tx<'_>,
    document: DocumentId,
    page: u32,
    pages: u32,
) -> Result<(), DocumentsError> {
    let mark = tx.prepare_cached(PAGE).await?;
    tx.execute(&mark, &[&document.0, &(page as i32), &(pages as i32)])
        .await?;
    Ok(())
}

/// Ends a document whose job died without a result; `code` is that of the last attempt.
pub async fn fail(
    tx: &Tx<'_>,
    actor: Actor<'_>,
    document: DocumentId,
    code: &str,
) -> Result<(), DocumentsError> {
    let mark = tx.prepare_cached(UNREAD).await?;
    let none: Option<Uuid> = None;
    match tx
        .execute(&mark, &[&document.0, &"failed", &code, &none])
        .await?
    {
        1 => {}
        _ => return Err(DocumentsError::NotFound(document)),
    }
    let detail = json!({ "code": code });
    audit::record(tx, actor, "document.fail", document.0, &detail).await?;
    Ok(())
}

/// Writes what a reading found into the document's row and decides whose it is.
///
/// `recorded` is the analysis that [`crate::observations`] stored for it. A decision that a person
/// made before stands.
pub async fn settle(
    tx: &Tx<'_>,
    actor: Actor<'_>,
    document: DocumentId,
    analysis: &Analysis,
    recorded: Option<AnalysisId>,
) -> Result<Settled, DocumentsError> {
    let was = lock(tx, document).await?;
    if let Some(refusal) = &analysis.error {
        return refuse(tx, actor, document, refusal.code, recorded, was).await;
    }
    let settle = tx.prepare_cached(SETTLE).await?;
    tx.execute(
        &settle,
        &[
            &document.0,
            &recorded.map(|analysis| analysis.0),
            &(analysis.pages as i32),
            &analysis.kind.and_then(code),
            &analysis.collected_on,
            &analysis.reported_on,
        ],
    )
    .await?;
    if was.is_decided_by_a_person() {
        return Ok(Settled {
            state: State::Read,
            filing: was.filing,
            patient: was.patient,
            held_because: was.held_because,
        });
    }
    let authorities = patients::authorities(tx).await?;
    let paper = Paper::of(analysis, &authorities);
    let register = patients::candidates(tx, &paper, was.stated).await?;
    match patients::matching::decide(&paper, was.stated, &register) {
        Decision::File(patient, rule) => {
            if is_filed_already(tx, &was.sha256, patient, document).await? {
                return hold(tx, actor, document, vec![HoldReason::AlreadyFiled]).await;
            }
            let nobody: Option<Uuid> = None;
            let file = tx.prepare_cached(FILE).await?;
            tx.execute(&file, &[&document.0, &patient.0, &nobody])
                .await?;
            let detail = json!({ "patient_id": patient, "rule": rule });
            audit::record(tx, actor, "document.file", document.0, &detail).await?;
            Ok(Settled {
                state: State::Read,
                filing: Filing::Filed,
                patient: Some(patient),
                held_because: Vec::new(),
            })
        }
        Decision::Hold(reasons, _) => hold(tx, actor, document, reasons).await,
    }
}

async fn hold(
    tx: &Tx<'_>,
    actor: Actor<'_>,
    document: DocumentId,
    reasons: Vec<HoldReason>,
) -> Result<Settled, DocumentsError> {
    let codes: Vec<&str> = reasons.iter().map(|reason| reason.code()).collect();
    let hold = tx.prepare_cached(HOLD).await?;
    tx.execute(&hold, &[&document.0, &codes]).await?;
    let detail = json!({ "because": reasons });
    audit::record(tx, actor, "document.hold", document.0, &detail).await?;
    Ok(Settled {
        state: State::Read,
        filing: Filing::Held,
        patient: None,
        held_because: reasons,
    })
}

async fn refuse(
    tx: &Tx<'_>,
    actor: Actor<'_>,
    document: DocumentId,
    refusal: RefusalCode,
    recorded: Option<AnalysisId>,
    was: Locked,
) -> Result<Settled, DocumentsError> {
    let state = match refusal {
        RefusalCode::TimedOut | RefusalCode::OutOfMemory | RefusalCode::Crashed => State::Failed,
        _ => State::Refused,
    };
    let mark = tx.prepare_cached(UNREAD).await?;
    let error = code(refusal);
    tx.execute(
        &mark,
        &[
            &document.0,
            &code(state),
            &error,
            &recorded.map(|analysis| analysis.0),
        ],
    )
    .await?;
    let detail = json!({ "code": error });
    audit::record(tx, actor, "document.refuse", document.0, &detail).await?;
    Ok(Settled {
        state,
        filing: was.filing,
        patient: was.patient,
        held_because: was.held_because,
    })
}

/// The row of a document, locked until the transaction ends.
pub(super) struct Locked {
    pub sha256: Vec<u8>,
    pub stated: Option<PatientId>,
    pub patient: Option<PatientId>,
    pub filing: Filing,
    pub held_because: Vec<HoldReason>,
    filed_by: Option<Uuid>,
}

impl Locked {
    fn is_decided_by_a_person(&self) -> bool {
        self.filed_by.is_some() || self.held_because.contains(&HoldReason::TakenBack)
    }
}

pub(super) async fn lock(tx: &Tx<'_>, document: DocumentId) -> Result<Locked, DocumentsError> {
    let lock = tx.prepare_cached(LOCK).await?;
    let row = tx
        .query_opt(&lock, &[&document.0])
        .await?
        .ok_or(DocumentsError::NotFound(document))?;
    let id = |column: &str| row.get::<_, Option<Uuid>>(column);
    Ok(Locked {
        sha256: row.get("sha256"),
        stated: id("stated_patient_id").map(PatientId),
        patient: id("patient_id").map(PatientId),
        filing: variant(row.get("filing")).unwrap_or(Filing::Held),
        held_because: reasons(&row.get::<_, Vec<String>>("held_because")),
        filed_by: id("filed_by"),
    })
}

/// Locks the patient, so that two copies of one file do not pass each other.
pub(super) async fn is_filed_already(
    tx: &Tx<'_>,
    sha256: &[u8],
    patient: PatientId,
    document: DocumentId,
) -> Result<bool, DocumentsError> {
    let lock = tx.prepare_cached(LOCK_PATIENT).await?;
    tx.execute(&lock, &[&patient.0]).await?;
    let find = tx.prepare_cached(FIND_SAME).await?;
    let row = tx
        .query_one(&find, &[&sha256, &patient.0, &document.0])
        .await?;
    Ok(row.get(0))
}

pub(super) fn reasons(codes: &[String]) -> Vec<HoldReason> {
    codes
        .iter()
        .filter_map(|code| HoldReason::from_code(code))
        .collect()
}
