//! Why a document waits for a person: codes for machines, words for people.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Why a document waits for a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HoldReason {
    NoIdentity,
    NoPatient,
    SeveralPatients,
    IdentityIncomplete,
    NameDiffers,
    BirthDateDiffers,
    SexDiffers,
    IdentifierDiffers,
    FitsAnother,
    KindDoesNotFit,
    SecondPerson,
    SeveralReports,
    IdentityDoubtful,
    AlreadyFiled,
    TakenBack,
}

impl HoldReason {
    const ALL: [Self; 15] = [
        Self::NoIdentity,
        Self::NoPatient,
        Self::SeveralPatients,
        Self::IdentityIncomplete,
        Self::NameDiffers,
        Self::BirthDateDiffers,
        Self::SexDiffers,
        Self::IdentifierDiffers,
        Self::FitsAnother,
        Self::KindDoesNotFit,
        Self::SecondPerson,
        Self::SeveralReports,
        Self::IdentityDoubtful,
        Self::AlreadyFiled,
        Self::TakenBack,
    ];

    /// The code as it is stored.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::NoIdentity => "no_identity",
            Self::NoPatient => "no_patient",
            Self::SeveralPatients => "several_patients",
            Self::IdentityIncomplete => "identity_incomplete",
            Self::NameDiffers => "name_differs",
            Self::BirthDateDiffers => "birth_date_differs",
            Self::SexDiffers => "sex_differs",
            Self::IdentifierDiffers => "identifier_differs",
            Self::FitsAnother => "fits_another",
            Self::KindDoesNotFit => "kind_does_not_fit",
            Self::SecondPerson => "second_person",
            Self::SeveralReports => "several_reports",
            Self::IdentityDoubtful => "identity_doubtful",
            Self::AlreadyFiled => "already_filed",
            Self::TakenBack => "taken_back",
        }
    }

    /// The reason behind a stored code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }

    /// What a person is told.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::NoIdentity => "The document names nobody. Choose the patient.",
            Self::NoPatient => {
                "Nobody in the register fits the name, birth date and numbers on the document. \
                 Register the patient from the document, or choose one."
            }
            Self::SeveralPatients => "More than one patient fits. Choose the right one.",
            Self::IdentityIncomplete => {
                "What the document says about the person is not enough to be sure. Compare and \
                 choose the patient."
            }
            Self::NameDiffers => "The document shows another name than the patient's.",
            Self::BirthDateDiffers => "The document shows another birth date than the patient's.",
            Self::SexDiffers => "The document shows another sex than the patient's.",
            Self::IdentifierDiffers => {
                "The document shows another number than the patient has from the same issuer."
            }
            Self::FitsAnother => "The document fits another patient.",
            Self::KindDoesNotFit => "This kind of document does not fit the patient's sex.",
            Self::SecondPerson => {
                "Results of a second person are on the document. Check whose values were read."
            }
            Self::SeveralReports => {
                "The file holds several reports. Check that all are of one patient."
            }
            Self::IdentityDoubtful => "Who the document is about could not be read with certainty.",
            Self::AlreadyFiled => "The same file is already filed for this patient.",
            Self::TakenBack => "A person took the document back from a patient.",
        }
    }
}
