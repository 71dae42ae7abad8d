use crate::domain::analysis::{Refusal, RefusalCode};
use thiserror::Error;

/// Why a file was not read at all. The text is for the person who sent it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Unreadable {
    #[error("The file is empty. Send it again, or scan the paper once more.")]
    Empty,
    #[error("{0}")]
    UnsupportedType(super::sniff::Unsupported),
    #[error(
        "The file is protected by a password. Remove the protection, or print it to a new PDF, \
         and send that."
    )]
    Encrypted,
    #[error(
        "The file is damaged and cannot be read. Open it on your computer: if that works, print \
         it to a new PDF and send that."
    )]
    Damaged,
    #[error(
        "The file unpacks to far more than a document holds and was not read. Print it to a new \
         PDF and send that."
    )]
    TooLarge,
    #[error(
        "The picture has more pixels than any paper needs. Scan it at 600 dots an inch or less and \
         send that."
    )]
    TooManyPixels,
}

impl Unreadable {
    pub fn code(&self) -> RefusalCode {
        match self {
            Self::Empty => RefusalCode::Empty,
            Self::UnsupportedType(_) => RefusalCode::UnsupportedType,
            Self::Encrypted => RefusalCode::Encrypted,
            Self::Damaged => RefusalCode::Unreadable,
            Self::TooLarge | Self::TooManyPixels => RefusalCode::TooLarge,
        }
    }

    /// The refusal as the result of an analysis states it.
    pub fn refusal(&self) -> Refusal {
        Refusal {
            code: self.code(),
            message: self.to_string(),
        }
    }
}
