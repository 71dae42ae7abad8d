//! Redis through a small pool. A connection is not tried before it is used (that costs more than
//! half of the throughput); one that turns out to be dead is thrown away and asked for once more.

use super::{Key, Script};
use crate::config;
use crate::domain::breaker::{Breaker, Turn};
use bb8_redis::bb8::{self, ManageConnection};
use bb8_redis::redis::{
    AsyncCommands, Client, FromRedisValue, RedisError, aio::MultiplexedConnection, cmd,
};
use bytes::Bytes;
use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305, XNonce};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Each connection carries many requests at once, so few are enough.
const CONNECTIONS: u32 = 4;

/// Bytes of the nonce before what is sealed. Drawn anew for each entry: 192 bits never meet.
const NONCE: usize = 24;

#[derive(Clone)]
pub(super) struct Redis {
    pool: bb8::Pool<Lines>,
    breaker: Arc<Breaker>,
    deadline: Duration,
    ttl: Duration,
    seal: Seal,
}

struct Lines(Client);

/// A connection that many requests share, and whether one of them found it dead.
#[derive(Clone)]
struct Line {
    connection: MultiplexedConnection,
    dead: Arc<AtomicBool>,
}

impl ManageConnection for Lines {
    type Connection = Line;
    type Error = RedisError;

    async fn connect(&self) -> Result<Line, RedisError> {
        let connection = self.0.get_multiplexed_async_connection().await?;
        Ok(Line {
            connection,
            dead: Arc::default(),
        })
    }

    async fn is_valid(&self, line: &mut Line) -> Result<(), RedisError> {
        cmd("PING").query_async(&mut line.connection).await
    }

    fn has_broken(&self, line: &mut Line) -> bool {
        line.dead.load(Ordering::Relaxed)
    }
}

/// Whoever gives up waiting leaves the connection marked as dead: it may never answer again.
struct Waiting<'a>(Option<&'a AtomicBool>);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if let Some(dead) = self.0 {
            dead.store(true, Ordering::Relaxed);
        }
    }
}

/// Why there is no answer; counted, never told to anybody.
enum Silence {
    /// The connection had died since it was last used.
    Dead,
    /// Too slow, unreachable, out of memory, refused.
    Failed,
}

impl Redis {
    pub(super) fn new(client: Client, config: &config::Cache, key: [u8; 32]) -> Self {
        let pool = bb8::Pool::builder()
            .max_size(CONNECTIONS)
            .test_on_check_out(false)
            .retry_connection(false)
            .connection_timeout(config.redis_timeout)
            .build_unchecked(Lines(client));
        Self {
            pool,
            breaker: Arc::default(),
            deadline: config.redis_timeout,
            ttl: config.redis_ttl,
            seal: Seal(XChaCha20Poly1305::new(&key.into())),
        }
    }

    pub(super) async fn get(&self, key: &Key) -> Option<Bytes> {
        let name = key.to_string();
        let sealed: Option<Vec<u8>> = self
            .ask(async |connection| connection.get(&name).await)
            .await?;
        let bytes = self.seal.open(&name, &sealed?);
        if bytes.is_none() {
            metrics::counter!("fertidoc_cache_garbage_total").increment(1);
        }
        bytes
    }

    pub(super) async fn put(&self, key: &Key, bytes: &Bytes) {
        let name = key.to_string();
        let Some(sealed) = self.seal.seal(&name, bytes) else {
            return;
        };
        let seconds = self.ttl.as_secs().max(1);
        let _: Option<()> = self
            .ask(async |connection| connection.set_ex(&name, sealed.as_slice(), seconds).await)
            .await;
    }

    pub(super) async fn answers(&self) -> bool {
        let pong: Option<String> = self
            .ask(async |connection| cmd("PING").query_async(connection).await)
            .await;
        pong.is_some()
    }

    pub(super) async fn run<T: FromRedisValue>(
        &self,
        script: &Script,
        key: &str,
        arguments: &[i64],
    ) -> Option<T> {
        self.ask(async |connection| script.run(connection, key, arguments).await)
            .await
    }

    /// Asks within the deadline, both tries together. `None` is a failure, which is no error.
    async fn ask<T>(
        &self,
        question: impl AsyncFn(&mut MultiplexedConnection) -> Result<T, RedisError>,
    ) -> Option<T> {
        if self.breaker.turn() == Turn::LeaveAlone {
            return None;
        }
        let asked = async {
            match self.ask_once(&question).await {
                Err(Silence::Dead) => self.ask_once(&question).await,
                other => other,
            }
        };
        let answer = match tokio::time::timeout(self.deadline, asked).await {
            Ok(Ok(answer)) => Some(answer),
            _ => None,
        };
        self.breaker.went(answer.is_some());
        answer
    }

    async fn ask_once<T>(
        &self,
        question: &impl AsyncFn(&mut MultiplexedConnection) -> Result<T, RedisError>,
    ) -> Result<T, Silence> {
        let mut line = self.line().await?;
        let mut waiting = Waiting(Some(&line.dead));
        let answer = question(&mut line.connection).await;
        waiting.0 = None;
        drop(waiting);
        answer.map_err(|error| {
            if error.is_unrecoverable_error() || error.is_io_error() {
                line.dead.store(true, Ordering::Relaxed);
                Silence::Dead
            } else {
                Silence::Failed
            }
        })
    }

    /// A share of a connection that nobody found dead yet. It goes back to the pool at once, so
    /// that few connections carry many requests.
    async fn line(&self) -> Result<Line, Silence> {
        for _ in 0..=CONNECTIONS {
            let line = self.pool.get().await.map_err(|_| Silence::Failed)?;
            if !line.dead.load(Ordering::Relaxed) {
                return Ok(line.clone());
            }
        }
        Err(Silence::Failed)
    }
}

/// Seals what Redis keeps: whoever reads its memory, a dump or a copy of it finds no patient there.
#[derive(Clone)]
struct Seal(XChaCha20Poly1305);

impl Seal {
    /// The sealed bytes behind their nonce; `None` only where they are beyond all measure. The name
    /// is sealed along, so that an entry is none under another.
    fn seal(&self, name: &str, bytes: &[u8]) -> Option<Vec<u8>> {
        let nonce: [u8; NONCE] = rand::random();
        let payload = Payload {
            msg: bytes,
            aad: name.as_bytes(),
        };
        let sealed = self.0.encrypt(&XNonce::from(nonce), payload).ok()?;
        Some([&nonce[..], &sealed].concat())
    }

    fn open(&self, name: &str, sealed: &[u8]) -> Option<Bytes> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE>()?;
        let payload = Payload {
            msg: sealed,
            aad: name.as_bytes(),
        };
        let bytes = self.0.decrypt(&XNonce::from(*nonce), payload).ok()?;
        Some(bytes.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seal(key: u8) -> Seal {
        Seal(XChaCha20Poly1305::new(&[key; 32].into()))
    }

    #[test]
    fn only_what_was_put_under_this_name_and_key_is_opened() {
        let put = seal(1).seal("a", b"body").unwrap();
        assert_eq!(seal(1).open("a", &put).as_deref(), Some(&b"body"[..]));
        assert_eq!(seal(1).open("b", &put), None, "another name");
        assert_eq!(seal(2).open("a", &put), None, "another key");
        assert_eq!(seal(1).open("a", &put[..put.len() - 1]), None, "cut");
        assert_eq!(seal(1).open("a", b"garbage"), None);
        assert_eq!(seal(1).open("a", b""), None);
        assert!(!put.windows(4).any(|bytes| bytes == b"body"));
    }
}
