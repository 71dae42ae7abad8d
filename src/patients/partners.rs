//! Two patients are linked as partners from a day, until a day.
//!
//! The link says that two are treated together. That one is shown beside the other is a second thing:
//! it needs the consent of both, which has a day, can be recorded later and be taken back. Without it
//! the link shows that there is a partner and not who.

use super::register::{fetch, lock, today};
use super::{Patient, PatientsError};
use crate::access::audit::{self, Event};
use crate::access::{Scope, Viewer};
use crate::db::{self, Tx};
use crate::domain::ids::{PartnershipId, PatientId};
use deadpool_postgres::Pool;
use jiff::civil::Date;
use serde_json::json;
use uuid::Uuid;

const INSERT: &str = include_str!("../../sql/queries/patients/insert_partnership.sql");
const FIND: &str = include_str!("../../sql/queries/patients/find_partnership.sql");
const END: &str = include_str!("../../sql/queries/patients/end_partnership.sql");
const CONSENT: &str = include_str!("../../sql/queries/patients/set_consent.sql");
const RAISE: &str = include_str!("../../sql/queries/patients/raise_revisions.sql");

/// Links `patient` with `partner` since a day; the link is read from either side. `consented_on` is
/// the day on which both consented to be shown together, if they did.
pub async fn link_partner(
    app: &Pool,
    viewer: &Viewer,
    patient: PatientId,
    partner: PatientId,
    since: Date,
    consented_on: Option<Date>,
) -> Result<Patient, PatientsError> {
    viewer.require(Scope::Write)?;
    if patient == partner {
        return Err(PatientsError::OwnPartner);
    }
    past("since", since)?;
    if let Some(day) = consented_on {
        past("consented_on", day)?;
    }
    let mut connection = db::connection(app).await?;
    let tx = viewer.begin(&mut connection).await?;
    lock(&tx, &[patient, partner]).await?;
    let insert = tx.prepare_cached(INSERT).await?;
    let linked = tx
        .execute(
            &insert,
            &[
                &PartnershipId::fresh().0,
                &viewer.clinic.0,
                &patient.0,
                &partner.0,
                &since,
                &consented_on,
            ],
        )
        .await?;
    if linked == 0 {
        return Err(PatientsError::AlreadyPartners);
    }
    finish(tx, viewer, "patient.link", patient, partner).await
}

/// Ends the link on a day. `link` is its own id, or the partner's.
pub async fn end_partnership(
    app: &Pool,
    viewer: &Viewer,
    patient: PatientId,
    link: Uuid,
    until: Date,
) -> Result<Patient, PatientsError> {
    viewer.require(Scope::Write)?;
    let mut connection = db::connection(app).await?;
    let tx = viewer.begin(&mut connection).await?;
    let found = found(&tx, patient, link).await?;
    if found.until.is_some() {
        return Err(PatientsError::NotPartners);
    }
    if until > today() || until < found.since {
        return Err(PatientsError::invalid(
            "until",
            "the day lies in the future or before the beginning",
        ));
    }
    let end = tx.prepare_cached(END).await?;
    tx.execute(&end, &[&found.link.0, &until]).await?;
    finish(tx, viewer, "patient.unlink", patient, found.partner).await
}

/// Records that the couple consented on a day to be shown together, or, with `None`, that it does not
/// consent any more. `link` is the link's own id, or the partner's.
pub async fn consent(
    app: &Pool,
    viewer: &Viewer,
    patient: PatientId,
    link: Uuid,
    consented_on: Option<Date>,
) -> Result<Patient, PatientsError> {
    viewer.require(Scope::Write)?;
    if let Some(day) = consented_on {
        past("consented_on", day)?;
    }
    let mut connection = db::connection(app).await?;
    let tx = viewer.begin(&mut connection).await?;
    let found = found(&tx, patient, link).await?;
    let set = tx.prepare_cached(CONSENT).await?;
    tx.execute(&set, &[&found.link.0, &consented_on]).await?;
    let action = match consented_on {
        Some(_) => "patient.consent",
        None => "patient.withdraw_consent",
    };
    finish(tx, viewer, action, patient, found.partner).await
}

struct Found {
    link: PartnershipId,
    partner: PatientId,
    since: Date,
    until: Option<Date>,
}

/// The link, with both patients locked: every change of a link locks them first.
async fn found(tx: &Tx<'_>, patient: PatientId, link: Uuid) -> Result<Found, PatientsError> {
    let find = tx.prepare_cached(FIND).await?;
    let asked: [&(dyn tokio_postgres::types::ToSql + Sync); 2] = [&patient.0, &link];
    let Some(row) = tx.query_opt(&find, &asked).await? else {
        // Whether the clinic has the patient at all goes before whether there is a link.
        fetch(tx, patient).await?;
        return Err(PatientsError::NotPartners);
    };
    let partner = PatientId(row.get("partner"));
    lock(tx, &[patient, partner]).await?;
    let row = tx.query_opt(&find, &asked).await?;
    let row = row.ok_or(PatientsError::NotPartners)?;
    Ok(Found {
        link: PartnershipId(row.get("partnership_id")),
        partner,
        since: row.get("since"),
        until: row.get("until"),
    })
}

/// Refuses a day that lies in the future or before anybody's memory.
pub(super) fn past(field: &str, day: Date) -> Result<(), PatientsError> {
    if day > today() || day.year() < 1900 {
        return Err(PatientsError::invalid(
            field,
            "the day lies in the future or before 1900",
        ));
    }
    Ok(())
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
    let shown = fetch(&tx, patient).await?;
    let event = Event::new(action).on(patient.0).of(patient);
    let event = event.showing(shown.beside().chain([partner]));
    audit::record(&tx, viewer, event.with(detail)).await?;
    tx.commit().await?;
    Ok(shown)
}
