//! Distinct types for distinct things, all UUID version 7 (RFC 9562), so that ids sort by birth.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
        #[serde(transparent)]
        #[schema(value_type = String, format = Uuid)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new id of this moment.
            #[must_use]
            pub fn fresh() -> Self {
                Self(Uuid::now_v7())
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Ok(Self(text.parse()?))
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }
    };
}

id!(
    /// A clinic: the wall that no reading crosses.
    ClinicId
);
id!(
    /// A laboratory, whose staff work for all of its clinics.
    LaboratoryId
);
id!(
    /// A patient of one clinic.
    PatientId
);
id!(
    /// A link between two partners; it leads to neither.
    PartnershipId
);
id!(
    /// A link between a donor and a recipient; it leads to neither.
    DonationId
);
id!(
    /// A document that we hold.
    DocumentId
);
id!(
    /// One reading of one document.
    AnalysisId
);
id!(
    /// One stored value.
    ObservationId
);
id!(
    /// A piece of background work.
    JobId
);
id!(
    /// An object in the store; also its key there.
    ObjectId
);
id!(
    /// A file that comes in several requests.
    UploadId
);
id!(
    /// An API token.
    TokenId
);
id!(
    /// Whoever acts and is named in the record: the id of a user or of a token.
    AgentId
);
id!(
    /// A person who has an account.
    UserId
);
id!(
    /// What a person opens by signing in.
    SessionId
);
id!(
    /// Emergency access that was opened.
    EmergencyId
);
id!(
    /// What somebody who watches over a clinic is told.
    NoticeId
);
