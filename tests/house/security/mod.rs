//! The security checklist (docs/security.md), statement by statement, on the real house.

mod client;
mod sessions;
mod types;
