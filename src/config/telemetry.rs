use serde::{Deserialize, Serialize};

/// What is told to the outside.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Telemetry {
    /// Filter of the log, as `tracing-subscriber` writes them: `info,fertidoc=debug`.
    pub log: String,
    /// `http://loki:3100`; empty means that events go to standard output only.
    pub loki_url: String,
    /// Name of this instance in logs and metrics.
    pub instance: String,
}

impl Default for Telemetry {
    fn default() -> Self {
        Self {
            log: "info".into(),
            loki_url: String::new(),
            instance: "fertidoc".into(),
        }
    }
}
