//! Where an upload stands, for whoever sends it.

use super::{
    super::{Desk, Outcome, Problem},
    Refusal, append, lease,
};
use crate::{
    access::{Scope, Viewer},
    db,
    domain::ids::{DocumentId, UploadId},
};
use jiff::Timestamp;
use serde::Serialize;
use std::time::Duration;
use tokio::time::{Instant, sleep};
use utoipa::ToSchema;

const READ: &str = include_str!("../../../sql/queries/upload/read_upload.sql");
const WANT: &str = include_str!("../../../sql/queries/upload/want_upload.sql");

/// How long somebody who sends elsewhere is waited for; longer than the pause between two looks of
/// theirs and the time it takes to put a tail down.
const PATIENCE: Duration = Duration::from_secs(5);

/// Pause between two looks at an upload that somebody else holds.
const LOOK: Duration = Duration::from_millis(50);

/// How far an upload has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
// Documents have a `State` too, and the OpenAPI document has one list of names.
#[schema(as = UploadState)]
pub enum State {
    /// Bytes are missing.
    Receiving,
    /// All bytes are here, and the document is being made.
    Sealed,
    /// It is a document.
    Done,
    /// It is of no type that is taken, or could not be kept for another lasting reason.
    Refused,
    /// Its sender gave it up.
    Terminated,
    /// Nobody went on with it.
    Expired,
}

impl State {
    pub(super) fn named(name: &str) -> Self {
        match name {
            "receiving" => Self::Receiving,
            "sealed" => Self::Sealed,
            "done" => Self::Done,
            "refused" => Self::Refused,
            "terminated" => Self::Terminated,
            _ => Self::Expired,
        }
    }

    const fn has_ended(self) -> bool {
        !matches!(self, Self::Receiving | Self::Sealed)
    }
}

/// Where an upload stands.
#[derive(Debug, Clone)]
pub struct Standing {
    pub upload: UploadId,
    pub state: State,
    /// Bytes of the whole file.
    pub length: u64,
    /// Bytes that are kept, whatever happens.
    pub received: u64,
    /// What the sender said when it began.
    pub metadata: String,
    pub expires_at: Timestamp,
    /// What became of it, once it has ended as a document or was refused.
    pub outcome: Option<Outcome>,
}

impl Standing {
    /// The document that the file became.
    #[must_use]
    pub fn document(&self) -> Option<DocumentId> {
        self.outcome.as_ref().and_then(Outcome::document)
    }
}

/// An upload as the row tells it.
pub(super) struct Row {
    pub standing: Standing,
    /// Somebody sends to it.
    pub held: bool,
}

/// Reads the row; another agent's is not there.
pub(super) async fn read(desk: &Desk, viewer: &Viewer, upload: UploadId) -> Result<Row, Refusal> {
    let mut connection = db::connection(&desk.pool).await?;
    let tx = viewer.begin(&mut connection).await?;
    let read = tx.prepare_cached(READ).await?;
    let row = tx
        .query_opt(&read, &[&upload.0, &viewer.agent.id().0])
        .await?
        .ok_or(Refusal::NotFound)?;
    let outcome: Option<serde_json::Value> = row.get("outcome");
    let outcome = outcome.map(serde_json::from_value).transpose();
    let outcome = outcome.map_err(|error| {
        tracing::error!(cause = %error, "what became of an upload cannot be read");
        Problem::Internal
    })?;
    Ok(Row {
        standing: Standing {
            upload,
            state: if row.get("late") {
                State::Expired
            } else {
                State::named(row.get("state"))
            },
            length: row.get::<_, i64>("length") as u64,
            received: row.get::<_, i64>("received") as u64,
            metadata: row.get("metadata"),
            expires_at: row.get("expires_at"),
            outcome,
        },
        held: row.get("held"),
    })
}

/// Where an upload stands. Nobody who sends is disturbed; one whose bytes are all here and that
/// nobody brings to its end is brought there.
pub async fn standing(desk: &Desk, viewer: &Viewer, upload: UploadId) -> Result<Standing, Refusal> {
    viewer
        .require(Scope::Upload)
        .map_err(|_| Problem::Forbidden)?;
    let row = read(desk, viewer, upload).await?;
    if row.held || row.standing.state.has_ended() || row.standing.received < row.standing.length {
        return Ok(row.standing);
    }
    append::bring_to_end(desk, viewer, upload).await?;
    Ok(read(desk, viewer, upload).await?.standing)
}

/// Where to go on. Who asks has lost the connection that it sent over, if there was one: whoever
/// still waits there for bytes is asked to come to an end, so that none of them is sent twice.
pub async fn where_to_go_on(
    desk: &Desk,
    viewer: &Viewer,
    upload: UploadId,
) -> Result<Standing, Refusal> {
    viewer
        .require(Scope::Upload)
        .map_err(|_| Problem::Forbidden)?;
    let patience = Instant::now() + PATIENCE;
    while ask_for_it(desk, viewer, upload).await? && Instant::now() < patience {
        sleep(LOOK).await;
    }
    let found = standing(desk, viewer, upload).await?;
    if !found.state.has_ended() && found.received == found.length {
        // Somebody who makes the document died, or takes long: nobody is told that all is here.
        return Err(Refusal::Held);
    }
    Ok(found)
}

/// Takes the upload from whoever sends to it, when they have come to their end.
pub(super) async fn take_over(
    desk: &Desk,
    viewer: &Viewer,
    upload: UploadId,
) -> Result<Option<lease::Claimed>, Refusal> {
    let patience = Instant::now() + PATIENCE;
    loop {
        if let Some(claimed) = lease::claim(desk, viewer, upload).await? {
            return Ok(Some(claimed));
        }
        let found = read(desk, viewer, upload).await?.standing;
        if found.state.has_ended() || Instant::now() >= patience {
            return Ok(None);
        }
        // Where nobody has it by now, the next look takes it.
        ask_for_it(desk, viewer, upload).await?;
        sleep(LOOK).await;
    }
}

/// Asks who sends to an upload to come to an end; false where nobody does.
async fn ask_for_it(desk: &Desk, viewer: &Viewer, upload: UploadId) -> Result<bool, Refusal> {
    if !read(desk, viewer, upload).await?.held {
        return Ok(false);
    }
    let mut connection = db::connection(&desk.pool).await?;
    let tx = viewer.begin(&mut connection).await?;
    let want = tx.prepare_cached(WANT).await?;
    tx.execute(&want, &[&upload.0, &viewer.agent.id().0])
        .await?;
    tx.commit().await?;
    Ok(true)
}
