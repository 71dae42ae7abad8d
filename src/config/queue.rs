use super::milliseconds;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Background work.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Queue {
    /// How long a claimed job belongs to its worker without a word of life.
    #[serde(with = "milliseconds")]
    pub lease: Duration,
    /// Pause between two words of life.
    #[serde(with = "milliseconds")]
    pub heartbeat: Duration,
    /// Pause between two looks for jobs whose lease ran out.
    #[serde(with = "milliseconds")]
    pub rescue_every: Duration,
    /// Pause between two looks for work when nobody wakes us.
    #[serde(with = "milliseconds")]
    pub poll_every: Duration,
    /// Attempts before a job is set aside for a person.
    pub max_attempts: i32,
    /// Pause before the second attempt; it doubles with each further one and is jittered.
    #[serde(with = "milliseconds")]
    pub backoff: Duration,
    /// How long a worker that is told to end gives what it reads; what takes longer is handed back
    /// within 3 s more, without having used an attempt.
    #[serde(with = "milliseconds")]
    pub drain: Duration,
}

impl Default for Queue {
    fn default() -> Self {
        Self {
            lease: Duration::from_secs(20),
            heartbeat: Duration::from_secs(5),
            rescue_every: Duration::from_secs(5),
            poll_every: Duration::from_secs(2),
            max_attempts: 3,
            backoff: Duration::from_secs(2),
            drain: Duration::from_secs(22),
        }
    }
}
