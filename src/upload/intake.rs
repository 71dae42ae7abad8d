//! One file on its way from chunks to an object of the store.

use super::{
    Desk, Problem,
    object::{self, Leftover},
};
use crate::{
    domain::ids::ClinicId,
    failpoint::fail_point,
    storage::{FRAME_BYTES, FrameIndex, FrameWriter, MultipartId, Part},
    text::{
        Unreadable,
        sniff::{self, MediaType},
    },
};
use bytes::Bytes;
use sha2::{Digest, Sha256};

/// A file that has come completely.
pub struct Taken {
    pub media_type: MediaType,
    /// SHA-256 of the bytes as they came.
    pub sha256: [u8; 32],
    pub index: FrameIndex,
    /// The object that holds it; `None` where it was only looked at.
    pub object: Option<Leftover>,
}

/// What is done with the bytes of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// They go to the store.
    Keep,
    /// They are checked and hashed only, to tell whether a request is the one of before.
    Compare,
}

/// The file so far.
pub struct Intake {
    desk: Desk,
    clinic: ClinicId,
    purpose: Purpose,
    name: String,
    /// The first bytes, until there are enough to tell the type.
    head: Vec<u8>,
    media_type: Option<MediaType>,
    hash: Sha256,
    frames: FrameWriter,
    /// Stored bytes that wait for their part to become full.
    part: Vec<u8>,
    parts: Option<Parts>,
}

/// An upload in parts; one part travels while the next one fills.
struct Parts {
    leftover: Leftover,
    multipart: MultipartId,
    sent: Vec<Part>,
}

impl Intake {
    /// `name` is what is shown; it only tells whether its extension contradicts the content.
    pub fn new(desk: &Desk, clinic: ClinicId, name: String, purpose: Purpose) -> Self {
        Self {
            desk: desk.clone(),
            clinic,
            purpose,
            name,
            head: Vec::new(),
            media_type: None,
            hash: Sha256::new(),
            frames: FrameWriter::default(),
            part: Vec::new(),
            parts: None,
        }
    }

    /// Takes the next bytes; returns when there is room for more.
    pub async fn write(&mut self, chunk: Bytes) -> Result<(), Problem> {
        let limit = self.desk.limits.max_file_bytes;
        let size = self.frames.size() + self.head.len() as u64 + chunk.len() as u64;
        if size > limit {
            return Err(Problem::FileTooLarge { limit });
        }
        if self.media_type.is_some() {
            return self.pack(&chunk).await;
        }
        self.head.extend_from_slice(&chunk);
        if self.head.len() >= sniff::ENOUGH {
            self.tell_type()?;
            let head = std::mem::take(&mut self.head);
            self.pack(&head).await?;
        }
        Ok(())
    }

    /// Takes the end of the file.
    pub async fn finish(mut self) -> Result<Taken, Problem> {
        let media_type = match self.media_type {
            Some(media_type) => media_type,
            None => self.tell_type()?,
        };
        let head = std::mem::take(&mut self.head);
        self.pack(&head).await?;
        let index = std::mem::take(&mut self.frames).finish(&mut self.part)?;
        self.send_full_parts().await?;
        let sha256 = std::mem::take(&mut self.hash).finalize().into();
        metrics::counter!("fertidoc_upload_bytes_total").increment(index.size());
        let object = match self.purpose {
            Purpose::Keep => Some(self.store_rest(&index).await?),
            Purpose::Compare => None,
        };
        Ok(Taken {
            media_type,
            sha256,
            index,
            object,
        })
    }

    fn tell_type(&mut self) -> Result<MediaType, Problem> {
        if self.head.is_empty() {
            return Err(Problem::EmptyFile);
        }
        // What no reader exists for yet is kept all the same: the original is the record, and a
        // later version reads the archive again.
        let media_type = sniff::sniff(&self.head).map_err(|error| match error {
            Unreadable::TooManyPixels => Problem::PictureTooLarge,
            error => Problem::UnsupportedType {
                reason: error.to_string(),
            },
        })?;
        if sniff::extension_contradicts(&self.name, media_type) {
            return Err(Problem::ExtensionMismatch {
                media_type: media_type.to_string(),
            });
        }
        self.media_type = Some(media_type);
        Ok(media_type)
    }

    /// Hashing and packing of a chunk of 64 KiB take some 0.1 ms, less than a hop to another
    /// thread and back under load, so they are done in place.
    async fn pack(&mut self, plain: &[u8]) -> Result<(), Problem> {
        self.hash.update(plain);
        self.frames.push(plain, &mut self.part);
        self.send_full_parts().await
    }

    async fn send_full_parts(&mut self) -> Result<(), Problem> {
        let part_bytes = self.desk.store.part_bytes();
        while self.part.len() >= part_bytes {
            let mut next = Vec::with_capacity(part_bytes + FRAME_BYTES);
            next.extend_from_slice(&self.part[part_bytes..]);
            let mut full = std::mem::replace(&mut self.part, next);
            full.truncate(part_bytes);
            self.send(full).await?;
        }
        Ok(())
    }

    async fn send(&mut self, part: Vec<u8>) -> Result<(), Problem> {
        if self.purpose == Purpose::Compare {
            return Ok(());
        }
        if self.parts.is_none() {
            let mut leftover = object::announce(&self.desk, self.clinic).await?;
            self.parts = Some(Parts {
                multipart: leftover.begin_parts().await?,
                leftover,
                sent: Vec::new(),
            });
        }
        let Some(parts) = &mut self.parts else {
            return Err(Problem::Internal);
        };
        parts.arrive().await?;
        let (store, object) = (self.desk.store.clone(), parts.leftover.object());
        let (multipart, number) = (parts.multipart.clone(), parts.sent.len() as i32 + 1);
        parts.leftover.travelling = Some(tokio::spawn(async move {
            store
                .put_part(object, &multipart, number, part.into())
                .await
        }));
        Ok(())
    }

    /// What is left goes as the last part, or as the whole object where there was no part yet.
    async fn store_rest(mut self, index: &FrameIndex) -> Result<Leftover, Problem> {
        let rest = std::mem::take(&mut self.part);
        if self.parts.is_none() {
            let leftover = object::announce(&self.desk, self.clinic).await?;
            let put = self.desk.store.put(leftover.object(), rest.into());
            put.await?;
            return Ok(leftover);
        }
        if !rest.is_empty() {
            self.send(rest).await?;
        }
        let Some(mut parts) = self.parts.take() else {
            return Err(Problem::Internal);
        };
        parts.arrive().await?;
        fail_point!("upload.before_complete");
        let (object, sent) = (parts.leftover.object(), std::mem::take(&mut parts.sent));
        let completed =
            self.desk
                .store
                .complete(object, &parts.multipart, sent, index.stored_bytes());
        completed.await?;
        Ok(parts.leftover)
    }
}

impl Parts {
    /// Waits for the part that travels.
    async fn arrive(&mut self) -> Result<(), Problem> {
        let Some(travelling) = &mut self.leftover.travelling else {
            return Ok(());
        };
        let arrived = travelling.await;
        self.leftover.travelling = None;
        let part = arrived.map_err(|error| {
            tracing::error!(cause = %error, "sending a part failed");
            Problem::Internal
        })??;
        self.sent.push(part);
        fail_point!("upload.after_part");
        Ok(())
    }
}
