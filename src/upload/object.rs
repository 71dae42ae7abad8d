//! The rows of objects that are on their way.

use super::{Desk, Problem};
use crate::{
    db::{self, DbError, Tx},
    domain::ids::{ClinicId, ObjectId},
    failpoint::fail_point,
    storage::{MultipartId, Part, StorageError, Store},
};
use deadpool_postgres::Pool;
use tokio::{runtime::Handle, task::JoinHandle};
use uuid::Uuid;

const INSERT: &str = include_str!("../../sql/queries/upload/insert_object.sql");
const NAME_MULTIPART: &str = include_str!("../../sql/queries/upload/name_multipart.sql");
const CONDEMN: &str = include_str!("../../sql/queries/upload/condemn_object.sql");
const HOLD: &str = include_str!("../../sql/queries/upload/hold_object.sql");
const CONDEMN_HELD: &str = include_str!("../../sql/queries/upload/condemn_held_objects.sql");
const DELETE: &str = include_str!("../../sql/queries/upload/delete_object.sql");

/// Writes the row of an object that is about to be sent. From here on it is found again.
pub async fn announce(desk: &Desk, clinic: ClinicId) -> Result<Leftover, Problem> {
    let object = ObjectId::fresh();
    let mut connection = db::connection(&desk.pool).await?;
    let tx = db::begin_for(&mut connection, clinic).await?;
    let insert = tx.prepare_cached(INSERT).await?;
    tx.execute(&insert, &[&object.0, &clinic.0]).await?;
    tx.commit().await?;
    Ok(Leftover {
        desk: desk.clone(),
        clinic,
        object,
        multipart: None,
        travelling: None,
        kept: false,
    })
}

/// An object that has a row and is no document yet. Dropped without [`Leftover::keep`] it is
/// removed in the background; where that fails, the sweeper comes.
pub struct Leftover {
    desk: Desk,
    clinic: ClinicId,
    object: ObjectId,
    multipart: Option<MultipartId>,
    /// A part on its way to the store. It is waited for before the upload is given up: a part
    /// that arrives after that would stay.
    pub travelling: Option<JoinHandle<Result<Part, StorageError>>>,
    kept: bool,
}

impl Leftover {
    pub const fn object(&self) -> ObjectId {
        self.object
    }

    /// Begins to send in parts; the store's name of it is in the row before the first part.
    pub async fn begin_parts(&mut self) -> Result<MultipartId, Problem> {
        let multipart = self.desk.store.begin(self.object).await?;
        self.multipart = Some(multipart.clone());
        let mut connection = db::connection(&self.desk.pool).await?;
        let tx = db::begin_for(&mut connection, self.clinic).await?;
        let name = tx.prepare_cached(NAME_MULTIPART).await?;
        tx.execute(&name, &[&self.object.0, &multipart.0]).await?;
        tx.commit().await?;
        Ok(multipart)
    }

    /// It belongs to an upload from the commit of `tx` on; false where it was condemned meanwhile.
    pub async fn hold(&self, tx: &Tx<'_>) -> Result<bool, DbError> {
        let hold = tx.prepare_cached(HOLD).await?;
        Ok(tx.execute(&hold, &[&self.object.0]).await? == 1)
    }

    /// An object that an upload holds: whether it is removed is for that upload to say.
    pub fn of_upload(desk: &Desk, clinic: ClinicId, object: ObjectId) -> Self {
        Self {
            desk: desk.clone(),
            clinic,
            object,
            multipart: None,
            travelling: None,
            kept: true,
        }
    }

    /// It became a document, or an upload's.
    pub fn keep(mut self) {
        self.kept = true;
    }
}

impl Drop for Leftover {
    fn drop(&mut self) {
        if self.kept {
            return;
        }
        // Without a runtime the process is ending; the row stays for the sweeper.
        let Ok(runtime) = Handle::try_current() else {
            return;
        };
        let (desk, clinic, object) = (self.desk.clone(), self.clinic, self.object);
        let (multipart, travelling) = (self.multipart.take(), self.travelling.take());
        runtime.spawn(async move {
            if let Some(travelling) = travelling {
                let _ = travelling.await;
            }
            if let Err(error) = discard(&desk, clinic, object, multipart).await {
                tracing::info!(%object, cause = %error, "left for the sweeper");
            }
        });
    }
}

/// What an upload held and holds no longer; condemned, and to be removed behind the commit.
#[must_use = "condemned objects are removed by `remove_soon`, or late by the sweeper"]
pub struct Condemned {
    clinic: ClinicId,
    objects: Vec<(ObjectId, Option<MultipartId>)>,
}

impl Condemned {
    /// Condemns objects that an upload held.
    pub async fn held(
        tx: &Tx<'_>,
        clinic: ClinicId,
        objects: impl IntoIterator<Item = ObjectId>,
    ) -> Result<Self, DbError> {
        let objects: Vec<Uuid> = objects.into_iter().map(|object| object.0).collect();
        let condemn = tx.prepare_cached(CONDEMN_HELD).await?;
        let rows = tx.query(&condemn, &[&objects]).await?;
        let objects = rows.into_iter().map(|row| {
            let multipart: Option<String> = row.get("multipart_id");
            (ObjectId(row.get("object_id")), multipart.map(MultipartId))
        });
        Ok(Self {
            clinic,
            objects: objects.collect(),
        })
    }

    /// Removes them in the background; where that fails, the sweeper comes.
    pub fn remove_soon(self, desk: &Desk) {
        let desk = desk.clone();
        tokio::spawn(async move {
            for (object, multipart) in self.objects {
                let removed = remove(&desk.store, &desk.pool, self.clinic, object, multipart);
                if let Err(error) = removed.await {
                    tracing::info!(%object, cause = %error, "left for the sweeper");
                }
            }
        });
    }
}

/// Removes an object unless it became a document after all: a commit whose answer was lost.
async fn discard(
    desk: &Desk,
    clinic: ClinicId,
    object: ObjectId,
    multipart: Option<MultipartId>,
) -> Result<(), StorageError> {
    let mut connection = db::connection(&desk.pool).await?;
    let tx = db::begin_for(&mut connection, clinic).await?;
    let condemn = tx.prepare_cached(CONDEMN).await?;
    let condemned = tx.execute(&condemn, &[&object.0]).await?;
    tx.commit().await?;
    drop(connection);
    if condemned == 0 {
        return Ok(());
    }
    remove(&desk.store, &desk.pool, clinic, object, multipart).await
}

/// Deletes the bytes of a condemned object, then its row.
pub async fn remove(
    store: &Store,
    pool: &Pool,
    clinic: ClinicId,
    object: ObjectId,
    multipart: Option<MultipartId>,
) -> Result<(), StorageError> {
    if let Some(multipart) = multipart {
        store.abort(object, &multipart).await?;
    }
    store.delete(object).await?;
    fail_point!("upload.removed");
    let mut connection = db::connection(pool).await?;
    let tx = db::begin_for(&mut connection, clinic).await?;
    let delete = tx.prepare_cached(DELETE).await?;
    tx.execute(&delete, &[&object.0]).await?;
    tx.commit().await.map_err(DbError::from)?;
    Ok(())
}
