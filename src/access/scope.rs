//! What an agent may do: what a token was made for, or what the roles of a person allow.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use utoipa::ToSchema;

/// One thing that an agent may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Hand documents in.
    Upload,
    /// See patients, documents and summaries.
    Read,
    /// Change patients and decide about documents.
    Write,
    /// See jobs and the state of the server; no patient's data.
    Ops,
    /// See who did what, and take it away as a file; no patient's data but ids.
    Audit,
    /// Decide who may what: people, tokens, what is masked.
    Admin,
    /// See who donors are, and whose.
    Donors,
    /// See sex chromosomes where the clinic masks them.
    Genetics,
}

/// The word is none of [`Scope::ALL`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "unknown scope `{0}`: there are upload, read, write, ops, audit, admin, donors and genetics"
)]
pub struct UnknownScope(pub String);

impl Scope {
    /// All there are.
    pub const ALL: [Self; 8] = [
        Self::Upload,
        Self::Read,
        Self::Write,
        Self::Ops,
        Self::Audit,
        Self::Admin,
        Self::Donors,
        Self::Genetics,
    ];

    /// The word as it stands in the database and on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Upload => "upload",
            Self::Read => "read",
            Self::Write => "write",
            Self::Ops => "ops",
            Self::Audit => "audit",
            Self::Admin => "admin",
            Self::Donors => "donors",
            Self::Genetics => "genetics",
        }
    }

    fn bit(self) -> u8 {
        match self {
            Self::Upload => 1,
            Self::Read => 2,
            Self::Write => 4,
            Self::Ops => 8,
            Self::Audit => 16,
            Self::Admin => 32,
            Self::Donors => 64,
            Self::Genetics => 128,
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Scope {
    type Err = UnknownScope;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|scope| scope.as_str() == word)
            .ok_or_else(|| UnknownScope(word.to_owned()))
    }
}

/// A set of scopes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Scopes(u8);

impl Scopes {
    /// Everything.
    #[must_use]
    pub fn all() -> Self {
        Scope::ALL.into_iter().collect()
    }

    /// Whether `scope` is in it.
    #[must_use]
    pub fn contains(self, scope: Scope) -> bool {
        self.0 & scope.bit() != 0
    }

    /// Whether it holds nothing, as no token may.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Those in it, in the order of [`Scope::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL
            .into_iter()
            .filter(move |&scope| self.contains(scope))
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(scopes.into_iter().fold(0, |bits, scope| bits | scope.bit()))
    }
}

impl fmt::Debug for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl Serialize for Scopes {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_what_was_put_in_and_nothing_else() {
        let scopes: Scopes = [Scope::Read, Scope::Ops].into_iter().collect();
        assert!(scopes.contains(Scope::Read) && scopes.contains(Scope::Ops));
        assert!(!scopes.contains(Scope::Upload) && !scopes.contains(Scope::Write));
        assert_eq!(serde_json::to_string(&scopes).unwrap(), r#"["read","ops"]"#);
        assert!(Scopes::default().is_empty());
        assert_eq!(Scopes::all().iter().count(), 8);
    }

    #[test]
    fn words_come_back_as_what_they_were() {
        for scope in Scope::ALL {
            assert_eq!(scope.as_str().parse(), Ok(scope));
        }
        assert!("root".parse::<Scope>().is_err());
    }
}
