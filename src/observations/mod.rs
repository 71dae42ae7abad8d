//! Stored values, each with the one place that it came from.
//!
//! A reading of a document ([`record`]) becomes one analysis row with the whole result, one row
//! for the text of each page, and one row for each value: with document, source text, the versions
//! of extractor and lexicon, and exactly one place, which the table itself demands (page and box,
//! a path in structured input, or a person with a reason). The same version reading twice changes
//! nothing; another version takes the place of the older one, but never of what a person decided.
//!
//! A value speaks of its own day where the paper prints one, else of the day of collection. The
//! day of the report is no day of observation: without the other two the value has none.
//!
//! Where the clinic masks sex chromosomes, a masked reading is written beside the reading ([`mask`]):
//! the database withholds the one and shows the other. Values are masked when they are read.
//!
//! Values wait here until their document is filed; only then they reach a summary.

mod enter;
mod list;
mod look_over;
mod mask;
mod record;

pub use enter::{EnteredValue, enter};
pub use list::{ObservationState, StoredObservation, of_document, page_texts};
pub use look_over::look_over;
pub use mask::mask_backlog;
pub use record::{PageText, Recorded, record};

use crate::access::AccessError;
use crate::db::DbError;
use crate::documents::Withheld;
use crate::domain::ids::DocumentId;

/// Why values were not stored or shown.
#[derive(Debug, thiserror::Error)]
pub enum ObservationsError {
    /// The clinic holds no such document, or none that was read.
    #[error("there is no document {0}")]
    NotFound(DocumentId),
    /// The paper is kept from this viewer.
    #[error("the pages of this document are withheld: {}", .0.words())]
    Withheld(Withheld),
    #[error("say why the value is entered by hand")]
    NoReason,
    #[error("a value needs a number or a text")]
    NoValue,
    /// A reading and its rows do not fit each other.
    #[error("the values cannot be stored or shown")]
    Unfit(#[from] serde_json::Error),
    #[error(transparent)]
    Access(#[from] AccessError),
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<tokio_postgres::Error> for ObservationsError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Db(error.into())
    }
}
