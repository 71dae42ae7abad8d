use super::milliseconds;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The materialized summaries and what is answered from memory.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Summary {
    /// Shortest pause between two refreshes; a refresh also spends at most a tenth of the time.
    #[serde(with = "milliseconds")]
    pub refresh_every: Duration,
    /// A process answers from memory only while its listener heard its own heartbeat this lately.
    #[serde(with = "milliseconds")]
    pub listener_silence: Duration,
}

impl Default for Summary {
    fn default() -> Self {
        Self {
            refresh_every: Duration::from_secs(10),
            listener_silence: Duration::from_secs(1),
        }
    }
}
