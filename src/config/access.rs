use serde::{Deserialize, Serialize};
use std::fmt;

/// Who may, and who did.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Access {
    /// The secret of the house, 32 random bytes or more as base64; every instance has the same.
    /// Second factors are sealed with it and the record of who did what is chained with it, so it
    /// is kept apart from the database and its backups. `openssl rand -base64 32` makes one.
    pub key: String,
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Access").finish_non_exhaustive()
    }
}
