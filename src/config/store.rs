use super::milliseconds;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The S3-compatible object store.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Store {
    /// Address of the store.
    pub endpoint: String,
    /// PEM file of the only certificate authorities that are trusted; empty means the machine's.
    pub ca: String,
    /// Allows plain text to another machine; for a network that nobody else is on.
    pub insecure: bool,
    /// Region that requests are signed for.
    pub region: String,
    /// Bucket of the originals; it is made where it is missing.
    pub bucket: String,
    /// Name of the key.
    pub access_key: String,
    /// The key itself.
    pub secret_key: String,
    /// Bytes of one part of a multipart upload; S3 demands at least 5 MiB.
    pub part_bytes: usize,
    /// How long one request to the store may take.
    #[serde(with = "milliseconds")]
    pub timeout: Duration,
    /// Attempts at one request before the store counts as unavailable.
    pub attempts: u32,
    /// Tries at start-up whether the store keeps what the house relies on; one that does not gets
    /// nothing to keep.
    pub probe: bool,
}

impl Default for Store {
    fn default() -> Self {
        Self {
            endpoint: "http://127.0.0.1:9000".into(),
            ca: String::new(),
            insecure: false,
            region: "eu-central-1".into(),
            bucket: "fertidoc".into(),
            access_key: String::new(),
            secret_key: String::new(),
            part_bytes: 8 << 20,
            timeout: Duration::from_secs(30),
            attempts: 3,
            probe: true,
        }
    }
}
