use crate::db::DbError;
use crate::domain::ids::JobId;

/// Why the queue did not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    #[error(transparent)]
    Db(#[from] DbError),
    /// Another worker holds the job by now; nothing of this transaction may stay.
    #[error("the lease of job {0} is lost")]
    LeaseLost(JobId),
    /// No such job in this clinic, or not in a state that allows the change.
    #[error("there is no such job")]
    NotFound,
    /// A job of a kind or state that this binary does not know.
    #[error("a job has the unknown {column} {value}")]
    Unknown { column: &'static str, value: String },
}

impl From<tokio_postgres::Error> for QueueError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Db(error.into())
    }
}
