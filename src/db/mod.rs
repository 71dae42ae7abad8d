//! Postgres: a pool for each role of the database, migrations under a lock, transactions that say
//! which clinic they work for, and errors by what they mean.
//!
//! Every statement of the house is a file below `sql/queries`, one statement each, named
//! `<stage>/<verb>_<noun>.sql`; a test prepares each of them on the migrated schema.
//!
//! The way to Postgres is TLS with a proven name unless it stays on this machine ([`Login`]).
//!
//! Row level security stands behind every table that holds a clinic's rows. A transaction says its
//! clinic once (`SET LOCAL`, so that nothing of it survives in a pooled connection), and without
//! that it sees nothing.

mod error;
mod listen;
mod login;
mod migrate;
mod pool;
mod transaction;

pub use error::DbError;
pub use listen::{Heard, listen};
pub use login::Login;
pub use migrate::{MigrateError, SCHEMA_VERSION, check_schema, migrate};
pub use pool::{Pools, connect_single};
pub use transaction::{
    Tx, ask_seeing, begin, begin_for, begin_seeing, begin_still, connection, turn_to,
};
