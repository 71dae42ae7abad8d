//! One thing that was done.

use crate::domain::ids::PatientId;
use serde_json::{Value, json};
use uuid::Uuid;

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Success,
    /// It was not allowed.
    Refused,
    /// It was allowed and did not succeed, as a sign-in with a wrong password.
    Failed,
}

impl Outcome {
    /// As it stands in the table.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }
}

/// What a row of the record tells, but for who and when.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    pub action: &'static str,
    pub outcome: Outcome,
    pub subject: Option<Uuid>,
    pub patient: Option<PatientId>,
    pub detail: Value,
}

impl Event {
    /// `action` is `thing.verb`, as `document.assign`.
    #[must_use]
    pub fn new(action: &'static str) -> Self {
        Self {
            action,
            outcome: Outcome::Success,
            subject: None,
            patient: None,
            detail: json!({}),
        }
    }

    /// The thing it was done to.
    #[must_use]
    pub fn on(self, subject: Uuid) -> Self {
        Self {
            subject: Some(subject),
            ..self
        }
    }

    /// The patient whose record it touches: that of the document, or the subject itself.
    #[must_use]
    pub fn of(self, patient: impl Into<Option<PatientId>>) -> Self {
        Self {
            patient: patient.into(),
            ..self
        }
    }

    /// Counts, codes and ids; never text of the patient.
    #[must_use]
    pub fn with(self, detail: Value) -> Self {
        Self { detail, ..self }
    }

    /// It did not come to pass.
    #[must_use]
    pub fn ended(self, outcome: Outcome) -> Self {
        Self { outcome, ..self }
    }
}
