//! Patients are registered, read and changed.

use super::authority;
use super::candidates::authorities;
use super::paper::fold_identifier;
use super::patient::sex_code;
use super::{NewPatient, Patient, PatientChange, PatientsError};
use crate::access::audit::{self, Event};
use crate::access::{Scope, Viewer};
use crate::db::{self, DbError, Tx};
use crate::domain::ids::PatientId;
use deadpool_postgres::Pool;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::json;
use uuid::Uuid;

const INSERT: &str = include_str!("../../sql/queries/patients/insert_patient.sql");
const UPDATE: &str = include_str!("../../sql/queries/patients/update_patient.sql");
const LOCK: &str = include_str!("../../sql/queries/patients/lock_patients.sql");
const READ: &str = include_str!("../../sql/queries/patients/read_patient.sql");
const INSERT_WORDS: &str = include_str!("../../sql/queries/patients/insert_name_words.sql");
const DELETE_WORDS: &str = include_str!("../../sql/queries/patients/delete_name_words.sql");
const INSERT_IDENTIFIER: &str = include_str!("../../sql/queries/patients/insert_identifier.sql");
const FIND_IDENTIFIER: &str = include_str!("../../sql/queries/patients/find_identifier.sql");
const DELETE_IDENTIFIERS: &str = include_str!("../../sql/queries/patients/delete_identifiers.sql");

/// Registers a patient.
pub async fn create(
    app: &Pool,
    viewer: &Viewer,
    patient: NewPatient,
) -> Result<Patient, PatientsError> {
    viewer.require(Scope::Write)?;
    let mut connection = db::connection(app).await?;
    let tx = viewer.begin(&mut connection).await?;
    let id = match insert(&tx, viewer, patient).await {
        Ok(id) => id,
        Err(error) => {
            drop(tx);
            drop(connection);
            return Err(told_of_holder(viewer, error).await);
        }
    };
    let patient = fetch(&tx, id).await?;
    tx.commit().await?;
    Ok(patient)
}

/// A patient with numbers and partners.
pub async fn read(app: &Pool, viewer: &Viewer, id: PatientId) -> Result<Patient, PatientsError> {
    viewer.require(Scope::Read)?;
    let connection = db::connection(app).await?;
    let rows = viewer.ask(&connection, READ, &[&id.0]).await?;
    drop(connection);
    let patient = Patient::of(rows.first().ok_or(PatientsError::NotFound(id))?);
    let event = Event::new("patient.read").on(id.0).of(id);
    viewer.saw(event.showing(patient.beside())).await?;
    Ok(patient)
}

/// Changes a patient who still is at `revision`.
pub async fn change(
    app: &Pool,
    viewer: &Viewer,
    id: PatientId,
    revision: i64,
    change: PatientChange,
) -> Result<Patient, PatientsError> {
    viewer.require(Scope::Write)?;
    if change.donor_code.is_some() {
        viewer.require(Scope::Donors)?;
    }
    let mut connection = db::connection(app).await?;
    let tx = viewer.begin(&mut connection).await?;
    let current = lock(&tx, &[id]).await?;
    if current != [revision] {
        return Err(PatientsError::Stale {
            current: current[0],
        });
    }
    let renumbered = change.identifiers.is_some();
    let patient = fetch(&tx, id).await?.changed(change).checked(today())?;
    let update = tx.prepare_cached(UPDATE).await?;
    tx.execute(
        &update,
        &[
            &id.0,
            &patient.family_name,
            &patient.given_names,
            &patient.birth_date,
            &sex_code(patient.sex),
            &patient.search_text(),
            &patient.donor_code,
        ],
    )
    .await
    .map_err(donor_refused)?;
    let delete = tx.prepare_cached(DELETE_WORDS).await?;
    tx.execute(&delete, &[&id.0]).await?;
    spell(&tx, viewer, id, &patient).await?;
    if renumbered {
        let delete = tx.prepare_cached(DELETE_IDENTIFIERS).await?;
        tx.execute(&delete, &[&id.0]).await?;
        if let Err(error) = number(&tx, viewer, id, &patient).await {
            drop(tx);
            drop(connection);
            return Err(told_of_holder(viewer, error).await);
        }
    }
    let patient = fetch(&tx, id).await?;
    audit::record(
        &tx,
        viewer,
        Event::new("patient.change")
            .on(id.0)
            .of(id)
            .showing(patient.beside())
            .with(json!({ "from_revision": revision })),
    )
    .await?;
    tx.commit().await?;
    Ok(patient)
}

/// Registers a patient within a transaction of the viewer's clinic.
pub async fn insert(
    tx: &Tx<'_>,
    viewer: &Viewer,
    patient: NewPatient,
) -> Result<PatientId, PatientsError> {
    if patient.donor_code.is_some() {
        viewer.require(Scope::Donors)?;
    }
    let patient = patient.checked(today())?;
    let id = PatientId::fresh();
    let insert = tx.prepare_cached(INSERT).await?;
    tx.execute(
        &insert,
        &[
            &id.0,
            &viewer.clinic.0,
            &patient.family_name,
            &patient.given_names,
            &patient.birth_date,
            &sex_code(patient.sex),
            &patient.search_text(),
            &patient.donor_code,
        ],
    )
    .await
    .map_err(donor_refused)?;
    spell(tx, viewer, id, &patient).await?;
    number(tx, viewer, id, &patient).await?;
    audit::record(tx, viewer, Event::new("patient.create").on(id.0).of(id)).await?;
    Ok(id)
}

/// That a number is somebody's already tells of that patient, so it is recorded before it is told.
pub async fn told_of_holder(viewer: &Viewer, error: PatientsError) -> PatientsError {
    let PatientsError::IdentifierTaken {
        holder: Some(holder),
        ..
    } = error
    else {
        return error;
    };
    let event = Event::new("patient.find_number").on(holder.0).of(holder);
    match viewer.saw(event).await {
        Ok(()) => error,
        Err(unrecorded) => unrecorded.into(),
    }
}

async fn spell(
    tx: &Tx<'_>,
    viewer: &Viewer,
    id: PatientId,
    patient: &NewPatient,
) -> Result<(), PatientsError> {
    let insert = tx.prepare_cached(INSERT_WORDS).await?;
    tx.execute(&insert, &[&viewer.clinic.0, &id.0, &patient.name_words()])
        .await?;
    Ok(())
}

async fn number(
    tx: &Tx<'_>,
    viewer: &Viewer,
    id: PatientId,
    patient: &NewPatient,
) -> Result<(), PatientsError> {
    let mut known = authorities(tx).await?;
    let insert = tx.prepare_cached(INSERT_IDENTIFIER).await?;
    for identifier in &patient.identifiers {
        let house = authority::resolve(tx, viewer, &mut known, &identifier.authority, &[]).await?;
        let folded = fold_identifier(&identifier.value);
        let given = tx
            .execute(
                &insert,
                &[
                    &viewer.clinic.0,
                    &id.0,
                    &house.code,
                    &identifier.value,
                    &folded,
                ],
            )
            .await?;
        if given == 0 {
            // The same number twice for one patient is one number. A holder whom this viewer does not
            // see holds it all the same.
            let holder = holder(tx, &house.code, &folded).await?;
            if holder != Some(id) {
                return Err(PatientsError::IdentifierTaken {
                    authority: house.code,
                    holder,
                });
            }
        }
    }
    Ok(())
}

/// What the tables refuse about a donor code.
fn donor_refused(error: tokio_postgres::Error) -> PatientsError {
    match DbError::from(error) {
        DbError::Duplicate { .. } => PatientsError::DonorCodeTaken,
        DbError::Refused { .. } => PatientsError::DonorLinked,
        other => other.into(),
    }
}

/// Whose a number is.
pub(super) async fn holder(
    tx: &Tx<'_>,
    authority: &str,
    folded: &str,
) -> Result<Option<PatientId>, PatientsError> {
    let find = tx.prepare_cached(FIND_IDENTIFIER).await?;
    let row = tx.query_opt(&find, &[&authority, &folded]).await?;
    Ok(row.map(|row| PatientId(row.get(0))))
}

/// A patient within a transaction of the clinic.
pub async fn fetch(tx: &Tx<'_>, id: PatientId) -> Result<Patient, PatientsError> {
    let read = tx.prepare_cached(READ).await?;
    let row = tx
        .query_opt(&read, &[&id.0])
        .await?
        .ok_or(PatientsError::NotFound(id))?;
    Ok(Patient::of(&row))
}

/// Locks the rows and answers with their revisions in the order of their ids.
pub(super) async fn lock(tx: &Tx<'_>, ids: &[PatientId]) -> Result<Vec<i64>, PatientsError> {
    let wanted: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let lock = tx.prepare_cached(LOCK).await?;
    let rows = tx.query(&lock, &[&wanted]).await?;
    for &id in ids {
        if !rows.iter().any(|row| row.get::<_, Uuid>(0) == id.0) {
            return Err(PatientsError::NotFound(id));
        }
    }
    Ok(rows.iter().map(|row| row.get("revision")).collect())
}

/// The day that nobody is born after.
pub(super) fn today() -> Date {
    Timestamp::now().to_zoned(TimeZone::UTC).date()
}
