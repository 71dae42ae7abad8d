//! A file that comes in several requests, over whichever instances: what tus 1.0 asks for.
//!
//! An upload is a row ([`create`]). Bytes are appended at the offset where the last ones ended
//! ([`append`]), and whatever has come when a request ends is kept, however it ends: cut, stalled or
//! whole. The offset only grows. A request that brings a checksum is the exception: its bytes are
//! kept when they proved right, or not at all.
//!
//! Who appends holds the upload under a lease in its row, by the clock of the database ([`Lease`]),
//! and every change of the row names its holder. So a request that lost the upload to another one
//! can write whatever it likes to the store and commits nothing. Who asks where to go on (`HEAD`)
//! has usually lost its connection, which the other end learns late or never: the holder is asked to
//! come to an end, keeps what it has and gives the upload back.
//!
//! Whole frames go to the store in parts of a multipart upload; with each part the row is moved on,
//! so that the end of the process costs no more than a part. At the end of the request what is no
//! part yet, packed frames and the plain bytes behind them, goes into an object of its own, the
//! tail, which the next request takes in front of its bytes. The state of SHA-256 lies in the row.
//! Parts end between frames, so part `n` of a file holds the same bytes whoever sends it, and what a
//! request without the lease may still put in its place changes nothing.
//!
//! When the last byte has come, the last part is sent and the upload is sealed: all bytes are in the
//! store. Joining the parts and the transaction that makes a document follow; it is that of every
//! upload, and marks this one done. Where that is interrupted, whoever asks for the upload next
//! brings it to its end, so an upload whose offset is its length is a document before anybody is
//! told the offset.
//!
//! Objects that an upload holds are `held`, which sweepers pass over. Uploads that nobody went on
//! with expire; their objects are condemned with them and swept as all leftovers.

mod append;
mod checksum;
mod create;
mod finish;
mod lease;
mod refusal;
mod standing;
mod terminate;
mod writer;

pub use append::{Appending, append};
pub use checksum::{ALGORITHMS, Checksum};
pub use create::{Creating, create};
pub use lease::Lease;
pub use refusal::Refusal;
pub use standing::{Standing, State, standing, where_to_go_on};
pub use terminate::terminate;
