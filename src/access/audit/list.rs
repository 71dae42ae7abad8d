//! The record is read: by auditors as a whole, and of one patient by whoever treats her or him.

use super::{AuditRow, Event, Outcome};
use crate::access::{AccessError, Scope, Viewer};
use crate::db::{self, DbError, Tx};
use crate::domain::ids::{AgentId, PatientId};
use deadpool_postgres::Pool;
use jiff::Timestamp;
use serde_json::json;
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

const LIST: &str = include_str!("../../../sql/queries/access/list_audit.sql");
const LIST_OF_PATIENT: &str = include_str!("../../../sql/queries/access/list_audit_of_patient.sql");
const NAME_AGENTS: &str = include_str!("../../../sql/queries/access/name_agents.sql");
const LIST_WITHHELD: &str = include_str!("../../../sql/queries/access/list_withheld_patients.sql");
const FIND_PATIENT: &str = include_str!("../../../sql/queries/access/find_seen_patient.sql");

/// Which rows are wanted; what is `None` does not matter.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Whose record was touched, by a list too.
    pub patient: Option<PatientId>,
    pub agent: Option<AgentId>,
    /// How the action begins: `document.` for all that was done to documents.
    pub action: Option<String>,
    pub outcome: Option<Outcome>,
    pub from: Option<Timestamp>,
    /// Rows before this moment.
    pub to: Option<Timestamp>,
}

/// Where a page ended.
pub type Place = (Timestamp, i64);

/// Rows of the viewer's clinic, the newest first, `limit` of them behind the place `after`; and
/// whether there are more.
pub async fn list(
    app: &Pool,
    viewer: &Viewer,
    filter: &Filter,
    after: Option<Place>,
    limit: u16,
) -> Result<(Vec<AuditRow>, bool), AccessError> {
    viewer.require(Scope::Audit)?;
    let listed = page(app, viewer, filter, after, limit).await?;
    let event = Event::new("audit.list").of(filter.patient);
    viewer.saw(event.with(told(filter, listed.0.len()))).await?;
    Ok(listed)
}

/// Everything that a clinic's own people did with the record of one patient, as [`list`]; `None`
/// where the viewer sees no such patient.
pub async fn who_looked(
    app: &Pool,
    viewer: &Viewer,
    patient: PatientId,
    after: Option<Place>,
    limit: u16,
) -> Result<Option<(Vec<AuditRow>, bool)>, AccessError> {
    viewer.require_any(&[Scope::Read, Scope::Audit])?;
    {
        let mut connection = db::connection(app).await?;
        let tx = viewer.begin(&mut connection).await?;
        let find = tx.prepare_cached(FIND_PATIENT).await?;
        if tx.query_opt(&find, &[&patient.0]).await?.is_none() {
            return Ok(None);
        }
    }
    let filter = Filter {
        patient: Some(patient),
        ..Filter::default()
    };
    let listed = page(app, viewer, &filter, after, limit).await?;
    let event = Event::new("audit.who_looked").on(patient.0).of(patient);
    let shown = json!({ "shown": listed.0.len() });
    viewer.saw(event.with(shown)).await?;
    Ok(Some(listed))
}

/// Records that the viewer takes the record away, and as what.
pub async fn export_begins(
    viewer: &Viewer,
    filter: &Filter,
    format: &'static str,
) -> Result<(), AccessError> {
    viewer.require(Scope::Audit)?;
    let mut detail = told(filter, 0);
    detail["format"] = format.into();
    let event = Event::new("audit.export").of(filter.patient);
    Ok(viewer.saw(event.with(detail)).await?)
}

/// The next rows of an export that was recorded when it began.
pub async fn export_page(
    app: &Pool,
    viewer: &Viewer,
    filter: &Filter,
    after: Option<Place>,
) -> Result<(Vec<AuditRow>, bool), AccessError> {
    /// Rows that an export holds in memory at once.
    const ROWS: u16 = 1000;
    viewer.require(Scope::Audit)?;
    Ok(page(app, viewer, filter, after, ROWS).await?)
}

fn told(filter: &Filter, shown: usize) -> serde_json::Value {
    json!({
        "agent_id": filter.agent, "action": filter.action, "outcome": filter.outcome,
        "from": filter.from, "to": filter.to, "shown": shown,
    })
}

async fn page(
    app: &Pool,
    viewer: &Viewer,
    filter: &Filter,
    after: Option<Place>,
    limit: u16,
) -> Result<(Vec<AuditRow>, bool), DbError> {
    let mut connection = db::connection(app).await?;
    let tx = viewer.begin(&mut connection).await?;
    // Nothing is older, and what lies before 4713 BC is no moment of Postgres.
    let sane = |at: Option<Timestamp>| at.map(|at| at.max(Timestamp::UNIX_EPOCH));
    let (at, id) = after.unzip();
    let (at, from, to) = (sane(at), sane(filter.from), sane(filter.to));
    let patient = filter.patient.map(|patient| patient.0);
    let agent = filter.agent.map(|agent| agent.0);
    let outcome = filter.outcome.map(Outcome::as_str);
    // One more than asked for tells whether there is a next page.
    let most = i64::from(limit) + 1;
    // Planned anew each time: which of the filters are there decides which index serves.
    let statement = match patient {
        Some(_) => LIST_OF_PATIENT,
        None => LIST,
    };
    let rows = tx
        .query(
            statement,
            &[
                &at,
                &id,
                &patient,
                &agent,
                &filter.action,
                &outcome,
                &from,
                &to,
                &most,
            ],
        )
        .await?;
    let mut listed = rows
        .iter()
        .map(AuditRow::of)
        .collect::<Result<Vec<_>, _>>()?;
    let more = listed.len() > usize::from(limit);
    listed.truncate(usize::from(limit));
    name(&tx, &mut listed).await?;
    withhold(&tx, &mut listed).await?;
    tx.commit().await?;
    Ok((listed, more))
}

/// Leaves out the patients whom the viewer is not shown: a list, or a row about both sides of a
/// donation, would lead from a recipient to the donor. The rows themselves stay. What was asked for and
/// refused may be anybody's id; that nobody here has it, or that it is a donor's, is not told.
async fn withhold(tx: &Tx<'_>, rows: &mut [AuditRow]) -> Result<(), DbError> {
    let named: BTreeSet<Uuid> = rows
        .iter()
        .flat_map(|row| row.patient_id.iter().chain(&row.patients))
        .map(|patient| patient.0)
        .collect();
    let named: Vec<Uuid> = named.into_iter().collect();
    let statement = tx.prepare_cached(LIST_WITHHELD).await?;
    let withheld: BTreeSet<Uuid> = tx
        .query(&statement, &[&named])
        .await?
        .iter()
        .map(|row| row.get(0))
        .collect();
    for row in rows {
        let mut named = row.patient_id.iter().chain(&row.patients);
        if !named.any(|patient| withheld.contains(&patient.0)) {
            continue;
        }
        row.patients
            .retain(|patient| !withheld.contains(&patient.0));
        row.patient_id = row.patient_id.filter(|it| !withheld.contains(&it.0));
        if row.action != "access.refuse" {
            row.subject = row.subject.filter(|it| !withheld.contains(it));
            row.detail = json!({});
        }
    }
    Ok(())
}

/// Says what the agents are called.
async fn name(tx: &Tx<'_>, rows: &mut [AuditRow]) -> Result<(), DbError> {
    let ids: BTreeSet<Uuid> = rows
        .iter()
        .filter_map(|row| row.agent_id)
        .map(|id| id.0)
        .collect();
    let ids: Vec<Uuid> = ids.into_iter().collect();
    let statement = tx.prepare_cached(NAME_AGENTS).await?;
    let found = tx.query(&statement, &[&ids]).await?;
    let names: HashMap<Uuid, String> = found
        .iter()
        .map(|row| (row.get("agent_id"), row.get("name")))
        .collect();
    for row in rows {
        row.agent = row.agent_id.and_then(|id| names.get(&id.0).cloned());
    }
    Ok(())
}
