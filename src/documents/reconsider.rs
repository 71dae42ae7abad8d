//! A change of the register may answer what was open: what was held for nothing else is decided
//! again, by the same rules.

use super::document::analysis_of;
use super::settle::{decide, lock};
use super::{DocumentsError, Filing};
use crate::access::audit::Actor;
use crate::access::{Scope, Viewer};
use crate::db;
use crate::domain::ids::DocumentId;
use deadpool_postgres::Pool;
use uuid::Uuid;

const LIST: &str = include_str!("../../sql/queries/documents/list_reconsidered.sql");

/// As many as are looked at again at once, newest first; the others wait for a person as before.
const AT_ONCE: i64 = 200;

/// To be called after patients were registered or changed: documents that waited for nothing but the
/// register are decided again. The change stands whatever comes of it; what is not decided now waits
/// for a person as before.
pub async fn register_changed(app: &Pool, viewer: &Viewer) {
    if let Err(error) = reconsider(app, viewer).await {
        tracing::warn!(%error, "held documents were not decided again");
    }
}

/// Decides again about what the register held back, and answers how many documents were filed.
pub async fn reconsider(app: &Pool, viewer: &Viewer) -> Result<usize, DocumentsError> {
    viewer.require(Scope::Write)?;
    let mut connection = db::connection(app).await?;
    let tx = viewer.begin(&mut connection).await?;
    let list = tx.prepare_cached(LIST).await?;
    let held = tx.query(&list, &[&AT_ONCE]).await?;
    drop(tx);
    let mut filed = 0;
    for row in held {
        let document = DocumentId(row.get::<_, Uuid>(0));
        // A rule decides with the eyes of the house: whom the viewer does not see may be whose it is.
        let tx = db::begin_for(&mut connection, viewer.clinic).await?;
        let was = lock(&tx, document).await?;
        let Some(analysis) = analysis_of(&tx, document).await? else {
            continue;
        };
        if was.filing != Filing::Held || was.is_decided_by_a_person() {
            continue;
        }
        let actor = Actor::System {
            clinic: viewer.clinic,
            request_id: Some(&viewer.request_id),
        };
        // Still held, perhaps for another reason: the row stays as it is unless it can be filed.
        if decide(&tx, actor, document, &analysis, &was, true)
            .await?
            .filing
            == Filing::Filed
        {
            tx.commit().await?;
            filed += 1;
        }
    }
    Ok(filed)
}
