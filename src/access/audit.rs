//! The record of who did what to which thing, written in the transaction that does it.

use super::Viewer;
use crate::db::{DbError, Tx};
use crate::domain::ids::ClinicId;
use serde_json::Value;
use uuid::Uuid;

const INSERT: &str = include_str!("../../sql/queries/access/insert_audit_event.sql");

/// On whose behalf a thing is done.
#[derive(Debug, Clone, Copy)]
pub enum Actor<'a> {
    /// A request.
    Viewer(&'a Viewer),
    /// A rule of the house, such as the worker's; `request_id` is that of the request behind it.
    System {
        clinic: ClinicId,
        request_id: Option<&'a str>,
    },
}

impl<'a> From<&'a Viewer> for Actor<'a> {
    fn from(viewer: &'a Viewer) -> Self {
        Self::Viewer(viewer)
    }
}

/// Writes one row. `action` is `thing.verb` (`document.assign`); `subject` the id of the thing;
/// `detail` holds counts, codes and ids, never text of the patient.
pub async fn record<'a>(
    tx: &Tx<'_>,
    actor: impl Into<Actor<'a>>,
    action: &str,
    subject: impl Into<Option<Uuid>>,
    detail: &Value,
) -> Result<(), DbError> {
    let subject: Option<Uuid> = subject.into();
    let (clinic, token, request_id) = match actor.into() {
        Actor::Viewer(viewer) => (
            viewer.clinic,
            Some(viewer.token.0),
            Some(&*viewer.request_id),
        ),
        Actor::System { clinic, request_id } => (clinic, None, request_id),
    };
    let insert = tx.prepare_cached(INSERT).await?;
    tx.execute(
        &insert,
        &[&clinic.0, &token, &action, &subject, &request_id, detail],
    )
    .await?;
    Ok(())
}
