//! What the malware scanner means for a document.

use super::DocumentsError;
use crate::{db::Tx, domain::ids::DocumentId};

const MARK_CLEAN: &str = include_str!("../../sql/queries/documents/mark_clean.sql");
const MARK_WAITING: &str = include_str!("../../sql/queries/documents/mark_waiting.sql");

/// The scanner found nothing: the document may be read and given out.
pub async fn clear(tx: &Tx<'_>, document: DocumentId) -> Result<(), DocumentsError> {
    let mark = tx.prepare_cached(MARK_CLEAN).await?;
    tx.execute(&mark, &[&document.0]).await?;
    Ok(())
}

/// Says what an unread document waits for (`scan_unavailable`, `scan_too_large`).
pub async fn wait(tx: &Tx<'_>, document: DocumentId, code: &str) -> Result<(), DocumentsError> {
    let mark = tx.prepare_cached(MARK_WAITING).await?;
    tx.execute(&mark, &[&document.0, &code]).await?;
    Ok(())
}
