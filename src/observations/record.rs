//! A reading becomes rows, in the transaction that also settles the document and ends the job.

use super::{ObservationsError, mask};
use crate::db::Tx;
use crate::domain::analysis::{Analysis, RefusalCode};
use crate::domain::ids::{AnalysisId, ClinicId, DocumentId, ObservationId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio_postgres::Row;
use utoipa::ToSchema;
use uuid::Uuid;

const INSERT_ANALYSIS: &str = include_str!("../../sql/queries/observations/insert_analysis.sql");
const FIND_STANDING: &str =
    include_str!("../../sql/queries/observations/find_standing_analysis.sql");
const INSERT_PAGES: &str = include_str!("../../sql/queries/observations/insert_pages.sql");
const SUPERSEDE: &str = include_str!("../../sql/queries/observations/supersede_observations.sql");
const INSERT_OBSERVATIONS: &str =
    include_str!("../../sql/queries/observations/insert_observations.sql");

/// The text of one page as it was read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PageText {
    /// Counted from 1.
    pub number: u32,
    /// As a viewer shows the page, in points or pixels.
    pub width: f64,
    pub height: f64,
    pub text: String,
}

impl PageText {
    pub(super) fn of(row: &Row) -> Self {
        Self {
            number: row.get::<_, i32>("page") as u32,
            width: row.get("width"),
            height: row.get("height"),
            text: row.get("text"),
        }
    }
}

/// What became of a reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recorded {
    /// The reading whose values stand; `None` where it failed for a reason that may pass.
    pub analysis: Option<AnalysisId>,
    /// Values that this call stored; none where the same version had read the document before.
    pub observations: usize,
}

/// Stores the reading of a document, once for each version of extractor and lexicon.
pub async fn record(
    tx: &Tx<'_>,
    clinic: ClinicId,
    document: DocumentId,
    analysis: &Analysis,
    pages: &[PageText],
) -> Result<Recorded, ObservationsError> {
    if analysis.error.as_ref().is_some_and(|e| may_pass(e.code)) {
        // The same version may well read it the next time.
        return Ok(Recorded {
            analysis: None,
            observations: 0,
        });
    }
    let mut result = serde_json::to_value(analysis)?;
    without_nul(&mut result);
    let id = AnalysisId::fresh();
    let versions = &analysis.versions;
    let insert = tx.prepare_cached(INSERT_ANALYSIS).await?;
    let inserted = tx
        .execute(
            &insert,
            &[
                &id.0,
                &clinic.0,
                &document.0,
                &versions.extractor,
                &versions.lexicon,
                &result,
            ],
        )
        .await?;
    if inserted == 0 {
        let find = tx.prepare_cached(FIND_STANDING).await?;
        let row = tx
            .query_one(
                &find,
                &[&document.0, &versions.extractor, &versions.lexicon],
            )
            .await?;
        return Ok(Recorded {
            analysis: Some(AnalysisId(row.get(0))),
            observations: 0,
        });
    }
    insert_pages(tx, clinic, id, pages).await?;
    mask::write(tx, document, id, analysis, pages).await?;
    let supersede = tx.prepare_cached(SUPERSEDE).await?;
    tx.execute(&supersede, &[&document.0, &id.0]).await?;
    let ids: Vec<Uuid> = analysis
        .observations
        .iter()
        .map(|_| ObservationId::fresh().0)
        .collect();
    let insert = tx.prepare_cached(INSERT_OBSERVATIONS).await?;
    tx.execute(
        &insert,
        &[
            &clinic.0,
            &document.0,
            &id.0,
            &versions.extractor,
            &versions.lexicon,
            &result,
            &ids,
            &analysis.collected_on,
        ],
    )
    .await?;
    Ok(Recorded {
        analysis: Some(id),
        observations: ids.len(),
    })
}

async fn insert_pages(
    tx: &Tx<'_>,
    clinic: ClinicId,
    analysis: AnalysisId,
    pages: &[PageText],
) -> Result<(), ObservationsError> {
    if pages.is_empty() {
        return Ok(());
    }
    let numbers: Vec<i32> = pages.iter().map(|page| page.number as i32).collect();
    let widths: Vec<f64> = pages.iter().map(|page| page.width).collect();
    let heights: Vec<f64> = pages.iter().map(|page| page.height).collect();
    let texts: Vec<String> = pages
        .iter()
        .map(|page| page.text.replace('\0', ""))
        .collect();
    let insert = tx.prepare_cached(INSERT_PAGES).await?;
    tx.execute(
        &insert,
        &[&clinic.0, &analysis.0, &numbers, &widths, &heights, &texts],
    )
    .await?;
    Ok(())
}

/// Whether the same version may read the file another time: its child died, the file did not say no.
fn may_pass(code: RefusalCode) -> bool {
    matches!(
        code,
        RefusalCode::TimedOut | RefusalCode::OutOfMemory | RefusalCode::Crashed
    )
}

/// Postgres keeps no NUL in text; fonts without a usable encoding yield some.
pub(super) fn without_nul(value: &mut Value) {
    match value {
        Value::String(text) if text.contains('\0') => *text = text.replace('\0', ""),
        Value::Array(items) => items.iter_mut().for_each(without_nul),
        Value::Object(fields) => fields.values_mut().for_each(without_nul),
        _ => {}
    }
}
