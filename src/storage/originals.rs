//! Originals by their rows.

use super::{FrameIndex, StorageError, Store, reader};
use crate::{
    db::{self, Tx},
    domain::ids::{ClinicId, ObjectId},
};
use bytes::Bytes;
use deadpool_postgres::Pool;
use futures_util::Stream;
use std::ops::Range;

const READ_OBJECT: &str = include_str!("../../sql/queries/storage/read_object.sql");

/// A complete object: what was received and how it lies in the store.
#[derive(Debug, Clone)]
pub struct StoredObject {
    pub id: ObjectId,
    /// SHA-256 of the plain bytes.
    pub sha256: [u8; 32],
    pub index: FrameIndex,
}

impl StoredObject {
    /// The object's row, as far as the transaction's clinic may see it.
    pub async fn find(tx: &Tx<'_>, object: ObjectId) -> Result<Self, StorageError> {
        let statement = tx.prepare_cached(READ_OBJECT).await?;
        let row = tx
            .query_opt(&statement, &[&object.0])
            .await?
            .ok_or(StorageError::Missing)?;
        Self::new(
            object,
            row.get("sha256"),
            row.get("frame_bytes"),
            row.get("size_bytes"),
            row.get("frames"),
        )
    }

    /// Out of the columns of its row.
    pub fn new(
        id: ObjectId,
        sha256: Vec<u8>,
        frame_bytes: i32,
        size: i64,
        frames: Vec<i32>,
    ) -> Result<Self, StorageError> {
        Ok(Self {
            id,
            sha256: sha256
                .try_into()
                .map_err(|_| StorageError::Corrupt("its SHA-256 has the wrong length"))?,
            index: FrameIndex::new(frame_bytes.unsigned_abs(), size.unsigned_abs(), frames)?,
        })
    }

    /// Plain bytes.
    pub const fn size(&self) -> u64 {
        self.index.size()
    }
}

/// Reads originals; for the analysis with the worker's pool, for downloads with that of requests.
///
/// It proves nothing about who asks: a caller that answers a person has found the document for a
/// viewer before, and has written down that it was read.
#[derive(Clone)]
pub struct Originals {
    store: Store,
    pool: Pool,
}

impl Originals {
    pub const fn new(store: Store, pool: Pool) -> Self {
        Self { store, pool }
    }

    /// A whole original, checked to its end.
    pub async fn read(
        &self,
        clinic: ClinicId,
        object: ObjectId,
    ) -> Result<
        (
            StoredObject,
            impl Stream<Item = Result<Bytes, StorageError>> + Send + use<>,
        ),
        StorageError,
    > {
        let object = self.find(clinic, object).await?;
        let bytes = reader::open(&self.store, &object);
        Ok((object, bytes))
    }

    /// A range of plain bytes; it must lie within the object.
    pub async fn read_range(
        &self,
        clinic: ClinicId,
        object: ObjectId,
        range: Range<u64>,
    ) -> Result<
        (
            StoredObject,
            impl Stream<Item = Result<Bytes, StorageError>> + Send + use<>,
        ),
        StorageError,
    > {
        let object = self.find(clinic, object).await?;
        object.index.touched(&range)?;
        let bytes = reader::open_range(&self.store, &object, range);
        Ok((object, bytes))
    }

    async fn find(&self, clinic: ClinicId, object: ObjectId) -> Result<StoredObject, StorageError> {
        let mut connection = db::connection(&self.pool).await?;
        let tx = db::begin_for(&mut connection, clinic).await?;
        StoredObject::find(&tx, object).await
    }
}
