//! The security checklist (docs/security.md), statement by statement, on the real house.

mod authority;
mod build;
mod cage;
mod canary;
mod client;
mod edge;
mod emergency;
mod files;
mod headers;
mod hostile_values;
pub mod limits;
pub mod nginx;
mod people;
mod scan;
mod secrets;
mod sessions;
mod sign_in;
pub mod store;
mod stored_bytes;
mod surface;
mod tls;
mod types;
