//! Reading that is behind.
//!
//! To keep the original is the promise, to read it comes after. Somebody who stands there with a
//! paper is therefore never sent away because others wait: it is kept and shown as waiting. A
//! program holds its files until they are answered with 201, so it can be asked to hold them longer
//! where the house wants that (`upload.queue_age_limit`, off unless it is set).

use super::{Desk, Problem};
use crate::{
    access::{Agent, Viewer},
    db,
    queue::{self, QueueError},
};

/// Refuses the files of a program while the clinic's oldest document waits longer than is allowed.
pub async fn admit(desk: &Desk, viewer: &Viewer) -> Result<(), Problem> {
    let limit = desk.limits.queue_age_limit;
    if limit.is_zero() || !matches!(viewer.agent, Agent::Token(_)) {
        return Ok(());
    }
    let mut connection = db::connection(&desk.pool).await?;
    let tx = db::begin_for(&mut connection, viewer.clinic).await?;
    let wait = queue::wait(&tx).await.map_err(|error| match error {
        QueueError::Db(error) => error.into(),
        error => {
            tracing::error!(cause = %error, "the queue could not be asked");
            Problem::Internal
        }
    })?;
    if wait > limit {
        return Err(Problem::ReadingIsBehind {
            seconds: limit.as_secs(),
        });
    }
    Ok(())
}
