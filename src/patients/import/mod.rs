//! Patients from a CSV file, with a report for each line.
//!
//! The first line names the columns, in any order: `family_name`, `given_names`, `birth_date`,
//! `sex`, `mrn` with `mrn_authority` (who issued it, `clinic` where the column is missing), and
//! `identifier:NAME` for numbers of any other issuer. Comma, semicolon or tab; UTF-8. A line whose
//! patient is there already changes nothing, so a file may be imported again. No answer repeats
//! text of a patient: lines are named by number, columns by place.

mod columns;

use super::register::{holder, insert};
use super::{Authority, NewPatient, Patient, PatientsError, authorities, fetch, fold_identifier};
use crate::access::audit::{self, Event};
use crate::access::{Scope, Viewer};
use crate::db::{self, Tx};
use crate::domain::ids::PatientId;
use crate::domain::name::{self, Agreement};
use columns::{columns, delimiter, parse};
use csv::ByteRecord;
use deadpool_postgres::Pool;
use serde::Serialize;
use serde_json::json;
use std::collections::BTreeSet;
use utoipa::ToSchema;

const NAMESAKES: &str = include_str!("../../../sql/queries/patients/find_namesakes.sql");

/// More lines than any clinic has patients for.
const LINES: usize = 200_000;

/// What became of a file.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ImportReport {
    /// Nothing was written: the report says what would have been.
    pub dry_run: bool,
    pub created: usize,
    pub unchanged: usize,
    pub refused: usize,
    pub lines: Vec<ImportLine>,
}

/// What became of a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ImportLine {
    /// Counted from 1, the line of the column names.
    pub line: u64,
    pub outcome: Imported,
    /// The patient; absent where the line was refused or nothing is written.
    pub patient_id: Option<PatientId>,
    pub reason: Option<&'static str>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Imported {
    Created,
    /// The patient is there already.
    Unchanged,
    Refused,
}

/// Imports a whole file in one transaction; with `dry_run` only the report is made.
pub async fn import_csv(
    app: &Pool,
    viewer: &Viewer,
    file: &[u8],
    dry_run: bool,
) -> Result<ImportReport, PatientsError> {
    viewer.require(Scope::Write)?;
    let file = file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file);
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter(file))
        .flexible(true)
        .from_reader(file);
    let columns = columns(
        reader
            .byte_headers()
            .map_err(|_| PatientsError::Unimportable("its first line cannot be read".into()))?,
    )?;
    let mut connection = db::connection(app).await?;
    let mut tx = viewer.begin(&mut connection).await?;
    let mut lines = Vec::new();
    let mut met = Met::default();
    let mut record = ByteRecord::new();
    loop {
        match reader.read_byte_record(&mut record) {
            Ok(false) => break,
            Ok(true) => {}
            Err(_) => return Err(PatientsError::Unimportable("it cannot be read".into())),
        }
        if lines.len() == LINES {
            return Err(PatientsError::Unimportable(format!(
                "it has more than {LINES} lines"
            )));
        }
        let number = record.position().map_or(0, csv::Position::line);
        let outcome = match parse(&record, &columns) {
            Ok(patient) => line(&mut tx, viewer, patient, &mut met).await?,
            Err(reason) => Err(reason),
        };
        lines.push(match outcome {
            Ok((outcome, patient)) => ImportLine {
                line: number,
                outcome,
                patient_id: Some(patient).filter(|_| !dry_run || outcome == Imported::Unchanged),
                reason: None,
            },
            Err(reason) => ImportLine {
                line: number,
                outcome: Imported::Refused,
                patient_id: None,
                reason: Some(reason),
            },
        });
    }
    let count = |outcome| lines.iter().filter(|line| line.outcome == outcome).count();
    let report = ImportReport {
        dry_run,
        created: count(Imported::Created),
        unchanged: count(Imported::Unchanged),
        refused: count(Imported::Refused),
        lines,
    };
    let detail = json!({
        "created": report.created, "unchanged": report.unchanged, "refused": report.refused,
    });
    if dry_run {
        // It tells who is registered already, so it is a read.
        let event = Event::new("patient.import_try").showing(met.there());
        tx.rollback().await?;
        drop(connection);
        viewer.saw(event.with(detail)).await?;
    } else {
        let event = Event::new("patient.import").showing(met.all);
        audit::record(&tx, viewer, event.with(detail)).await?;
        tx.commit().await?;
    }
    Ok(report)
}

type Outcome = Result<(Imported, PatientId), &'static str>;

/// Of whom the report tells something: that they are registered already, as whom, or are now.
#[derive(Default)]
struct Met {
    all: BTreeSet<PatientId>,
    created: BTreeSet<PatientId>,
}

impl Met {
    /// Those who are there when nothing was written.
    fn there(self) -> impl Iterator<Item = PatientId> {
        let created = self.created;
        self.all.into_iter().filter(move |id| !created.contains(id))
    }
}

/// Writes one line, or leaves no trace of it.
async fn line(
    tx: &mut Tx<'_>,
    viewer: &Viewer,
    patient: NewPatient,
    met: &mut Met,
) -> Result<Outcome, PatientsError> {
    let known = authorities(tx).await?;
    match already_there(tx, &known, &patient, met).await? {
        Some(Ok(id)) => return Ok(Ok((Imported::Unchanged, id))),
        Some(Err(reason)) => return Ok(Err(reason)),
        None => {}
    }
    let savepoint = tx.transaction().await?;
    match insert(&savepoint, viewer, patient).await {
        Ok(id) => {
            savepoint.commit().await?;
            met.all.insert(id);
            met.created.insert(id);
            Ok(Ok((Imported::Created, id)))
        }
        Err(PatientsError::Invalid(wrong)) => {
            savepoint.rollback().await?;
            Ok(Err(wrong.first().map_or("a field", |field| field.message)))
        }
        Err(PatientsError::IdentifierTaken { holder, .. }) => {
            met.all.extend(holder);
            savepoint.rollback().await?;
            Ok(Err("its number belongs to another patient"))
        }
        Err(other) => Err(other),
    }
}

/// The patient whom the line speaks of, or why the line contradicts the register.
async fn already_there(
    tx: &Tx<'_>,
    known: &[Authority],
    patient: &NewPatient,
    met: &mut Met,
) -> Result<Option<Result<PatientId, &'static str>>, PatientsError> {
    let mut held = None;
    let mut free = false;
    for identifier in &patient.identifiers {
        let house = known.iter().find(|a| a.is_called(&identifier.authority));
        let holder = match house {
            Some(house) => holder(tx, &house.code, &fold_identifier(&identifier.value)).await?,
            None => None,
        };
        met.all.extend(holder);
        match (holder, held) {
            (Some(holder), Some(other)) if holder != other => {
                return Ok(Some(Err("its numbers belong to two patients")));
            }
            (Some(holder), _) => held = Some(holder),
            (None, _) => free = true,
        }
    }
    if let Some(id) = held {
        let there = fetch(tx, id).await?;
        return Ok(Some(if !agrees(&there, patient) {
            Err("its number belongs to a patient with another name, birth date or sex")
        } else if free {
            Err("the patient is registered without one of its numbers: add it to the patient")
        } else {
            Ok(id)
        }));
    }
    let find = tx.prepare_cached(NAMESAKES).await?;
    for row in tx.query(&find, &[&patient.birth_date]).await? {
        if same_name(row.get("family_name"), row.get("given_names"), patient) {
            let there = PatientId(row.get("patient_id"));
            met.all.insert(there);
            return Ok(Some(if patient.identifiers.is_empty() {
                Ok(there)
            } else {
                Err("a patient with this name and birth date is registered with other numbers")
            }));
        }
    }
    Ok(None)
}

fn agrees(there: &Patient, line: &NewPatient) -> bool {
    same_name(&there.family_name, &there.given_names, line)
        && Agreement::of(there.birth_date, line.birth_date) != Agreement::Differ
        && Agreement::of(there.sex, line.sex) != Agreement::Differ
}

fn same_name(family: &str, given: &str, line: &NewPatient) -> bool {
    name::fold(family) == name::fold(&line.family_name)
        && name::fold(given) == name::fold(&line.given_names)
}
