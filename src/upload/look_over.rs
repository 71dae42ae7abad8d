//! Whether the rows of a clinic and the objects of the store are one to one.
//!
//! The store's list is taken before any row is looked at. As a row is committed before the first
//! byte of its object is sent, and removed after the last, whatever was on the list and has no row
//! now is looked for once more, and if it is still there, nobody will ever remove it.

use super::sweep::KEYS_KEPT;
use crate::{
    config,
    db::{self, Tx},
    domain::{
        flaw::{Flaw, Rule},
        ids::{ClinicId, ObjectId},
    },
    storage::{StorageError, Store, StoredObject, open},
};
use deadpool_postgres::Pool;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use std::{collections::BTreeSet, time::Duration};
use tokio_postgres::Row;
use uuid::Uuid;

const LIST: &str = include_str!("../../sql/queries/upload/list_objects.sql");
const COUNT_KEYS: &str = include_str!("../../sql/queries/upload/count_old_keys.sql");

/// Rows that are looked at in one transaction.
const PAGE: i64 = 1000;

/// Requests to the store that are under way at once.
const AT_ONCE: usize = 16;

const GONE: Rule = Rule {
    code: "object_gone",
    about: "document",
    says: "the store does not hold its object: restore the object from the copy of the bucket",
};
const ALTERED: Rule = Rule {
    code: "object_altered",
    about: "document",
    says: "its object is not what was received: restore the object from the copy of the bucket",
};
const INCOMPLETE: Rule = Rule {
    code: "document_without_object",
    about: "document",
    says: "its object was never completed: restore the row of `stored_object` from a backup",
};
const LEFTOVER: Rule = Rule {
    code: "leftover",
    about: "object",
    says: "an upload that was given up was not swept away: start a `work` process, and look at its warnings",
};
const UNOWNED: Rule = Rule {
    code: "object_without_row",
    about: "object",
    says: "it lies in the store and belongs to nothing: remove it from the bucket",
};
const KEYS: Rule = Rule {
    code: "keys_kept",
    about: "clinic",
    says: "answers to requests are kept longer than a day: start a `work` process",
};

/// What the store held when the check began; what has a row is taken out as rows are met.
pub struct Inventory(BTreeSet<Uuid>);

impl Inventory {
    pub async fn of(store: &Store) -> Result<Self, StorageError> {
        let keys = store.list_named("").await?;
        // What has another name than an id, as the heads of the record have, is no original.
        Ok(Self(
            keys.iter().filter_map(|key| key.parse().ok()).collect(),
        ))
    }

    /// What no clinic has a row of, when all were looked at.
    pub async fn without_rows(self, store: &Store) -> Result<Vec<Flaw>, StorageError> {
        let mut flaws = Vec::new();
        for object in self.0 {
            match store.head(ObjectId(object)).await {
                Ok(_) => flaws.push(Flaw::of(&UNOWNED, None, Some(object))),
                Err(StorageError::Missing) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(flaws)
    }
}

/// What a clinic holds.
#[derive(Default)]
pub struct Holdings {
    pub documents: BTreeSet<Uuid>,
    /// Complete objects that the store was asked for.
    pub objects: u64,
    pub flaws: Vec<Flaw>,
}

/// Compares the rows of a clinic with the store: each object's length, or, with `deep`, its hash.
/// `worker` is the worker's pool.
pub async fn look_over(
    store: &Store,
    worker: &Pool,
    clinic: ClinicId,
    limits: &config::Upload,
    deep: bool,
    inventory: &mut Inventory,
) -> Result<Holdings, StorageError> {
    let late = grace(limits.leftover_age, limits).as_secs_f64();
    let mut holdings = Holdings::default();
    let mut after = Uuid::nil();
    loop {
        let mut connection = db::connection(worker).await?;
        let tx = db::begin_still(&mut connection, clinic).await?;
        let rows = tx.query(LIST, &[&after, &PAGE, &late]).await?;
        tx.commit().await?;
        drop(connection);
        let Some(last) = rows.last() else {
            return Ok(holdings);
        };
        after = last.try_get("object_id")?;
        let mut asked = Vec::new();
        for row in &rows {
            inventory.0.remove(&row.try_get::<_, Uuid>("object_id")?);
            if let Some(found) = holdings.see(clinic, row)? {
                asked.push(found);
            }
        }
        holdings.objects += asked.len() as u64;
        let found: Vec<Option<Flaw>> = stream::iter(asked)
            .map(|(document, object)| ask(store, clinic, document, object, deep))
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await?;
        holdings.flaws.extend(found.into_iter().flatten());
    }
}

/// What is older than this should have been swept: sweeps end some time after they begin.
fn grace(age: Duration, limits: &config::Upload) -> Duration {
    age + limits.sweep_every * 2
}

impl Holdings {
    /// What a row says by itself; a document's object that the store is to be asked for.
    fn see(
        &mut self,
        clinic: ClinicId,
        row: &Row,
    ) -> Result<Option<(Uuid, StoredObject)>, StorageError> {
        let object: Uuid = row.try_get("object_id")?;
        let document: Option<Uuid> = row.try_get("document_id")?;
        let state: &str = row.try_get("state")?;
        let Some(document) = document else {
            if row.try_get("late")? {
                self.flaws
                    .push(Flaw::of(&LEFTOVER, Some(clinic), Some(object)));
            }
            return Ok(None);
        };
        self.documents.insert(document);
        if state != "complete" {
            self.flaws
                .push(Flaw::of(&INCOMPLETE, Some(clinic), Some(document)));
            return Ok(None);
        }
        match stored(object, row) {
            Ok(object) => Ok(Some((document, object))),
            Err(StorageError::Corrupt(_)) => {
                self.flaws
                    .push(Flaw::of(&INCOMPLETE, Some(clinic), Some(document)));
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}

fn stored(object: Uuid, row: &Row) -> Result<StoredObject, StorageError> {
    StoredObject::new(
        ObjectId(object),
        row.try_get("sha256")?,
        row.try_get("frame_bytes")?,
        row.try_get("size_bytes")?,
        row.try_get("frames")?,
    )
}

async fn ask(
    store: &Store,
    clinic: ClinicId,
    document: Uuid,
    object: StoredObject,
    deep: bool,
) -> Result<Option<Flaw>, StorageError> {
    let flaw = |rule: &Rule| Ok(Some(Flaw::of(rule, Some(clinic), Some(document))));
    match store.head(object.id).await {
        Ok(length) if length != object.index.stored_bytes() => return flaw(&ALTERED),
        Ok(_) if !deep => return Ok(None),
        Ok(_) => {}
        Err(StorageError::Missing) => return flaw(&GONE),
        Err(error) => return Err(error),
    }
    let mut pieces = std::pin::pin!(open(store, &object));
    loop {
        match pieces.try_next().await {
            Ok(Some(_)) => {}
            Ok(None) => return Ok(None),
            Err(StorageError::Corrupt(_)) => return flaw(&ALTERED),
            Err(StorageError::Missing) => return flaw(&GONE),
            Err(error) => return Err(error),
        }
    }
}

/// Whether answers that are kept for a repeated request go in time, in a transaction of the role
/// `fertidoc_app`.
pub async fn look_over_keys(
    tx: &Tx<'_>,
    clinic: ClinicId,
    limits: &config::Upload,
) -> Result<Option<Flaw>, StorageError> {
    let age = grace(KEYS_KEPT, limits).as_secs_f64();
    let old: i64 = tx.query_one(COUNT_KEYS, &[&age]).await?.try_get(0)?;
    Ok((old > 0).then(|| Flaw::of(&KEYS, Some(clinic), Some(clinic.0))))
}
