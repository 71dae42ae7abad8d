//! What is told to the outside: events as JSON on standard output and, where it is asked for, to
//! Loki; figures for Prometheus.
//!
//! Ids, counts, codes and durations are told; names, values, file names, paths and query strings
//! never are. Loki is a convenience (it drops what it cannot send in time); standard output is the
//! record, and the audit trail is in the database.

mod logs;
mod metrics;

pub use logs::{Logs, TelemetryError, start};
pub use metrics::{Metrics, describe};

tokio::task_local! {
    /// The id of the request that this task answers.
    pub static REQUEST_ID: std::sync::Arc<str>;
}
