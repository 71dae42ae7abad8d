//! Why a session is no more.

/// Why a session is no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Nobody used it for too long.
    Idle,
    /// It lasted as long as a session may.
    Absolute,
    /// Its person signed out, here or elsewhere.
    SignedOut,
    /// Its person, or an administrator, ended it from a list.
    Revoked,
    /// The account was disabled.
    Disabled,
    /// The person has no role in the clinic any more.
    NoRole,
    /// The password or the second factor was changed.
    Changed,
    /// The next step of signing in took its place.
    Replaced,
    /// There is no such session.
    Unknown,
}

impl Ended {
    /// As it stands in the row and in the address of the sign-in page.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Absolute => "absolute",
            Self::SignedOut => "signed_out",
            Self::Revoked => "revoked",
            Self::Disabled => "disabled",
            Self::NoRole => "no_role",
            Self::Changed => "changed",
            Self::Replaced => "replaced",
            Self::Unknown => "unknown",
        }
    }

    /// The reason that a word stands for.
    #[must_use]
    pub fn from_word(word: &str) -> Self {
        [
            Self::Idle,
            Self::Absolute,
            Self::SignedOut,
            Self::Revoked,
            Self::Disabled,
            Self::NoRole,
            Self::Changed,
            Self::Replaced,
        ]
        .into_iter()
        .find(|reason| reason.as_str() == word)
        .unwrap_or(Self::Unknown)
    }
}
