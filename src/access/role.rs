//! What the people of a house are to it, and so what they may do.
//!
//! The table below is the whole of it: a role is a set of scopes. Who has several roles has the
//! scopes of all. Whoever decides about people (`clinic_admin`), watches the machines (`ops`) or
//! audits sees no patient by it.

use super::{Scope, Scopes};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use utoipa::ToSchema;

/// The role of a person in a clinic, or in all clinics of a laboratory.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Clinician,
    Nurse,
    Embryologist,
    Andrologist,
    LabManager,
    ClinicAdmin,
    /// Runs the machines, without patient data.
    Ops,
    Auditor,
    /// A partner system that signs in as a person would.
    Integration,
}

/// The word is none of [`Role::ALL`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown role `{0}`: there are clinician, nurse, embryologist, andrologist, lab_manager, clinic_admin, ops, auditor and integration"
)]
pub struct UnknownRole(pub String);

impl Role {
    /// All there are.
    pub const ALL: [Self; 9] = [
        Self::Clinician,
        Self::Nurse,
        Self::Embryologist,
        Self::Andrologist,
        Self::LabManager,
        Self::ClinicAdmin,
        Self::Ops,
        Self::Auditor,
        Self::Integration,
    ];

    /// What the role allows. Embryologists and the manager of the laboratory trace gametes, so they
    /// alone see donors, and sex chromosomes where they are masked.
    #[must_use]
    pub fn scopes(self) -> Scopes {
        use Scope::{Admin, Audit, Donors, Genetics, Ops, Read, Upload, Write};
        let scopes: &[Scope] = match self {
            Self::Clinician | Self::Nurse | Self::Andrologist => &[Upload, Read, Write],
            Self::Embryologist => &[Upload, Read, Write, Donors, Genetics],
            Self::LabManager => &[Upload, Read, Write, Donors, Genetics, Audit],
            Self::ClinicAdmin => &[Admin, Audit],
            Self::Ops => &[Ops],
            Self::Auditor => &[Audit],
            Self::Integration => &[Upload, Read],
        };
        scopes.iter().copied().collect()
    }

    /// The word as it stands in the database and on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Clinician => "clinician",
            Self::Nurse => "nurse",
            Self::Embryologist => "embryologist",
            Self::Andrologist => "andrologist",
            Self::LabManager => "lab_manager",
            Self::ClinicAdmin => "clinic_admin",
            Self::Ops => "ops",
            Self::Auditor => "auditor",
            Self::Integration => "integration",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|role| role.as_str() == word)
            .ok_or_else(|| UnknownRole(word.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_come_back_as_what_they_were() {
        for role in Role::ALL {
            assert_eq!(role.as_str().parse(), Ok(role));
            let written = serde_json::to_string(&role).unwrap();
            assert_eq!(written, format!("\"{role}\""));
        }
        assert!("doctor".parse::<Role>().is_err());
    }

    #[test]
    fn who_governs_or_watches_sees_no_patient() {
        for role in [Role::ClinicAdmin, Role::Ops, Role::Auditor] {
            for scope in [Scope::Read, Scope::Write, Scope::Upload, Scope::Donors] {
                assert!(!role.scopes().contains(scope), "{role} {scope}");
            }
        }
    }
}
