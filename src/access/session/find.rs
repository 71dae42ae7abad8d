//! A session is looked up: how it stands by the clock of the database, and who that makes of whoever
//! holds its secret.

use super::{Ended, RECENT, SignedIn, Stage, hash, milliseconds};
use crate::access::{
    AccessError, Agent, Asking, Authenticator, Emergency, Role, Scopes, Sight, Viewer,
};
use crate::db;
use crate::domain::ids::{ClinicId, EmergencyId, SessionId, UserId};
use jiff::Timestamp;
use std::time::{Duration, Instant};

const FIND: &str = include_str!("../../../sql/queries/access/find_session.sql");
const TOUCH: &str = include_str!("../../../sql/queries/access/touch_session.sql");
const FIND_EMERGENCY: &str = include_str!("../../../sql/queries/access/find_emergency.sql");

impl Authenticator {
    /// Whose session `secret` opens. Good for all that the person's roles in its clinic allow;
    /// a session half-way through signing in is good for nothing here.
    pub async fn session(
        &self,
        secret: &str,
        asking: impl Into<Asking>,
    ) -> Result<Viewer, AccessError> {
        let signed_in = self.signed_in(secret).await?;
        match signed_in.stage {
            Stage::Open => {
                let viewer = Viewer::proven(
                    signed_in.clinic,
                    Agent::User(signed_in.user),
                    signed_in.scopes,
                    signed_in.sight,
                    Some((signed_in.session, signed_in.confirmed)),
                    asking.into(),
                    self.reads.clone(),
                );
                let emergency = signed_in
                    .emergency
                    .filter(|emergency| Timestamp::now() < emergency.ends_at);
                Ok(match emergency {
                    Some(emergency) => viewer.in_emergency(emergency),
                    None => viewer,
                })
            }
            stage => Err(AccessError::Halfway(stage)),
        }
    }

    /// Whose session this is, at whatever stage; for the pages of signing in.
    pub async fn signed_in(&self, secret: &str) -> Result<SignedIn, AccessError> {
        let hash = hash(secret);
        if let Some(known) = self.sessions.known.get(&hash).await {
            return Ok(known);
        }
        let connection = db::connection(&self.app).await?;
        let find = connection.prepare_cached(FIND).await?;
        let idle = milliseconds(self.sessions.idle);
        let row = connection
            .query_opt(&find, &[&hash.as_slice(), &idle])
            .await?
            .ok_or(AccessError::SessionEnded(Ended::Unknown))?;
        let standing: &str = row.get("standing");
        if standing != "good" {
            return Err(AccessError::SessionEnded(Ended::from_word(standing)));
        }
        let roles: Vec<Role> = row
            .get::<_, Vec<String>>("roles")
            .iter()
            // A word that this binary does not know yet gives no right.
            .filter_map(|word| word.parse().ok())
            .collect();
        let scopes: Scopes = roles
            .iter()
            .flat_map(|role| role.scopes().iter().collect::<Vec<_>>())
            .collect();
        let ago = u64::try_from(row.get::<_, i64>("confirmed_ms_ago")).unwrap_or(0);
        let session = SessionId(row.get("session_id"));
        let clinic = ClinicId(row.get("clinic_id"));
        let emergency = connection.prepare_cached(FIND_EMERGENCY).await?;
        let emergency = connection
            .query_opt(&emergency, &[&session.0, &clinic.0])
            .await?
            .map(|row| Emergency {
                id: EmergencyId(row.get("emergency_id")),
                ends_at: row.get("ends_at"),
            });
        let found = SignedIn {
            emergency,
            session,
            user: UserId(row.get("user_id")),
            clinic,
            stage: match row.get("stage") {
                "open" => Stage::Open,
                "enrol" => Stage::Enrol,
                _ => Stage::Code,
            },
            second_factor: row.get("second_factor"),
            scopes,
            sight: Sight::new(scopes, row.get::<_, &str>("sex_chromosomes") == "masked"),
            confirmed: Instant::now()
                .checked_sub(Duration::from_millis(ago))
                // The machine is younger than the proof.
                .unwrap_or_else(|| {
                    Instant::now()
                        .checked_sub(RECENT)
                        .unwrap_or_else(Instant::now)
                }),
        };
        if row.get("seen_long_ago") {
            let touch = connection.prepare_cached(TOUCH).await?;
            connection.execute(&touch, &[&found.session.0]).await?;
        }
        self.sessions.known.insert(hash, found).await;
        Ok(found)
    }

    /// What is known of a session on this instance is asked anew at its next request.
    pub(in crate::access) async fn forget_session(&self, session: SessionId) {
        let known = self.sessions.known.iter();
        let hashes: Vec<_> = known
            .filter(|(_, known)| known.session == session)
            .map(|(hash, _)| *hash)
            .collect();
        for hash in hashes {
            self.sessions.known.invalidate(&hash).await;
        }
    }
}
