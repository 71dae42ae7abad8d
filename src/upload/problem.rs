use crate::db::DbError;
use crate::storage::StorageError;
use serde::{Deserialize, Serialize};

/// Why a file, or a whole request, was not stored. The text is for the person who sent it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "code", rename_all = "kebab-case")]
pub enum Problem {
    #[error("The file is larger than the {} that are taken here.", bytes(*.limit))]
    FileTooLarge { limit: u64 },
    #[error(
        "The picture has more pixels than any paper needs. Scan it at 600 dots an inch or less."
    )]
    PictureTooLarge,
    #[error("The file is empty. Check that it was saved completely and send it again.")]
    EmptyFile,
    #[error("{reason}")]
    UnsupportedType { reason: String },
    #[error(
        "The name ends as another type of file than the content is ({media_type}). Rename the file or send the right one."
    )]
    ExtensionMismatch { media_type: String },

    #[error("The request is not a form with files (multipart/form-data): {reason}")]
    NotAForm { reason: String },
    #[error("The request brought no file. Send at least one in the field `file`.")]
    NoFile,
    #[error("At most {limit} files may come in one request. Send them in several.")]
    TooManyFiles { limit: usize },
    #[error("The request has more than {limit} fields besides its files.")]
    TooManyFields { limit: usize },
    #[error("`patient_id` is not the id of a patient, or came twice.")]
    PatientIdUnusable,
    #[error("There is no patient with this id. Nothing was stored.")]
    PatientNotFound,

    #[error("The files did not arrive completely. Nothing was stored; send them again.")]
    BodyIncomplete,
    #[error(
        "The files arrived too slowly. Nothing was stored; try again over a better connection."
    )]
    SenderTooSlow,
    #[error("Sending took longer than {seconds} s. Nothing was stored; send fewer files at once.")]
    TookTooLong { seconds: u64 },

    #[error("This token lacks the scope `upload`.")]
    Forbidden,
    #[error(
        "Too many files are being received at the moment, so nothing was stored. Please try again shortly."
    )]
    Busy,
    #[error(
        "More files were sent than one person or token may send at once. Please send the rest in {seconds} s."
    )]
    QuotaUsed { seconds: u32 },
    #[error(
        "Documents wait longer than {} to be read at the moment. Nothing was stored; please keep the files and send them again later.", time(*.seconds)
    )]
    ReadingIsBehind { seconds: u64 },
    #[error(
        "The file store does not answer at the moment, so nothing was stored. Please try again shortly."
    )]
    StoreUnavailable,
    #[error("The database does not answer at the moment. Please try again shortly.")]
    DatabaseUnavailable,
    #[error("Something went wrong on our side. Nothing was stored.")]
    Internal,

    #[error("An Idempotency-Key has 1 to 255 printable ASCII characters.")]
    IdempotencyKeyUnusable,
    #[error(
        "This Idempotency-Key was used for other files or another patient. Use a new key for a new request."
    )]
    IdempotencyKeyReused,
    #[error("A request with this Idempotency-Key is still being received. Ask again shortly.")]
    IdempotencyKeyInUse,
}

impl Problem {
    /// Stable; programs decide by it.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::FileTooLarge { .. } => "file-too-large",
            Self::PictureTooLarge => "picture-too-large",
            Self::EmptyFile => "empty-file",
            Self::UnsupportedType { .. } => "unsupported-type",
            Self::ExtensionMismatch { .. } => "extension-mismatch",
            Self::NotAForm { .. } => "not-a-form",
            Self::NoFile => "no-file",
            Self::TooManyFiles { .. } => "too-many-files",
            Self::TooManyFields { .. } => "too-many-fields",
            Self::PatientIdUnusable => "patient-id-unusable",
            Self::PatientNotFound => "patient-not-found",
            Self::BodyIncomplete => "body-incomplete",
            Self::SenderTooSlow => "sender-too-slow",
            Self::TookTooLong { .. } => "took-too-long",
            Self::Forbidden => "forbidden",
            Self::Busy => "busy",
            Self::QuotaUsed { .. } => "too-many-requests",
            Self::ReadingIsBehind { .. } => "reading-is-behind",
            Self::StoreUnavailable => "store-unavailable",
            Self::DatabaseUnavailable => "database-unavailable",
            Self::Internal => "internal",
            Self::IdempotencyKeyUnusable => "idempotency-key-unusable",
            Self::IdempotencyKeyReused => "idempotency-key-reused",
            Self::IdempotencyKeyInUse => "idempotency-key-in-use",
        }
    }

    /// Whether the very same request may be fulfilled later.
    pub const fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::BodyIncomplete
                | Self::SenderTooSlow
                | Self::TookTooLong { .. }
                | Self::Busy
                | Self::QuotaUsed { .. }
                | Self::ReadingIsBehind { .. }
                | Self::StoreUnavailable
                | Self::DatabaseUnavailable
                | Self::Internal
                | Self::IdempotencyKeyInUse
        )
    }

    /// Seconds after which it makes sense to come again, where we can tell.
    pub const fn retry_after(&self) -> Option<u32> {
        match self {
            Self::Busy
            | Self::StoreUnavailable
            | Self::DatabaseUnavailable
            | Self::IdempotencyKeyInUse => Some(2),
            Self::QuotaUsed { seconds } => Some(*seconds),
            Self::ReadingIsBehind { .. } => Some(60),
            _ => None,
        }
    }
}

impl From<DbError> for Problem {
    fn from(error: DbError) -> Self {
        match error {
            DbError::Unavailable(_) | DbError::Conflict(_) => {
                tracing::warn!(cause = %error, "the database did not take an upload");
                Self::DatabaseUnavailable
            }
            error => {
                tracing::error!(cause = ?error, "an upload failed");
                Self::Internal
            }
        }
    }
}

impl From<tokio_postgres::Error> for Problem {
    fn from(error: tokio_postgres::Error) -> Self {
        DbError::from(error).into()
    }
}

impl From<StorageError> for Problem {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::Db(error) => error.into(),
            error => {
                tracing::warn!(cause = ?error, "the store did not take an upload");
                Self::StoreUnavailable
            }
        }
    }
}

/// `30 min`, or the seconds where they are no whole minutes.
fn time(seconds: u64) -> String {
    if seconds > 0 && seconds.is_multiple_of(60) {
        format!("{} min", seconds / 60)
    } else {
        format!("{seconds} s")
    }
}

/// `2 GiB`, or the number where it is no whole multiple.
fn bytes(limit: u64) -> String {
    [("GiB", 30), ("MiB", 20), ("KiB", 10)]
        .into_iter()
        .find(|(_, shift)| limit > 0 && limit.trailing_zeros() >= *shift)
        .map_or_else(
            || format!("{limit} bytes"),
            |(unit, shift)| format!("{} {unit}", limit >> shift),
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_is_the_same_kept_and_said() {
        for problem in [
            Problem::FileTooLarge { limit: 2 << 30 },
            Problem::EmptyFile,
            Problem::TooManyFiles { limit: 200 },
            Problem::ReadingIsBehind { seconds: 1800 },
            Problem::IdempotencyKeyInUse,
        ] {
            let kept = serde_json::to_value(&problem).unwrap();
            assert_eq!(kept["code"], problem.code());
            assert_eq!(serde_json::from_value::<Problem>(kept).unwrap(), problem);
        }
        assert_eq!(
            Problem::FileTooLarge { limit: 2 << 30 }.to_string(),
            "The file is larger than the 2 GiB that are taken here."
        );
        for (seconds, words) in [(1800, "30 min"), (90, "90 s"), (0, "0 s")] {
            let behind = Problem::ReadingIsBehind { seconds }.to_string();
            assert!(behind.contains(&format!(" {words} to be read")), "{behind}");
        }
    }
}
