//! Whether the jobs of a clinic are as the life of a job allows.

use super::QueueError;
use crate::config;
use crate::db::Tx;
use crate::domain::flaw::{Flaw, Rule};
use crate::domain::ids::ClinicId;

const FIND_UNSOUND: &str = include_str!("../../sql/queries/queue/find_unsound_jobs.sql");

const RULES: &[Rule] = &[
    Rule {
        code: "lease_expired",
        about: "job",
        says: "it runs under a lease that ran out and nobody took it: start a `work` process",
    },
    Rule {
        code: "attempts_exceeded",
        about: "job",
        says: "more attempts were begun than are allowed: report this as a fault of the program",
    },
    Rule {
        code: "attempt_open",
        about: "job",
        says: "an attempt was never ended although the job went on: report this as a fault of the program",
    },
    Rule {
        code: "result_not_once",
        about: "job",
        says: "it is done, but not by exactly one attempt: look whether the document was read twice",
    },
    Rule {
        code: "document_without_job",
        about: "document",
        says: "it waits to be read and no job will read it: restore its row of `job` from a backup, or report this as a fault of the program",
    },
    Rule {
        code: "failure_without_job",
        about: "document",
        says: "it could not be read and there is no job to start again: restore its row of `job` from a backup",
    },
];

/// Sweeps that may pass before a lease that ran out is taken: one may just have ended, and one takes
/// only so many.
const SWEEPS: u32 = 2;

/// Looks all jobs of a clinic over, in a transaction of the role `fertidoc_worker`.
pub async fn look_over(
    tx: &Tx<'_>,
    clinic: ClinicId,
    config: &config::Queue,
) -> Result<Vec<Flaw>, QueueError> {
    let taken_within = (config.rescue_every * SWEEPS).as_secs_f64();
    let rows = tx.query(FIND_UNSOUND, &[&taken_within]).await?;
    let mut flaws = Vec::with_capacity(rows.len());
    for row in &rows {
        let code = row.try_get("flaw")?;
        flaws.push(Flaw::named(RULES, code, clinic, row.try_get("id")?));
    }
    Ok(flaws)
}
