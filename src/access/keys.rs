//! The secret of the house, and the keys that are drawn from it: one for each purpose (HKDF with
//! SHA-256, RFC 5869), so that none of them tells another.

use crate::config;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hkdf::Hkdf;
use sha2::Sha256;
use std::fmt;

/// Below this a secret can be guessed.
const SHORTEST: usize = 32;

/// The secret of the house.
#[derive(Clone)]
pub struct Keys(Hkdf<Sha256>);

/// `access.key` cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "access.key must be 32 random bytes or more as base64: make one with `openssl rand -base64 32` and name its file in FERTIDOC__ACCESS__KEY_FILE"
)]
pub struct UnusableKey;

impl Keys {
    /// Reads the secret out of the settings.
    pub fn new(config: &config::Access) -> Result<Self, UnusableKey> {
        let secret = STANDARD
            .decode(config.key.trim())
            .map_err(|_| UnusableKey)?;
        if secret.len() < SHORTEST {
            return Err(UnusableKey);
        }
        Ok(Self(Hkdf::new(None, &secret)))
    }

    /// The key for one purpose, as `audit chain`.
    #[must_use]
    pub fn of(&self, purpose: &str) -> [u8; 32] {
        let mut key = [0; 32];
        // Fails only for keys beyond 255 digests.
        let expanded = self.0.expand(purpose.as_bytes(), &mut key);
        debug_assert!(expanded.is_ok());
        key
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(secret: &str) -> Result<Keys, UnusableKey> {
        Keys::new(&config::Access {
            key: secret.into(),
            ..config::Access::default()
        })
    }

    #[test]
    fn a_secret_gives_each_purpose_a_key_of_its_own() {
        let one = keys("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=").unwrap();
        let same = keys("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=\n").unwrap();
        let other = keys("MTEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=").unwrap();
        assert_eq!(one.of("audit"), same.of("audit"));
        assert_ne!(one.of("audit"), one.of("totp"));
        assert_ne!(one.of("audit"), other.of("audit"));
    }

    #[test]
    fn what_can_be_guessed_is_no_secret() {
        for secret in ["", "secret", "c2hvcnQ="] {
            assert_eq!(keys(secret).unwrap_err(), UnusableKey, "{secret}");
        }
    }
}
