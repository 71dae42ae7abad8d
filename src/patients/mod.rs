//! The register of patients, and the question whose a document is.
//!
//! A patient is a name, a birth date (never an age), a sex and numbers, each number with the
//! house that issued it. Two patients may be linked as partners from a day to a day. Patients come
//! in one by one, from a CSV file, or from a paper that waits in the inbox. Every change raises the
//! revision of the row, which a change must name to be accepted.
//!
//! [`matching`] decides by pure comparison whom a paper is about; [`candidates`] fetches the rows
//! that it compares. What is not certain is left to a person.

mod candidates;
pub mod matching;
mod paper;

pub use candidates::{authorities, candidates};
pub use matching::{Decision, HoldReason, Offer, Rule};
pub use paper::{Authority, Paper, PaperIdentifier, fold_identifier};
