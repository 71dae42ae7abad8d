//! Proof of who asks.

use super::audit::{Event, Reads};
use super::{AccessError, Agent, Emergency, Scope, Scopes, Sight, session};
use crate::db::{self, DbError, Tx};
use crate::domain::ids::{ClinicId, SessionId};
use deadpool_postgres::Object;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

/// The request on whose behalf somebody is looked up.
#[derive(Debug, Clone)]
pub struct Asking {
    /// Names the request from the door to the last job it caused.
    pub request_id: Arc<str>,
    /// Where it came from, as far as the trusted proxy says.
    pub client: Option<IpAddr>,
}

impl<T: Into<Arc<str>>> From<T> for Asking {
    /// A request of which nobody knows where it came from.
    fn from(request_id: T) -> Self {
        Self {
            request_id: request_id.into(),
            client: None,
        }
    }
}

/// Somebody whose token or session was found good. Only [`super::Authenticator`] makes one.
#[derive(Debug, Clone)]
pub struct Viewer {
    /// The wall: nothing of another clinic is seen.
    pub clinic: ClinicId,
    /// Who asks, for the record.
    pub agent: Agent,
    pub scopes: Scopes,
    /// What of the clinic is shown.
    pub sight: Sight,
    /// Set where a person asks.
    pub session: Option<SessionId>,
    /// Set while the person's session has emergency access: every row of the record names it.
    pub emergency: Option<Emergency>,
    pub client: Option<IpAddr>,
    pub request_id: Arc<str>,
    /// When the person last proved who they are.
    confirmed: Option<Instant>,
    reads: Reads,
    seal: Seal,
}

#[derive(Debug, Clone)]
struct Seal;

impl Viewer {
    pub(super) fn proven(
        clinic: ClinicId,
        agent: Agent,
        scopes: Scopes,
        sight: Sight,
        session: Option<(SessionId, Instant)>,
        asking: Asking,
        reads: Reads,
    ) -> Self {
        Self {
            clinic,
            agent,
            scopes,
            sight,
            session: session.map(|(session, _)| session),
            emergency: None,
            confirmed: session.map(|(_, confirmed)| confirmed),
            client: asking.client,
            request_id: asking.request_id,
            reads,
            seal: Seal,
        }
    }

    /// The same in an emergency: no wall within the clinic is before them.
    pub(super) fn in_emergency(mut self, emergency: Emergency) -> Self {
        let walls = [Scope::Donors, Scope::Genetics];
        self.scopes = self.scopes.iter().chain(walls).collect();
        self.sight = Sight::new(self.scopes, true);
        self.emergency = Some(emergency);
        self
    }

    /// Refuses an agent who may not do this.
    pub fn require(&self, scope: Scope) -> Result<(), AccessError> {
        let Seal = self.seal;
        if self.scopes.contains(scope) {
            Ok(())
        } else {
            Err(AccessError::Forbidden(scope))
        }
    }

    /// Refuses an agent who may do none of these; the first is what is asked for by name.
    pub fn require_any(&self, scopes: &[Scope]) -> Result<(), AccessError> {
        match scopes {
            [first, others @ ..] if !others.iter().any(|&scope| self.scopes.contains(scope)) => {
                self.require(*first)
            }
            _ => Ok(()),
        }
    }

    /// Refuses a person whose last proof of who they are, by password, code or identity provider,
    /// is older than five minutes. A token proves itself with every request.
    pub fn require_recent(&self) -> Result<(), AccessError> {
        self.confirmed.map_or(Ok(()), session::recent)
    }

    /// Begins a transaction that sees what the viewer may see, and nothing else.
    pub async fn begin<'a>(&self, connection: &'a mut Object) -> Result<Tx<'a>, DbError> {
        db::begin_seeing(connection, self.clinic, self.sight.word()).await
    }

    /// One statement that only reads, as within [`Viewer::begin`], in one round trip.
    pub async fn ask(
        &self,
        connection: &Object,
        statement: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<Vec<Row>, DbError> {
        let sight = self.sight.word();
        db::ask_seeing(connection, self.clinic, sight, statement, parameters).await
    }

    /// Records that the viewer was shown something. What was read is given out only behind this:
    /// where it cannot be recorded, nobody sees it. What is changed is recorded in the transaction
    /// that changes it, by [`super::audit::record`].
    pub async fn saw(&self, event: Event) -> Result<(), DbError> {
        self.reads.record(self, event).await
    }
}
