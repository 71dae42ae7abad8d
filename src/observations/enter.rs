//! A person enters a value that the reading missed: the third kind of place, with the reason.

use super::ObservationsError;
use crate::access::audit::{self, Event};
use crate::access::{Scope, Viewer};
use crate::db;
use crate::domain::analysis::Comparator;
use crate::domain::ids::{AnalysisId, DocumentId, ObservationId, PatientId};
use deadpool_postgres::Pool;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

const FIND: &str = include_str!("../../sql/queries/observations/find_reading.sql");
const INSERT: &str = include_str!("../../sql/queries/observations/insert_entered.sql");

/// A value as a person reads it from the document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EnteredValue {
    /// Code of the lexicon.
    pub analyte: String,
    /// The number, in `unit`; absent for results in words.
    pub value: Option<f64>,
    /// As it stands on the document.
    pub value_text: String,
    /// UCUM.
    pub unit: Option<String>,
    pub comparator: Option<Comparator>,
    /// The result where it is words.
    pub text: Option<String>,
    #[schema(value_type = Option<String>, format = Date)]
    pub observed_on: Option<Date>,
    /// Why it is entered by hand.
    pub because: String,
}

/// Stores a value that a person entered for a document that was read.
///
/// The analyte must be a code that the caller knows: the table keeps what it is given.
pub async fn enter(
    app: &Pool,
    viewer: &Viewer,
    document: DocumentId,
    entered: &EnteredValue,
) -> Result<ObservationId, ObservationsError> {
    viewer.require(Scope::Write)?;
    if entered.because.trim().is_empty() {
        return Err(ObservationsError::NoReason);
    }
    if entered.value.is_none_or(|value| !value.is_finite()) && entered.text.is_none() {
        return Err(ObservationsError::NoValue);
    }
    let mut connection = db::connection(app).await?;
    let tx = viewer.begin(&mut connection).await?;
    let find = tx.prepare_cached(FIND).await?;
    let reading = tx
        .query_opt(&find, &[&document.0])
        .await?
        .ok_or(ObservationsError::NotFound(document))?;
    let id = ObservationId::fresh();
    let insert = tx.prepare_cached(INSERT).await?;
    tx.execute(
        &insert,
        &[
            &id.0,
            &viewer.clinic.0,
            &document.0,
            &reading.get::<_, Uuid>("analysis_id"),
            &reading.get::<_, &str>("extractor"),
            &reading.get::<_, &str>("lexicon"),
            &reading.get::<_, i32>("ordinal"),
            &entered.analyte,
            &entered.value,
            &entered.value_text,
            &entered.unit,
            &entered.comparator.map(sign),
            &entered.text,
            &entered.observed_on,
            &viewer.agent.id().0,
            &entered.because,
        ],
    )
    .await?;
    let analysis = AnalysisId(reading.get("analysis_id"));
    let detail =
        json!({ "observation_id": id, "analysis_id": analysis, "analyte": entered.analyte });
    audit::record(
        &tx,
        viewer,
        Event::new("observation.enter")
            .on(document.0)
            .of(reading.get::<_, Option<Uuid>>("touches").map(PatientId))
            .with(detail),
    )
    .await?;
    tx.commit().await?;
    Ok(id)
}

fn sign(comparator: Comparator) -> &'static str {
    match comparator {
        Comparator::Less => "<",
        Comparator::AtMost => "<=",
        Comparator::Greater => ">",
        Comparator::AtLeast => ">=",
    }
}
