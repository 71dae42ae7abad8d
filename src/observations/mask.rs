//! The masked reading: written with the reading, and again where newer rules find more.

use super::record::without_nul;
use super::{ObservationsError, PageText};
use crate::db::{self, Tx};
use crate::domain::analysis::Analysis;
use crate::domain::ids::{AnalysisId, ClinicId, DocumentId};
use crate::domain::sex_chromosomes::{Context, RULES, Verdict, is_genetic, redact};
use deadpool_postgres::Pool;
use serde_json::Value;
use uuid::Uuid;

const WRITE: &str = include_str!("../../sql/queries/observations/write_mask.sql");
const LIST: &str = include_str!("../../sql/queries/observations/list_unmasked.sql");
const FIND: &str = include_str!("../../sql/queries/observations/find_unmasked.sql");
const PAGES: &str = include_str!("../../sql/queries/observations/read_reading_pages.sql");

/// Documents that are decided about between two looks at the list.
const AT_ONCE: i32 = 100;

/// Writes whether a document tells sex chromosomes, and, unless it is certain not to, what is shown
/// of its reading where they are masked.
pub(super) async fn write(
    tx: &Tx<'_>,
    document: DocumentId,
    id: AnalysisId,
    analysis: &Analysis,
    pages: &[PageText],
) -> Result<(), ObservationsError> {
    let texts: Vec<&str> = pages.iter().map(|page| page.text.as_str()).collect();
    let verdict = Verdict::of(analysis, &texts);
    let (result, shown) = if verdict == Verdict::Absent {
        (None, None)
    } else {
        let (result, shown) = masked(analysis, pages, &texts)?;
        (Some(result), Some(shown))
    };
    let statement = tx.prepare_cached(WRITE).await?;
    tx.execute(
        &statement,
        &[
            &document.0,
            &id.0,
            &verdict.as_str(),
            &RULES,
            &result,
            &shown,
            &analysis.error.is_some(),
        ],
    )
    .await?;
    Ok(())
}

/// The analysis and its pages as JSON, masked.
fn masked(
    analysis: &Analysis,
    pages: &[PageText],
    texts: &[&str],
) -> Result<(Value, Value), serde_json::Error> {
    let context = Context::of(is_genetic(analysis), texts.iter().copied());
    let pages: Vec<PageText> = pages
        .iter()
        .map(|page| PageText {
            text: redact(&page.text, context).into_owned(),
            ..*page
        })
        .collect();
    let mut analysis = analysis.clone();
    analysis.mask(texts);
    let (mut result, mut shown) = (
        serde_json::to_value(analysis)?,
        serde_json::to_value(pages)?,
    );
    without_nul(&mut result);
    without_nul(&mut shown);
    Ok((result, shown))
}

/// Decides about documents whose mask older rules decided, and answers about how many. Any worker
/// does this for all clinics.
pub async fn mask_backlog(worker: &Pool) -> Result<usize, ObservationsError> {
    let mut connection = db::connection(worker).await?;
    let list = connection.prepare_cached(LIST).await?;
    let waiting = connection.query(&list, &[&RULES, &AT_ONCE]).await?;
    let mut decided = 0;
    for row in &waiting {
        let (clinic, document) = (
            ClinicId(row.get("clinic_id")),
            DocumentId(row.get("document_id")),
        );
        let tx = db::begin_for(&mut connection, clinic).await?;
        match mask_again(&tx, document).await {
            Ok(done) => {
                tx.commit().await?;
                decided += usize::from(done);
            }
            // It stays withheld; the others need not wait for it.
            Err(error @ ObservationsError::Unfit(_)) => {
                tracing::error!(%document, %error, "a reading cannot be masked");
            }
            Err(error) => return Err(error),
        }
    }
    Ok(decided)
}

async fn mask_again(tx: &Tx<'_>, document: DocumentId) -> Result<bool, ObservationsError> {
    let find = tx.prepare_cached(FIND).await?;
    let Some(row) = tx.query_opt(&find, &[&document.0, &RULES]).await? else {
        return Ok(false);
    };
    let id = AnalysisId(row.get::<_, Uuid>("analysis_id"));
    let analysis: Analysis = serde_json::from_value(row.get("result"))?;
    let list = tx.prepare_cached(PAGES).await?;
    let pages: Vec<PageText> = tx
        .query(&list, &[&id.0])
        .await?
        .iter()
        .map(PageText::of)
        .collect();
    write(tx, document, id, &analysis, &pages).await?;
    Ok(true)
}
