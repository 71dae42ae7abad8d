//! What a browser takes along to the provider and back, sealed.
//!
//! XChaCha20-Poly1305 under a key of the house: the browser can neither read the PKCE verifier nor
//! make up an attempt, and every instance can open what another one sealed.

use super::Oidc;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::{
    KeyInit as _, XChaCha20Poly1305, XNonce,
    aead::{Aead as _, Payload},
};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// Bytes of the nonce before the sealed text.
const NONCE: usize = 24;

/// What the seal is for, so that no other sealed text of the house is taken for one.
const PURPOSE: &[u8] = b"oidc attempt";

/// How long somebody may take at the provider.
pub const LASTS: SignedDuration = SignedDuration::from_mins(10);

/// A sign-in that was begun.
#[derive(Clone, Serialize, Deserialize)]
pub struct Attempt {
    pub(super) state: String,
    pub(super) nonce: String,
    pub(super) verifier: String,
    pub(super) begun: Timestamp,
    /// Where the way leads on to.
    pub next: String,
    /// The secret of the session whose person is to prove once more who they are.
    pub again: Option<String>,
}

impl Oidc {
    /// As the cookie holds it.
    pub(super) fn seal(&self, attempt: &Attempt) -> Option<String> {
        let nonce: [u8; NONCE] = rand::random();
        let plain = serde_json::to_vec(attempt).ok()?;
        let payload = Payload {
            msg: &plain,
            aad: PURPOSE,
        };
        let sealed = XChaCha20Poly1305::new(&self.key.into())
            .encrypt(&XNonce::from(nonce), payload)
            .ok()?;
        Some(URL_SAFE_NO_PAD.encode([&nonce[..], &sealed].concat()))
    }

    /// Opens what [`Self::seal`] made; `None` for everything else, and for what is too old.
    pub fn open(&self, cookie: &str) -> Option<Attempt> {
        let bytes = URL_SAFE_NO_PAD.decode(cookie).ok()?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE>()?;
        let payload = Payload {
            msg: sealed,
            aad: PURPOSE,
        };
        let plain = XChaCha20Poly1305::new(&self.key.into())
            .decrypt(&XNonce::from(*nonce), payload)
            .ok()?;
        let attempt: Attempt = serde_json::from_slice(&plain).ok()?;
        let age = Timestamp::now().duration_since(attempt.begun);
        (age >= SignedDuration::ZERO && age < LASTS).then_some(attempt)
    }
}
