//! What a seal is made of: a keyed hash (HMAC with SHA-256, RFC 2104) over the seal before, the
//! place in the chain and every column of the row. The key is drawn from the secret of the house,
//! which the database does not hold: whoever can write every table still cannot make a seal.

use crate::access::Keys;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use std::fmt;
use tokio_postgres::Row;
use uuid::Uuid;

/// How columns are put into bytes; a column that is added later makes a new one.
pub(super) const ENCODING: i16 = 1;

/// What stands before the first seal.
const BEFORE_ALL: Seal = Seal([0; 32]);

/// One seal.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Seal(pub [u8; 32]);

impl fmt::Display for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// This is no seal in hexadecimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a seal is written as 64 hexadecimal digits")]
pub struct NoSeal;

impl std::str::FromStr for Seal {
    type Err = NoSeal;

    fn from_str(text: &str) -> Result<Self, NoSeal> {
        let mut seal = [0; 32];
        if text.len() != 64 || !text.is_ascii() {
            return Err(NoSeal);
        }
        for (n, byte) in seal.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[2 * n..2 * n + 2], 16).map_err(|_| NoSeal)?;
        }
        Ok(Self(seal))
    }
}

impl fmt::Debug for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The key that seals are made with.
#[derive(Clone)]
pub struct ChainKey(Hmac<Sha256>);

impl fmt::Debug for ChainKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChainKey").finish_non_exhaustive()
    }
}

impl ChainKey {
    /// The key of this house.
    #[must_use]
    pub fn new(keys: &Keys) -> Self {
        // HMAC fills a shorter key up with zeros, so this is the key itself.
        let mut block = [0; 64];
        block[..32].copy_from_slice(&keys.of("audit chain"));
        Self(Hmac::new(&block.into()))
    }

    /// The seal of `row`, which is number `seq` of `chain`, behind `before`.
    pub(super) fn seal(
        &self,
        chain: Uuid,
        seq: i64,
        before: Option<Seal>,
        row: &Canonical,
    ) -> Seal {
        let mut mac = self.0.clone();
        mac.update(&before.unwrap_or(BEFORE_ALL).0);
        mac.update(chain.as_bytes());
        mac.update(&seq.to_be_bytes());
        mac.update(&row.0);
        Seal(mac.finalize().into_bytes().into())
    }
}

/// A row as bytes that no other row has.
pub(super) struct Canonical(Vec<u8>);

impl Canonical {
    /// Of a row of `list_unsealed.sql` or `list_seals.sql`; `None` for an encoding of a newer
    /// program.
    pub fn of(row: &Row, encoding: i16) -> Result<Option<Self>, tokio_postgres::Error> {
        if encoding != ENCODING {
            return Ok(None);
        }
        let mut bytes = Bytes(encoding.to_be_bytes().to_vec());
        bytes.number(row.try_get("audit_id")?);
        bytes.id(row.try_get("clinic_id")?);
        bytes.number(row.try_get("at")?);
        bytes.id(row.try_get("agent_id")?);
        bytes.text(row.try_get("action")?);
        bytes.id(row.try_get("subject")?);
        bytes.text(row.try_get("request_id")?);
        bytes.text(row.try_get("detail")?);
        bytes.id(row.try_get("patient_id")?);
        bytes.text(row.try_get("outcome")?);
        bytes.id(row.try_get("session_id")?);
        bytes.text(row.try_get("client")?);
        bytes.id(row.try_get("writer")?);
        bytes.number(row.try_get("writer_number")?);
        bytes.ids(row.try_get("patients")?);
        Ok(Some(Self(bytes.0)))
    }
}

/// Each value says whether it is there and how long it is, so no two rows run together.
struct Bytes(Vec<u8>);

impl Bytes {
    fn number(&mut self, number: i64) {
        self.0.extend(number.to_be_bytes());
    }

    fn id(&mut self, id: Option<Uuid>) {
        self.0.push(u8::from(id.is_some()));
        self.0.extend(id.unwrap_or_default().as_bytes());
    }

    fn text(&mut self, text: Option<&str>) {
        self.0.push(u8::from(text.is_some()));
        let text = text.unwrap_or_default().as_bytes();
        self.0.extend((text.len() as u64).to_be_bytes());
        self.0.extend(text);
    }

    fn ids(&mut self, ids: Option<Vec<Uuid>>) {
        self.0.push(u8::from(ids.is_some()));
        let ids = ids.unwrap_or_default();
        self.0.extend((ids.len() as u64).to_be_bytes());
        for id in ids {
            self.0.extend(id.as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;

    #[test]
    fn neighbouring_values_do_not_run_together() {
        let bytes = |texts: [Option<&str>; 2]| {
            let mut bytes = Bytes(Vec::new());
            for text in texts {
                bytes.text(text);
            }
            bytes.0
        };
        assert_ne!(
            bytes([Some("ab"), Some("c")]),
            bytes([Some("a"), Some("bc")])
        );
        assert_ne!(bytes([None, Some("")]), bytes([Some(""), None]));
    }

    #[test]
    fn a_seal_depends_on_all_that_it_holds() {
        let key = |secret: &str| {
            let config = config::Access {
                key: secret.into(),
                ..config::Access::default()
            };
            ChainKey::new(&Keys::new(&config).unwrap())
        };
        let one = key("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=");
        let other = key("MTEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=");
        let (chain, row) = (Uuid::now_v7(), Canonical(b"row".to_vec()));
        let seal = one.seal(chain, 1, None, &row);
        assert_eq!(seal, one.seal(chain, 1, None, &row));
        assert_eq!(seal.to_string().parse(), Ok(seal));
        assert_ne!(seal, other.seal(chain, 1, None, &row));
        assert_ne!(seal, one.seal(Uuid::now_v7(), 1, None, &row));
        assert_ne!(seal, one.seal(chain, 2, None, &row));
        assert_ne!(seal, one.seal(chain, 1, Some(seal), &row));
        assert_ne!(seal, one.seal(chain, 1, None, &Canonical(b"rov".to_vec())));
    }
}
