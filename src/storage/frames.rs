//! Plain bytes to frames and back.

use super::StorageError;
use std::ops::Range;
use zstd::bulk::{Compressor, Decompressor};

/// Plain bytes of every frame but the last. Small enough that a range costs little, large enough
/// that compression loses nothing and the index of 2 GiB stays at 2,048 numbers.
pub const FRAME_BYTES: usize = 1 << 20;

/// Level 1: measured on laboratory PDFs, JSON and scans, level 3 buys 1 to 3 % for half the speed.
const LEVEL: i32 = 1;

/// A first frame that shrinks by less than one part in this many is kept as it came, and so is the
/// rest of the file: JPEG, PNG and most PDF scans would only cost time.
const PAYS_FROM: usize = 33;

/// Frames that a corrupted row may not exceed; the window of an honest one is at most 1 MiB.
const MAX_FRAME_BYTES: u32 = 8 << 20;

/// How the frames of one object lie in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FrameIndex {
    frame_bytes: u32,
    size: u64,
    frames: Vec<i32>,
}

impl FrameIndex {
    /// `frames` holds the stored length of each frame, negative where it is kept as it came.
    pub fn new(frame_bytes: u32, size: u64, frames: Vec<i32>) -> Result<Self, StorageError> {
        let index = Self {
            frame_bytes,
            size,
            frames,
        };
        let sound = (1..=MAX_FRAME_BYTES).contains(&frame_bytes)
            && size.div_ceil(u64::from(frame_bytes)) == index.frames.len() as u64
            && index.frames.iter().enumerate().all(|(at, &stored)| {
                stored > 0 || (stored < 0 && u64::from(stored.unsigned_abs()) == index.plain(at))
            });
        if sound {
            Ok(index)
        } else {
            Err(StorageError::Corrupt("its index contradicts itself"))
        }
    }

    /// Plain bytes of the object.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The numbers as the row keeps them.
    pub fn frames(&self) -> &[i32] {
        &self.frames
    }

    /// Bytes that the object has in the store.
    pub fn stored_bytes(&self) -> u64 {
        self.stored(0..self.frames.len())
    }

    /// The frames that hold a non-empty range of plain bytes.
    pub(super) fn touched(&self, range: &Range<u64>) -> Result<Range<usize>, StorageError> {
        if range.start >= range.end || range.end > self.size {
            return Err(StorageError::OutOfRange);
        }
        let first = range.start / u64::from(self.frame_bytes);
        let last = (range.end - 1) / u64::from(self.frame_bytes);
        Ok(first as usize..last as usize + 1)
    }

    /// Where frames lie in the store.
    pub(super) fn stored_range(&self, frames: &Range<usize>) -> Range<u64> {
        let start = self.stored(0..frames.start);
        start..start + self.stored(frames.clone())
    }

    /// Where the plain bytes of a frame begin.
    pub(super) fn plain_start(&self, frame: usize) -> u64 {
        frame as u64 * u64::from(self.frame_bytes)
    }

    /// Stored bytes of one frame.
    pub(super) fn stored_len(&self, frame: usize) -> usize {
        self.frames[frame].unsigned_abs() as usize
    }

    /// The plain bytes of a frame out of its stored ones; never more than the index promised.
    pub(super) fn unpack(&self, frame: usize, stored: &[u8]) -> Result<Vec<u8>, StorageError> {
        let plain = self.plain(frame) as usize;
        let bytes = if self.frames[frame] < 0 {
            stored.to_vec()
        } else {
            // In one piece, so that no window is allocated: the output is the window.
            Decompressor::new()
                .and_then(|mut zstd| zstd.decompress(stored, plain))
                .map_err(|_| StorageError::Corrupt("a frame cannot be unpacked"))?
        };
        if bytes.len() == plain {
            Ok(bytes)
        } else {
            Err(StorageError::Corrupt("a frame has the wrong length"))
        }
    }

    fn stored(&self, frames: Range<usize>) -> u64 {
        self.frames[frames]
            .iter()
            .map(|stored| u64::from(stored.unsigned_abs()))
            .sum()
    }

    fn plain(&self, frame: usize) -> u64 {
        let start = self.plain_start(frame);
        (self.size - start.min(self.size)).min(u64::from(self.frame_bytes))
    }
}

/// Packs plain bytes into frames; holds less than one frame at a time.
pub struct FrameWriter {
    plain: Vec<u8>,
    frames: Vec<i32>,
    size: u64,
    packing: Packing,
}

/// What a writer that was stopped leaves behind, besides the frames that it gave out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfinished {
    /// Stored lengths of the whole frames.
    pub frames: Vec<i32>,
    /// Whether frames are packed; `None` before the first was full.
    pub packs: Option<bool>,
    /// Plain bytes of the frame that is not full.
    pub plain: Vec<u8>,
}

enum Packing {
    Undecided,
    Zstd(Compressor<'static>),
    Kept,
}

impl Default for FrameWriter {
    fn default() -> Self {
        Self {
            plain: Vec::new(),
            frames: Vec::new(),
            size: 0,
            packing: Packing::Undecided,
        }
    }
}

impl FrameWriter {
    /// Takes plain bytes and appends the frames that became full to `out`.
    pub fn push(&mut self, mut chunk: &[u8], out: &mut Vec<u8>) {
        self.size += chunk.len() as u64;
        while !chunk.is_empty() {
            let room = FRAME_BYTES - self.plain.len();
            let (now, later) = chunk.split_at(room.min(chunk.len()));
            self.plain.extend_from_slice(now);
            chunk = later;
            if self.plain.len() == FRAME_BYTES {
                self.close_frame(out);
            }
        }
    }

    /// Appends what is left and tells how the frames lie.
    pub fn finish(mut self, out: &mut Vec<u8>) -> Result<FrameIndex, StorageError> {
        if !self.plain.is_empty() {
            self.close_frame(out);
        }
        FrameIndex::new(FRAME_BYTES as u32, self.size, self.frames)
    }

    /// Plain bytes taken so far.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Where it stands, for another writer to go on from.
    pub fn unfinished(&self) -> Unfinished {
        Unfinished {
            frames: self.frames.clone(),
            packs: match self.packing {
                Packing::Undecided => None,
                Packing::Zstd(_) => Some(true),
                Packing::Kept => Some(false),
            },
            plain: self.plain.clone(),
        }
    }

    /// Goes on where another writer stood.
    pub fn resume(unfinished: Unfinished) -> Self {
        let Unfinished {
            frames,
            packs,
            plain,
        } = unfinished;
        let zstd = || Compressor::new(LEVEL).map_or(Packing::Kept, Packing::Zstd);
        Self {
            size: (frames.len() * FRAME_BYTES + plain.len()) as u64,
            packing: packs.map_or(Packing::Undecided, |packs| {
                if packs { zstd() } else { Packing::Kept }
            }),
            plain,
            frames,
        }
    }

    fn close_frame(&mut self, out: &mut Vec<u8>) {
        let packed = match &mut self.packing {
            Packing::Kept => None,
            Packing::Zstd(zstd) => pack(zstd, &self.plain, self.plain.len()),
            Packing::Undecided => {
                let worth = self.plain.len() - self.plain.len() / PAYS_FROM;
                let mut zstd = Compressor::new(LEVEL).ok();
                let packed = zstd
                    .as_mut()
                    .and_then(|zstd| pack(zstd, &self.plain, worth));
                self.packing = match (zstd, &packed) {
                    (Some(zstd), Some(_)) => Packing::Zstd(zstd),
                    _ => Packing::Kept,
                };
                packed
            }
        };
        if let Some(packed) = packed {
            self.frames.push(packed.len() as i32);
            out.extend_from_slice(&packed);
        } else {
            self.frames.push(-(self.plain.len() as i32));
            out.extend_from_slice(&self.plain);
        }
        self.plain.clear();
    }
}

/// A zstd frame, where it is smaller than `worth`; a compressor that fails packs nothing.
fn pack(zstd: &mut Compressor<'static>, plain: &[u8], worth: usize) -> Option<Vec<u8>> {
    zstd.compress(plain)
        .ok()
        .filter(|packed| packed.len() < worth)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Bytes that do not compress, the same every time.
    pub(super) fn noise(len: usize) -> Vec<u8> {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        (0..len)
            .map(|_| {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                (state >> 24) as u8
            })
            .collect()
    }

    fn write(plain: &[u8], chunk: usize) -> (FrameIndex, Vec<u8>) {
        let mut writer = FrameWriter::default();
        let mut stored = Vec::new();
        for chunk in plain.chunks(chunk) {
            writer.push(chunk, &mut stored);
            assert!(writer.plain.len() < FRAME_BYTES);
        }
        let index = writer.finish(&mut stored).unwrap();
        assert_eq!(index.stored_bytes(), stored.len() as u64);
        (index, stored)
    }

    fn read(index: &FrameIndex, stored: &[u8], range: Range<u64>) -> Vec<u8> {
        let frames = index.touched(&range).unwrap();
        let mut plain = Vec::new();
        for frame in frames.clone() {
            let at = index.stored_range(&(frame..frame + 1));
            let bytes = &stored[at.start as usize..at.end as usize];
            plain.extend(index.unpack(frame, bytes).unwrap());
        }
        let start = (range.start - index.plain_start(frames.start)) as usize;
        plain[start..start + (range.end - range.start) as usize].to_vec()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn any_range_comes_back(
            size in 1_usize..3 * FRAME_BYTES + 7,
            chunk in 1_usize..200_000,
            noisy in any::<bool>(),
            cut in (0.0_f64..1.0, 0.0_f64..1.0),
        ) {
            let plain = if noisy { noise(size) } else { b"Concentration 15 M/ml; ".iter().copied().cycle().take(size).collect() };
            let (index, stored) = write(&plain, chunk);
            prop_assert_eq!(noisy, stored.len() == size || size < 200 && stored.len() == size);
            let start = (cut.0 * (size - 1) as f64) as usize;
            let end = start + 1 + (cut.1 * (size - start - 1) as f64) as usize;
            prop_assert_eq!(&read(&index, &stored, start as u64..end as u64)[..], &plain[start..end]);
            prop_assert_eq!(&read(&index, &stored, 0..size as u64)[..], &plain[..]);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn a_writer_that_was_stopped_goes_on_as_if_it_was_not(
            size in 1_usize..3 * FRAME_BYTES + 7,
            noisy in any::<bool>(),
            cut in 0.0_f64..1.0,
        ) {
            let plain = if noisy { noise(size) } else { vec![b'7'; size] };
            let (first, second) = plain.split_at((cut * size as f64) as usize);
            let mut stored = Vec::new();
            let mut writer = FrameWriter::default();
            writer.push(first, &mut stored);
            let mut writer = FrameWriter::resume(writer.unfinished());
            prop_assert_eq!(writer.size(), first.len() as u64);
            writer.push(second, &mut stored);
            let index = writer.finish(&mut stored).unwrap();
            prop_assert_eq!((index, stored), write(&plain, size));
        }
    }

    #[test]
    fn a_range_touches_only_its_frames() {
        let (index, _) = write(&noise(4 * FRAME_BYTES), 64 << 10);
        let frame = FRAME_BYTES as u64;
        assert_eq!(index.touched(&(0..1)).unwrap(), 0..1);
        assert_eq!(index.touched(&(frame - 1..frame + 1)).unwrap(), 0..2);
        assert_eq!(index.touched(&(3 * frame..4 * frame)).unwrap(), 3..4);
        assert!(index.touched(&(5..5)).is_err());
        assert!(index.touched(&(0..4 * frame + 1)).is_err());
    }

    #[test]
    fn a_frame_that_inflates_beyond_its_promise_is_refused() {
        let bomb = zstd::bulk::compress(&vec![0; 64 << 20], 19).unwrap();
        let index = FrameIndex::new(FRAME_BYTES as u32, 100, vec![bomb.len() as i32]).unwrap();
        assert!(matches!(
            index.unpack(0, &bomb),
            Err(StorageError::Corrupt(_))
        ));
    }

    #[test]
    fn an_index_that_contradicts_itself_is_refused() {
        for (size, frames) in [
            (10, vec![]),
            (10, vec![-9]),
            (10, vec![0]),
            (0, vec![5]),
            (2 << 20, vec![40]),
        ] {
            assert!(
                FrameIndex::new(FRAME_BYTES as u32, size, frames.clone()).is_err(),
                "{size} in {frames:?}"
            );
        }
    }
}
