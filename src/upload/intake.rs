//! One file on its way from chunks to an object of the store.

use super::{
    Desk, Problem,
    incoming::{Ended, Incoming},
    object::{self, Leftover},
};
use crate::{
    domain::ids::ClinicId,
    failpoint::fail_point,
    storage::{FrameIndex, MultipartId, Part},
    text::sniff::MediaType,
};
use bytes::Bytes;

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
    file: Incoming,
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
            file: Incoming::new(name),
            parts: None,
        }
    }

    /// Takes the next bytes; returns when there is room for more.
    pub async fn write(&mut self, chunk: Bytes) -> Result<(), Problem> {
        let limit = self.desk.limits.max_file_bytes;
        if self.file.size() + chunk.len() as u64 > limit {
            return Err(Problem::FileTooLarge { limit });
        }
        self.file.write(&chunk)?;
        let part_bytes = self.desk.store.part_bytes();
        while self.file.fills(part_bytes) {
            // The part before is gone from memory when room for the next one is made.
            if let Some(parts) = &mut self.parts {
                parts.arrive().await?;
            }
            let full = self.file.take_part(part_bytes);
            self.send(full).await?;
        }
        Ok(())
    }

    /// Takes the end of the file.
    pub async fn finish(mut self) -> Result<Taken, Problem> {
        let file = std::mem::take(&mut self.file);
        let Ended {
            media_type,
            sha256,
            index,
            mut rest,
        } = file.finish()?;
        let part_bytes = self.desk.store.part_bytes();
        while rest.len() >= part_bytes {
            let next = rest.split_off(part_bytes);
            self.send(std::mem::replace(&mut rest, next)).await?;
        }
        let object = match self.purpose {
            Purpose::Keep => Some(self.store_rest(rest, &index).await?),
            Purpose::Compare => None,
        };
        Ok(Taken {
            media_type,
            sha256,
            index,
            object,
        })
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
    async fn store_rest(mut self, rest: Vec<u8>, index: &FrameIndex) -> Result<Leftover, Problem> {
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
