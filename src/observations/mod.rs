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
//! Values wait here until their document is filed; only then they reach a summary.

mod record;

pub use record::{PageText, Recorded, record};

use crate::db::DbError;

/// Why values were not stored or shown.
#[derive(Debug, thiserror::Error)]
pub enum ObservationsError {
    #[error(transparent)]
    Db(#[from] DbError),
    /// The result of a reading could not be turned into rows.
    #[error("the analysis cannot be stored")]
    Unstorable(#[from] serde_json::Error),
}

impl From<tokio_postgres::Error> for ObservationsError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Db(error.into())
    }
}
