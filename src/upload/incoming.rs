//! The bytes of one file as they come: what they are, their hash, their frames.

use super::Problem;
use crate::{
    storage::{FRAME_BYTES, FrameIndex, FrameWriter, Unfinished},
    text::{
        Unreadable,
        sniff::{self, MediaType},
    },
};
use sha2::{
    Digest, Sha256,
    digest::common::hazmat::{SerializableState, SerializedState},
};

/// The file so far.
#[derive(Default)]
pub struct Incoming {
    name: String,
    /// The first bytes, until there are enough to tell the type.
    head: Vec<u8>,
    media_type: Option<MediaType>,
    hash: Sha256,
    frames: FrameWriter,
    /// Stored bytes that wait for their part to become full.
    part: Vec<u8>,
}

/// A file that has come to its end.
pub struct Ended {
    pub media_type: MediaType,
    /// SHA-256 of the bytes as they came.
    pub sha256: [u8; 32],
    pub index: FrameIndex,
    /// Stored bytes of no part yet.
    pub rest: Vec<u8>,
}

/// A file that was stopped on its way, for another process to go on with.
pub struct Saved {
    pub media_type: Option<MediaType>,
    pub frames: Vec<i32>,
    pub packs: Option<bool>,
    /// The state of SHA-256.
    pub hash: Vec<u8>,
    /// What is in no part: `packed` stored bytes, and behind them the plain ones of a frame begun.
    pub tail: Vec<u8>,
    pub packed: usize,
}

impl Incoming {
    /// `name` is what is shown; it only tells whether its extension contradicts the content.
    pub fn new(name: String) -> Self {
        Self {
            name,
            ..Self::default()
        }
    }

    /// Plain bytes taken so far.
    pub fn size(&self) -> u64 {
        self.frames.size() + self.head.len() as u64
    }

    /// Plain bytes that end the frame that is begun.
    pub fn room(&self) -> usize {
        FRAME_BYTES - (self.size() % FRAME_BYTES as u64) as usize
    }

    /// Takes the next bytes.
    ///
    /// Hashing and packing of a chunk of 64 KiB take some 0.1 ms, less than a hop to another
    /// thread and back under load, so they are done in place.
    pub fn write(&mut self, chunk: &[u8]) -> Result<(), Problem> {
        if self.media_type.is_some() {
            self.pack(chunk);
            return Ok(());
        }
        self.head.extend_from_slice(chunk);
        if self.head.len() >= sniff::ENOUGH {
            self.tell_type()?;
        }
        Ok(())
    }

    /// Whether so many stored bytes wait for their part.
    pub fn fills(&self, bytes: usize) -> bool {
        self.part.len() >= bytes
    }

    /// A part of exactly `bytes`, where it [fills](Self::fills) them.
    pub fn take_part(&mut self, bytes: usize) -> Vec<u8> {
        let mut next = Vec::with_capacity(bytes + FRAME_BYTES);
        let bytes = bytes.min(self.part.len());
        next.extend_from_slice(&self.part[bytes..]);
        let mut full = std::mem::replace(&mut self.part, next);
        full.truncate(bytes);
        full
    }

    /// A part of whole frames, at least `bytes` long, between two frames only: behind it nothing
    /// waits.
    pub fn take_frames(&mut self, bytes: usize) -> Option<Vec<u8>> {
        let between = self.head.is_empty() && self.room() == FRAME_BYTES;
        (between && self.fills(bytes)).then(|| std::mem::take(&mut self.part))
    }

    /// Takes the end of the file.
    pub fn finish(mut self) -> Result<Ended, Problem> {
        let media_type = match self.media_type {
            Some(media_type) => media_type,
            None => self.tell_type()?,
        };
        let index = self.frames.finish(&mut self.part)?;
        metrics::counter!("fertidoc_upload_bytes_total").increment(index.size());
        Ok(Ended {
            media_type,
            sha256: self.hash.finalize().into(),
            index,
            rest: self.part,
        })
    }

    /// Where it stands.
    pub fn save(&self) -> Saved {
        let Unfinished {
            frames,
            packs,
            plain,
        } = self.frames.unfinished();
        Saved {
            media_type: self.media_type,
            frames,
            packs,
            hash: self.hash.serialize().to_vec(),
            packed: self.part.len(),
            // Before the type is known nothing is packed, and the head is all there is.
            tail: [&self.part[..], &plain, &self.head].concat(),
        }
    }

    /// Goes on where another process stood; `None` where that contradicts itself.
    pub fn restore(name: String, saved: Saved) -> Option<Self> {
        let Saved {
            media_type,
            frames,
            packs,
            hash,
            mut tail,
            packed,
        } = saved;
        let state = SerializedState::<Sha256>::try_from(hash.as_slice()).ok()?;
        if packed > tail.len() {
            return None;
        }
        let mut plain = tail.split_off(packed);
        let head = match media_type {
            Some(_) => Vec::new(),
            None => std::mem::take(&mut plain),
        };
        Some(Self {
            name,
            head,
            media_type,
            hash: Sha256::deserialize(&state).ok()?,
            frames: FrameWriter::resume(Unfinished {
                frames,
                packs,
                plain,
            }),
            part: tail,
        })
    }

    /// Decides by the first bytes what it is, and packs them.
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
        let head = std::mem::take(&mut self.head);
        self.pack(&head);
        Ok(media_type)
    }

    fn pack(&mut self, plain: &[u8]) {
        self.hash.update(plain);
        self.frames.push(plain, &mut self.part);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(len: usize) -> Vec<u8> {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 24) as u8
        };
        let mut bytes = b"%PDF-1.7\n".to_vec();
        bytes.resize_with(len, &mut next);
        bytes
    }

    #[test]
    fn a_file_that_is_stopped_anywhere_ends_as_if_it_was_not() {
        let bytes = noise(2 * FRAME_BYTES + 12_345);
        for cut in [
            0,
            1,
            sniff::ENOUGH - 1,
            sniff::ENOUGH,
            FRAME_BYTES - 1,
            FRAME_BYTES,
            FRAME_BYTES + 1,
            bytes.len(),
        ] {
            let mut file = Incoming::new("a.pdf".into());
            file.write(&bytes[..cut]).unwrap();
            let mut file = Incoming::restore("a.pdf".into(), file.save()).unwrap();
            assert_eq!(file.size(), cut as u64);
            file.write(&bytes[cut..]).unwrap();
            let ended = file.finish().unwrap();
            assert_eq!(ended.sha256[..], Sha256::digest(&bytes)[..], "{cut}");
            assert_eq!(ended.index.size(), bytes.len() as u64);
            assert_eq!(ended.rest.len() as u64, ended.index.stored_bytes());
        }
    }

    #[test]
    fn what_contradicts_itself_is_not_gone_on_with() {
        let saved = || Incoming::new("a.pdf".into()).save();
        let without_hash = Saved {
            hash: vec![1; 7],
            ..saved()
        };
        let short = Saved {
            packed: 1,
            ..saved()
        };
        for saved in [without_hash, short] {
            assert!(Incoming::restore("a.pdf".into(), saved).is_none());
        }
    }
}
