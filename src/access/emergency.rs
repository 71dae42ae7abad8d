//! Emergency access: somebody who may read sees for an hour what the walls within the clinic keep
//! from them, and everybody who watches over the clinic is told.
//!
//! It belongs to one session in one clinic, ends by itself, and can be ended before. While it is
//! open every row that the session leaves in the record names it. Those who hold the scope `audit`
//! or `admin` get a notice that stays until they acknowledge it. The reason is read by them, so it
//! is to name no patient, and it is in neither the record nor the log.

use super::audit::{self, Event};
use super::{AccessError, Agent, Authenticator, Role, Scope, Viewer};
use crate::db::{self, DbError};
use crate::domain::ids::{EmergencyId, NoticeId};
use deadpool_postgres::Pool;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

const OPEN: &str = include_str!("../../sql/queries/access/open_emergency.sql");
const END: &str = include_str!("../../sql/queries/access/end_emergency.sql");
const NOTIFY: &str = include_str!("../../sql/queries/access/insert_notices.sql");
const LIST: &str = include_str!("../../sql/queries/access/list_notices.sql");
const COUNT: &str = include_str!("../../sql/queries/access/count_notices.sql");
const ACKNOWLEDGE: &str = include_str!("../../sql/queries/access/acknowledge_notice.sql");

/// How long it lasts; the database refuses more.
pub const LASTS: SignedDuration = SignedDuration::from_hours(1);

/// Letters of a reason: enough to be one, and no report.
const REASON: std::ops::RangeInclusive<usize> = 10..=500;

/// Emergency access at its beginning.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct OpenedEmergency {
    pub id: EmergencyId,
    #[schema(value_type = String, format = DateTime)]
    pub ends_at: Timestamp,
    /// How many people are told: all who watch over the clinic, which may be fewer than two.
    pub notified: u64,
}

/// Emergency access that a session has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Emergency {
    pub id: EmergencyId,
    pub ends_at: Timestamp,
}

/// What somebody who watches over the clinic is told.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Notice {
    pub id: NoticeId,
    pub emergency: EmergencyId,
    /// Who opened it.
    pub by: String,
    /// Why, in their words.
    pub reason: String,
    #[schema(value_type = String, format = DateTime)]
    pub opened_at: Timestamp,
    /// When it ended or will end.
    #[schema(value_type = String, format = DateTime)]
    pub ends_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub acknowledged_at: Option<Timestamp>,
}

/// Why emergency access was neither opened nor ended.
#[derive(Debug, thiserror::Error)]
pub enum EmergencyError {
    /// It belongs to the session of a person.
    #[error("emergency access is for people who are signed in, not for tokens")]
    PeopleOnly,
    #[error("emergency access is open already")]
    OpenAlready,
    #[error("no emergency access is open")]
    NotOpen,
    #[error("nothing is kept from you here, so there is nothing to open")]
    NothingWithheld,
    #[error("say in 10 to 500 letters why you need it; do not name the patient")]
    Reason,
    #[error("there is no such notice for you")]
    NoNotice,
    #[error(transparent)]
    Access(#[from] AccessError),
}

impl From<DbError> for EmergencyError {
    fn from(error: DbError) -> Self {
        Self::Access(error.into())
    }
}

impl From<tokio_postgres::Error> for EmergencyError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Access(error.into())
    }
}

impl Viewer {
    /// Whether emergency access would show this viewer anything more.
    #[must_use]
    pub fn is_something_withheld(&self) -> bool {
        self.session.is_some()
            && self.scopes.contains(Scope::Read)
            && !(self.sight.donors && self.sight.sex_chromosomes)
    }

    /// Whether this viewer is told when emergency access is opened.
    #[must_use]
    pub fn watches(&self) -> bool {
        self.session.is_some()
            && (self.scopes.contains(Scope::Audit) || self.scopes.contains(Scope::Admin))
    }
}

impl Authenticator {
    /// Opens emergency access for the viewer's session, and tells those who watch over the clinic.
    pub async fn open_emergency(
        &self,
        viewer: &Viewer,
        reason: &str,
    ) -> Result<OpenedEmergency, EmergencyError> {
        viewer.require(Scope::Read)?;
        let reason = reason.trim();
        let is_text = reason
            .chars()
            .all(|letter| !letter.is_control() || letter == '\n');
        if !is_text || !REASON.contains(&reason.chars().count()) {
            return Err(EmergencyError::Reason);
        }
        let (Agent::User(user), Some(session)) = (viewer.agent, viewer.session) else {
            return Err(EmergencyError::PeopleOnly);
        };
        if viewer.emergency.is_some() {
            return Err(EmergencyError::OpenAlready);
        }
        if !viewer.is_something_withheld() {
            return Err(EmergencyError::NothingWithheld);
        }
        let id = EmergencyId::fresh();
        let mut connection = db::connection(&self.app).await?;
        let tx = viewer.begin(&mut connection).await?;
        let open = tx.prepare_cached(OPEN).await?;
        let lasts = LASTS.as_secs();
        let row = tx
            .query_opt(
                &open,
                &[
                    &id.0,
                    &viewer.clinic.0,
                    &session.0,
                    &user.0,
                    &reason,
                    &lasts,
                ],
            )
            .await?
            .ok_or(EmergencyError::OpenAlready)?;
        let ends_at: Timestamp = row.get("ends_at");
        let notify = tx.prepare_cached(NOTIFY).await?;
        let watching: Vec<&str> = Role::ALL
            .into_iter()
            .filter(|&role| watches(role))
            .map(Role::as_str)
            .collect();
        let notified = tx
            .execute(&notify, &[&viewer.clinic.0, &id.0, &user.0, &watching])
            .await?;
        let event = Event::new("emergency.open").on(id.0);
        let detail = json!({ "ends_at": ends_at, "notified": notified, "emergency": id });
        audit::record(&tx, viewer, event.with(detail)).await?;
        tx.commit().await?;
        self.forget_session(session).await;
        tracing::warn!(emergency = %id, notified, "emergency access was opened");
        Ok(OpenedEmergency {
            id,
            ends_at,
            notified,
        })
    }

    /// Ends the viewer's emergency access before its time; on other instances within five seconds.
    pub async fn end_emergency(&self, viewer: &Viewer) -> Result<(), EmergencyError> {
        viewer.require(Scope::Read)?;
        let (Some(session), Some(emergency)) = (viewer.session, viewer.emergency) else {
            return Err(EmergencyError::NotOpen);
        };
        let mut connection = db::connection(&self.app).await?;
        let tx = viewer.begin(&mut connection).await?;
        let end = tx.prepare_cached(END).await?;
        if tx.execute(&end, &[&session.0]).await? == 0 {
            return Err(EmergencyError::NotOpen);
        }
        audit::record(&tx, viewer, Event::new("emergency.end").on(emergency.id.0)).await?;
        tx.commit().await?;
        self.forget_session(session).await;
        Ok(())
    }
}

fn watches(role: Role) -> bool {
    let scopes = role.scopes();
    scopes.contains(Scope::Audit) || scopes.contains(Scope::Admin)
}

/// The notices for the viewer behind `after`, newest first, acknowledged ones too.
pub async fn notices(
    app: &Pool,
    viewer: &Viewer,
    after: Option<NoticeId>,
    limit: i64,
) -> Result<Vec<Notice>, EmergencyError> {
    require_watching(viewer)?;
    let mut connection = db::connection(app).await?;
    let tx = viewer.begin(&mut connection).await?;
    let list = tx.prepare_cached(LIST).await?;
    let rows = tx
        .query(
            &list,
            &[&viewer.agent.id().0, &after.map(|id| id.0), &limit],
        )
        .await?;
    Ok(rows
        .iter()
        .map(|row| Notice {
            id: NoticeId(row.get("notice_id")),
            emergency: EmergencyId(row.get("emergency_id")),
            by: row.get("by_name"),
            reason: row.get("reason"),
            opened_at: row.get("opened_at"),
            ends_at: row.get("ends_at"),
            acknowledged_at: row.get("acknowledged_at"),
        })
        .collect())
}

/// How many notices wait for the viewer.
pub async fn count_notices(app: &Pool, viewer: &Viewer) -> Result<i64, AccessError> {
    if !viewer.watches() {
        return Ok(0);
    }
    let mut connection = db::connection(app).await?;
    let tx = viewer.begin(&mut connection).await?;
    let count = tx.prepare_cached(COUNT).await?;
    Ok(tx.query_one(&count, &[&viewer.agent.id().0]).await?.get(0))
}

/// The viewer has taken note.
pub async fn acknowledge(app: &Pool, viewer: &Viewer, id: NoticeId) -> Result<(), EmergencyError> {
    require_watching(viewer)?;
    let mut connection = db::connection(app).await?;
    let tx = viewer.begin(&mut connection).await?;
    let acknowledge = tx.prepare_cached(ACKNOWLEDGE).await?;
    let row = tx
        .query_opt(&acknowledge, &[&id.0, &viewer.agent.id().0])
        .await?
        .ok_or(EmergencyError::NoNotice)?;
    let emergency = EmergencyId(row.get("emergency_id"));
    let event = Event::new("notice.acknowledge").on(id.0);
    audit::record(&tx, viewer, event.with(json!({ "about": emergency }))).await?;
    Ok(tx.commit().await?)
}

fn require_watching(viewer: &Viewer) -> Result<(), AccessError> {
    viewer.require_any(&[Scope::Audit, Scope::Admin])
}
