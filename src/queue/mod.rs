//! The life of a job.
//!
//! ```text
//!  enqueue          claim (attempt + 1, fence, lease)        complete
//! ---------> ready ----------------------------------> running ------> done
//!              ^  ^                                    |  |  |
//!              |  +---- hand back (attempt - 1) -------+  |  | fail, attempts used up
//!              |  +---- fail, rescue (pause) -------------+  +-------> dead
//!              +------------------------- requeue by a person ---------+
//! ```
//!
//! A job is inserted in the transaction that causes it, so it exists exactly when its document
//! does. A worker claims it in one short statement that skips what others hold, counts the attempt
//! (a crash counts too) and draws a fence from a sequence; the work is done outside of any
//! transaction while a heartbeat renews the lease. The result is written in one transaction that
//! begins with [`complete`]: it finds its row only under the fence that claimed it, so a worker
//! that was frozen and comes back changes nothing. A lease that ran out is taken by any worker
//! ([`rescue`]); after `max_attempts` the job is dead and waits for a person, with the outcome of
//! every attempt kept.
//!
//! All times are those of the database's clock. NOTIFY wakes whoever waits ([`QueueListener`]);
//! polling is the promise.

mod claim;
mod enqueue;
mod error;
mod lease;
mod listener;
mod look_over;
mod metrics;
mod read;
mod rescue;
mod settle;

pub use claim::{Claim, JobKind, claim, next_run};
pub use enqueue::enqueue;
pub use error::QueueError;
pub use lease::{hold, renew};
pub use listener::{Listening, QueueListener};
pub use look_over::look_over;
pub use metrics::observe;
pub use read::{Attempt, Job, JobState, attempts, job, jobs, requeue, wait};
pub use rescue::{Rescued, queue_unscanned, rescue};
pub use settle::{Failed, check, complete, fail, hand_back};
