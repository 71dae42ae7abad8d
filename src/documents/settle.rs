//! What a reading means for its document, in the transaction that ends the job.

use super::DocumentsError;
use super::code::{code, variant};
use super::document::analysis_of;
use crate::access::Agent;
use crate::access::audit::{self, Actor, Event};
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
const QUARANTINE: &str = include_str!("../../sql/queries/documents/quarantine_document.sql");
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
    let was = lock(tx, document).await?;
    tx.execute(&mark, &[&document.0, &"failed", &code, &none])
        .await?;
    let detail = json!({ "code": code });
    audit::record(
        tx,
        actor,
        Event::new("document.fail")
            .on(document.0)
            .of(was.touches())
            .with(detail),
    )
    .await?;
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
    let stands = match was.filing {
        Filing::Filed => reads_the_same(tx, document, analysis).await?,
        _ => false,
    };
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
    if stands || was.is_decided_by_a_person() && was.was_read {
        let event = Event::new("document.read_again").on(document.0);
        audit::record(tx, actor, event.of(was.touches())).await?;
        return Ok(was.settled(State::Read));
    }
    decide(tx, actor, document, analysis, &was, false).await
}

/// Whether an earlier reading found the same identity. Then a filed document stays where it is: a
/// patient who changed the name since does not lose the papers of before.
async fn reads_the_same(
    tx: &Tx<'_>,
    document: DocumentId,
    analysis: &Analysis,
) -> Result<bool, DocumentsError> {
    let Some(before) = analysis_of(tx, document).await? else {
        return Ok(false);
    };
    Ok(before.error.is_none() && Paper::of(&before, &[]) == Paper::of(analysis, &[]))
}

/// Decides by the rules whose the document is. With `only_file` a document that they would hold
/// stays as it was.
pub(super) async fn decide(
    tx: &Tx<'_>,
    actor: Actor<'_>,
    document: DocumentId,
    analysis: &Analysis,
    was: &Locked,
    only_file: bool,
) -> Result<Settled, DocumentsError> {
    let authorities = patients::authorities(tx).await?;
    let paper = Paper::of(analysis, &authorities);
    let stated = was.stated();
    let register = patients::candidates(tx, &paper, stated).await?;
    let reasons = match patients::matching::decide(&paper, stated, &register) {
        Decision::File(patient, _)
            if is_filed_already(tx, &was.sha256, patient, document).await? =>
        {
            vec![HoldReason::AlreadyFiled]
        }
        Decision::File(patient, rule) => {
            file(tx, document, patient, None).await?;
            let detail = json!({ "patient_id": patient, "rule": rule });
            audit::record(
                tx,
                actor,
                Event::new("document.file")
                    .on(document.0)
                    .of(patient)
                    // Whoever had it before loses it.
                    .showing(was.patient)
                    .with(detail),
            )
            .await?;
            return Ok(Settled {
                state: State::Read,
                filing: Filing::Filed,
                patient: Some(patient),
                held_because: Vec::new(),
            });
        }
        Decision::Hold(reasons, _) => reasons,
    };
    if only_file {
        return Ok(was.settled(State::Read));
    }
    let offers = patients::matching::offer(&paper, stated, &register);
    let offered: Vec<PatientId> = offers.iter().map(|offer| offer.patient_id).collect();
    hold(tx, actor, document, was.touches(), reasons, &offered).await
}

pub(super) async fn file(
    tx: &Tx<'_>,
    document: DocumentId,
    patient: PatientId,
    by: Option<Agent>,
) -> Result<(), DocumentsError> {
    let file = tx.prepare_cached(FILE).await?;
    tx.execute(
        &file,
        &[&document.0, &patient.0, &by.map(|agent| agent.id().0)],
    )
    .await?;
    Ok(())
}

/// Keeps a document from every summary; `offered` are those whose it may be.
pub(super) async fn hold(
    tx: &Tx<'_>,
    actor: Actor<'_>,
    document: DocumentId,
    touches: Option<PatientId>,
    reasons: Vec<HoldReason>,
    offered: &[PatientId],
) -> Result<Settled, DocumentsError> {
    let offered: Vec<Uuid> = offered.iter().map(|patient| patient.0).collect();
    let codes: Vec<&str> = reasons.iter().map(|reason| reason.code()).collect();
    let hold = tx.prepare_cached(HOLD).await?;
    tx.execute(&hold, &[&document.0, &codes, &offered]).await?;
    let detail = json!({ "because": reasons });
    audit::record(
        tx,
        actor,
        Event::new("document.hold")
            .on(document.0)
            .of(touches)
            .with(detail),
    )
    .await?;
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
    if refusal == RefusalCode::Malware {
        return quarantine(tx, actor, document, recorded, was).await;
    }
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
    audit::record(
        tx,
        actor,
        Event::new("document.refuse")
            .on(document.0)
            .of(was.touches())
            .with(detail),
    )
    .await?;
    Ok(was.settled(state))
}

/// Keeps the original from everybody.
async fn quarantine(
    tx: &Tx<'_>,
    actor: Actor<'_>,
    document: DocumentId,
    recorded: Option<AnalysisId>,
    was: Locked,
) -> Result<Settled, DocumentsError> {
    let mark = tx.prepare_cached(QUARANTINE).await?;
    tx.execute(&mark, &[&document.0, &recorded.map(|analysis| analysis.0)])
        .await?;
    let event = Event::new("document.quarantine").on(document.0);
    audit::record(tx, actor, event.of(was.touches())).await?;
    Ok(was.settled(State::Refused))
}

/// The row of a document, locked until the transaction ends.
pub(super) struct Locked {
    pub patient: Option<PatientId>,
    pub state: State,
    pub filing: Filing,
    pub revision: i64,
    sha256: Vec<u8>,
    stated: Option<PatientId>,
    held_because: Vec<HoldReason>,
    filed_by: Option<Uuid>,
    was_read: bool,
}

impl Locked {
    pub fn is_decided_by_a_person(&self) -> bool {
        self.filed_by.is_some() || self.held_because.contains(&HoldReason::TakenBack)
    }

    /// Whom a person named: who decided before the document could be read, else the sender.
    fn stated(&self) -> Option<PatientId> {
        self.patient
            .filter(|_| self.filed_by.is_some())
            .or(self.stated)
    }

    /// Whose record it is part of as far as anybody knows, for the record of who did what.
    pub fn touches(&self) -> Option<PatientId> {
        self.patient.or(self.stated)
    }

    fn settled(&self, state: State) -> Settled {
        Settled {
            state,
            filing: self.filing,
            patient: self.patient,
            held_because: self.held_because.clone(),
        }
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
        patient: id("patient_id").map(PatientId),
        state: variant(row.get("state")).unwrap_or(State::Failed),
        filing: variant(row.get("filing")).unwrap_or(Filing::Held),
        revision: row.get("revision"),
        sha256: row.get("sha256"),
        stated: id("stated_patient_id").map(PatientId),
        held_because: reasons(&row.get::<_, Vec<String>>("held_because")),
        filed_by: id("filed_by"),
        was_read: row.get("was_read"),
    })
}

/// Waits for other decisions about the patient, so that two copies of one file do not pass each other.
async fn is_filed_already(
    tx: &Tx<'_>,
    sha256: &[u8],
    patient: PatientId,
    document: DocumentId,
) -> Result<bool, DocumentsError> {
    let lock = tx.prepare_cached(LOCK_PATIENT).await?;
    tx.query_one(&lock, &[&patient.0]).await?;
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
