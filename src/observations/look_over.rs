//! Whether what was read of a clinic's documents is there once and whole.

use super::ObservationsError;
use crate::db::Tx;
use crate::domain::flaw::{Flaw, Rule};
use crate::domain::ids::ClinicId;

const FIND_UNSOUND: &str = include_str!("../../sql/queries/observations/find_unsound_readings.sql");

const RULES: &[Rule] = &[
    Rule {
        code: "reading_of_another",
        about: "document",
        says: "it stands on the reading of another document: have it read again",
    },
    Rule {
        code: "pages_not_dense",
        about: "document",
        says: "a page between its pages is missing: restore its rows of `document_page` from a backup",
    },
    Rule {
        code: "values_not_dense",
        about: "document",
        says: "a value between its values is missing: restore its rows of `observation` from a backup",
    },
    Rule {
        code: "values_not_once",
        about: "document",
        says: "a reading has not exactly one row for each of its values: restore its rows of `observation` from a backup",
    },
];

/// Looks all readings of a clinic over, in a transaction of the role `fertidoc_worker`.
pub async fn look_over(tx: &Tx<'_>, clinic: ClinicId) -> Result<Vec<Flaw>, ObservationsError> {
    let rows = tx.query(FIND_UNSOUND, &[]).await?;
    let mut flaws = Vec::with_capacity(rows.len());
    for row in &rows {
        let code = row.try_get("flaw")?;
        flaws.push(Flaw::named(RULES, code, clinic, row.try_get("id")?));
    }
    Ok(flaws)
}
