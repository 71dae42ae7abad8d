use super::milliseconds;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What is kept so that it need not be asked for again. The house works without it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Cache {
    /// `rediss://host:port/`, or `redis://` on this machine; empty means that there is none.
    pub redis_url: String,
    /// PEM file of the only certificate authorities that are trusted; empty means the machine's.
    pub redis_ca: String,
    /// Allows plain text to another machine; for a network that nobody else is on.
    pub insecure: bool,
    /// How long an answer of Redis is waited for.
    #[serde(with = "milliseconds")]
    pub redis_timeout: Duration,
    /// How long Redis keeps an entry; it bounds memory only, versions decide what is right.
    #[serde(with = "milliseconds")]
    pub redis_ttl: Duration,
    /// Bytes that one process keeps in its own memory.
    pub memory_bytes: u64,
}

impl Default for Cache {
    fn default() -> Self {
        Self {
            redis_url: String::new(),
            redis_ca: String::new(),
            insecure: false,
            redis_timeout: Duration::from_millis(50),
            redis_ttl: Duration::from_hours(1),
            memory_bytes: 64 << 20,
        }
    }
}
