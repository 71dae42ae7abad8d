//! The rows of objects that are on their way.

use super::{Desk, Problem};
use crate::{
    db::{self, DbError},
    domain::ids::{ClinicId, ObjectId},
    failpoint::fail_point,
    storage::{MultipartId, Part, StorageError, Store},
};
use deadpool_postgres::Pool;
use tokio::{runtime::Handle, task::JoinHandle};

const INSERT: &str = include_str!("../../sql/queries/upload/insert_object.sql");
const NAME_MULTIPART: &str = include_str!("../../sql/queries/upload/name_multipart.sql");
const CONDEMN: &str = include_str!("../../sql/queries/upload/condemn_object.sql");
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

    /// It became a document.
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
