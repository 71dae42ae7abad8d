//! The register of patients, and the question whose a document is.
//!
//! A patient is a name, a birth date (never an age), a sex and numbers, each number with the
//! house that issued it. Two patients may be linked as partners from a day to a day. Patients come
//! in one by one, from a CSV file, or from a paper that waits in the inbox. Every change raises the
//! revision of the row, which a change must name to be accepted.
//!
//! [`matching`] decides by pure comparison whom a paper is about; [`candidates`] fetches the rows
//! that it compares. What is not certain is left to a person.

mod authority;
mod candidates;
pub mod donors;
mod import;
pub mod matching;
mod newcomer;
mod paper;
mod partners;
mod patient;
mod register;
mod search;

pub use authority::{list_authorities, register_authority};
pub use candidates::{authorities, candidates};
pub use donors::{Donation, DonationKind, NewDonation, Screen, end_donation, link_donor};
pub use import::{ImportLine, ImportReport, Imported, import_csv};
pub use matching::{Agrees, Decision, HoldReason, Offer, Rule};
pub use newcomer::newcomer;
pub use paper::{Authority, Paper, PaperIdentifier, fold_identifier};
pub use partners::{consent, end_partnership, link_partner};
pub use patient::{
    Identifier, Invalid, ListedPatient, NewPatient, Partner, Patient, PatientChange,
};
pub use register::{change, create, fetch, insert, read, told_of_holder};
pub use search::{PatientPage, list};

use crate::access::AccessError;
use crate::db::DbError;
use crate::domain::ids::PatientId;

/// Why the register did not show or change a patient.
#[derive(Debug, thiserror::Error)]
pub enum PatientsError {
    /// The clinic has no such patient.
    #[error("there is no patient {0}")]
    NotFound(PatientId),
    /// Somebody changed the patient meanwhile.
    #[error("the patient was changed meanwhile: read it again (revision {current})")]
    Stale { current: i64 },
    #[error("some fields cannot be accepted")]
    Invalid(Vec<Invalid>),
    /// Two patients cannot have one number of one issuer. Who has it is not said where the viewer may
    /// not know of that patient.
    #[error("this number of `{authority}` belongs to {}", Holder(*holder))]
    IdentifierTaken {
        authority: String,
        holder: Option<PatientId>,
    },
    #[error("this donor code is given out already: choose another")]
    DonorCodeTaken,
    #[error("somebody received from this donor: the code can be changed but not taken away")]
    DonorLinked,
    #[error("there is no donor with this code")]
    NoDonor,
    #[error("nobody is his or her own donor")]
    OwnDonor,
    #[error("the two are linked as donor and recipient already")]
    AlreadyDonor,
    #[error("say who issued the number, in Latin letters or digits")]
    UnnamedAuthority,
    #[error("nobody is his or her own partner")]
    OwnPartner,
    #[error("the two are linked as partners already")]
    AlreadyPartners,
    #[error("the two are not linked as partners")]
    NotPartners,
    /// The file as a whole cannot be imported; nothing was.
    #[error("the file cannot be imported: {0}")]
    Unimportable(String),
    #[error(transparent)]
    Access(#[from] AccessError),
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Whom a number belongs to, as far as it may be said.
struct Holder(Option<PatientId>);

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Some(patient) => write!(f, "the patient {patient}"),
            None => f.write_str("another patient"),
        }
    }
}

impl PatientsError {
    fn invalid(field: &str, message: &'static str) -> Self {
        Self::Invalid(vec![Invalid {
            field: field.to_owned(),
            message,
        }])
    }
}

impl From<tokio_postgres::Error> for PatientsError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Db(error.into())
    }
}
