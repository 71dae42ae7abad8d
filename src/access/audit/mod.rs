//! The record of who did what to which thing.
//!
//! What changes something is recorded in the transaction that changes it ([`record`]). What was
//! only read or refused is recorded before it is answered ([`super::Viewer::saw`]): the rows of
//! all requests that wait at one moment go into one INSERT ([`Reads`]), whose commit releases their
//! answers. Where a row cannot be written, nothing is given out.
//!
//! Rows are inserted unsealed and never changed. Each session of the database numbers its rows
//! without gaps. One sealer ([`seal_forever`]) chains what became visible, in that order, one chain
//! a clinic, with a key that the database does not hold ([`ChainKey`]), and lays the end of each
//! chain down elsewhere ([`Anchors`]). [`verify`] walks all of it and names the first place that is
//! not as it was. What a holder of every right in the database can still do unseen is to take away
//! the last rows of a session within the two seconds before they are sealed, if that session never
//! writes again.
//!
//! Whose record a row belongs to: the patient whom it touches and everybody who is named beside, as
//! partners who consented, the other side of a donation, the holder of a number that is taken, whoever
//! loses a document that is filed anew. A link to a partner of whom nothing is shown is no look at the
//! partner, nor is what a job or the number of waiting documents tells. Viewers who do not see donors
//! find the rows, and in them no donor.
//!
//! Of sessions there is a row when one is opened, confirmed by a fresh proof, moved to another clinic
//! (an end there, an opening here) and ended, each in the clinic that it worked for: ended by its
//! person, by whoever decides about the person, on the page or with `fertidoc user`, and by the clock.
//! Of the last the row tells `idle` or `absolute`; it is written within a minute after, by whichever
//! instance looks first, whether or not anybody comes back with the cookie. A session that waits
//! half-way for its second factor was never told of, and its end is not either.
//!
//! A sign-in that failed is a `session.fail`, in the clinics of the person, or in the house's own
//! record (`fertidoc audit list`) where nobody is known by the name or the person works nowhere, or a
//! one-time link was none. It tells from where, and of an unknown name a short mark, the same for the
//! same name, in place of what was typed. What the limits refused was not tried: it is counted, not recorded.

mod actions;
mod anchor;
mod chain;
mod entry;
mod event;
mod list;
mod reads;
mod received;
mod row;
mod seal;
mod sealer;
mod verify;

pub use actions::{ACTIONS, words};
pub use anchor::{AnchorError, Anchors, Head};
pub use chain::{ChainKey, NoSeal, Seal};
pub use entry::Entry;
pub use event::{Event, Outcome};
pub use list::{Filter, Place, export_begins, export_page, list, who_looked};
pub use reads::{Reads, Unrecorded};
pub use received::{received, unlike};
pub use row::{AuditRow, whole};
pub use seal::{Sealed, Sealer};
pub use sealer::seal_forever;
pub use verify::{Fault, Finding, Verified, VerifyError, verify};

use super::{Asking, Viewer};
use crate::db::{DbError, Tx};
use crate::domain::ids::{AgentId, ClinicId, SessionId, UserId};

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
    /// A person whose session is just opened or closed.
    Person {
        clinic: ClinicId,
        user: UserId,
        session: Option<SessionId>,
        asking: &'a Asking,
    },
}

impl Actor<'_> {
    /// In whose record it stands.
    #[must_use]
    pub fn clinic(&self) -> ClinicId {
        match self {
            Self::Viewer(viewer) => viewer.clinic,
            Self::System { clinic, .. } | Self::Person { clinic, .. } => *clinic,
        }
    }

    /// Who did it, where it was somebody.
    #[must_use]
    pub fn agent(&self) -> Option<AgentId> {
        match self {
            Self::Viewer(viewer) => Some(viewer.agent.id()),
            Self::Person { user, .. } => Some(AgentId(user.0)),
            Self::System { .. } => None,
        }
    }
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
    insert(tx, Entry::of(actor.into(), event)).await
}

/// [`record`] in the record of another clinic than the one that the actor works for at the moment, as
/// where people end their sessions everywhere. The transaction has turned to that clinic.
pub(super) async fn record_in<'a>(
    tx: &Tx<'_>,
    clinic: ClinicId,
    actor: impl Into<Actor<'a>>,
    event: Event,
) -> Result<(), DbError> {
    let entry = Entry {
        clinic: Some(clinic),
        ..Entry::of(actor.into(), event)
    };
    insert(tx, entry).await
}

async fn insert(tx: &Tx<'_>, entry: Entry) -> Result<(), DbError> {
    let event = &entry.event;
    let insert = tx.prepare_cached(INSERT).await?;
    tx.execute(
        &insert,
        &[
            &entry.clinic.map(|clinic| clinic.0),
            &entry.agent,
            &entry.session,
            &entry.client,
            &event.action,
            &event.outcome.as_str(),
            &event.subject,
            &event.patient.map(|patient| patient.0),
            &entry.shown(),
            &entry.request_id,
            &event.detail,
        ],
    )
    .await?;
    Ok(())
}
