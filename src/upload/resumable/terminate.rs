//! A sender that gives up.

use super::{
    super::{Desk, Problem},
    Refusal, State, standing,
};
use crate::{
    access::{
        Scope, Viewer,
        audit::{self, Event},
    },
    db,
    domain::ids::UploadId,
};
use serde_json::json;

/// Ends an upload and removes what came of it. What is a document stays one.
pub async fn terminate(desk: &Desk, viewer: &Viewer, upload: UploadId) -> Result<(), Refusal> {
    viewer
        .require(Scope::Upload)
        .map_err(|_| Problem::Forbidden)?;
    let Some(claimed) = standing::take_over(desk, viewer, upload).await? else {
        return Err(
            match standing::read(desk, viewer, upload).await?.standing.state {
                State::Receiving | State::Sealed => Refusal::Held,
                State::Done => Refusal::IsDocument,
                State::Refused | State::Terminated | State::Expired => Refusal::Gone,
            },
        );
    };
    let mut connection = db::connection(&desk.pool).await?;
    let tx = viewer.begin(&mut connection).await?;
    let objects = claimed.object.into_iter().chain(claimed.tail);
    let ended = claimed.lease.end(&tx, "terminated", None, objects).await?;
    let condemned = ended.ok_or(Refusal::Held)?;
    let event = Event::new("upload.terminate").on(upload.0);
    let event = event.of(claimed.patient);
    let detail = json!({ "bytes": claimed.received });
    audit::record(&tx, viewer, event.with(detail)).await?;
    tx.commit().await?;
    condemned.remove_soon(desk);
    Ok(())
}
