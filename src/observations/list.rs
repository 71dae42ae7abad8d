//! The values and the text of a document are read.

use super::{ObservationsError, PageText};
use crate::access::audit::Event;
use crate::access::{Scope, Viewer};
use crate::db::{self, Tx};
use crate::domain::analysis::Observation;
use crate::domain::ids::{AgentId, DocumentId, ObservationId, PatientId};
use deadpool_postgres::Pool;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

const LIST: &str = include_str!("../../sql/queries/observations/list_observations.sql");
const PAGES: &str = include_str!("../../sql/queries/observations/list_pages.sql");
const FIND: &str = include_str!("../../sql/queries/observations/find_document.sql");

/// A stored value.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct StoredObservation {
    pub id: ObservationId,
    pub state: ObservationState,
    /// As the paper states it, with its place; `observed_on` is the value's own day, else the day
    /// of collection.
    #[serde(flatten)]
    pub observation: Observation,
    /// The versions that read it.
    pub extractor: String,
    pub lexicon: String,
    /// Set where a person entered it instead of a place on the page.
    pub entered_by: Option<AgentId>,
    pub entered_because: Option<String>,
}

/// What became of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ObservationState {
    Read,
    Confirmed,
    Corrected,
    Rejected,
    /// A newer reading or a person's decision stands in its place.
    Superseded,
}

/// The values of a document that stand.
pub async fn of_document(
    app: &Pool,
    viewer: &Viewer,
    document: DocumentId,
) -> Result<Vec<StoredObservation>, ObservationsError> {
    viewer.require(Scope::Read)?;
    let mut connection = db::connection(app).await?;
    let tx = viewer.begin(&mut connection).await?;
    let touches = find(&tx, document).await?;
    let list = tx.prepare_cached(LIST).await?;
    let rows = tx.query(&list, &[&document.0]).await?;
    let mut values = Vec::with_capacity(rows.len());
    for row in &rows {
        let state = Value::String(row.get("state"));
        values.push(StoredObservation {
            id: ObservationId(row.get("observation_id")),
            state: serde_json::from_value(state)?,
            observation: serde_json::from_value(row.get("value"))?,
            extractor: row.get("extractor"),
            lexicon: row.get("lexicon"),
            entered_by: row.get::<_, Option<Uuid>>("entered_by").map(AgentId),
            entered_because: row.get("entered_because"),
        });
    }
    let detail = json!({ "shown": values.len() });
    tx.commit().await?;
    drop(connection);
    let event = Event::new("observation.list").on(document.0).of(touches);
    viewer.saw(event.with(detail)).await?;
    Ok(values)
}

/// The text of all pages of a document, or of one; none where it was not read.
pub async fn page_texts(
    app: &Pool,
    viewer: &Viewer,
    document: DocumentId,
    page: Option<u32>,
) -> Result<Vec<PageText>, ObservationsError> {
    viewer.require(Scope::Read)?;
    let mut connection = db::connection(app).await?;
    let tx = viewer.begin(&mut connection).await?;
    let touches = find(&tx, document).await?;
    let list = tx.prepare_cached(PAGES).await?;
    // A number beyond any page asks for no page.
    let wanted = page.map(|page| i32::try_from(page).unwrap_or(i32::MAX));
    let rows = tx.query(&list, &[&document.0, &wanted]).await?;
    let pages = rows
        .iter()
        .map(|row| PageText {
            number: row.get::<_, i32>("page") as u32,
            width: row.get("width"),
            height: row.get("height"),
            text: row.get("text"),
        })
        .collect();
    tx.commit().await?;
    drop(connection);
    let event = Event::new("document.text").on(document.0);
    viewer.saw(event.of(touches)).await?;
    Ok(pages)
}

/// Whose the document is so far.
async fn find(tx: &Tx<'_>, document: DocumentId) -> Result<Option<PatientId>, ObservationsError> {
    let find = tx.prepare_cached(FIND).await?;
    let row = tx.query_opt(&find, &[&document.0]).await?;
    let row = row.ok_or(ObservationsError::NotFound(document))?;
    Ok(row.get::<_, Option<Uuid>>("touches").map(PatientId))
}
