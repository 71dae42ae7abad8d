//! The register of what we hold: how far the reading of a document has come, and whose it is.
//!
//! The life of a document: it is stored (`stored`), read by a worker (`reading`, page by page) and
//! then `read`, `refused` (the file says no) or `failed` (the reading died). With the reading
//! [`settle`] decides whose it is: `filed` where the rules of [`crate::patients::matching`] allow
//! it, else `held` with the reasons, and in the inbox until a person decides ([`assign`]) or the
//! register answers what was open ([`reconsider`]). Only a filed document reaches a summary. What a
//! person decided is never undone by a later reading.
//!
//! Where the clinic masks sex chromosomes, the paper itself is withheld from those who do not see them
//! unless all of it is text that tells none ([`original`]).
//!
//! Every change raises the revision of the row and tells whoever watches (a trigger does both).

mod assign;
mod code;
mod document;
mod inbox;
mod list;
mod look_over;
mod original;
pub mod paper_of_recipient;
mod reconsider;
mod scan;
mod settle;
mod standing;
mod watch;

pub use crate::patients::HoldReason;
pub use assign::{assign, register_patient, unassign};
pub use document::{Document, DocumentPatient, ReadDocument, Withheld};
pub use inbox::{InboxItem, InboxPage, OfferedPatient, Reason, count_waiting, inbox, inbox_item};
pub use list::{DocumentPage, Filter, list, read};
pub use look_over::look_over;
pub use original::{Original, original};
pub use paper_of_recipient::withheld;
pub use reconsider::{reconsider, register_changed};
pub use scan::{clear, wait};
pub use settle::{Filing, Settled, State, fail, progress, settle, start_reading};
pub use standing::{Standing, standing};
pub use watch::{Watch, Watched};

use crate::access::AccessError;
use crate::db::DbError;
use crate::domain::ids::DocumentId;
use crate::patients::PatientsError;

/// Why a document was not shown or changed.
#[derive(Debug, thiserror::Error)]
pub enum DocumentsError {
    /// The clinic holds no such document.
    #[error("there is no document {0}")]
    NotFound(DocumentId),
    /// The paper is kept from this viewer.
    #[error("the pages and the file of this document are withheld: {}", .0.words())]
    Withheld(Withheld),
    /// Somebody changed the document meanwhile.
    #[error("the document was changed meanwhile: read it again (revision {current})")]
    Stale { current: i64 },
    /// Nobody can decide about what nobody has seen.
    #[error("the document is still being read: wait until it is done")]
    NotReadYet,
    /// Malware was found in it.
    #[error("the document is in quarantine")]
    Quarantined,
    /// It waits for the malware scanner.
    #[error("the document is not scanned yet")]
    NotScanned,
    #[error("the document is filed already: take it back first")]
    FiledAlready,
    /// There is nobody to register out of it.
    #[error("the document names nobody: enter the patient by hand")]
    NamesNobody,
    /// The register refused the patient.
    #[error(transparent)]
    Patient(#[from] PatientsError),
    /// What is stored is not in the shape of an analysis.
    #[error("the stored analysis cannot be read")]
    Analysis(#[from] serde_json::Error),
    #[error(transparent)]
    Access(#[from] AccessError),
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<tokio_postgres::Error> for DocumentsError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Db(error.into())
    }
}
