//! From a stored document to its values.
//!
//! Reading is five calls in a row: *open* (bytes to pages of positioned text) and *extract* (pages
//! to values, identity, dates), both in a child behind the wall of [`crate::cage`] ([`read`] is
//! what runs there); then *complete* the job under its fence, *record* the values and *settle*
//! whose the document is, in one transaction of the worker.
//!
//! A file that says no (encrypted, of no type that we read, damaged) is a result: the document is
//! `refused` and nobody tries again. A child that died is a failed attempt: it is tried again, and
//! after the last attempt the document is `failed` with the code and waits for a person. A store
//! or a database that is down is neither: the job goes back without having used an attempt. What
//! the parent knows itself (the name, the SHA-256, the versions) it never takes from a child.
//!
//! Where a malware scanner is set up (`scan.clamd`), the original goes to it first, and only a
//! clear "clean" lets it be read or given out. Malware is a refusal that also quarantines; a scanner
//! that is gone or says anything else leaves the document waiting.
//!
//! One worker is one [`AnalysisPool`]: it decides when to claim and how many, and knows nothing of
//! documents. A job that is being read is a plain task. Everything that knocks at the pool (the
//! listener, the clock, a job that ended) says only "look again"; the queue itself is in Postgres,
//! so no message carries work and none that is lost loses any.
//!
//! [`analyze_files`] is the same reading for files on a disk, with no server and no database;
//! [`PageImages`] draws pages behind the same wall.

mod error;
mod files;
mod images;
mod inmate;
mod missing;
mod original;
mod pool;
mod reading;
mod refusal;
mod scan;
mod work;
mod worker;

pub use error::AnalysisError;
pub use files::{FileError, analyze_files};
pub use images::{PageImageError, PageImages};
pub use inmate::run_child;
pub use pool::{AnalysisPool, Ask, Drain, Look, Looked, Status};
pub use reading::{Reading, read};
pub use scan::Scanner;
pub use worker::Worker;
