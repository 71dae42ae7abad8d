//! What stands between the house and what it leans on, and lets it down.
//!
//! A [`Wire`] carries bytes, for Postgres, Redis and the store alike, and is cut, frozen, slow or
//! narrow when it is told to. A [`CrookedStore`] understands what it carries to a store and answers
//! as stores do on a bad day.

mod store;
mod wire;

pub use store::{CrookedStore, Mood};
pub use wire::{Weather, Wire};
