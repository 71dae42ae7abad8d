//! Whether the documents of a clinic are in states that there are.

use super::DocumentsError;
use crate::db::Tx;
use crate::domain::flaw::{Flaw, Rule};
use crate::domain::ids::ClinicId;

const FIND_UNSOUND: &str = include_str!("../../sql/queries/documents/find_unsound_documents.sql");

const RULES: &[Rule] = &[
    Rule {
        code: "read_without_reading",
        about: "document",
        says: "it counts as read, but has no reading or was never filed or held: have it read again",
    },
    Rule {
        code: "end_without_reason",
        about: "document",
        says: "it could not be read and nothing says why: start its job again",
    },
    Rule {
        code: "page_beyond_pages",
        about: "document",
        says: "it is said to be at a page that it does not have: report this as a fault of the program",
    },
    Rule {
        code: "object_of_another",
        about: "document",
        says: "its object is not complete, or its hash or length is not the document's: restore the row of `stored_object` from a backup",
    },
];

/// Looks all documents of a clinic over, in a transaction of the role `fertidoc_worker`.
pub async fn look_over(tx: &Tx<'_>, clinic: ClinicId) -> Result<Vec<Flaw>, DocumentsError> {
    let rows = tx.query(FIND_UNSOUND, &[]).await?;
    let mut flaws = Vec::with_capacity(rows.len());
    for row in &rows {
        let code = row.try_get("flaw")?;
        flaws.push(Flaw::named(RULES, code, clinic, row.try_get("id")?));
    }
    Ok(flaws)
}
