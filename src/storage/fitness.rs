//! What the last probe found.

use super::StorageError;
use std::sync::{Arc, PoisonError, RwLock};

/// Whether anything may be kept in the store. Until a probe says otherwise it may.
#[derive(Debug, Clone, Default)]
pub struct Fitness(Arc<RwLock<Option<Arc<str>>>>);

impl Fitness {
    /// Notes what is wrong; nothing where that is empty.
    pub(super) fn found(&self, wrong: String) {
        let wrong = (!wrong.is_empty()).then(|| wrong.into());
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = wrong;
    }

    /// Refuses to keep anything in a store that was found wanting.
    pub(super) fn require(&self) -> Result<(), StorageError> {
        let wrong = self.0.read().unwrap_or_else(PoisonError::into_inner);
        match &*wrong {
            None => Ok(()),
            Some(wrong) => Err(StorageError::Unfit(wrong.clone())),
        }
    }
}
