use super::super::Problem;
use crate::db::DbError;
use crate::storage::StorageError;

/// Why a request for a resumable upload did nothing, or not all that it wanted. The text is for the
/// person who sends.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// What any upload may be refused for.
    #[error(transparent)]
    Problem(Problem),
    #[error("There is no such upload of yours.")]
    NotFound,
    #[error("This upload has ended without a document. Begin a new one.")]
    Gone,
    #[error("Another request sends to this upload. Ask with HEAD where to go on.")]
    Held,
    #[error(
        "Somebody asked where to go on with this upload, so this request came to its end. What came is kept: ask with HEAD where to go on."
    )]
    TakenOver,
    #[error("The upload goes on at byte {received}, not there. Ask with HEAD where to go on.")]
    Elsewhere { received: u64 },
    #[error("The upload was announced with {length} bytes, and this is more.")]
    TooLong { length: u64 },
    #[error("The bytes are not those of the checksum, so none was kept. Send them again.")]
    ChecksumMismatch,
    #[error(
        "The bytes came too slowly, or stopped coming. What came is kept: ask with HEAD where to go on."
    )]
    Stalled,
    #[error("The bytes were cut off. What came is kept: ask with HEAD where to go on.")]
    Cut,
    #[error(
        "{limit} uploads were begun and not ended. Go on with one, end one, or wait until they expire."
    )]
    TooManyUnfinished { limit: usize },
    #[error("The upload is a document already.")]
    IsDocument,
}

impl Refusal {
    /// Stable; programs decide by it.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Problem(problem) => problem.code(),
            Self::NotFound => "not-found",
            Self::Gone => "upload-gone",
            Self::Held => "upload-held",
            Self::TakenOver => "upload-taken-over",
            Self::Elsewhere { .. } => "offset-elsewhere",
            Self::TooLong { .. } => "upload-too-long",
            Self::ChecksumMismatch => "checksum-mismatch",
            Self::Stalled => "upload-stalled",
            Self::Cut => "upload-cut",
            Self::TooManyUnfinished { .. } => "too-many-unfinished",
            Self::IsDocument => "upload-done",
        }
    }

    /// Whether the sender may have gone, so that the rest of its bytes is not waited for.
    #[must_use]
    pub const fn is_of_the_line(&self) -> bool {
        matches!(self, Self::Stalled | Self::Cut | Self::TakenOver)
    }

    /// Seconds after which it makes sense to come again, where we can tell.
    #[must_use]
    pub const fn retry_after(&self) -> Option<u32> {
        match self {
            Self::Problem(problem) => problem.retry_after(),
            Self::Held | Self::TakenOver => Some(1),
            // An expiry may be a day away, but one of them may also be ended in a moment.
            Self::TooManyUnfinished { .. } => Some(60),
            _ => None,
        }
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl From<DbError> for Refusal {
    fn from(error: DbError) -> Self {
        Self::Problem(error.into())
    }
}

impl From<tokio_postgres::Error> for Refusal {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Problem(error.into())
    }
}

impl From<StorageError> for Refusal {
    fn from(error: StorageError) -> Self {
        Self::Problem(error.into())
    }
}
