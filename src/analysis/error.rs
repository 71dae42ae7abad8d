use crate::db::DbError;
use crate::documents::DocumentsError;
use crate::observations::ObservationsError;
use crate::queue::QueueError;

/// Why a worker could not start, or could not write down how a job ended.
#[derive(Debug, thiserror::Error)]
pub enum AnalysisError {
    /// No document may be read by this process.
    #[error("documents cannot be read safely here: {0}")]
    Unsafe(String),
    #[error(transparent)]
    Db(#[from] DbError),
    #[error(transparent)]
    Queue(#[from] QueueError),
    #[error(transparent)]
    Documents(#[from] DocumentsError),
    #[error(transparent)]
    Observations(#[from] ObservationsError),
}

impl From<tokio_postgres::Error> for AnalysisError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Db(error.into())
    }
}

impl AnalysisError {
    /// The database's own reason, whichever stage met it.
    pub(super) fn db(&self) -> Option<&DbError> {
        match self {
            Self::Db(error)
            | Self::Queue(QueueError::Db(error))
            | Self::Documents(DocumentsError::Db(error))
            | Self::Observations(ObservationsError::Db(error)) => Some(error),
            _ => None,
        }
    }

    /// Another worker has the job by now.
    pub(super) fn is_lease_lost(&self) -> bool {
        matches!(self, Self::Queue(QueueError::LeaseLost(_)))
    }
}
