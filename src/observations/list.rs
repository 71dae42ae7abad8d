//! The values and the text of a document are read.

use super::{ObservationsError, PageText};
use crate::access::audit::{Event, Outcome};
use crate::access::{Scope, Viewer};
use crate::db::{self, Tx};
use crate::documents::{self, paper_of_recipient::clear_observation};
use crate::domain::analysis::Observation;
use crate::domain::ids::{AgentId, DocumentId, ObservationId, PatientId};
use crate::domain::sex_chromosomes::{self, Context};
use crate::patients::Screen;
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

impl StoredObservation {
    /// Masks sex chromosomes; `may_tell` says that its document may tell them.
    fn mask(&mut self, may_tell: bool) {
        let context = Context::of_value(&self.observation.analyte, may_tell);
        self.observation.mask(context);
        if let Some(because) = &mut self.entered_because {
            sex_chromosomes::redact_in_place(because, context);
        }
    }
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
    let Found { touches, may_tell } = find(&tx, document).await?;
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
    if !viewer.sight.sex_chromosomes {
        for value in &mut values {
            value.mask(may_tell);
        }
    }
    let screen = Screen::before(app, viewer, &tx, touches).await?;
    for value in &mut values {
        clear_observation(&screen, touches, &mut value.observation);
        if let Some(because) = &mut value.entered_because {
            screen.clear(touches, because);
        }
    }
    let detail = json!({ "shown": values.len() });
    tx.commit().await?;
    drop(connection);
    let event = Event::new("observation.list").on(document.0).of(touches);
    viewer.saw(event.with(detail)).await?;
    Ok(values)
}

/// The text of all pages of a document, or of one; none where it was not read. Whoever does not see
/// sex chromosomes is given the masked text, and none before it was masked.
///
/// A search in the text of pages has to look in the same text as is shown here, the masked one for
/// such a viewer: what finds a document tells what stands in it.
pub async fn page_texts(
    app: &Pool,
    viewer: &Viewer,
    document: DocumentId,
    page: Option<u32>,
) -> Result<Vec<PageText>, ObservationsError> {
    viewer.require(Scope::Read)?;
    let mut connection = db::connection(app).await?;
    let tx = viewer.begin(&mut connection).await?;
    let Found { touches, .. } = find(&tx, document).await?;
    let list = tx.prepare_cached(PAGES).await?;
    // A number beyond any page asks for no page.
    let wanted = page.map(|page| i32::try_from(page).unwrap_or(i32::MAX));
    let rows = tx.query(&list, &[&document.0, &wanted]).await?;
    let pages = rows.iter().map(PageText::of).collect();
    let because = documents::withheld(app, viewer, &tx, document, touches).await?;
    tx.commit().await?;
    drop(connection);
    let event = Event::new("document.text").on(document.0).of(touches);
    if let Some(because) = because {
        let detail = json!({ "withheld_because": because });
        let refused = event.with(detail).ended(Outcome::Refused);
        viewer.saw(refused).await?;
        return Err(ObservationsError::Withheld(because));
    }
    viewer.saw(event).await?;
    Ok(pages)
}

/// A document that is there.
struct Found {
    /// Whose it is so far.
    touches: Option<PatientId>,
    /// Whether it may tell sex chromosomes.
    may_tell: bool,
}

async fn find(tx: &Tx<'_>, document: DocumentId) -> Result<Found, ObservationsError> {
    let find = tx.prepare_cached(FIND).await?;
    let row = tx.query_opt(&find, &[&document.0]).await?;
    let row = row.ok_or(ObservationsError::NotFound(document))?;
    Ok(Found {
        touches: row.get::<_, Option<Uuid>>("touches").map(PatientId),
        may_tell: row.get("may_tell"),
    })
}
