//! A document on its way into a child.

use super::inmate::{Answer, Order};
use super::reading::{self, Reading};
use super::refusal::{refusal, refused};
use crate::cage::{Cage, Ended, RunError};
use crate::domain::analysis::RefusalCode;
use crate::text::sniff;
use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

/// What is known of a document before its bytes are.
pub(super) struct Original<'a> {
    pub name: &'a str,
    /// Its length, where it is known.
    pub bytes: Option<u64>,
    /// The request that brought it.
    pub request_id: Option<Arc<str>>,
}

/// Why a child has no reading to show, not even a refusal of the file.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unread<E> {
    /// The child died; the reading says so.
    #[error("{0}")]
    Ended(Ended, Box<Reading>),
    #[error("the document cannot be had")]
    Source(E),
    #[error("the document came too slowly")]
    Slow,
    #[error("the cage does not hold: {0}")]
    Unsafe(String),
}

/// What the parent itself sees of the bytes that pass.
#[derive(Default)]
struct Tally {
    hash: Sha256,
    bytes: u64,
    head: Vec<u8>,
}

impl Tally {
    fn count(&mut self, piece: &[u8]) {
        self.hash.update(piece);
        self.bytes += piece.len() as u64;
        let room = sniff::ENOUGH.saturating_sub(self.head.len());
        self.head.extend_from_slice(&piece[..piece.len().min(room)]);
    }

    /// From the first bytes, for a file that nothing could be read of.
    fn media_type(&self) -> &'static str {
        sniff::sniff(&self.head).map_or("application/octet-stream", sniff::MediaType::as_str)
    }
}

/// Why the bytes stopped coming.
enum Stopped<E> {
    TooLarge,
    Source(E),
}

/// Reads a document in a child of its own. Its bytes are hashed as they pass; one that has more
/// than `at_most` is refused.
pub(super) async fn read<E>(
    cage: &Cage,
    original: Original<'_>,
    at_most: u64,
    document: impl Stream<Item = Result<Bytes, E>>,
    progress: impl FnMut(u32, u32),
) -> Result<Reading, Unread<E>> {
    let tally = Mutex::new(Tally::default());
    let counted = document.map(|piece| {
        let piece = piece.map_err(Stopped::Source)?;
        let mut tally = tally.lock().unwrap_or_else(PoisonError::into_inner);
        tally.count(&piece);
        if tally.bytes > at_most {
            return Err(Stopped::TooLarge);
        }
        Ok(piece)
    });
    let order = Order::Analyze {
        name: original.name.to_owned(),
        request_id: original.request_id.clone(),
    };
    let outcome = cage.run(&order, original.bytes, counted, progress).await;
    let tally = tally.into_inner().unwrap_or_else(PoisonError::into_inner);
    let media_type = tally.media_type();
    let sha256 = hexadecimal(&tally.hash.finalize());
    let refused = |code| Reading {
        analysis: refused(original.name, &sha256, media_type, refusal(code)),
        pages: Vec::new(),
    };
    let ended = |ended: Ended| Unread::Ended(ended, Box::new(refused(ended.code())));
    match outcome {
        Ok(answer) => match serde_json::from_slice::<Answer>(&answer) {
            Ok(answer) if answer.request_id == original.request_id => {
                let mut reading = answer.reading;
                original.name.clone_into(&mut reading.analysis.file);
                reading.analysis.sha256 = sha256;
                reading.analysis.versions = reading::versions();
                Ok(reading)
            }
            // Only a child that was taken over answers something else.
            _ => Err(ended(Ended::Crashed)),
        },
        Err(RunError::Ended(how)) => Err(ended(how)),
        Err(RunError::Source(Stopped::TooLarge)) => Ok(refused(RefusalCode::TooLarge)),
        Err(RunError::Source(Stopped::Source(error))) => Err(Unread::Source(error)),
        Err(RunError::Slow) => Err(Unread::Slow),
        Err(RunError::Unsafe(why)) => Err(Unread::Unsafe(why)),
    }
}

/// Lower case, as in the analysis format.
pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
