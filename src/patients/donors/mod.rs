//! Donors, and who received from whom.
//!
//! A donor is a patient with a donor code, unique in the clinic. The recipients' side knows the code
//! and the days and nothing else: the row of a donation names the donor by the code alone, and the
//! policies of the database show no row of a donor to viewers without that sight (V0010). Whoever
//! sees donors sees both sides of a donation and changes it.
//!
//! A paper of the recipient may name the donor. [`Screen`] knows those names for viewers who must not
//! read them; it is asked when something is shown, so that a donation that is linked today covers the
//! papers of yesterday.

mod names;
mod screen;

pub use screen::Screen;

use super::partners::past;
use super::register::{fetch, lock, today};
use super::{Patient, PatientsError};
use crate::access::audit::{self, Event};
use crate::access::{Scope, Viewer};
use crate::db::{self, Tx};
use crate::domain::ids::{DonationId, PatientId};
use deadpool_postgres::Pool;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

const FIND_DONOR: &str = include_str!("../../../sql/queries/patients/find_donor.sql");
const FIND_PARTNER: &str = include_str!("../../../sql/queries/patients/find_partner_of_today.sql");
const INSERT: &str = include_str!("../../../sql/queries/patients/insert_donation.sql");
const FIND: &str = include_str!("../../../sql/queries/patients/find_donation.sql");
const END: &str = include_str!("../../../sql/queries/patients/end_donation.sql");
const RAISE: &str = include_str!("../../../sql/queries/patients/raise_revisions.sql");

/// What was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DonationKind {
    Sperm,
    Oocyte,
    Embryo,
}

impl DonationKind {
    fn code(self) -> &'static str {
        match self {
            Self::Sperm => "sperm",
            Self::Oocyte => "oocyte",
            Self::Embryo => "embryo",
        }
    }
}

/// A donation, as it stands with the recipient and, for those who see donors, with the donor.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Donation {
    pub id: DonationId,
    pub donor_code: String,
    pub kind: DonationKind,
    #[schema(value_type = String, format = Date)]
    pub since: Date,
    #[schema(value_type = Option<String>, format = Date)]
    pub until: Option<Date>,
    /// Who it is; only for those who see donors.
    pub donor: Option<Linked>,
    pub recipient: Linked,
}

/// One side of a donation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Linked {
    pub id: PatientId,
    pub family_name: String,
    pub given_names: String,
}

/// A donation that is to be recorded with its recipient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDonation {
    pub donor_code: String,
    pub kind: DonationKind,
    #[schema(value_type = String, format = Date)]
    pub since: Date,
    /// Whether the recipient's partner of today receives too.
    #[serde(default)]
    pub couple: bool,
}

/// Links a recipient, or the couple, with a donor.
pub async fn link_donor(
    app: &Pool,
    viewer: &Viewer,
    recipient: PatientId,
    donation: NewDonation,
) -> Result<Patient, PatientsError> {
    viewer.require(Scope::Write)?;
    viewer.require(Scope::Donors)?;
    past("since", donation.since)?;
    let mut connection = db::connection(app).await?;
    let tx = viewer.begin(&mut connection).await?;
    // Another clinic's patient is no patient here, whatever the code is.
    fetch(&tx, recipient).await?;
    let code = donor_code(&donation.donor_code);
    let find = tx.prepare_cached(FIND_DONOR).await?;
    let row = tx.query_opt(&find, &[&viewer.clinic.0, &code]).await?;
    let donor = PatientId(row.ok_or(PatientsError::NoDonor)?.get(0));
    let mut recipients = vec![recipient];
    if donation.couple {
        let find = tx.prepare_cached(FIND_PARTNER).await?;
        let row = tx.query_opt(&find, &[&recipient.0]).await?;
        recipients.extend(row.map(|row| PatientId(row.get(0))));
    }
    if recipients.contains(&donor) {
        return Err(PatientsError::OwnDonor);
    }
    let mut all = recipients.clone();
    all.push(donor);
    lock(&tx, &all).await?;
    let insert = tx.prepare_cached(INSERT).await?;
    let mut linked = 0;
    let mut events = Vec::new();
    for receiving in recipients {
        let id = DonationId::fresh();
        let kind = donation.kind.code();
        linked += tx
            .execute(
                &insert,
                &[
                    &id.0,
                    &viewer.clinic.0,
                    &code,
                    &receiving.0,
                    &kind,
                    &donation.since,
                ],
            )
            .await?;
        let detail = json!({ "donation": id, "kind": kind });
        let event = Event::new("donation.link").on(receiving.0).of(receiving);
        events.push(event.with(detail));
    }
    if linked == 0 {
        return Err(PatientsError::AlreadyDonor);
    }
    finish(tx, viewer, events, &all, recipient).await
}

/// Ends a donation on a day; it stays in the record, and the wall with it.
pub async fn end_donation(
    app: &Pool,
    viewer: &Viewer,
    patient: PatientId,
    donation: DonationId,
    until: Date,
) -> Result<Patient, PatientsError> {
    viewer.require(Scope::Write)?;
    viewer.require(Scope::Donors)?;
    let mut connection = db::connection(app).await?;
    let tx = viewer.begin(&mut connection).await?;
    let find = tx.prepare_cached(FIND).await?;
    let row = tx.query_opt(&find, &[&patient.0, &donation.0]).await?;
    let row = row.ok_or(PatientsError::NotFound(patient))?;
    if until > today() || until < row.get::<_, Date>("since") {
        return Err(PatientsError::invalid(
            "until",
            "the day lies in the future or before the beginning",
        ));
    }
    let end = tx.prepare_cached(END).await?;
    tx.execute(&end, &[&donation.0, &until]).await?;
    let recipient = PatientId(row.get("recipient"));
    let detail = json!({ "donation": donation });
    let event = Event::new("donation.end").on(recipient.0).of(recipient);
    let events = vec![event.with(detail)];
    finish(tx, viewer, events, &[recipient], patient).await
}

/// The record names both sides; of whom it names a viewer without the sight is shown the recipient.
async fn finish(
    tx: Tx<'_>,
    viewer: &Viewer,
    events: Vec<Event>,
    changed: &[PatientId],
    shown: PatientId,
) -> Result<Patient, PatientsError> {
    let raise = tx.prepare_cached(RAISE).await?;
    let ids: Vec<Uuid> = changed.iter().map(|patient| patient.0).collect();
    tx.execute(&raise, &[&ids]).await?;
    let patient = fetch(&tx, shown).await?;
    for event in events {
        let named = patient.beside().chain([shown]);
        let event = event.showing(named.chain(changed.iter().copied()));
        audit::record(&tx, viewer, event).await?;
    }
    tx.commit().await?;
    Ok(patient)
}

/// A donor code as it is stored.
pub(super) fn donor_code(written: &str) -> String {
    written.trim().to_uppercase()
}

/// Whether it can be a donor code: a name cannot, as it holds no digit.
pub(super) fn is_donor_code(code: &str) -> bool {
    let mut letters = code.chars();
    let good = |letter: char| {
        letter.is_ascii_uppercase() || letter.is_ascii_digit() || "./-".contains(letter)
    };
    code.len() <= 40
        && letters
            .next()
            .is_some_and(|first| first.is_ascii_alphanumeric())
        && code.chars().all(good)
        && code.chars().any(|letter| letter.is_ascii_digit())
}
