//! Two patients are linked as partners from a day, until a day.

use super::register::{fetch, lock, today};
use super::{Patient, PatientsError};
use crate::access::audit::{self, Event};
use crate::access::{Scope, Viewer};
use crate::db::{self, Tx};
use crate::domain::ids::PatientId;
use deadpool_postgres::Pool;
use jiff::civil::Date;
use serde_json::json;
use uuid::Uuid;

const INSERT: &str = include_str!("../../sql/queries/patients/insert_partnership.sql");
const FIND: &str = include_str!("../../sql/queries/patients/find_partnership.sql");
const END: &str = include_str!("../../sql/queries/patients/end_partnership.sql");
const RAISE: &str = include_str!("../../sql/queries/patients/raise_revisions.sql");

/// Links `patient` with `partner` since a day; the link is read from either side.
pub async fn link_partner(
    app: &Pool,
    viewer: &Viewer,
    patient: PatientId,
    partner: PatientId,
    since: Date,
) -> Result<Patient, PatientsError> {
    viewer.require(Scope::Write)?;
    if patient == partner {
        return Err(PatientsError::OwnPartner);
    }
    if since > today() || since.year() < 1900 {
        return Err(PatientsError::invalid(
            "since",
            "the day lies in the future or before 1900",
        ));
    }
    let mut connection = db::connection(app).await?;
    let tx = viewer.begin(&mut connection).await?;
    lock(&tx, &[patient, partner]).await?;
    let insert = tx.prepare_cached(INSERT).await?;
    let linked = tx
        .execute(
            &insert,
            &[
                &Uuid::now_v7(),
                &viewer.clinic.0,
                &patient.0,
                &partner.0,
                &since,
            ],
        )
        .await?;
    if linked == 0 {
        return Err(PatientsError::AlreadyPartners);
    }
    finish(tx, viewer, "patient.link", patient, partner).await
}

/// Ends the link of today on a day.
pub async fn end_partnership(
    app: &Pool,
    viewer: &Viewer,
    patient: PatientId,
    partner: PatientId,
    until: Date,
) -> Result<Patient, PatientsError> {
    viewer.require(Scope::Write)?;
    let mut connection = db::connection(app).await?;
    let tx = viewer.begin(&mut connection).await?;
    lock(&tx, &[patient, partner]).await?;
    let find = tx.prepare_cached(FIND).await?;
    let link = tx
        .query_opt(&find, &[&patient.0, &partner.0])
        .await?
        .ok_or(PatientsError::NotPartners)?;
    if until > today() || until < link.get::<_, Date>("since") {
        return Err(PatientsError::invalid(
            "until",
            "the day lies in the future or before the beginning",
        ));
    }
    let end = tx.prepare_cached(END).await?;
    tx.execute(&end, &[&link.get::<_, Uuid>("partnership_id"), &until])
        .await?;
    finish(tx, viewer, "patient.unlink", patient, partner).await
}

async fn finish(
    tx: Tx<'_>,
    viewer: &Viewer,
    action: &'static str,
    patient: PatientId,
    partner: PatientId,
) -> Result<Patient, PatientsError> {
    let raise = tx.prepare_cached(RAISE).await?;
    tx.execute(&raise, &[&vec![patient.0, partner.0]]).await?;
    let detail = json!({ "partner": partner });
    audit::record(
        &tx,
        viewer,
        Event::new(action)
            .on(patient.0)
            .of(patient)
            .showing([partner])
            .with(detail),
    )
    .await?;
    let patient = fetch(&tx, patient).await?;
    tx.commit().await?;
    Ok(patient)
}
