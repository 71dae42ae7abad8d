//! What a failed statement means, decided by its SQLSTATE.

use tokio_postgres::error::SqlState;

/// Why the database did not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// Nobody answers, no connection was free in time, or the server is shutting down: try again.
    #[error("the database is unavailable")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The file that `db.ca` names is none of certificates.
    #[error("the certificate authorities of the database cannot be used: {0}")]
    Authority(String),
    /// Two transactions stood in each other's way: the whole transaction may be tried again.
    #[error("the database asks to try the transaction again")]
    Conflict(#[source] tokio_postgres::Error),
    /// A unique index refused the row; the name is that of the constraint.
    #[error("the row is there already ({constraint})")]
    Duplicate { constraint: String },
    /// A foreign key or CHECK refused the row; the name is that of the constraint.
    #[error("the row breaks the rule {constraint}")]
    Refused { constraint: String },
    /// A fault of ours: a statement and the schema do not fit each other.
    #[error("the statement failed")]
    Faulty(#[source] tokio_postgres::Error),
}

impl From<tokio_postgres::Error> for DbError {
    fn from(error: tokio_postgres::Error) -> Self {
        let Some(state) = error.code() else {
            return if error.is_closed() || std::error::Error::source(&error).is_some_and(is_io) {
                Self::Unavailable(error.into())
            } else {
                Self::Faulty(error)
            };
        };
        let constraint = || {
            error
                .as_db_error()
                .and_then(|error| error.constraint())
                .unwrap_or("unnamed")
                .to_owned()
        };
        match *state {
            SqlState::UNIQUE_VIOLATION => Self::Duplicate {
                constraint: constraint(),
            },
            SqlState::FOREIGN_KEY_VIOLATION
            | SqlState::CHECK_VIOLATION
            | SqlState::NOT_NULL_VIOLATION => Self::Refused {
                constraint: constraint(),
            },
            SqlState::T_R_SERIALIZATION_FAILURE | SqlState::T_R_DEADLOCK_DETECTED => {
                Self::Conflict(error)
            }
            SqlState::ADMIN_SHUTDOWN
            | SqlState::CRASH_SHUTDOWN
            | SqlState::CANNOT_CONNECT_NOW
            | SqlState::TOO_MANY_CONNECTIONS
            | SqlState::QUERY_CANCELED
            | SqlState::LOCK_NOT_AVAILABLE
            | SqlState::DISK_FULL => Self::Unavailable(error.into()),
            _ => Self::Faulty(error),
        }
    }
}

fn is_io(source: &(dyn std::error::Error + 'static)) -> bool {
    source.downcast_ref::<std::io::Error>().is_some()
}

impl From<deadpool_postgres::PoolError> for DbError {
    fn from(error: deadpool_postgres::PoolError) -> Self {
        match error {
            deadpool_postgres::PoolError::Backend(error) => Self::Unavailable(error.into()),
            other => Self::Unavailable(other.into()),
        }
    }
}
