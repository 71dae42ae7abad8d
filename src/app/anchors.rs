//! The heads of the record's chains as objects of the store, out of reach of the database.

use crate::access::audit::{AnchorError, Anchors, Head};
use crate::storage::{StorageError, Store};
use bytes::{Bytes, BytesMut};
use futures_util::{FutureExt as _, StreamExt as _, future::BoxFuture};
use uuid::Uuid;

/// Each chain has one object of its own below it.
const FOLDER: &str = "record-heads/";

/// The bucket as the place of the anchors.
pub struct InStore(pub Store);

impl Anchors for InStore {
    fn lay(&self, head: Head) -> BoxFuture<'_, Result<(), AnchorError>> {
        async move {
            let body = serde_json::to_vec(&head).map_err(|error| AnchorError(error.into()))?;
            let laid = self.0.put_named(&key(head.chain), Bytes::from(body)).await;
            laid.map_err(|error| AnchorError(error.into()))
        }
        .boxed()
    }

    fn find(&self, chain: Uuid) -> BoxFuture<'_, Result<Option<Head>, AnchorError>> {
        async move {
            let mut pieces = match self.0.get_named(&key(chain), None).await {
                Ok(pieces) => pieces,
                Err(StorageError::Missing) => return Ok(None),
                Err(error) => return Err(AnchorError(error.into())),
            };
            let mut body = BytesMut::new();
            while let Some(piece) = pieces.next().await {
                body.extend(piece.map_err(|error| AnchorError(error.into()))?);
            }
            let head = serde_json::from_slice(&body).map_err(|error| AnchorError(error.into()))?;
            Ok(Some(head))
        }
        .boxed()
    }

    fn chains(&self) -> BoxFuture<'_, Result<Vec<Uuid>, AnchorError>> {
        async move {
            let keys = self.0.list_named(FOLDER).await;
            let keys = keys.map_err(|error| AnchorError(error.into()))?;
            let ids = keys.iter().filter_map(|key| key.strip_prefix(FOLDER));
            Ok(ids.filter_map(|id| id.parse().ok()).collect())
        }
        .boxed()
    }
}

fn key(chain: Uuid) -> String {
    format!("{FOLDER}{chain}")
}
