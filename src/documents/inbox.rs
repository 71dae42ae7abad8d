//! What waits for a person, with the reasons in words and the patients it may belong to.

use super::paper_of_recipient::clear_analysis;
use super::{Document, DocumentsError, ReadDocument};
use crate::access::audit::Event;
use crate::access::{Scope, Viewer};
use crate::db::{self, Tx};
use crate::domain::analysis::{Analysis, Identity, Sex};
use crate::domain::ids::{DocumentId, PatientId};
use crate::patients::matching::{self, Candidate};
use crate::patients::{
    self, Agrees, Authority, HoldReason, Identifier, NewPatient, Paper, Screen, newcomer,
};
use deadpool_postgres::Pool;
use jiff::civil::Date;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

const LIST: &str = include_str!("../../sql/queries/documents/list_inbox.sql");
const READ: &str = include_str!("../../sql/queries/documents/read_document.sql");
const COUNT: &str = include_str!("../../sql/queries/documents/count_inbox.sql");

/// A document that waits for a person.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct InboxItem {
    pub document: Document,
    pub reasons: Vec<Reason>,
    /// What was refused, in words; absent where the document was read.
    pub message: Option<String>,
    /// Who the paper says it is about.
    pub printed: Option<Identity>,
    /// Patients it may belong to, nearest first, the linked partner among them.
    pub offers: Vec<OfferedPatient>,
    /// The patient that would be registered out of what the paper says.
    pub newcomer: Option<NewPatient>,
}

impl InboxItem {
    /// The patients of whom it shows something: whose it is, and those whom it is offered for.
    fn touches(&self) -> impl Iterator<Item = PatientId> {
        let offered = self.offers.iter().map(|offer| offer.id);
        self.document.touches().into_iter().chain(offered)
    }
}

/// Why a document waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Reason {
    pub code: HoldReason,
    /// For a person: what is wrong and what to do.
    pub words: &'static str,
}

/// A patient to whom the document may belong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct OfferedPatient {
    pub id: PatientId,
    pub family_name: String,
    pub given_names: String,
    #[schema(value_type = Option<String>, format = Date)]
    pub birth_date: Option<Date>,
    pub sex: Option<Sex>,
    pub identifiers: Vec<Identifier>,
    pub agrees: Vec<Agrees>,
    /// What speaks against it.
    pub contradicts: Vec<HoldReason>,
    /// Set where he or she is offered as the partner of this patient.
    pub partner_of: Option<PatientId>,
}

/// A page of the inbox, oldest first.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct InboxPage {
    pub items: Vec<InboxItem>,
    /// All that wait, on this page or not.
    pub waiting: i64,
    /// The cursor of the next page.
    pub next_cursor: Option<DocumentId>,
}

/// What waits for a person, `limit` of it after the cursor `after`.
pub async fn inbox(
    app: &Pool,
    viewer: &Viewer,
    after: Option<DocumentId>,
    limit: u16,
) -> Result<InboxPage, DocumentsError> {
    viewer.require(Scope::Read)?;
    let mut connection = db::connection(app).await?;
    let tx = viewer.begin(&mut connection).await?;
    let count = tx.prepare_cached(COUNT).await?;
    let waiting = tx.query_one(&count, &[]).await?.get(0);
    let list = tx.prepare_cached(LIST).await?;
    let rows = tx
        .query(
            &list,
            &[&after.map(|document| document.0), &(i64::from(limit) + 1)],
        )
        .await?;
    let authorities = patients::authorities(&tx).await?;
    let mut items = Vec::new();
    for row in rows.iter().take(usize::from(limit)) {
        items.push(
            item(
                app,
                viewer,
                &tx,
                &authorities,
                ReadDocument::of(row, viewer.sight)?,
            )
            .await?,
        );
    }
    let detail = json!({ "shown": items.len() });
    tx.commit().await?;
    drop(connection);
    let shown = items.iter().flat_map(InboxItem::touches);
    let event = Event::new("inbox.list").showing(shown).with(detail);
    viewer.saw(event).await?;
    let more = rows.len() > items.len();
    Ok(InboxPage {
        next_cursor: items.last().filter(|_| more).map(|item| item.document.id),
        items,
        waiting,
    })
}

/// How many documents wait for a person; no text of any of them is in it.
pub async fn count_waiting(app: &Pool, viewer: &Viewer) -> Result<i64, DocumentsError> {
    viewer.require(Scope::Read)?;
    let mut connection = db::connection(app).await?;
    let tx = viewer.begin(&mut connection).await?;
    let count = tx.prepare_cached(COUNT).await?;
    Ok(tx.query_one(&count, &[]).await?.get(0))
}

/// One document with the patients it may belong to, whether it waits or not.
pub async fn inbox_item(
    app: &Pool,
    viewer: &Viewer,
    id: DocumentId,
) -> Result<InboxItem, DocumentsError> {
    viewer.require(Scope::Read)?;
    let mut connection = db::connection(app).await?;
    let tx = viewer.begin(&mut connection).await?;
    let read = tx.prepare_cached(READ).await?;
    let row = tx
        .query_opt(&read, &[&id.0])
        .await?
        .ok_or(DocumentsError::NotFound(id))?;
    let authorities = patients::authorities(&tx).await?;
    let item = item(
        app,
        viewer,
        &tx,
        &authorities,
        ReadDocument::of(&row, viewer.sight)?,
    )
    .await?;
    tx.commit().await?;
    drop(connection);
    let event = Event::new("document.read").on(id.0).showing(item.touches());
    viewer.saw(event.of(item.document.touches())).await?;
    Ok(item)
}

async fn item(
    app: &Pool,
    viewer: &Viewer,
    tx: &Tx<'_>,
    authorities: &[Authority],
    read: ReadDocument,
) -> Result<InboxItem, DocumentsError> {
    let ReadDocument {
        mut document,
        analysis,
    } = read;
    let whose = document.touches();
    let screen = Screen::before(app, viewer, tx, whose).await?;
    document.screen(app, viewer, &screen).await?;
    let reasons = document
        .held_because
        .iter()
        .map(|&code| Reason {
            code,
            words: code.words(),
        })
        .collect();
    let message = analysis
        .as_ref()
        .and_then(|analysis| analysis.error.as_ref())
        .map(|refusal| refusal.message.clone());
    let mut readable = analysis.filter(|analysis| analysis.error.is_none());
    let offers = match &readable {
        Some(analysis) => offers(tx, authorities, &document, analysis).await?,
        None => Vec::new(),
    };
    if let Some(analysis) = &mut readable {
        clear_analysis(&screen, whose, analysis);
    }
    Ok(InboxItem {
        reasons,
        message,
        offers,
        newcomer: readable.as_ref().and_then(newcomer),
        printed: readable.map(|analysis| analysis.patient),
        document,
    })
}

/// Weighed anew, because the register may have changed since the document was held.
async fn offers(
    tx: &Tx<'_>,
    authorities: &[Authority],
    document: &Document,
    analysis: &Analysis,
) -> Result<Vec<OfferedPatient>, DocumentsError> {
    let paper = Paper::of(analysis, authorities);
    let stated = document.stated_patient_id;
    let register = patients::candidates(tx, &paper, stated).await?;
    let offers = matching::offer(&paper, stated, &register);
    let of = |id| register.iter().find(|candidate| candidate.patient == id);
    Ok(offers
        .into_iter()
        .filter_map(|offer| Some((of(offer.patient_id)?, offer)))
        .map(|(candidate, offer)| OfferedPatient {
            id: offer.patient_id,
            family_name: candidate.family_name.clone(),
            given_names: candidate.given_names.clone(),
            birth_date: candidate.birth_date,
            sex: candidate.sex,
            identifiers: numbers(candidate),
            agrees: offer.agrees,
            contradicts: offer.contradicts,
            partner_of: offer.partner_of,
        })
        .collect())
}

fn numbers(candidate: &Candidate) -> Vec<Identifier> {
    candidate
        .identifiers
        .iter()
        .map(|identifier| Identifier {
            authority: identifier.authority.clone(),
            value: identifier.value.clone(),
        })
        .collect()
}
