use super::milliseconds;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// What one upload may be.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Upload {
    /// Bytes of one file.
    pub max_file_bytes: u64,
    /// Files of one request.
    pub max_files: usize,
    /// Other fields of one request.
    pub max_fields: usize,
    /// Bytes of a file name.
    pub max_name_bytes: usize,
    /// The longest silence of a sender.
    #[serde(with = "milliseconds")]
    pub idle: Duration,
    /// Bytes a second that a sender must reach, measured over `rate_window`.
    pub min_rate: u64,
    /// Time over which a sender's rate is measured.
    #[serde(with = "milliseconds")]
    pub rate_window: Duration,
    /// The longest that one request may last.
    #[serde(with = "milliseconds")]
    pub total: Duration,
    /// Files that one process takes at the same time; more are answered 503.
    pub concurrent: usize,
    /// How long a resumable upload that nobody goes on with is kept.
    #[serde(with = "milliseconds")]
    pub resume_within: Duration,
    /// Resumable uploads of one person or token that may wait to be gone on with.
    pub max_unfinished: usize,
    /// How long the oldest document of a clinic may wait to be read before files that programs send
    /// with a token are refused with 503; those of people are always kept. 0 never refuses.
    #[serde(with = "milliseconds")]
    pub queue_age_limit: Duration,
    /// Age at which what an interrupted upload left behind is removed.
    #[serde(with = "milliseconds")]
    pub leftover_age: Duration,
    /// Pause between two sweeps.
    #[serde(with = "milliseconds")]
    pub sweep_every: Duration,
}

impl Default for Upload {
    fn default() -> Self {
        Self {
            max_file_bytes: 2 << 30,
            max_files: 200,
            max_fields: 8,
            max_name_bytes: 255,
            idle: Duration::from_secs(30),
            min_rate: 1024,
            rate_window: Duration::from_secs(30),
            total: Duration::from_hours(1),
            concurrent: 32,
            resume_within: Duration::from_hours(24),
            max_unfinished: 100,
            queue_age_limit: Duration::from_secs(0),
            leftover_age: Duration::from_hours(24),
            sweep_every: Duration::from_mins(10),
        }
    }
}
