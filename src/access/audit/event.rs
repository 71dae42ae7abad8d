//! One thing that was done.

use crate::domain::ids::PatientId;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
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
    /// Whom a list showed; empty for what touches one patient or none.
    pub shown: Vec<PatientId>,
    pub detail: Value,
}

impl Event {
    /// `action` is `thing.verb`, as `document.assign`; what it says stands in [`super::ACTIONS`].
    #[must_use]
    pub fn new(action: &'static str) -> Self {
        Self {
            action,
            outcome: Outcome::Success,
            subject: None,
            patient: None,
            shown: Vec::new(),
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

    /// The patient whose record it touches: that of the document, or the subject itself. Of a
    /// document that nobody filed yet it is the one whom its sender named.
    #[must_use]
    pub fn of(self, patient: impl Into<Option<PatientId>>) -> Self {
        Self {
            patient: patient.into(),
            ..self
        }
    }

    /// The patients of whom a list showed something, each once.
    #[must_use]
    pub fn showing(self, patients: impl IntoIterator<Item = PatientId>) -> Self {
        let mut shown: Vec<PatientId> = patients.into_iter().collect();
        shown.sort_unstable();
        shown.dedup();
        Self { shown, ..self }
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
