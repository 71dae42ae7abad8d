//! The read model: what a clinician sees of a patient.
//!
//! The life of a summary. It has one definition, the view `patient_summary_live`: of each thing
//! that was measured the latest value that may be used, the earlier ones behind it, and what still
//! waits. A materialized view holds the same rows computed beforehand. Whoever changes a row that
//! the definition reads marks the patient stale in the same transaction (triggers; nobody can
//! forget it), and when that transaction commits, the version in the patient's row is raised once
//! and one notice goes out with the commit.
//!
//! *Reading* ([`Summaries`]) takes the materialized row, or, for a stale patient, computes the live
//! one: a summary from Postgres is never older than the last commit. The [`SummaryRefresher`], one
//! actor a worker process of which one at a time holds the lock, brings the materialized view up
//! to date; how often decides what reading costs and never what it says.
//!
//! *Answering from memory* rests on versions, never on time: a body is kept under the version
//! that it was computed at. Which version a patient is at is known from notices, and believed
//! only while the listener of this process heard its own heartbeat, sent through the same queue of
//! Postgres, a moment ago; otherwise Postgres is asked. An answer from memory is thus older by
//! one notice, or by `summary.listener_silence` where the connection died unnoticed.
//!
//! Names of analytes, LOINC codes and their grouping come from the lexicon when the answer is
//! made; the views know nothing of languages, limits, days or viewers. Every reading writes its
//! audit row, from memory too.

mod answer;
mod known;
mod listener;
mod look_over;
mod read;
mod refresh;
mod refresher;

pub use answer::{
    Content, Partner, Received, Series, Snippet, Summary, SummaryAnswer, SummaryIdentifier,
    SummaryPatient, Trend,
};
pub use look_over::{look_over, look_over_materialized};
pub use read::Summaries;
pub use refresh::{Did, RefreshError, refresh_once};
pub use refresher::{LookAgain, SummaryRefresher, keep_fresh};

use crate::access::AccessError;
use crate::db::DbError;

/// Why there is no summary.
#[derive(Debug, thiserror::Error)]
pub enum SummaryError {
    /// No such patient in this clinic; whether there is one elsewhere is not said.
    #[error("there is no patient with this id: check it, or search by name or number")]
    NotFound,
    #[error(transparent)]
    Access(#[from] AccessError),
    #[error(transparent)]
    Db(#[from] DbError),
    /// A fault of ours: the view and this binary do not fit each other.
    #[error("a stored summary cannot be read")]
    Unreadable(#[from] serde_json::Error),
}

impl From<tokio_postgres::Error> for SummaryError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Db(error.into())
    }
}
