//! What is limited, and how much of it there is.

use crate::config;
use std::time::Duration;

/// What is counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// Attempts to sign in as one user.
    SignIn,
    /// Attempts to sign in from one client address.
    Address,
    /// Files that an agent sends.
    Upload,
    /// Requests of an agent.
    Read,
    /// Answers for an agent that are dear to make.
    Report,
    /// Requests of an agent about people, rights and tokens.
    Admin,
}

impl Class {
    /// As it stands in headers, figures and keys.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign-in",
            Self::Address => "address",
            Self::Upload => "upload",
            Self::Read => "read",
            Self::Report => "report",
            Self::Admin => "admin",
        }
    }
}

/// A bucket's size and how fast it fills.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// How many are there at first, and at most.
    pub burst: u32,
    /// How many come back in a minute.
    pub per_minute: u32,
}

impl Rate {
    /// The rate of a class; `None` where it is switched off.
    pub(super) fn of(config: &config::Limit, class: Class) -> Option<Self> {
        let (burst, per_minute) = match class {
            Class::SignIn => (config.sign_in_burst, config.sign_in_per_minute),
            Class::Address => (config.address_burst, config.address_per_minute),
            Class::Upload => (config.upload_burst, config.upload_per_minute),
            Class::Read => (config.read_burst, config.read_per_minute),
            Class::Report => (config.report_burst, config.report_per_minute),
            Class::Admin => (config.admin_burst, config.admin_per_minute),
        };
        (burst > 0).then_some(Self { burst, per_minute })
    }

    /// Until one comes back.
    pub(super) fn each(self) -> Duration {
        Duration::from_mins(1) / self.per_minute.max(1)
    }

    /// Until an empty bucket is full.
    #[must_use]
    pub fn window(self) -> Duration {
        self.each() * self.burst
    }
}

/// How much is left of a bucket, as far as this process knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Left {
    pub class: Class,
    pub rate: Rate,
    pub remaining: u32,
}

impl Left {
    /// Until the bucket is full again.
    #[must_use]
    pub fn full_in(&self) -> Duration {
        self.rate.each() * self.rate.burst.saturating_sub(self.remaining)
    }
}

/// The bucket is empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many requests of the class {}", class.as_str())]
pub struct Exceeded {
    pub class: Class,
    pub rate: Rate,
    /// Until one comes back.
    pub retry_after: Duration,
}

impl Exceeded {
    /// Whole seconds, rounded up: whoever waits for them is served.
    #[must_use]
    pub fn seconds(&self) -> u32 {
        u32::try_from(self.retry_after.as_millis().div_ceil(1000))
            .unwrap_or(u32::MAX)
            .max(1)
    }
}

impl From<Exceeded> for Left {
    fn from(exceeded: Exceeded) -> Self {
        Self {
            class: exceeded.class,
            rate: exceeded.rate,
            remaining: 0,
        }
    }
}
