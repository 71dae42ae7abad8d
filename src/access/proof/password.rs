//! Passwords: what is taken, how it is kept.
//!
//! Kept as argon2id with 46 MiB, one pass and one lane, which is the floor of OWASP ASVS 5.0
//! (appendix C); a hash of other parameters is replaced when its owner signs in. Taken by length and
//! by how soon it is guessed, with the words that leaked passwords are made of and the person's own
//! names; which characters it is made of is nobody's business (NIST SP 800-63B).

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::Semaphore;
use unicode_normalization::UnicodeNormalization as _;

pub(super) const SET: &str = include_str!("../../../sql/queries/access/set_password.sql");

/// KiB, passes, lanes.
const MEMORY: u32 = 47_104;
const PASSES: u32 = 1;
const LANES: u32 = 1;

/// Passwords that are worked on at once: 184 MiB and four cores at most, however many sign in.
const AT_ONCE: usize = 4;

/// Characters.
const SHORTEST: usize = 12;
/// Bytes: 64 characters of any script, and a bound for the work.
const LONGEST: usize = 256;

/// Characters that must be left where the names of the person are taken out.
const BESIDE_NAMES: usize = 8;

/// Of zxcvbn's five classes: from here on it takes more than 10^8 guesses.
const STRONG_ENOUGH: zxcvbn::Score = zxcvbn::Score::Three;

/// Why a password is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WeakPassword {
    #[error("The password is too short: take at least 12 characters, best several words.")]
    Short,
    #[error("The password is too long: take at most 64 characters.")]
    Long,
    #[error(
        "The password would be guessed soon: it is made of words, names or patterns that many people use. Take several words that do not belong together."
    )]
    Guessable,
}

/// Whether somebody called `names` may take `password`.
pub(super) fn check(password: &str, names: &[&str]) -> Result<(), WeakPassword> {
    let password = normal(password);
    if password.chars().count() < SHORTEST {
        return Err(WeakPassword::Short);
    }
    if password.len() > LONGEST {
        return Err(WeakPassword::Long);
    }
    let mut theirs: Vec<&str> = names
        .iter()
        .flat_map(|name| name.split([' ', '.', '-', '_', '@']))
        .chain(names.iter().copied())
        .collect();
    theirs.push("fertidoc");
    let guessable = zxcvbn::zxcvbn(&password, &theirs).score() < STRONG_ENOUGH;
    if guessable || beside(&password, &theirs) < BESIDE_NAMES {
        return Err(WeakPassword::Guessable);
    }
    Ok(())
}

/// Characters of a password that are none of the person's names.
fn beside(password: &str, names: &[&str]) -> usize {
    let mut rest = password.to_lowercase();
    for name in names.iter().filter(|name| name.chars().count() > 2) {
        rest = rest.replace(&name.to_lowercase(), "");
    }
    rest.chars().count()
}

/// Whether a hash was made with other parameters than today's.
pub(super) fn is_outdated(hash: &str) -> bool {
    !hash.starts_with(&format!("$argon2id$v=19$m={MEMORY},t={PASSES},p={LANES}$"))
}

/// One password, however the keyboard composes it.
fn normal(password: &str) -> String {
    password.nfkc().collect()
}

#[derive(Clone)]
pub(super) struct Passwords {
    turns: Arc<Semaphore>,
    verified: Arc<AtomicU64>,
    /// Verified for people whom nobody knows.
    nobody: Arc<str>,
}

impl Passwords {
    pub(super) fn new() -> Self {
        let nobody: [u8; 32] = rand::random();
        Self {
            turns: Arc::new(Semaphore::new(AT_ONCE)),
            verified: Arc::default(),
            nobody: derive(&nobody).into(),
        }
    }

    pub(super) fn verifications(&self) -> u64 {
        self.verified.load(Ordering::Relaxed)
    }

    /// Whether `password` is the one behind `hash`. Without a hash it takes as long and is wrong.
    pub(super) async fn verify(&self, password: &str, hash: Option<&str>) -> bool {
        let known = hash.is_some();
        let hash = hash.unwrap_or(&self.nobody).to_owned();
        let password = normal(password);
        // Longer than anything that was ever taken.
        let usable = password.len() <= LONGEST;
        let password = if usable { password } else { String::new() };
        self.verified.fetch_add(1, Ordering::Relaxed);
        let right = self
            .in_turn(move || {
                PasswordHash::new(&hash).is_ok_and(|hash| {
                    Argon2::default()
                        .verify_password(password.as_bytes(), &hash)
                        .is_ok()
                })
            })
            .await;
        right.unwrap_or(false) && known && usable
    }

    /// The PHC string of a password that was checked before.
    pub(super) async fn hash(&self, password: &str) -> String {
        let password = normal(password);
        let hashed = self.in_turn(move || derive(password.as_bytes())).await;
        hashed.unwrap_or_default()
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Option<T> {
        let _turn = self.turns.acquire().await.ok()?;
        tokio::task::spawn_blocking(work).await.ok()
    }
}

/// The PHC string; empty, which no password fits, if there were no randomness or memory.
fn derive(password: &[u8]) -> String {
    Params::new(MEMORY, PASSES, LANES, None)
        .ok()
        .and_then(|params| {
            Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
                .hash_password(password)
                .ok()
        })
        .map(|hash: PasswordHash| hash.to_string())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_and_guesses_decide_and_not_the_kind_of_characters() {
        let names = ["ada.lovelace", "Ada Lovelace"];
        assert_eq!(check("tiny words", &names), Err(WeakPassword::Short));
        for guessable in [
            "password1234567",
            "adalovelace1234",
            "qwertyuiopasdf",
            "aaaaaaaaaaaaaa",
        ] {
            assert_eq!(check(guessable, &names), Err(WeakPassword::Guessable));
        }
        let passphrase = "seven quiet herons carried the blue kettle over frozen marshland";
        assert_eq!(passphrase.chars().count(), 64);
        assert_eq!(check(passphrase, &names), Ok(()));
        assert_eq!(check("kettle heron frozen quiet", &names), Ok(()));
        assert_eq!(check(&"ж".repeat(129), &names), Err(WeakPassword::Long));
    }

    #[test]
    fn hashes_are_argon2id_of_46_mib() {
        let hash = derive(b"a password");
        assert!(
            hash.starts_with("$argon2id$v=19$m=47104,t=1,p=1$"),
            "{hash}"
        );
        assert!(!is_outdated(&hash));
        assert!(is_outdated("$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA"));
    }

    #[tokio::test]
    async fn nobody_is_verified_as_somebody_is() {
        let passwords = Passwords::new();
        let hash = passwords.hash("a pass\u{301}word").await;
        assert!(passwords.verify("a pas\u{15b}word", Some(&hash)).await);
        assert!(!passwords.verify("another", Some(&hash)).await);
        assert!(!passwords.verify("another", None).await);
        assert_eq!(passwords.verifications(), 3);
    }
}
