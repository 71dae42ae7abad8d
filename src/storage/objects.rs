//! Objects of the store by their id, which is all that a key says.

use super::{MultipartId, Part, StorageError, Store};
use crate::domain::ids::ObjectId;
use bytes::Bytes;
use futures_util::Stream;
use std::ops::Range;

impl Store {
    /// Stores an object that fits into memory.
    pub async fn put(&self, key: ObjectId, body: Bytes) -> Result<(), StorageError> {
        self.fitness.require()?;
        self.put_named(&key.to_string(), body).await
    }

    /// Begins an upload in parts.
    pub async fn begin(&self, key: ObjectId) -> Result<MultipartId, StorageError> {
        self.fitness.require()?;
        self.begin_named(&key.to_string()).await
    }

    /// Stores part `number` (from 1); all but the last have [`Self::part_bytes`].
    pub async fn put_part(
        &self,
        key: ObjectId,
        upload: &MultipartId,
        number: i32,
        body: Bytes,
    ) -> Result<Part, StorageError> {
        self.put_part_named(&key.to_string(), upload, number, body)
            .await
    }

    /// Joins the parts to an object of `stored_bytes`.
    pub async fn complete(
        &self,
        key: ObjectId,
        upload: &MultipartId,
        parts: Vec<Part>,
        stored_bytes: u64,
    ) -> Result<(), StorageError> {
        self.complete_named(&key.to_string(), upload, parts, stored_bytes)
            .await
    }

    /// Gives an upload in parts up; one that is gone already is no error.
    pub async fn abort(&self, key: ObjectId, upload: &MultipartId) -> Result<(), StorageError> {
        self.abort_named(&key.to_string(), upload).await
    }

    /// Stored bytes of an object.
    pub async fn head(&self, key: ObjectId) -> Result<u64, StorageError> {
        self.head_named(&key.to_string()).await
    }

    /// The stored bytes of an object, or of a range of it, as they arrive.
    pub async fn get(
        &self,
        key: ObjectId,
        range: Option<Range<u64>>,
    ) -> Result<impl Stream<Item = Result<Bytes, StorageError>> + Send + Unpin + use<>, StorageError>
    {
        let range = range.map(|range| format!("bytes={}-{}", range.start, range.end - 1));
        self.get_named(&key.to_string(), range).await
    }

    /// Removes an object; one that is gone already is no error.
    pub async fn delete(&self, key: ObjectId) -> Result<(), StorageError> {
        self.delete_named(&key.to_string()).await
    }
}
