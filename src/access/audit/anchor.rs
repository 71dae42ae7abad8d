//! The heads of the chains, kept where the database does not reach.
//!
//! A chain proves that nothing within it was altered, but not that nothing was cut off its end.
//! So the last seal of each chain is also laid down outside, and an anchor that is ahead of its
//! chain tells of the cut.

use super::chain::Seal;
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The last seal of a chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The clinic; zeros for the house.
    pub chain: Uuid,
    pub seq: i64,
    /// The seal, in lower-case hexadecimal.
    pub mac: String,
    pub sealed_at: Timestamp,
}

impl Head {
    pub(super) fn new(chain: Uuid, seq: i64, seal: Seal, sealed_at: Timestamp) -> Self {
        Self {
            chain,
            seq,
            mac: seal.to_string(),
            sealed_at,
        }
    }
}

/// Heads could not be laid down or looked up.
#[derive(Debug, thiserror::Error)]
#[error("the place of the anchors does not answer as it should")]
pub struct AnchorError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// Where the heads are laid down: an object each, outside of the database.
pub trait Anchors: Send + Sync {
    /// Takes the place of what was laid down for this chain before.
    fn lay(&self, head: Head) -> BoxFuture<'_, Result<(), AnchorError>>;

    /// What was laid down for a chain.
    fn find(&self, chain: Uuid) -> BoxFuture<'_, Result<Option<Head>, AnchorError>>;

    /// The chains that something was laid down for.
    fn chains(&self) -> BoxFuture<'_, Result<Vec<Uuid>, AnchorError>>;
}
