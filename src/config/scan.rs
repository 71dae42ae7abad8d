use super::milliseconds;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The malware scanner. Without one nothing is scanned.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Scan {
    /// ClamAV's daemon, `host:port` or the path of its socket; empty means that files are read and
    /// given out unscanned.
    pub clamd: String,
    /// Allows plain text to another machine; for a network that nobody else is on.
    pub insecure: bool,
    /// How long the scanner may take for one answer, or to accept the next bytes.
    #[serde(with = "milliseconds")]
    pub timeout: Duration,
}

impl Scan {
    /// Whether nothing may be read or given out before it was scanned.
    #[must_use]
    pub fn is_on(&self) -> bool {
        !self.clamd.is_empty()
    }
}

impl Default for Scan {
    fn default() -> Self {
        Self {
            clamd: String::new(),
            insecure: false,
            timeout: Duration::from_mins(2),
        }
    }
}
