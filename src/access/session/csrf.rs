//! What a state change by a session must bring along.

use super::Authenticator;
use crate::domain::ids::{ClinicId, SessionId};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

impl Authenticator {
    /// What a state change by this session must bring along. It is bound to the clinic too: a form
    /// that was drawn for one clinic changes nothing in another.
    #[must_use]
    pub fn csrf(&self, session: SessionId, clinic: ClinicId) -> String {
        URL_SAFE_NO_PAD.encode(self.csrf_mac(session, clinic).finalize().into_bytes())
    }

    /// Whether `token` is what [`Self::csrf`] made, compared in constant time.
    #[must_use]
    pub fn csrf_fits(&self, session: SessionId, clinic: ClinicId, token: &str) -> bool {
        URL_SAFE_NO_PAD
            .decode(token)
            .is_ok_and(|token| self.csrf_mac(session, clinic).verify_slice(&token).is_ok())
    }

    fn csrf_mac(&self, session: SessionId, clinic: ClinicId) -> Hmac<Sha256> {
        // A key of one block, as HMAC itself would fill it up.
        let mut key = [0; 64];
        key[..32].copy_from_slice(&self.sessions.csrf);
        let mut mac = Hmac::<Sha256>::new(&key.into());
        mac.update(session.0.as_bytes());
        mac.update(clinic.0.as_bytes());
        mac
    }
}
