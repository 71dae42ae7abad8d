//! The row of an upload that begins.

use super::{
    super::{Desk, Problem, backlog, commit, name, receive},
    Refusal, Standing, State,
};
use crate::{
    access::{
        Scope, Viewer,
        audit::{self, Event},
    },
    db,
    domain::ids::{PatientId, UploadId},
};
use serde_json::json;

const INSERT: &str = include_str!("../../../sql/queries/upload/insert_upload.sql");

/// What the sender says of a file before its first byte.
#[derive(Debug, Clone, Default)]
pub struct Creating {
    pub length: u64,
    /// What was said, as it was said: it is said again to whoever goes on.
    pub metadata: String,
    pub file_name: Option<String>,
    pub patient: Option<PatientId>,
}

/// Begins an upload. It counts as a file of the agent's, and what can be refused by now is.
pub async fn create(desk: &Desk, viewer: &Viewer, creating: Creating) -> Result<Standing, Refusal> {
    viewer
        .require(Scope::Upload)
        .map_err(|_| Problem::Forbidden)?;
    let limits = &desk.limits;
    if creating.length == 0 {
        return Err(Problem::EmptyFile.into());
    }
    if creating.length > limits.max_file_bytes {
        return Err(Problem::FileTooLarge {
            limit: limits.max_file_bytes,
        }
        .into());
    }
    let name = name::displayable(creating.file_name.as_deref(), limits.max_name_bytes);
    desk.store.require_voice().await?;
    backlog::admit(desk, viewer).await?;
    receive::admit(desk, viewer).await?;
    let upload = UploadId::fresh();
    let mut connection = db::connection(&desk.pool).await?;
    let tx = viewer.begin(&mut connection).await?;
    if let Some(patient) = creating.patient
        && !commit::patient_exists(&tx, patient).await?
    {
        return Err(Problem::PatientNotFound.into());
    }
    let insert = tx.prepare_cached(INSERT).await?;
    let row = tx
        .query_opt(
            &insert,
            &[
                &upload.0,
                &viewer.clinic.0,
                &viewer.agent.id().0,
                &(creating.length as i64),
                &creating.metadata,
                &name,
                &creating.patient.map(|patient| patient.0),
                &limits.resume_within.as_secs_f64(),
                &(limits.max_unfinished as i64),
            ],
        )
        .await?;
    let Some(row) = row else {
        return Err(Refusal::TooManyUnfinished {
            limit: limits.max_unfinished,
        });
    };
    let event = Event::new("upload.create").on(upload.0);
    let event = event.of(creating.patient);
    let detail = json!({ "bytes": creating.length });
    audit::record(&tx, viewer, event.with(detail)).await?;
    tx.commit().await?;
    Ok(Standing {
        upload,
        state: State::Receiving,
        length: creating.length,
        received: 0,
        metadata: creating.metadata,
        expires_at: row.get("expires_at"),
        outcome: None,
    })
}
