//! Documents are listed and read.

use super::code::code;
use super::paper_of_recipient::clear_analysis;
use super::{Document, DocumentsError, Filing, ReadDocument, State};
use crate::access::audit::Event;
use crate::access::{Scope, Viewer};
use crate::db;
use crate::domain::analysis::Kind;
use crate::domain::ids::{DocumentId, PatientId};
use crate::patients::Screen;
use deadpool_postgres::Pool;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

const LIST: &str = include_str!("../../sql/queries/documents/list_documents.sql");
const READ: &str = include_str!("../../sql/queries/documents/read_document.sql");

/// Which documents are wanted; what is `None` does not matter.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Filed for this patient, or sent in for him or her and not filed yet.
    pub patient: Option<PatientId>,
    pub state: Option<State>,
    pub filing: Option<Filing>,
    pub kind: Option<Kind>,
}

/// A page of documents, newest first.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DocumentPage {
    pub documents: Vec<Document>,
    /// The cursor of the next page.
    pub next_cursor: Option<DocumentId>,
}

/// Documents of the clinic, `limit` of them after the cursor `after`.
pub async fn list(
    app: &Pool,
    viewer: &Viewer,
    filter: &Filter,
    after: Option<DocumentId>,
    limit: u16,
) -> Result<DocumentPage, DocumentsError> {
    viewer.require(Scope::Read)?;
    let mut connection = db::connection(app).await?;
    let tx = viewer.begin(&mut connection).await?;
    let list = tx.prepare_cached(LIST).await?;
    // One more than asked for tells whether there is a next page.
    let rows = tx
        .query(
            &list,
            &[
                &after.map(|document| document.0),
                &filter.patient.map(|patient| patient.0),
                &filter.state.and_then(code),
                &filter.filing.and_then(code),
                &filter.kind.and_then(code),
                &(i64::from(limit) + 1),
            ],
        )
        .await?;
    let mut documents: Vec<Document> = rows
        .iter()
        .map(|row| Document::of(row, viewer.sight))
        .collect();
    let more = documents.len() > usize::from(limit);
    documents.truncate(usize::from(limit));
    let whose = documents.iter().filter_map(Document::touches);
    let screen = Screen::before(app, viewer, &tx, whose).await?;
    for document in &mut documents {
        document.screen(app, viewer, &screen).await?;
    }
    let detail = json!({ "shown": documents.len() });
    tx.commit().await?;
    drop(connection);
    let event = Event::new("document.list").of(filter.patient);
    let shown = documents.iter().filter_map(Document::touches);
    viewer.saw(event.showing(shown).with(detail)).await?;
    Ok(DocumentPage {
        next_cursor: documents.last().filter(|_| more).map(|d| d.id),
        documents,
    })
}

/// A document with its analysis.
pub async fn read(
    app: &Pool,
    viewer: &Viewer,
    id: DocumentId,
) -> Result<ReadDocument, DocumentsError> {
    viewer.require(Scope::Read)?;
    let mut connection = db::connection(app).await?;
    let rows = viewer.ask(&connection, READ, &[&id.0]).await?;
    let row = rows.first().ok_or(DocumentsError::NotFound(id))?;
    let mut document = ReadDocument::of(row, viewer.sight)?;
    let whose = document.document.touches();
    let screen = Screen::beside(app, viewer, &mut connection, whose).await?;
    document.document.screen(app, viewer, &screen).await?;
    if let Some(analysis) = &mut document.analysis {
        clear_analysis(&screen, whose, analysis);
    }
    drop(connection);
    let event = Event::new("document.read").on(id.0);
    viewer.saw(event.of(document.document.touches())).await?;
    Ok(document)
}
