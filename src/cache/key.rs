//! The names of everything that is cached, in one place.

use crate::domain::ids::{ClinicId, PatientId};
use std::fmt;

/// Names one thing at one version. A key holds ids and never a name of anybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Key {
    /// The summary of a patient.
    Summary {
        clinic: ClinicId,
        patient: PatientId,
        /// The counter in the patient's row.
        version: i64,
        /// Viewers of one class see the same.
        class: &'static str,
        /// The shape of the answer; binaries of two releases share one Redis.
        shape: u32,
        /// Version of the lexicon, whose words are in the answer.
        lexicon: &'static str,
    },
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Summary {
                clinic,
                patient,
                version,
                class,
                shape,
                lexicon,
            } => write!(
                f,
                "fertidoc:summary:{clinic}:{patient}:{version}:{class}:{shape}:{lexicon}"
            ),
        }
    }
}
