//! From a sealed upload to a document.

use super::{
    super::{
        Desk, Problem,
        commit::{self, Kept, Request, Sent},
        intake::Taken,
        object::Leftover,
    },
    Lease, Refusal,
    lease::Claimed,
};
use crate::{
    access::Viewer,
    domain::ids::{ObjectId, PatientId},
    storage::{FRAME_BYTES, FrameIndex, MultipartId, Part},
    text::sniff::MediaType,
};

/// An upload whose bytes are all in the store.
pub(super) struct Sealed {
    pub object: ObjectId,
    /// Parts that are to be joined.
    pub multipart: Option<(MultipartId, Vec<Part>)>,
    pub file_name: String,
    pub patient: Option<PatientId>,
    pub media_type: MediaType,
    pub sha256: [u8; 32],
    pub index: FrameIndex,
}

impl Sealed {
    /// What another request sealed.
    pub fn of(claimed: Claimed) -> Result<(Lease, Self), Refusal> {
        let media_type = claimed.media_type.as_deref().and_then(MediaType::named);
        let sha256 = claimed.sha256.and_then(|sha256| sha256.try_into().ok());
        let (Some(object), Some(media_type), Some(sha256)) = (claimed.object, media_type, sha256)
        else {
            tracing::error!("a sealed upload is not whole");
            return Err(Problem::Internal.into());
        };
        let parts = claimed.parts;
        let sealed = Self {
            object,
            multipart: claimed.multipart.map(|multipart| (multipart, parts)),
            file_name: claimed.file_name,
            patient: claimed.patient,
            media_type,
            sha256,
            index: FrameIndex::new(FRAME_BYTES as u32, claimed.length, claimed.frames)?,
        };
        Ok((claimed.lease, sealed))
    }

    /// Joins the parts and makes the document, or finds the one that holds these bytes.
    pub async fn finish(self, desk: &Desk, viewer: &Viewer, lease: &Lease) -> Result<(), Refusal> {
        if let Some((multipart, parts)) = self.multipart {
            let bytes = self.index.stored_bytes();
            let completed = desk.store.complete(self.object, &multipart, parts, bytes);
            completed.await?;
        }
        let request = Request {
            patient: self.patient,
            files: vec![Sent {
                name: self.file_name,
                taken: Ok(Taken {
                    media_type: self.media_type,
                    sha256: self.sha256,
                    index: self.index,
                    object: Some(Leftover::of_upload(desk, lease.clinic, self.object)),
                }),
            }],
        };
        let received =
            commit::commit(desk, viewer, request, Kept::With(lease, self.object)).await?;
        received.files.iter().for_each(|file| file.outcome.count());
        Ok(())
    }
}
