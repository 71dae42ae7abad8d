//! Proof of who asks.

use super::{AccessError, Scope, Scopes};
use crate::domain::ids::{ClinicId, TokenId};
use std::sync::Arc;

/// Somebody whose token was found good. Only [`super::Authenticator`] makes one.
#[derive(Debug, Clone)]
pub struct Viewer {
    /// The wall: nothing of another clinic is seen.
    pub clinic: ClinicId,
    /// The token that asks, for the audit.
    pub token: TokenId,
    pub scopes: Scopes,
    /// Names the request from the door to the last job it caused.
    pub request_id: Arc<str>,
    seal: Seal,
}

#[derive(Debug, Clone)]
struct Seal;

impl Viewer {
    pub(super) fn proven(
        clinic: ClinicId,
        token: TokenId,
        scopes: Scopes,
        request_id: Arc<str>,
    ) -> Self {
        Self {
            clinic,
            token,
            scopes,
            request_id,
            seal: Seal,
        }
    }

    /// Refuses a token that is not for this.
    pub fn require(&self, scope: Scope) -> Result<(), AccessError> {
        let Seal = self.seal;
        if self.scopes.contains(scope) {
            Ok(())
        } else {
            Err(AccessError::Forbidden(scope))
        }
    }
}
