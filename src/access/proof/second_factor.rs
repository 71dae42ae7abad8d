//! The second factor: codes of an app (TOTP, RFC 6238), and recovery codes for the day without it.
//!
//! The secret is kept sealed under a key that the database does not hold, and bound to the person.
//! While it is being set up it travels, sealed, in the form itself, so nothing is stored before a
//! code has shown that the app has it. A code is taken once: the database compares its step with the
//! last one in the statement that stores it.

use super::{SignIn, SignInError};
use crate::access::account::{self, Account, By};
use crate::access::audit::Event;
use crate::access::{AccessError, Asking, Ended, Keys, NewSession, Stage, Viewer};
use crate::db;
use crate::domain::ids::UserId;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::ChaCha20Poly1305;
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use qrcode::{Color, EcLevel, QrCode};
use rand::Rng as _;
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use std::time::{SystemTime, UNIX_EPOCH};
use totp_rs::{Algorithm, Builder, Secret, Totp};

const SET: &str = include_str!("../../../sql/queries/access/set_second_factor.sql");
const CLEAR: &str = include_str!("../../../sql/queries/access/clear_second_factor.sql");
const USE_STEP: &str = include_str!("../../../sql/queries/access/use_totp_step.sql");
const REPLACE_CODES: &str = include_str!("../../../sql/queries/access/replace_recovery_codes.sql");
const USE_CODE: &str = include_str!("../../../sql/queries/access/use_recovery_code.sql");
const COUNT_CODES: &str = include_str!("../../../sql/queries/access/count_recovery_codes.sql");

/// Recovery codes that somebody is given at once.
pub const RECOVERY_CODES: usize = 10;

/// Letters and digits that nobody mixes up; 16 of them are 79 bits.
const ALPHABET: &[u8; 31] = b"abcdefghjkmnpqrstuvwxyz23456789";
const LETTERS: usize = 16;

/// Bytes of a secret, as RFC 4226 recommends.
const SECRET: usize = 20;
const NONCE: usize = 12;

/// A second factor that is offered to somebody and stored nowhere yet.
pub struct Offer {
    /// What the form brings back.
    pub sealed: String,
    /// To be typed into an app that has no camera.
    pub secret: String,
    /// Side of the QR code in modules, with its margin.
    pub size: usize,
    /// The dark modules as the path of an SVG.
    pub path: String,
}

#[derive(Clone)]
pub(super) struct SecondFactors {
    cipher: ChaCha20Poly1305,
}

impl SecondFactors {
    pub(super) fn new(keys: &Keys) -> Self {
        Self {
            cipher: ChaCha20Poly1305::new(&keys.of("second factor").into()),
        }
    }

    fn seal(&self, user: UserId, secret: &[u8]) -> Option<Vec<u8>> {
        let nonce: [u8; NONCE] = rand::random();
        let payload = Payload {
            msg: secret,
            aad: user.0.as_bytes(),
        };
        let sealed = self.cipher.encrypt(&nonce.into(), payload).ok()?;
        Some([&nonce[..], &sealed].concat())
    }

    fn open(&self, user: UserId, sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, sealed) = sealed.split_at_checked(NONCE)?;
        let nonce: [u8; NONCE] = nonce.try_into().ok()?;
        let payload = Payload {
            msg: sealed,
            aad: user.0.as_bytes(),
        };
        self.cipher.decrypt(&nonce.into(), payload).ok()
    }

    /// The step whose code this is, around now.
    fn step(&self, account: &Account, sealed: &[u8], code: &str) -> Option<i64> {
        let secret = self.open(account.id, sealed)?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?.as_secs();
        let step = totp(&account.user_name, secret)?.check(&folded(code), now)?;
        i64::try_from(step).ok()
    }
}

fn totp(user_name: &str, secret: Vec<u8>) -> Option<Totp> {
    Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(6)
        .with_skew(1)
        .with_step_duration(30)
        .with_secret(secret)
        .with_account_name(user_name)
        .with_issuer(Some("fertidoc"))
        .build()
        .ok()
}

/// Whether it is a code of an app or a recovery code by its looks; a password of these looks would
/// be too short or is tried as a password by nobody.
pub(super) fn looks_like_code(typed: &str) -> bool {
    let typed = folded(typed);
    (typed.len() == 6 && typed.bytes().all(|byte| byte.is_ascii_digit()))
        || (typed.len() == LETTERS && typed.bytes().all(|byte| ALPHABET.contains(&byte)))
}

/// As codes are compared: without the spaces and dashes that make them readable.
fn folded(code: &str) -> String {
    code.chars()
        .filter(|letter| !letter.is_whitespace() && *letter != '-')
        .flat_map(char::to_lowercase)
        .collect()
}

fn recovery_codes() -> Vec<String> {
    let mut random = rand::rng();
    (0..RECOVERY_CODES)
        .map(|_| {
            let mut code = String::new();
            for at in 0..LETTERS {
                if at > 0 && at % 4 == 0 {
                    code.push('-');
                }
                code.push(char::from(ALPHABET[random.random_range(0..ALPHABET.len())]));
            }
            code
        })
        .collect()
}

fn hash(code: &str) -> Vec<u8> {
    Sha256::digest(folded(code).as_bytes()).to_vec()
}

impl SignIn {
    /// A new second factor for somebody to put into their app.
    pub async fn offer_second_factor(&self, user: UserId) -> Result<Offer, SignInError> {
        let account = self.account(user).await?;
        let secret: [u8; SECRET] = rand::random();
        self.offer(&account, &secret).ok_or(SignInError::WrongCode)
    }

    /// The same offer again, after a code that did not fit.
    pub async fn repeat_offer(&self, user: UserId, sealed: &str) -> Result<Offer, SignInError> {
        let account = self.account(user).await?;
        let secret = URL_SAFE_NO_PAD
            .decode(sealed)
            .ok()
            .and_then(|sealed| self.second_factors.open(user, &sealed));
        match secret {
            Some(secret) => self.offer(&account, &secret).ok_or(SignInError::WrongCode),
            None => self.offer_second_factor(user).await,
        }
    }

    fn offer(&self, account: &Account, secret: &[u8]) -> Option<Offer> {
        let sealed = self.second_factors.seal(account.id, secret)?;
        let address = totp(&account.user_name, secret.to_vec())?.to_url().ok()?;
        let code = QrCode::with_error_correction_level(address, EcLevel::M).ok()?;
        let width = code.width();
        // The margin that readers need.
        let margin = 4;
        let mut path = String::new();
        for (at, module) in code.to_colors().into_iter().enumerate() {
            if module == Color::Dark {
                let (x, y) = (at % width + margin, at / width + margin);
                let _ = write!(path, "M{x} {y}h1v1h-1z");
            }
        }
        Some(Offer {
            sealed: URL_SAFE_NO_PAD.encode(sealed),
            secret: Secret::from(secret).to_base32(),
            size: width + 2 * margin,
            path,
        })
    }

    /// Takes the offered second factor, shown to be in the app by a code of it. Answers the recovery
    /// codes, which are seen this once. Other sessions of the person end.
    async fn take_second_factor(
        &self,
        account: &Account,
        sealed: &str,
        code: &str,
    ) -> Result<Vec<String>, SignInError> {
        let sealed = URL_SAFE_NO_PAD
            .decode(sealed)
            .map_err(|_| SignInError::WrongCode)?;
        let step = self
            .second_factors
            .step(account, &sealed, code)
            .ok_or(SignInError::WrongCode)?;
        let codes = recovery_codes();
        let mut connection = db::connection(&self.app).await?;
        let tx = db::begin(&mut connection).await?;
        let set = tx.prepare_cached(SET).await?;
        tx.execute(&set, &[&account.id.0, &sealed, &step]).await?;
        let replace = tx.prepare_cached(REPLACE_CODES).await?;
        let hashes: Vec<Vec<u8>> = codes.iter().map(|code| hash(code)).collect();
        tx.execute(&replace, &[&account.id.0, &hashes]).await?;
        let event = Event::new("user.second_factor").on(account.id.0);
        account::record(&tx, By::House, account.id, event).await?;
        tx.commit().await?;
        Ok(codes)
    }

    /// Sets the second factor up that signing in asks for, and opens the session.
    pub async fn enrol(
        &self,
        secret: &str,
        sealed: &str,
        code: &str,
        asking: &Asking,
        browser: Option<&str>,
    ) -> Result<(NewSession, Vec<String>), SignInError> {
        let halfway = self.authenticator.signed_in(secret).await?;
        if halfway.stage != Stage::Enrol {
            return Err(AccessError::SessionEnded(Ended::Replaced).into());
        }
        let account = self.account(halfway.user).await?;
        let codes = self.take_second_factor(&account, sealed, code).await?;
        let session = self.open_instead(&halfway, secret, asking, browser).await?;
        self.authenticator
            .end_sessions_of(
                account.id,
                Ended::Changed,
                None,
                Some(session.id),
                By::House,
            )
            .await?;
        Ok((session, codes))
    }

    /// Sets another second factor up, for somebody who proved lately who they are.
    pub async fn change_second_factor(
        &self,
        viewer: &Viewer,
        user: UserId,
        sealed: &str,
        code: &str,
    ) -> Result<Vec<String>, SignInError> {
        viewer.require_recent()?;
        let account = self.account(user).await?;
        let codes = self.take_second_factor(&account, sealed, code).await?;
        self.authenticator
            .end_sessions_of(
                user,
                Ended::Changed,
                None,
                viewer.session,
                By::Viewer(viewer),
            )
            .await?;
        Ok(codes)
    }

    /// New recovery codes in the place of all before.
    pub async fn new_recovery_codes(
        &self,
        viewer: &Viewer,
        user: UserId,
    ) -> Result<Vec<String>, SignInError> {
        viewer.require_recent()?;
        let codes = recovery_codes();
        let hashes: Vec<Vec<u8>> = codes.iter().map(|code| hash(code)).collect();
        let mut connection = db::connection(&self.app).await?;
        let tx = db::begin(&mut connection).await?;
        let replace = tx.prepare_cached(REPLACE_CODES).await?;
        tx.execute(&replace, &[&user.0, &hashes]).await?;
        let event = Event::new("user.recovery_codes").on(user.0);
        account::record(&tx, By::Viewer(viewer), user, event).await?;
        tx.commit().await?;
        Ok(codes)
    }

    /// Takes a person's second factor away, so that the next sign-in sets up another one. Their
    /// sessions end.
    pub async fn reset_second_factor(&self, by: By<'_>, user: UserId) -> Result<(), SignInError> {
        let mut connection = db::connection(&self.app).await?;
        let tx = db::begin(&mut connection).await?;
        let clear = tx.prepare_cached(CLEAR).await?;
        tx.execute(&clear, &[&user.0]).await?;
        let event = Event::new("user.reset_second_factor").on(user.0);
        account::record(&tx, by, user, event).await?;
        tx.commit().await?;
        self.authenticator
            .end_sessions_of(user, Ended::Changed, None, None, by)
            .await?;
        Ok(())
    }

    /// Recovery codes that were not used yet.
    pub async fn recovery_codes_left(&self, user: UserId) -> Result<i64, SignInError> {
        let connection = db::connection(&self.app).await?;
        let count = connection.prepare_cached(COUNT_CODES).await?;
        Ok(connection.query_one(&count, &[&user.0]).await?.get(0))
    }

    /// Whether a code of the app or a recovery code is right and new; it is used up by this.
    pub(super) async fn code_fits(
        &self,
        account: &Account,
        code: &str,
    ) -> Result<bool, SignInError> {
        let Some(sealed) = &account.totp_sealed else {
            return Ok(false);
        };
        let connection = db::connection(&self.app).await?;
        if let Some(step) = self.second_factors.step(account, sealed, code) {
            let take = connection.prepare_cached(USE_STEP).await?;
            let row = connection.query_one(&take, &[&account.id.0, &step]).await?;
            return Ok(row.get(0));
        }
        if folded(code).len() != LETTERS {
            return Ok(false);
        }
        let take = connection.prepare_cached(USE_CODE).await?;
        let row = connection
            .query_one(&take, &[&account.id.0, &hash(code)])
            .await?;
        Ok(row.get(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;

    #[test]
    fn a_secret_opens_for_its_person_alone() {
        let key = config::Access {
            key: "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=".into(),
            ..config::Access::default()
        };
        let sealing = SecondFactors::new(&Keys::new(&key).unwrap());
        let (one, other) = (UserId::fresh(), UserId::fresh());
        let sealed = sealing.seal(one, b"the secret of one").unwrap();
        assert_eq!(sealing.open(one, &sealed).unwrap(), b"the secret of one");
        assert!(sealing.open(other, &sealed).is_none());
        assert!(sealing.open(one, &sealed[1..]).is_none());
        assert!(sealing.open(one, b"short").is_none());
    }

    #[test]
    fn recovery_codes_are_told_from_passwords_and_from_each_other() {
        let codes = recovery_codes();
        assert_eq!(codes.len(), RECOVERY_CODES);
        for code in &codes {
            assert!(looks_like_code(code), "{code}");
            assert_eq!(hash(code), hash(&code.to_uppercase().replace('-', " ")));
        }
        assert!(looks_like_code("123 456"));
        assert!(!looks_like_code("kettle heron frozen quiet"));
    }
}
