//! The cage: a child process that reads one untrusted document and ends.
//!
//! Libraries for documents panic, overflow the stack and take gigabytes on hostile files, and a
//! thread cannot be killed. So a file is never parsed in a process that serves anybody. A child is
//! the same binary under a hidden command. Its life:
//!
//! 1. The parent starts it with an empty environment, in `/`, in a process group of its own, with
//!    three descriptors: 0 is one end of a socket pair on which both sides speak, 1 is nothing
//!    (a library that prints must not break into the conversation), 2 is a pipe of which the
//!    parent keeps the first kilobytes to tell an exhausted memory from a crash, and which it
//!    shows to nobody, because it may hold text of a patient.
//! 2. The child closes what else it inherited, loads what it needs to read any document, and
//!    closes itself in ([`seal`]): resource limits, landlock without a single path, a seccomp list
//!    that knows neither open nor socket nor exec nor fork and kills on anything else. Then it
//!    says that it is ready. Up to here it is a *spare*; a few are kept warm.
//! 3. Only now the parent sends the order and the bytes. The child answers with progress and with
//!    one result, and ends. The next document gets another child, so that one taken over by a file
//!    never sees a second one.
//! 4. A child that ends without a result has one of three names, [`Ended`]. The parent holds the
//!    wall clock; when it passes, or when nobody wants the answer any more, the child is killed.
//!    When the parent dies, the kernel kills the child.
//!
//! Every frame is four bytes of length (little endian) and as many bytes; those of the child carry
//! a tag in front. The parent bounds what it takes.
//!
//! [`Cage::prove`] sends children that try to break out and believes in the cage only when each of
//! them dies of it.

mod child;
mod ended;
mod frame;
mod parent;
mod probe;
mod process;
mod seal;

pub use child::{Inmate, Progress, run};
pub use ended::Ended;
pub use parent::{Cage, RunError};
pub use probe::Probe;
pub use seal::Limits;

use serde::{Deserialize, Serialize};

/// What a child is told to do.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Order<T> {
    /// Work on the document that follows.
    Work { order: T, bytes: Option<u64> },
    /// Try to break out.
    Break(Probe),
}
