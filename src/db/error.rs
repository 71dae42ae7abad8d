//! What a failed statement means, decided by its SQLSTATE.

use std::error::Error;
use std::fmt;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::WrongType;

/// What the database said of a failed statement, as it may be told: its code, and which part of the
/// schema it is about. Its own words hold values of rows and parameters (`Key (name)=(...)`,
/// `invalid input syntax for type date: "..."`), so nobody hears them.
pub struct Fault(tokio_postgres::Error);

impl Fault {
    /// For who must hand it on to the driver.
    pub(super) fn into_inner(self) -> tokio_postgres::Error {
        self.0
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(said) = self.0.as_db_error() else {
            // Words of the driver: which parameter, which column, which types.
            write!(f, "{}", self.0)?;
            return match self.0.source() {
                Some(cause) if cause.is::<WrongType>() || is_io(cause) => write!(f, ": {cause}"),
                _ => Ok(()),
            };
        };
        write!(f, "SQLSTATE {}", said.code().code())?;
        for (what, name) in [
            ("routine", said.routine()),
            ("table", said.table()),
            ("column", said.column()),
            ("constraint", said.constraint()),
        ] {
            if let Some(name) = name {
                write!(f, ", {what} {name}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fault({self})")
    }
}

impl Error for Fault {}

/// Why the database did not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// Nobody answers, no connection was free in time, or the server is shutting down: try again.
    #[error("the database is unavailable")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
    /// The file that `db.ca` names is none of certificates.
    #[error("the certificate authorities of the database cannot be used: {0}")]
    Authority(String),
    /// Two transactions stood in each other's way: the whole transaction may be tried again.
    #[error("the database asks to try the transaction again")]
    Conflict(#[source] Fault),
    /// A unique index refused the row; the name is that of the constraint.
    #[error("the row is there already ({constraint})")]
    Duplicate { constraint: String },
    /// A foreign key or CHECK refused the row; the name is that of the constraint.
    #[error("the row breaks the rule {constraint}")]
    Refused { constraint: String },
    /// A text holds what the database cannot keep or compare with, such as NUL.
    #[error("a text holds a character that cannot be stored")]
    Unstorable,
    /// A fault of ours: a statement and the schema do not fit each other.
    #[error("the statement failed")]
    Faulty(#[source] Fault),
}

impl From<tokio_postgres::Error> for DbError {
    fn from(error: tokio_postgres::Error) -> Self {
        let Some(state) = error.code() else {
            return if error.is_closed() || error.source().is_some_and(is_io) {
                Self::Unavailable(Fault(error).into())
            } else {
                Self::Faulty(Fault(error))
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
            SqlState::CHARACTER_NOT_IN_REPERTOIRE | SqlState::UNTRANSLATABLE_CHARACTER => {
                Self::Unstorable
            }
            SqlState::T_R_SERIALIZATION_FAILURE | SqlState::T_R_DEADLOCK_DETECTED => {
                Self::Conflict(Fault(error))
            }
            SqlState::ADMIN_SHUTDOWN
            | SqlState::CRASH_SHUTDOWN
            | SqlState::CANNOT_CONNECT_NOW
            | SqlState::TOO_MANY_CONNECTIONS
            | SqlState::QUERY_CANCELED
            | SqlState::LOCK_NOT_AVAILABLE
            | SqlState::DISK_FULL => Self::Unavailable(Fault(error).into()),
            _ => Self::Faulty(Fault(error)),
        }
    }
}

fn is_io(source: &(dyn Error + 'static)) -> bool {
    source.downcast_ref::<std::io::Error>().is_some()
}

impl From<deadpool_postgres::PoolError> for DbError {
    fn from(error: deadpool_postgres::PoolError) -> Self {
        match error {
            deadpool_postgres::PoolError::Backend(error) => Self::Unavailable(Fault(error).into()),
            other => Self::Unavailable(other.into()),
        }
    }
}
