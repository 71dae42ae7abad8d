//! Stored frames back to plain bytes.

use super::{FrameIndex, StorageError, Store, StoredObject};
use bytes::{Bytes, BytesMut};
use futures_util::{Stream, TryStreamExt, stream};
use sha2::{Digest, Sha256};
use std::{ops::Range, pin::Pin};

type Pieces = Pin<Box<dyn Stream<Item = Result<Bytes, StorageError>> + Send>>;

/// A whole original. Its last bytes come only after length and SHA-256 proved right, so whoever
/// gets to the end has what was received, and a damaged one ends with [`StorageError::Corrupt`].
pub fn open(
    store: &Store,
    object: &StoredObject,
) -> impl Stream<Item = Result<Bytes, StorageError>> + Send + use<> {
    let pieces = plain(store.clone(), object.clone(), 0..object.index.size());
    checked(Box::pin(pieces), object.sha256)
}

/// A range of plain bytes of an original; only the frames that it touches are fetched.
pub fn open_range(
    store: &Store,
    object: &StoredObject,
    range: Range<u64>,
) -> impl Stream<Item = Result<Bytes, StorageError>> + Send + use<> {
    plain(store.clone(), object.clone(), range)
}

/// Where the reading of one object stands.
struct Reading {
    index: FrameIndex,
    range: Range<u64>,
    frames: Range<usize>,
    body: Pieces,
    buffer: BytesMut,
}

fn plain(
    store: Store,
    object: StoredObject,
    range: Range<u64>,
) -> impl Stream<Item = Result<Bytes, StorageError>> + Send {
    let opening = async move {
        let index = object.index;
        let frames = index.touched(&range)?;
        let stored = index.stored_range(&frames);
        let part = (frames.len() < index.frames().len()).then_some(stored);
        let reading = Reading {
            body: Box::pin(store.get(object.id, part).await?),
            index,
            range,
            frames,
            buffer: BytesMut::new(),
        };
        Ok::<_, StorageError>(stream::try_unfold(reading, |mut reading| async move {
            let piece = reading.next().await?;
            Ok(piece.map(|piece| (piece, reading)))
        }))
    };
    stream::once(opening).try_flatten()
}

impl Reading {
    async fn next(&mut self) -> Result<Option<Bytes>, StorageError> {
        let Some(frame) = self.frames.next() else {
            return Ok(None);
        };
        let wanted = self.index.stored_len(frame);
        while self.buffer.len() < wanted {
            let Some(bytes) = self.body.try_next().await? else {
                return Err(StorageError::Corrupt("it is shorter than its index"));
            };
            self.buffer.extend_from_slice(&bytes);
        }
        let stored = self.buffer.split_to(wanted);
        let plain = Bytes::from(self.index.unpack(frame, &stored)?);
        let start = self.index.plain_start(frame);
        let from = self.range.start.saturating_sub(start);
        let to = (self.range.end - start).min(plain.len() as u64);
        Ok(Some(plain.slice(from as usize..to as usize)))
    }
}

/// Holds one piece back until the next has come or the whole has proved right.
fn checked(
    pieces: Pieces,
    sha256: [u8; 32],
) -> impl Stream<Item = Result<Bytes, StorageError>> + Send {
    let start = (pieces, Sha256::new(), None::<Bytes>);
    stream::try_unfold(start, move |(mut pieces, mut hash, mut held)| async move {
        loop {
            let Some(piece) = pieces.try_next().await? else {
                let Some(last) = held.take() else {
                    return Ok(None);
                };
                if hash.finalize_reset()[..] != sha256 {
                    return Err(StorageError::Corrupt("its SHA-256 is another one"));
                }
                return Ok(Some((last, (pieces, hash, None))));
            };
            hash.update(&piece);
            if let Some(ready) = held.replace(piece) {
                return Ok(Some((ready, (pieces, hash, held))));
            }
        }
    })
}
