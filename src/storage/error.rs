use crate::db::DbError;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use std::sync::Arc;

/// Why an object could not be kept or read.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// Nobody answers, or the store asks to come back later.
    #[error("the object store is unavailable")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The object is not there.
    #[error("the object store does not hold this object")]
    Missing,
    /// The store understood and said no: credentials, bucket or a request that it does not take.
    #[error("the object store refused to {operation} ({code})")]
    Refused {
        operation: &'static str,
        code: String,
    },
    /// The probe at start-up, or a later one, found that it does not keep what it promises.
    #[error("nothing is kept in the object store, since it fails its probe: {0}")]
    Unfit(Arc<str>),
    /// What the store gave back is not what was received once.
    #[error("the stored object is damaged: {0}")]
    Corrupt(&'static str),
    /// A range that does not lie within the object.
    #[error("the object has no such range of bytes")]
    OutOfRange,
    #[error(transparent)]
    Db(#[from] DbError),
}

impl StorageError {
    /// Decides by status and code what a failed request to the store means.
    pub(super) fn from_sdk<E>(operation: &'static str, error: SdkError<E>) -> Self
    where
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        let SdkError::ServiceError(answer) = &error else {
            return Self::Unavailable(error.into());
        };
        let status = answer.raw().status().as_u16();
        let code = answer.err().code();
        match (status, code) {
            (404, code) if code != Some("NoSuchBucket") => Self::Missing,
            (408 | 429 | 500.., _) => Self::Unavailable(error.into()),
            (status, code) => Self::Refused {
                operation,
                code: match code {
                    // Garage and S3 itself take no request that was signed for another region.
                    Some(code @ "AuthorizationHeaderMalformed") => {
                        format!("{code}: store.region is not that of the store")
                    }
                    Some(code) => code.to_owned(),
                    None => status.to_string(),
                },
            },
        }
    }
}

impl From<tokio_postgres::Error> for StorageError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Db(error.into())
    }
}
