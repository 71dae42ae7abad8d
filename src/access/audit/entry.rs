//! A row before it is written: what was done, and who did it.

use super::{Actor, Event};
use crate::access::Viewer;
use crate::domain::ids::ClinicId;
use std::net::IpAddr;
use uuid::Uuid;

/// One row of the record. The database adds the moment and the writer's number.
#[derive(Debug, Clone)]
pub struct Entry {
    /// `None` where nobody of a clinic did it: the house's own chain.
    pub clinic: Option<ClinicId>,
    pub agent: Option<Uuid>,
    pub session: Option<Uuid>,
    pub client: Option<IpAddr>,
    pub request_id: Option<String>,
    pub event: Event,
}

impl Entry {
    /// What `actor` did.
    pub(super) fn of(actor: Actor<'_>, mut event: Event) -> Self {
        if let Actor::Viewer(viewer) = actor
            && let Some(emergency) = viewer.emergency
            && let Some(detail) = event.detail.as_object_mut()
        {
            detail.insert("emergency".into(), emergency.id.to_string().into());
        }
        match actor {
            Actor::Viewer(viewer) => Self::of_a_viewer(viewer, event),
            Actor::System { clinic, request_id } => Self {
                clinic: Some(clinic),
                agent: None,
                session: None,
                client: None,
                request_id: request_id.map(str::to_owned),
                event,
            },
            Actor::Person {
                clinic,
                user,
                session,
                asking,
            } => Self {
                clinic: Some(clinic),
                agent: Some(user.0),
                session: session.map(|session| session.0),
                client: asking.client,
                request_id: Some(asking.request_id.to_string()),
                event,
            },
        }
    }

    /// What a viewer did or was refused.
    #[must_use]
    pub fn of_a_viewer(viewer: &Viewer, event: Event) -> Self {
        Self {
            clinic: Some(viewer.clinic),
            agent: Some(viewer.agent.id().0),
            session: viewer.session.map(|session| session.0),
            client: viewer.client,
            request_id: Some(viewer.request_id.to_string()),
            event,
        }
    }

    /// What somebody tried whom nobody knows.
    #[must_use]
    pub fn of_a_stranger(client: Option<IpAddr>, request_id: &str, event: Event) -> Self {
        Self {
            clinic: None,
            agent: None,
            session: None,
            client,
            request_id: Some(request_id.to_owned()),
            event,
        }
    }

    pub(super) fn shown(&self) -> Option<Vec<Uuid>> {
        let shown = &self.event.shown;
        (!shown.is_empty()).then(|| shown.iter().map(|patient| patient.0).collect())
    }
}
