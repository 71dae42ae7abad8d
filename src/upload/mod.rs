//! Files from a sender to documents that are kept.
//!
//! A request brings several files and perhaps the patient they are about. [`receive`] walks
//! through its parts as they arrive. Each file is an [`UploadSession`]: the first bytes decide
//! what it is, every chunk is hashed and packed into frames, and a full part leaves for the store
//! while the next one fills. A chunk is answered only when it has found its place, so a slow store
//! slows the sender and no file is ever whole in memory or on disk: a session holds at most two
//! parts and two frames.
//!
//! An object has a row (`uploading`) before its first byte is sent. When the whole body has come,
//! one transaction makes all of the request's files documents: object complete, document, job,
//! audit row and, where the sender named an `Idempotency-Key`, the answer. Only after that commit
//! is anything answered. Until then nothing is visible, and a body that was cut stores nothing,
//! because the patient may have stood behind the cut.
//!
//! The same bytes are one document. With a stated patient: the one that is filed under that
//! patient or was stated to be, or one that nobody stated a patient for and that is not read yet
//! (the statement is taken over). Without one: whatever document of the clinic has those bytes,
//! whomever it is filed under, the oldest first. A paper that is sent again without a name is the
//! paper that is there.
//!
//! A file may also come in several requests ([`resumable`]), and is then kept as far as it came.
//!
//! What cannot be taken is refused before its body is read: more requests than there are permits,
//! a store that is silent, and, where the settings say so, the files of programs while reading is
//! far behind ([`backlog`]).
//!
//! What is not kept is removed by whoever dropped it ([`Leftover`](object::Leftover)); what a
//! killed process left behind is found from the rows by [`sweep_once`]. Both first condemn the
//! row, in one statement that spares every object that became a document, and delete bytes after.

mod backlog;
mod commit;
mod idempotency;
mod incoming;
mod intake;
mod look_over;
mod name;
mod object;
mod pace;
mod problem;
mod receive;
pub mod resumable;
mod session;
mod sweep;

pub use commit::{FileOutcome, Outcome, Received};
pub use look_over::{Holdings, Inventory, look_over, look_over_keys};
pub use problem::Problem;
pub use receive::{read_past, receive};
pub use session::UploadSession;
pub use sweep::{Swept, sweep_forever, sweep_once};

use crate::{access::limit::Limits, config, storage::Store};
use deadpool_postgres::Pool;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Where uploads arrive in one process. Cheap to clone.
#[derive(Clone)]
pub struct Desk {
    store: Store,
    pool: Pool,
    limits: Arc<config::Upload>,
    /// How often the reading of a document is tried.
    max_attempts: i32,
    permits: Arc<Semaphore>,
    quota: Limits,
}

impl Desk {
    /// `app` is the pool of requests; `quota` is how many files an agent may
    /// send; `max_attempts` is that of the queue.
    pub fn new(
        store: Store,
        app: Pool,
        limits: config::Upload,
        quota: Limits,
        max_attempts: i32,
    ) -> Self {
        Self {
            store,
            pool: app,
            permits: Arc::new(Semaphore::new(limits.concurrent)),
            limits: Arc::new(limits),
            quota,
            max_attempts,
        }
    }

    /// Bytes of the largest file that is taken.
    #[must_use]
    pub fn max_file_bytes(&self) -> u64 {
        self.limits.max_file_bytes
    }
}
