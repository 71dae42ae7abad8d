use super::milliseconds;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Reading of documents.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Analysis {
    /// Documents that one worker reads at the same time, each in a child process of its own.
    pub slots: usize,
    /// Wall-clock time of one document.
    #[serde(with = "milliseconds")]
    pub wall: Duration,
    /// CPU seconds of one document.
    pub cpu_seconds: u64,
    /// Bytes of address space of a child.
    pub address_space: u64,
    /// Bytes of a file that a child takes into its memory; larger ones are refused unread.
    pub max_bytes: u64,
    /// The binary that children are; empty means the one that runs.
    pub program: String,
}

impl Default for Analysis {
    fn default() -> Self {
        Self {
            slots: 2,
            wall: Duration::from_mins(1),
            cpu_seconds: 10,
            address_space: 1 << 30,
            max_bytes: 256 << 20,
            program: String::new(),
        }
    }
}
