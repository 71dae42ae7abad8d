//! Originals: the bytes that were received, kept as they came.
//!
//! An object's life begins as a row (`stored_object`, state `uploading`), committed before the
//! first byte leaves for the store, so that whatever an interruption leaves behind is found from
//! our own rows and never from the store's list. Its key is its id and says nothing of a patient
//! or a file name.
//!
//! The plain bytes are cut into frames of [`FRAME_BYTES`], each an independent zstd frame where
//! that pays, and the stored lengths of the frames are the object's index. A range of plain bytes
//! is therefore read by fetching and unpacking the frames that it touches and no others.
//! [`FrameWriter`] packs, [`open`] and [`open_range`] unpack; unpacking never yields more than the
//! index promised. Whoever reads an original to its end gets it checked: the last bytes are handed
//! on only after length and SHA-256 proved to be those that were received.
//!
//! At start-up the store is asked whether it keeps what its name promises ([`probe`]); one that
//! answers wrongly is given nothing to keep.
//!
//! [`Store`] is the object store over S3 (path style, one bucket), [`Originals`] joins it with the
//! rows. [`embedded`] is a small S3 endpoint over a directory for a single machine and for tests;
//! we speak to it exactly as to any other.

mod asked;
pub mod embedded;
mod error;
mod fitness;
mod frames;
mod objects;
mod originals;
pub mod probe;
mod reader;
mod store;

pub use error::StorageError;
use fitness::Fitness;
pub use frames::{FRAME_BYTES, FrameIndex, FrameWriter, Unfinished};
pub use originals::{Originals, StoredObject};
pub use reader::{open, open_range};
pub use store::{MultipartId, Part, Store};
