//! Bytes of one request to parts, a tail and the row.

use super::{
    super::{
        Desk, Outcome, Problem,
        incoming::{Ended, Incoming, Saved},
        object::{self, Condemned, Leftover},
    },
    Checksum, Lease, Refusal,
    finish::Sealed,
    lease::Claimed,
};
use crate::{
    access::Viewer,
    db::{self, Tx},
    domain::ids::{ObjectId, PatientId},
    storage::{MultipartId, Part, StorageError},
    text::sniff::MediaType,
};
use bytes::Bytes;
use futures_util::TryStreamExt;
use tokio::{sync::mpsc, task::JoinHandle};

const SAVE: &str = include_str!("../../../sql/queries/upload/save_upload.sql");
const SEAL: &str = include_str!("../../../sql/queries/upload/seal_upload.sql");

/// What a writer is sent. A channel that closes without an end is a body that was cut.
pub(super) enum Piece {
    Bytes(Bytes),
    End,
}

/// An upload that this request goes on with.
pub(super) struct Writer {
    desk: Desk,
    viewer: Viewer,
    lease: Lease,
    length: u64,
    file_name: String,
    patient: Option<PatientId>,
    file: Incoming,
    /// What of it would survive the end of this process.
    kept: u64,
    object: Option<ObjectId>,
    multipart: Option<MultipartId>,
    parts: Vec<Part>,
    tail: Option<ObjectId>,
    /// The object, as long as the row does not name it.
    fresh: Option<Leftover>,
    travelling: Option<Travelling>,
    checksum: Option<Checksum>,
    /// What the bytes are refused for, should they be those of the checksum.
    refused: Option<Problem>,
}

/// A part on its way, and where the file stood behind it.
struct Travelling {
    part: JoinHandle<Result<Part, StorageError>>,
    saved: Saved,
    received: u64,
}

impl Writer {
    /// Goes on where the request before stood.
    pub async fn restore(
        desk: &Desk,
        viewer: &Viewer,
        claimed: Claimed,
        checksum: Option<Checksum>,
    ) -> Result<Self, Refusal> {
        let tail = match claimed.tail {
            Some(tail) => {
                let bytes = desk.store.get(tail, None).await?;
                let pieces: Vec<Bytes> = bytes.try_collect().await?;
                pieces.concat()
            }
            None => Vec::new(),
        };
        let file = match claimed.hash {
            None => Some(Incoming::new(claimed.file_name.clone())),
            Some(hash) => {
                let saved = Saved {
                    media_type: claimed.media_type.as_deref().and_then(MediaType::named),
                    frames: claimed.frames,
                    packs: claimed.packs,
                    hash,
                    tail,
                    packed: claimed.packed,
                };
                Incoming::restore(claimed.file_name.clone(), saved)
            }
        };
        let file = file.filter(|file| file.size() == claimed.received);
        let Some(file) = file else {
            tracing::error!("an upload's row and its tail contradict each other");
            return Err(Problem::Internal.into());
        };
        Ok(Self {
            desk: desk.clone(),
            viewer: viewer.clone(),
            lease: claimed.lease,
            length: claimed.length,
            file_name: claimed.file_name,
            patient: claimed.patient,
            kept: file.size(),
            file,
            object: claimed.object,
            multipart: claimed.multipart,
            parts: claimed.parts,
            tail: claimed.tail,
            fresh: None,
            travelling: None,
            checksum,
            refused: None,
        })
    }

    /// Takes pieces to their end, keeps what came, and gives the upload back.
    pub async fn run(mut self, mut pieces: mpsc::Receiver<Piece>) -> Result<(), Refusal> {
        let mut ended = self.take(&mut pieces).await;
        // Who sends hears at once that nobody listens.
        drop(pieces);
        if let Ok(whole) = ended {
            ended = self.come_to_end(whole).await.map(|()| whole);
        }
        if let Some(travelling) = self.travelling.take() {
            let _ = travelling.part.await;
        }
        if let Err(Refusal::Problem(problem)) = &ended
            && !problem.is_transient()
        {
            self.refuse(problem.clone()).await?;
        }
        self.lease.give_back().await;
        ended.map(drop)
    }

    /// Whether the body came whole.
    async fn take(&mut self, pieces: &mut mpsc::Receiver<Piece>) -> Result<bool, Refusal> {
        while let Some(piece) = pieces.recv().await {
            match piece {
                Piece::Bytes(chunk) => self.write(&chunk).await?,
                Piece::End => return Ok(true),
            }
        }
        Ok(false)
    }

    async fn write(&mut self, chunk: &[u8]) -> Result<(), Refusal> {
        if let Some(checksum) = &mut self.checksum {
            checksum.update(chunk);
        }
        let mut rest = chunk;
        while !rest.is_empty() {
            let (now, later) = rest.split_at(self.file.room().min(rest.len()));
            rest = later;
            if let Err(problem) = self.file.write(now) {
                if self.checksum.is_none() {
                    return Err(problem.into());
                }
                self.refused = Some(problem);
            }
            if self.refused.is_some() {
                return Ok(());
            }
            if let Some(part) = self.file.take_frames(self.desk.store.part_bytes()) {
                self.send(part).await?;
            }
        }
        Ok(())
    }

    async fn come_to_end(&mut self, whole: bool) -> Result<(), Refusal> {
        if let Some(checksum) = self.checksum.take() {
            if !whole {
                return Err(Problem::BodyIncomplete.into());
            }
            if !checksum.fits() {
                return Err(Refusal::ChecksumMismatch);
            }
        }
        if let Some(problem) = self.refused.take() {
            return Err(problem.into());
        }
        self.arrive().await?;
        if self.file.size() == self.length {
            let sealed = self.seal().await?;
            return sealed.finish(&self.desk, &self.viewer, &self.lease).await;
        }
        if self.file.size() == self.kept {
            return Ok(());
        }
        let saved = self.file.save();
        let tail = if saved.tail.is_empty() {
            None
        } else {
            Some(self.put(saved.tail.clone()).await?)
        };
        self.save(&saved, self.file.size(), tail).await
    }

    /// Sends a part, after the one before has arrived.
    async fn send(&mut self, part: Vec<u8>) -> Result<(), Refusal> {
        self.arrive().await?;
        let (object, multipart) =
            if let (Some(object), Some(multipart)) = (self.object, &self.multipart) {
                (object, multipart.clone())
            } else {
                let mut fresh = object::announce(&self.desk, self.lease.clinic).await?;
                let multipart = fresh.begin_parts().await?;
                let object = fresh.object();
                self.object = Some(object);
                self.multipart = Some(multipart.clone());
                self.fresh = Some(fresh);
                (object, multipart)
            };
        let store = self.desk.store.clone();
        let number = self.parts.len() as i32 + 1;
        let put = async move {
            store
                .put_part(object, &multipart, number, part.into())
                .await
        };
        self.travelling = Some(Travelling {
            part: tokio::spawn(put),
            saved: self.file.save(),
            received: self.file.size(),
        });
        Ok(())
    }

    /// Waits for the part that travels, and moves the row on to what is behind it.
    async fn arrive(&mut self) -> Result<(), Refusal> {
        let Some(travelling) = self.travelling.take() else {
            return Ok(());
        };
        let part = travelling.part.await.map_err(|error| {
            tracing::error!(cause = %error, "sending a part failed");
            Problem::Internal
        })??;
        self.parts.push(part);
        if self.checksum.is_some() {
            return Ok(());
        }
        self.save(&travelling.saved, travelling.received, None)
            .await
    }

    async fn put(&self, bytes: Vec<u8>) -> Result<Leftover, Refusal> {
        let leftover = object::announce(&self.desk, self.lease.clinic).await?;
        let put = self.desk.store.put(leftover.object(), bytes.into());
        put.await?;
        Ok(leftover)
    }

    /// Moves the row on. The tail that it had goes.
    async fn save(
        &mut self,
        saved: &Saved,
        received: u64,
        tail: Option<Leftover>,
    ) -> Result<(), Refusal> {
        let mut connection = db::connection(&self.desk.pool).await?;
        let tx = db::begin_for(&mut connection, self.lease.clinic).await?;
        let save = tx.prepare_cached(SAVE).await?;
        let moved = tx
            .execute(
                &save,
                &[
                    &self.lease.upload.0,
                    &self.lease.holder,
                    &(received as i64),
                    &saved.media_type.map(MediaType::as_str),
                    &saved.frames,
                    &saved.packs,
                    &saved.hash,
                    &self.tags(),
                    &self.object.map(|object| object.0),
                    &tail.as_ref().map(|tail| tail.object().0),
                    &(saved.packed as i32),
                    &self.desk.limits.resume_within.as_secs_f64(),
                ],
            )
            .await?;
        let condemned = self.hold(&tx, moved, tail.as_ref()).await?;
        tx.commit().await?;
        self.tail = tail.as_ref().map(Leftover::object);
        self.kept = received;
        self.moved_on(condemned, tail);
        Ok(())
    }

    /// Sends the last bytes, and writes down that nothing but the document is missing.
    async fn seal(&mut self) -> Result<Sealed, Refusal> {
        let Ended {
            media_type,
            sha256,
            index,
            rest,
        } = std::mem::take(&mut self.file).finish()?;
        let object = if let (Some(object), Some(multipart)) = (self.object, &self.multipart) {
            if !rest.is_empty() {
                let number = self.parts.len() as i32 + 1;
                let store = &self.desk.store;
                let put = store.put_part(object, multipart, number, rest.into());
                self.parts.push(put.await?);
            }
            object
        } else {
            let fresh = self.put(rest).await?;
            let object = fresh.object();
            self.object = Some(object);
            self.fresh = Some(fresh);
            object
        };
        let mut connection = db::connection(&self.desk.pool).await?;
        let tx = db::begin_for(&mut connection, self.lease.clinic).await?;
        let seal = tx.prepare_cached(SEAL).await?;
        let moved = tx
            .execute(
                &seal,
                &[
                    &self.lease.upload.0,
                    &self.lease.holder,
                    &media_type.as_str(),
                    &index.frames(),
                    &self.tags(),
                    &object.0,
                    &&sha256[..],
                    &self.desk.limits.resume_within.as_secs_f64(),
                ],
            )
            .await?;
        let condemned = self.hold(&tx, moved, None).await?;
        tx.commit().await?;
        self.tail = None;
        self.moved_on(condemned, None);
        let parts = std::mem::take(&mut self.parts);
        Ok(Sealed {
            object,
            multipart: self.multipart.take().map(|multipart| (multipart, parts)),
            file_name: self.file_name.clone(),
            patient: self.patient,
            media_type,
            sha256,
            index,
        })
    }

    /// Has the upload hold what is new and not hold its tail any more. `moved` are the rows that
    /// went along: none where the upload is somebody else's by now.
    async fn hold(
        &self,
        tx: &Tx<'_>,
        moved: u64,
        tail: Option<&Leftover>,
    ) -> Result<Condemned, Refusal> {
        if moved == 0 {
            return Err(Refusal::Held);
        }
        for fresh in self.fresh.iter().chain(tail) {
            if !fresh.hold(tx).await? {
                // It took longer than the age at which leftovers are removed.
                return Err(Refusal::Stalled);
            }
        }
        Ok(Condemned::held(tx, self.lease.clinic, self.tail).await?)
    }

    fn moved_on(&mut self, condemned: Condemned, tail: Option<Leftover>) {
        for held in self.fresh.take().into_iter().chain(tail) {
            held.keep();
        }
        condemned.remove_soon(&self.desk);
    }

    /// Ends an upload that can never become a document.
    async fn refuse(&mut self, problem: Problem) -> Result<(), Refusal> {
        let outcome = Outcome::Refused(problem);
        outcome.count();
        let mut connection = db::connection(&self.desk.pool).await?;
        let tx = db::begin_for(&mut connection, self.lease.clinic).await?;
        let objects = self.object.into_iter().chain(self.tail);
        let ended = self.lease.end(&tx, "refused", Some(&outcome), objects);
        let Some(condemned) = ended.await? else {
            return Ok(());
        };
        tx.commit().await?;
        condemned.remove_soon(&self.desk);
        Ok(())
    }

    fn tags(&self) -> Vec<&str> {
        self.parts.iter().map(Part::tag).collect()
    }
}
