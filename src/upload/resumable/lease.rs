//! Who may change an upload: one request at a time, over all instances.

use super::{
    super::{Desk, FileOutcome, Outcome, Problem, object::Condemned},
    State,
};
use crate::{
    access::Viewer,
    db::{self, DbError, Tx},
    domain::ids::{ClinicId, ObjectId, PatientId, UploadId},
    storage::{MultipartId, Part},
};
use std::time::Duration;
use tokio::{runtime::Handle, sync::watch, task::JoinHandle, time::sleep};
use tokio_postgres::Row;
use uuid::Uuid;

const CLAIM: &str = include_str!("../../../sql/queries/upload/claim_upload.sql");
const RENEW: &str = include_str!("../../../sql/queries/upload/renew_upload.sql");
const RELEASE: &str = include_str!("../../../sql/queries/upload/release_upload.sql");
const END: &str = include_str!("../../../sql/queries/upload/end_upload.sql");

/// How long an upload is held without a word of its holder.
const LEASE: Duration = Duration::from_secs(15);

/// Pause between two words, each of which also learns whether somebody asks for the upload.
const WORD: Duration = Duration::from_secs(1);

/// An upload that this request may change; given back when dropped.
pub struct Lease {
    desk: Desk,
    pub(super) clinic: ClinicId,
    pub(super) upload: UploadId,
    pub(super) holder: Uuid,
    renewal: JoinHandle<()>,
    wanted: watch::Receiver<bool>,
    given_back: bool,
}

/// An upload as it was when it was claimed.
pub(super) struct Claimed {
    pub lease: Lease,
    pub state: State,
    pub length: u64,
    pub received: u64,
    pub file_name: String,
    pub patient: Option<PatientId>,
    pub media_type: Option<String>,
    pub frames: Vec<i32>,
    pub packs: Option<bool>,
    pub hash: Option<Vec<u8>>,
    pub parts: Vec<Part>,
    pub object: Option<ObjectId>,
    pub multipart: Option<MultipartId>,
    pub tail: Option<ObjectId>,
    pub packed: usize,
    pub sha256: Option<Vec<u8>>,
}

/// Takes the upload; `None` where somebody else has it, or it has ended, or is not there.
pub(super) async fn claim(
    desk: &Desk,
    viewer: &Viewer,
    upload: UploadId,
) -> Result<Option<Claimed>, Problem> {
    let holder = Uuid::now_v7();
    let mut connection = db::connection(&desk.pool).await?;
    let tx = viewer.begin(&mut connection).await?;
    let claim = tx.prepare_cached(CLAIM).await?;
    let lease = LEASE.as_secs_f64();
    let row = tx
        .query_opt(&claim, &[&upload.0, &viewer.agent.id().0, &holder, &lease])
        .await?;
    tx.commit().await?;
    Ok(row.map(|row| {
        let lease = Lease::begin(desk, viewer.clinic, upload, holder);
        Claimed::from(lease, &row)
    }))
}

impl Claimed {
    fn from(lease: Lease, row: &Row) -> Self {
        let tags: Vec<String> = row.get("parts");
        let parts = (1..).zip(tags);
        Self {
            lease,
            state: State::named(row.get("state")),
            length: row.get::<_, i64>("length") as u64,
            received: row.get::<_, i64>("received") as u64,
            file_name: row.get("file_name"),
            patient: row.get::<_, Option<Uuid>>("patient_id").map(PatientId),
            media_type: row.get("media_type"),
            frames: row.get("frames"),
            packs: row.get("packs"),
            hash: row.get("hash"),
            parts: parts
                .map(|(number, tag)| Part::taken(number, tag))
                .collect(),
            object: row.get::<_, Option<Uuid>>("object_id").map(ObjectId),
            multipart: row
                .get::<_, Option<String>>("multipart_id")
                .map(MultipartId),
            tail: row.get::<_, Option<Uuid>>("tail_id").map(ObjectId),
            packed: row.get::<_, i32>("tail_packed") as usize,
            sha256: row.get("sha256"),
        }
    }
}

impl Lease {
    fn begin(desk: &Desk, clinic: ClinicId, upload: UploadId, holder: Uuid) -> Self {
        let (say, wanted) = watch::channel(false);
        Self {
            renewal: tokio::spawn(renew(desk.clone(), clinic, upload, holder, say)),
            desk: desk.clone(),
            clinic,
            upload,
            holder,
            wanted,
            given_back: false,
        }
    }

    /// Becomes true when somebody asks for the upload, or has it already.
    pub(super) fn wanted(&self) -> watch::Receiver<bool> {
        self.wanted.clone()
    }

    /// Gives the upload back before anything is answered, so that the next request finds it free.
    pub(super) async fn give_back(mut self) {
        match release(&self.desk, self.clinic, self.upload, self.holder).await {
            Ok(()) => self.given_back = true,
            Err(error) => tracing::info!(cause = %error, "an upload was not given back"),
        }
    }

    /// Writes what became of the upload's file, with the commit of the caller's transaction; what
    /// of its bytes is in no document is condemned. `None` where somebody took the upload over.
    pub async fn conclude(
        &self,
        tx: &Tx<'_>,
        object: ObjectId,
        file: Option<&FileOutcome>,
    ) -> Result<Option<Condemned>, DbError> {
        let state = match file.map(|file| &file.outcome) {
            Some(Outcome::Stored(_) | Outcome::Existing(_)) => "done",
            Some(Outcome::Refused(_)) | None => "refused",
        };
        self.end(tx, state, file.map(|file| &file.outcome), [object])
            .await
    }

    /// Ends the upload, with the commit of the caller's transaction.
    pub(super) async fn end(
        &self,
        tx: &Tx<'_>,
        state: &str,
        outcome: Option<&Outcome>,
        objects: impl IntoIterator<Item = ObjectId>,
    ) -> Result<Option<Condemned>, DbError> {
        let document = outcome.and_then(Outcome::document);
        let outcome = outcome.and_then(|outcome| serde_json::to_value(outcome).ok());
        let end = tx.prepare_cached(END).await?;
        let ended = tx
            .execute(
                &end,
                &[
                    &self.upload.0,
                    &self.holder,
                    &state,
                    &outcome,
                    &document.map(|document| document.0),
                ],
            )
            .await?;
        if ended == 0 {
            return Ok(None);
        }
        Condemned::held(tx, self.clinic, objects).await.map(Some)
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.renewal.abort();
        let Ok(runtime) = Handle::try_current() else {
            return;
        };
        if self.given_back {
            return;
        }
        let (desk, clinic, upload) = (self.desk.clone(), self.clinic, self.upload);
        let holder = self.holder;
        runtime.spawn(async move {
            if let Err(error) = release(&desk, clinic, upload, holder).await {
                tracing::info!(cause = %error, "an upload stays held until its lease ends");
            }
        });
    }
}

async fn renew(
    desk: Desk,
    clinic: ClinicId,
    upload: UploadId,
    holder: Uuid,
    say: watch::Sender<bool>,
) {
    loop {
        sleep(WORD).await;
        match renewed(&desk, clinic, upload, holder).await {
            Ok(false) => {}
            Ok(true) => {
                say.send_replace(true);
            }
            Err(error) => tracing::info!(cause = %error, "an upload was not renewed"),
        }
    }
}

/// Whether the upload is wanted by somebody, or lost to somebody.
async fn renewed(
    desk: &Desk,
    clinic: ClinicId,
    upload: UploadId,
    holder: Uuid,
) -> Result<bool, DbError> {
    let mut connection = db::connection(&desk.pool).await?;
    let tx = db::begin_for(&mut connection, clinic).await?;
    let renew = tx.prepare_cached(RENEW).await?;
    let lease = LEASE.as_secs_f64();
    let row = tx.query_opt(&renew, &[&upload.0, &holder, &lease]).await?;
    tx.commit().await?;
    Ok(row.is_none_or(|row| row.get("wanted")))
}

async fn release(
    desk: &Desk,
    clinic: ClinicId,
    upload: UploadId,
    holder: Uuid,
) -> Result<(), DbError> {
    let mut connection = db::connection(&desk.pool).await?;
    let tx = db::begin_for(&mut connection, clinic).await?;
    let release = tx.prepare_cached(RELEASE).await?;
    tx.execute(&release, &[&upload.0, &holder]).await?;
    Ok(tx.commit().await?)
}
