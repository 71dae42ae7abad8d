//! A session ends: by its person, by whoever decides about the person, or by the clock. Each end is a
//! row in the record of the clinic that the session worked for, written with it.

use super::{Ended, Stage, hash, milliseconds};
use crate::access::account::By;
use crate::access::audit::{self, Actor, Event};
use crate::access::{AccessError, Asking, Authenticator};
use crate::db::{self, Tx};
use crate::domain::ids::{ClinicId, SessionId, UserId};
use serde_json::json;
use std::time::Duration;
use tokio_postgres::Row;

const END: &str = include_str!("../../../sql/queries/access/end_sessions.sql");
const END_OVERDUE: &str = include_str!("../../../sql/queries/access/end_overdue_sessions.sql");

/// How often sessions are looked for whose time is over. Nobody gets in with one meanwhile: this is
/// how late the record may tell of its end.
const LOOK: Duration = Duration::from_mins(1);

/// Which sessions of a person are meant; what is `None` does not matter.
#[derive(Debug, Clone, Copy, Default)]
struct Which {
    of: Option<ClinicId>,
    one: Option<SessionId>,
    but: Option<SessionId>,
}

impl Authenticator {
    /// Ends the session behind `secret`; one that is over already stays so.
    pub async fn end_session(
        &self,
        secret: &str,
        because: Ended,
        asking: &Asking,
    ) -> Result<(), AccessError> {
        let known = match self.signed_in(secret).await {
            Ok(known) => known,
            Err(AccessError::SessionEnded(_)) => return Ok(()),
            Err(error) => return Err(error),
        };
        let by = Actor::Person {
            clinic: known.clinic,
            user: known.user,
            session: Some(known.session),
            asking,
        };
        let which = Which {
            one: Some(known.session),
            ..Which::default()
        };
        self.end(known.user, because, which, |_| by).await?;
        self.sessions.known.invalidate(&hash(secret)).await;
        Ok(())
    }

    /// Ends one session of a person by its id; `false` where there is none to end.
    pub async fn end_one_of(
        &self,
        user: UserId,
        session: SessionId,
        by: Actor<'_>,
    ) -> Result<bool, AccessError> {
        let which = Which {
            one: Some(session),
            ..Which::default()
        };
        let ended = self.end(user, Ended::Revoked, which, |_| by).await?;
        Ok(ended > 0)
    }

    /// Ends all sessions of a person but one: those of one clinic, or of all. Answers how many.
    pub async fn end_sessions_of(
        &self,
        user: UserId,
        because: Ended,
        of: Option<ClinicId>,
        but: Option<SessionId>,
        by: By<'_>,
    ) -> Result<usize, AccessError> {
        let which = Which {
            of,
            but,
            ..Which::default()
        };
        self.end(user, because, which, |clinic| match by {
            By::Viewer(viewer) => viewer.into(),
            By::House => house(clinic),
        })
        .await
    }

    async fn end<'a>(
        &self,
        user: UserId,
        because: Ended,
        which: Which,
        by: impl Fn(ClinicId) -> Actor<'a>,
    ) -> Result<usize, AccessError> {
        let mut connection = db::connection(&self.app).await?;
        let tx = db::begin(&mut connection).await?;
        let end = tx.prepare_cached(END).await?;
        let ended = tx
            .query(
                &end,
                &[
                    &user.0,
                    &because.as_str(),
                    &which.of.map(|clinic| clinic.0),
                    &which.one.map(|session| session.0),
                    &which.but.map(|session| session.0),
                ],
            )
            .await?;
        tell(&tx, &ended, by).await?;
        tx.commit().await?;
        Ok(ended.len())
    }

    /// Ends every session whose time is over; answers how many there were. Of several instances one
    /// ends each.
    pub async fn end_overdue_sessions(&self) -> Result<usize, AccessError> {
        let mut connection = db::connection(&self.app).await?;
        let tx = db::begin(&mut connection).await?;
        let end = tx.prepare_cached(END_OVERDUE).await?;
        let ended = tx.query(&end, &[&milliseconds(self.sessions.idle)]).await?;
        tell(&tx, &ended, house).await?;
        tx.commit().await?;
        Ok(ended.len())
    }

    /// [`Self::end_overdue_sessions`] again and again, for as long as the process lives.
    pub async fn end_overdue_sessions_forever(self) {
        loop {
            tokio::time::sleep(LOOK).await;
            if let Err(error) = self.end_overdue_sessions().await {
                tracing::warn!(cause = %error, "sessions whose time is over were not ended in the record");
            }
        }
    }
}

fn house(clinic: ClinicId) -> Actor<'static> {
    Actor::System {
        clinic,
        request_id: None,
    }
}

/// Records each end in the clinic of the session. One half-way was never told of as open.
async fn tell<'a>(
    tx: &Tx<'_>,
    ended: &[Row],
    by: impl Fn(ClinicId) -> Actor<'a>,
) -> Result<(), AccessError> {
    for row in ended {
        if row.get::<_, &str>("stage") != Stage::Open.as_str() {
            continue;
        }
        let clinic = ClinicId(row.get("clinic_id"));
        let event = Event::new("session.end").on(row.get("session_id"));
        let detail = json!({
            "because": row.get::<_, &str>("because"),
            "user": row.get::<_, uuid::Uuid>("user_id"),
        });
        db::turn_to(tx, clinic).await?;
        audit::record_in(tx, clinic, by(clinic), event.with(detail)).await?;
    }
    Ok(())
}
