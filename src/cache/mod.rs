//! What is kept so that it need not be computed again, behind two verbs: [`Cache::get`] and
//! [`Cache::put`].
//!
//! An entry lives twice: in this process, as many bytes of it as the settings allow, and in Redis,
//! where other instances find it. Nothing is ever changed or thrown out by name: a [`Key`] holds
//! the version of what it names, so an entry is right for as long as it exists, and a time to live
//! bounds memory only. What lies in Redis is sealed under a key of the house that Redis never sees;
//! garbage, a cut entry or one under another's name is a miss.
//!
//! The house works without Redis. An answer is waited for as long as the settings say and no
//! longer; after a few failures in a row Redis is left alone for a moment, so that a dead one
//! costs nothing. Neither verb can fail: no cache means slower, never wrong.

mod key;
mod redis;
mod script;

pub use key::Key;
pub use script::{Answer, Script};

use crate::config;
use bb8_redis::redis::FromRedisValue;
use bytes::Bytes;
use moka::future::Cache as Memory;

/// The settings name no Redis that could be spoken to.
#[derive(Debug, thiserror::Error)]
pub enum UnusableAddress {
    #[error(
        "cache.redis_url is not usable: it must read rediss://host:port/, redis://host:port/ or be empty"
    )]
    Address,
    #[error("cache.redis_ca cannot be read: {0}")]
    Authority(std::io::Error),
}

/// A client of the Redis of the settings, with its name proven where it is spoken to over TLS.
/// Nothing is connected yet.
pub fn client(config: &config::Cache) -> Result<::redis::Client, UnusableAddress> {
    let url = config.redis_url.as_str();
    if config.redis_ca.is_empty() {
        return ::redis::Client::open(url).map_err(|_| UnusableAddress::Address);
    }
    let certificates = ::redis::TlsCertificates {
        client_tls: None,
        root_cert: Some(std::fs::read(&config.redis_ca).map_err(UnusableAddress::Authority)?),
    };
    ::redis::Client::build_with_tls(url, certificates).map_err(|_| UnusableAddress::Address)
}

/// Memory before Redis.
#[derive(Clone)]
pub struct Cache {
    memory: Memory<Key, Bytes>,
    redis: Option<redis::Redis>,
}

/// What an entry costs beside its bytes: key, hash table, bookkeeping of the eviction policy.
const OVERHEAD: usize = 256;

impl Cache {
    /// Connects to nothing yet: Redis is spoken to when it is first needed. Must be called within a
    /// runtime. `key` seals what Redis is given; instances that share one share the other.
    pub fn new(config: &config::Cache, key: [u8; 32]) -> Result<Self, UnusableAddress> {
        let memory = Memory::builder()
            .max_capacity(config.memory_bytes)
            .weigher(|_, bytes: &Bytes| u32::try_from(bytes.len() + OVERHEAD).unwrap_or(u32::MAX))
            .build();
        let redis = match config.redis_url.as_str() {
            "" => None,
            _ => Some(redis::Redis::new(client(config)?, config, key)),
        };
        Ok(Self { memory, redis })
    }

    /// Whether anything is kept at all.
    pub fn keeps(&self) -> bool {
        self.redis.is_some() || self.memory.policy().max_capacity() != Some(0)
    }

    /// What was put under this key, if it is still anywhere.
    pub async fn get(&self, key: &Key) -> Option<Bytes> {
        if let Some(bytes) = self.memory.get(key).await {
            count("memory", "hit");
            return Some(bytes);
        }
        count("memory", "miss");
        let bytes = self.redis.as_ref()?.get(key).await;
        count("redis", if bytes.is_some() { "hit" } else { "miss" });
        let bytes = bytes?;
        self.memory.insert(*key, bytes.clone()).await;
        Some(bytes)
    }

    /// Keeps `bytes`. The same key always stands for the same bytes.
    pub async fn put(&self, key: &Key, bytes: Bytes) {
        self.memory.insert(*key, bytes.clone()).await;
        if let Some(redis) = &self.redis {
            redis.put(key, &bytes).await;
        }
    }

    /// Runs a script on one key of Redis, for what instances share besides cached answers.
    pub async fn run<T: FromRedisValue>(
        &self,
        script: &Script,
        key: &str,
        arguments: &[i64],
    ) -> Answer<T> {
        match &self.redis {
            None => Answer::Absent,
            Some(redis) => match redis.run(script, key, arguments).await {
                Some(answer) => Answer::Given(answer),
                None => Answer::Silent,
            },
        }
    }

    /// Whether Redis answers; `None` where there is none. For health, not for decisions.
    pub async fn redis_answers(&self) -> Option<bool> {
        match &self.redis {
            Some(redis) => Some(redis.answers().await),
            None => None,
        }
    }
}

fn count(layer: &'static str, outcome: &'static str) {
    metrics::counter!("fertidoc_cache_reads_total", "layer" => layer, "outcome" => outcome)
        .increment(1);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::{ClinicId, PatientId};

    fn key(version: i64) -> Key {
        Key::Summary {
            clinic: ClinicId::fresh(),
            patient: PatientId::fresh(),
            version,
            class: "plain",
            shape: 1,
            lexicon: "1",
        }
    }

    #[tokio::test]
    async fn without_redis_memory_alone_answers() {
        let cache = Cache::new(&config::Cache::default(), [0; 32]).unwrap();
        let (one, two) = (key(1), key(2));
        cache.put(&one, Bytes::from_static(b"one")).await;
        assert_eq!(cache.get(&one).await.as_deref(), Some(&b"one"[..]));
        assert_eq!(cache.get(&two).await, None);
        assert_eq!(cache.redis_answers().await, None);
    }

    #[tokio::test]
    async fn memory_is_bounded_by_bytes() {
        let config = config::Cache {
            memory_bytes: 64 << 10,
            ..config::Cache::default()
        };
        let cache = Cache::new(&config, [0; 32]).unwrap();
        for version in 0..200 {
            cache.put(&key(version), Bytes::from(vec![0; 4096])).await;
        }
        cache.memory.run_pending_tasks().await;
        assert!(cache.memory.weighted_size() <= 64 << 10);
        assert!(cache.memory.entry_count() > 0);
    }

    #[test]
    fn an_address_that_cannot_be_one_is_refused_at_the_start() {
        let config = config::Cache {
            redis_url: "http://elsewhere".into(),
            ..config::Cache::default()
        };
        assert!(Cache::new(&config, [0; 32]).is_err());
    }
}
