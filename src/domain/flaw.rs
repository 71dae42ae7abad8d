//! A promise of the house that does not hold in one place, as the stage that keeps it found out.

use super::ids::ClinicId;
use serde::Serialize;
use uuid::Uuid;

/// One way in which something may be unsound. Its words are compiled in, so that nothing of a
/// patient can stand in them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Stable; programs decide by it.
    pub code: &'static str,
    /// What kind of thing the id of a flaw names.
    pub about: &'static str,
    /// What is wrong, and what to do about it.
    pub says: &'static str,
}

/// One thing that breaks a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Flaw {
    pub code: &'static str,
    pub clinic: Option<ClinicId>,
    pub about: &'static str,
    pub id: Option<Uuid>,
    pub says: &'static str,
}

/// What a statement named that its stage has no words for.
const UNNAMED: Rule = Rule {
    code: "unnamed",
    about: "row",
    says: "the program has no words for what it found: report this as a fault of the program",
};

impl Flaw {
    #[must_use]
    pub const fn of(rule: &Rule, clinic: Option<ClinicId>, id: Option<Uuid>) -> Self {
        Self {
            code: rule.code,
            clinic,
            about: rule.about,
            id,
            says: rule.says,
        }
    }

    /// What a statement named by its code.
    #[must_use]
    pub fn named(rules: &[Rule], code: &str, clinic: ClinicId, id: Uuid) -> Self {
        let rule = rules.iter().find(|rule| rule.code == code);
        Self::of(rule.unwrap_or(&UNNAMED), Some(clinic), Some(id))
    }
}
