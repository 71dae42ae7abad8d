//! Where the bytes of a document are, for whoever may have them.

use super::{DocumentsError, Withheld, withheld};
use crate::{
    access::{
        Scope, Viewer,
        audit::{Event, Outcome},
    },
    db,
    domain::ids::{DocumentId, ObjectId, PatientId},
};
use deadpool_postgres::Pool;
use serde_json::json;
use uuid::Uuid;

const READ: &str = include_str!("../../sql/queries/documents/read_original.sql");

/// What a document was when it came.
#[derive(Debug, Clone)]
pub struct Original {
    pub object: ObjectId,
    /// As the sender called it: text of the patient, so for the receiver only.
    pub file_name: String,
    pub media_type: String,
    pub size_bytes: u64,
    pub sha256: Vec<u8>,
}

/// Finds the original of `document` and records that it is given out; `action` says as what
/// (`document.download`, `document.page_image`). Where it is withheld that is recorded as refused.
/// Nobody gets what is in quarantine, nor, with `scanned_only`, what no malware scanner has found
/// clean.
pub async fn original(
    app: &Pool,
    viewer: &Viewer,
    document: DocumentId,
    action: &'static str,
    scanned_only: bool,
) -> Result<Original, DocumentsError> {
    viewer.require(Scope::Read)?;
    let mut connection = db::connection(app).await?;
    let tx = viewer.begin(&mut connection).await?;
    let read = tx.prepare_cached(READ).await?;
    let row = tx
        .query_opt(&read, &[&document.0])
        .await?
        .ok_or(DocumentsError::NotFound(document))?;
    let touches = row.get::<_, Option<Uuid>>("touches").map(PatientId);
    let because = if row.get("withheld") {
        Some(Withheld::SexChromosomes)
    } else {
        withheld(app, viewer, &tx, document, touches).await?
    };
    tx.commit().await?;
    drop(connection);
    let event = Event::new(action).on(document.0).of(touches);
    if let Some(because) = because {
        let detail = json!({ "withheld_because": because });
        let refused = event.with(detail).ended(Outcome::Refused);
        viewer.saw(refused).await?;
        return Err(DocumentsError::Withheld(because));
    }
    let kept_because = match row.get("scan") {
        "malware" => Some(DocumentsError::Quarantined),
        "none" if scanned_only => Some(DocumentsError::NotScanned),
        _ => None,
    };
    if let Some(error) = kept_because {
        viewer.saw(event.ended(Outcome::Refused)).await?;
        return Err(error);
    }
    viewer.saw(event).await?;
    Ok(Original {
        object: ObjectId(row.get("object_id")),
        file_name: row.get("file_name"),
        media_type: row.get("media_type"),
        size_bytes: row.get::<_, i64>("size_bytes") as u64,
        sha256: row.get("sha256"),
    })
}
