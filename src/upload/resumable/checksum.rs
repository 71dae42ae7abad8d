//! What the sender says of the bytes of one request.

use sha1::Sha1;
use sha2::{Digest, Sha256, digest::DynDigest};
use std::fmt;

/// The names of what is understood, as tus writes them.
pub const ALGORITHMS: [&str; 2] = ["sha1", "sha256"];

/// A hash that is taken while bytes come, and what it is to be.
pub struct Checksum {
    hash: Box<dyn DynDigest + Send + Sync>,
    expected: Vec<u8>,
}

impl Checksum {
    /// `None` where the algorithm is another one, or the value too long or short for it.
    #[must_use]
    pub fn new(algorithm: &str, expected: Vec<u8>) -> Option<Self> {
        let hash: Box<dyn DynDigest + Send + Sync> = match algorithm {
            "sha1" => Box::new(Sha1::new()),
            "sha256" => Box::new(Sha256::new()),
            _ => return None,
        };
        (hash.output_size() == expected.len()).then_some(Self { hash, expected })
    }

    pub(super) fn update(&mut self, bytes: &[u8]) {
        self.hash.update(bytes);
    }

    pub(super) fn fits(self) -> bool {
        self.hash.finalize()[..] == self.expected
    }
}

impl fmt::Debug for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Checksum").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checksum_is_of_a_known_kind_and_of_its_length() {
        for (algorithm, length, known) in [
            ("sha1", 20, true),
            ("sha256", 32, true),
            ("sha1", 32, false),
            ("md5", 16, false),
        ] {
            let checksum = Checksum::new(algorithm, vec![0; length]);
            assert_eq!(checksum.is_some(), known, "{algorithm} {length}");
        }
    }

    #[test]
    fn the_right_bytes_fit_however_they_come() {
        let checksum = |bytes: &[u8]| Checksum::new("sha1", Sha1::digest(bytes).to_vec()).unwrap();
        let mut right = checksum(b"FSH 5.5 IU/l");
        right.update(b"FSH 5.5");
        right.update(b" IU/l");
        assert!(right.fits());
        let mut wrong = checksum(b"FSH 5.5 IU/l");
        wrong.update(b"FSH 5.6 IU/l");
        assert!(!wrong.fits());
    }
}
