//! Whether the documents of a clinic and the record of their arrival are the same ones.

use crate::db::DbError;
use crate::domain::flaw::{Flaw, Rule};
use crate::domain::ids::ClinicId;
use std::collections::BTreeSet;
use tokio_postgres::Client;
use uuid::Uuid;

const LIST: &str = include_str!("../../../sql/queries/access/list_received.sql");

const UNRECORDED: Rule = Rule {
    code: "document_unrecorded",
    about: "document",
    says: "the record does not say who sent it: find out how it came in, it did not come through the program",
};
const LOST: Rule = Rule {
    code: "document_lost",
    about: "document",
    says: "the record says that it was received, and it is not there: restore it from a backup",
};

/// The documents that the record says were received; `sealer` is a session of `fertidoc_sealer`.
pub async fn received(
    sealer: &Client,
    clinic: ClinicId,
    of: Option<&[Uuid]>,
) -> Result<BTreeSet<Uuid>, DbError> {
    let rows = sealer.query(LIST, &[&clinic.0, &of]).await?;
    Ok(rows
        .iter()
        .map(|row| row.try_get::<_, Uuid>(0))
        .collect::<Result<_, tokio_postgres::Error>>()?)
}

/// Compares `received`, asked for before, with the documents that were found after it. Documents are
/// never removed, and one and its row are one transaction: what was not recorded then is asked for
/// once more.
pub async fn unlike(
    sealer: &Client,
    clinic: ClinicId,
    received: &BTreeSet<Uuid>,
    found: &BTreeSet<Uuid>,
) -> Result<Vec<Flaw>, DbError> {
    let lost = received.difference(found);
    let mut flaws: Vec<Flaw> = lost
        .map(|document| Flaw::of(&LOST, Some(clinic), Some(*document)))
        .collect();
    let unknown: Vec<Uuid> = found.difference(received).copied().collect();
    if !unknown.is_empty() {
        let recorded = self::received(sealer, clinic, Some(&unknown)).await?;
        let unrecorded = unknown.iter().filter(|it| !recorded.contains(it));
        flaws.extend(
            unrecorded.map(|document| Flaw::of(&UNRECORDED, Some(clinic), Some(*document))),
        );
    }
    Ok(flaws)
}
