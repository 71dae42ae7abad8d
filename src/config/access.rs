use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;

/// Who may, and who did.
#[derive(Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Access {
    /// The secret of the house, 32 random bytes or more as base64; every instance has the same.
    /// Second factors are sealed with it and the record of who did what is chained with it, so it
    /// is kept apart from the database and its backups. `openssl rand -base64 32` makes one.
    pub key: String,
    /// How long a session lasts that nobody uses.
    #[serde(with = "super::milliseconds")]
    pub session_idle: Duration,
    /// How long a session lasts at most.
    #[serde(with = "super::milliseconds")]
    pub session_absolute: Duration,
    /// How long a one-time link is good for setting a password.
    #[serde(with = "super::milliseconds")]
    pub link_lasts: Duration,
    /// Roles that nobody uses without a second factor; who has none sets it up at sign-in.
    pub second_factor_roles: Vec<String>,
}

impl Default for Access {
    fn default() -> Self {
        Self {
            key: String::new(),
            session_idle: Duration::from_mins(15),
            session_absolute: Duration::from_hours(12),
            link_lasts: Duration::from_hours(72),
            second_factor_roles: [
                "clinician",
                "nurse",
                "embryologist",
                "andrologist",
                "lab_manager",
                "clinic_admin",
                "ops",
                "auditor",
            ]
            .map(String::from)
            .into(),
        }
    }
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Access").finish_non_exhaustive()
    }
}
