//! The register of what we hold: how far the reading of a document has come, and whose it is.
//!
//! The life of a document: it is stored (`stored`), read by a worker (`reading`, page by page) and
//! then `read`, `refused` (the file says no) or `failed` (the reading died). With the reading
//! [`settle`] decides whose it is: `filed` where the rules of [`crate::patients::matching`] allow
//! it, else `held` with the reasons, and in the inbox until a person decides. Only a filed document
//! reaches a summary. What a person decided is never undone by a later reading.
//!
//! Every change raises the revision of the row and tells whoever watches (a trigger does both).

mod code;
mod settle;
mod standing;
mod watch;

pub use crate::patients::HoldReason;
pub use settle::{Filing, Settled, State, fail, progress, settle, start_reading};
pub use standing::{Standing, standing};
pub use watch::{Watch, Watched};

use crate::access::AccessError;
use crate::db::DbError;
use crate::domain::ids::DocumentId;

/// Why a document was not shown or changed.
#[derive(Debug, thiserror::Error)]
pub enum DocumentsError {
    /// The clinic holds no such document.
    #[error("there is no document {0}")]
    NotFound(DocumentId),
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
