//! The record of who did what to which thing.
//!
//! What changes something is recorded in the transaction that changes it ([`record`]); what was
//! only read is recorded before it is given out ([`super::Viewer::saw`]).

mod event;
mod reads;

pub use event::{Event, Outcome};
pub use reads::Reads;

use super::Viewer;
use crate::db::{DbError, Tx};
use crate::domain::ids::ClinicId;

const INSERT: &str = include_str!("../../../sql/queries/access/insert_audit_event.sql");

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

/// Writes one row in the transaction that does what it tells.
pub async fn record<'a>(
    tx: &Tx<'_>,
    actor: impl Into<Actor<'a>>,
    event: Event,
) -> Result<(), DbError> {
    let (clinic, viewer, request_id) = match actor.into() {
        Actor::Viewer(viewer) => (viewer.clinic, Some(viewer), Some(&*viewer.request_id)),
        Actor::System { clinic, request_id } => (clinic, None, request_id),
    };
    let insert = tx.prepare_cached(INSERT).await?;
    tx.execute(
        &insert,
        &[
            &clinic.0,
            &viewer.map(|viewer| viewer.agent.id().0),
            &viewer.and_then(|viewer| viewer.session).map(|it| it.0),
            &viewer.and_then(|viewer| viewer.client),
            &event.action,
            &event.outcome.as_str(),
            &event.subject,
            &event.patient.map(|patient| patient.0),
            &request_id,
            &event.detail,
        ],
    )
    .await?;
    Ok(())
}
