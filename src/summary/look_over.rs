//! Whether everybody is told what the definition says: the materialized rows, the statement that
//! answers requests, and what is kept in the cache.

use super::SummaryError;
use super::answer::SHAPE;
use super::read::{READ_SUMMARY, content};
use crate::access::Sight;
use crate::cache::{Cache, Key};
use crate::db::{self, DbError};
use crate::domain::flaw::{Flaw, Rule};
use crate::domain::ids::{ClinicId, PatientId};
use crate::lexicon;
use deadpool_postgres::Pool;
use tokio_postgres::{Client, Row};
use uuid::Uuid;

const FIND_UNLIKE: &str = include_str!("../../sql/queries/summary/find_unlike_summaries.sql");
const LIST: &str = include_str!("../../sql/queries/summary/list_definitions.sql");

/// Patients that are looked at in one transaction.
const PAGE: i64 = 100;

const MATERIALIZED: Rule = Rule {
    code: "summary_not_refreshed",
    about: "patient",
    says: "the materialized summary is another than its definition and nothing marks it: insert the patient into `stale_patient`, and report this as a fault of the program",
};
const ANSWERED: Rule = Rule {
    code: "summary_wrong",
    about: "patient",
    says: "what is answered is another summary than the definition: insert the patient into `stale_patient`, and report this as a fault of the program",
};
const CACHED: Rule = Rule {
    code: "summary_cached_wrong",
    about: "patient",
    says: "Redis holds another summary under the patient's version: empty Redis, restart what serves, and report this as a fault of the program",
};

/// Compares all materialized summaries with the definition, at the price of a refresh. `refresher` is
/// a session of the role `fertidoc_refresher`.
pub async fn look_over_materialized(refresher: &Client) -> Result<Vec<Flaw>, DbError> {
    let rows = refresher.query(FIND_UNLIKE, &[]).await?;
    let mut flaws = Vec::with_capacity(rows.len());
    for row in &rows {
        let clinic = ClinicId(row.try_get("clinic_id")?);
        let patient = row.try_get("patient_id")?;
        flaws.push(Flaw::of(&MATERIALIZED, Some(clinic), Some(patient)));
    }
    Ok(flaws)
}

/// Compares, for each patient of a clinic, what is answered to whoever sees everything with the
/// definition; how many patients there are. `app` is the pool of the role that answers requests.
pub async fn look_over(
    app: &Pool,
    clinic: ClinicId,
    cache: &Cache,
) -> Result<(u64, Vec<Flaw>), SummaryError> {
    let (mut patients, mut flaws) = (0, Vec::new());
    let mut after = Uuid::nil();
    loop {
        let mut connection = db::connection(app).await?;
        let tx = db::begin_still(&mut connection, clinic).await?;
        let list = tx.prepare_cached(LIST).await?;
        let answer = tx.prepare_cached(READ_SUMMARY).await?;
        let definitions = tx.query(&list, &[&after, &PAGE]).await?;
        let Some(last) = definitions.last() else {
            return Ok((patients, flaws));
        };
        after = last.try_get("patient_id")?;
        patients += definitions.len() as u64;
        for definition in &definitions {
            let patient: Uuid = definition.try_get("patient_id")?;
            let answered = tx.query_opt(&answer, &[&patient]).await?;
            let rules = compare(definition, answered.as_ref(), clinic, cache).await?;
            let found = rules.into_iter().flatten();
            flaws.extend(found.map(|rule| Flaw::of(rule, Some(clinic), Some(patient))));
        }
    }
}

/// What is wrong with what Postgres answers, and with what Redis keeps.
async fn compare(
    definition: &Row,
    answered: Option<&Row>,
    clinic: ClinicId,
    cache: &Cache,
) -> Result<[Option<&'static Rule>; 2], SummaryError> {
    let defined = content(definition)?;
    let answered = answered.map(content).transpose()?;
    let wrong = (answered.as_ref() != Some(&defined)).then_some(&ANSWERED);
    let everything = Sight {
        donors: true,
        sex_chromosomes: true,
    };
    let key = Key::Summary {
        clinic,
        patient: PatientId(definition.try_get("patient_id")?),
        version: defined.version,
        class: everything.word(),
        shape: SHAPE,
        lexicon: lexicon::VERSION,
    };
    let kept = cache.get(&key).await;
    let same = match kept {
        Some(kept) => kept == serde_json::to_vec(&defined)?,
        None => true,
    };
    Ok([wrong, (!same).then_some(&CACHED)])
}
