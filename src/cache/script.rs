//! A script that Redis runs whole, and what became of asking it to.

use bb8_redis::redis::{FromRedisValue, RedisError, aio::MultiplexedConnection, cmd};
use std::sync::OnceLock;

/// What a question to Redis came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer<T> {
    Given(T),
    /// It is gone, too slow or left alone for a moment.
    Silent,
    /// The settings name none.
    Absent,
}

impl<T> Answer<T> {
    /// The same with the answer changed.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Answer<U> {
        match self {
            Self::Given(answer) => Answer::Given(change(answer)),
            Self::Silent => Answer::Silent,
            Self::Absent => Answer::Absent,
        }
    }
}

/// Lua that Redis keeps by the hash of its text.
#[derive(Debug)]
pub struct Script {
    text: &'static str,
    /// As Redis names it; every Redis names it the same.
    hash: OnceLock<String>,
}

impl Script {
    #[must_use]
    pub const fn new(text: &'static str) -> Self {
        Self {
            text,
            hash: OnceLock::new(),
        }
    }

    /// Runs it by its hash; a Redis that does not have it (it was restarted) is sent the text.
    pub(super) async fn run<T: FromRedisValue>(
        &self,
        connection: &mut MultiplexedConnection,
        key: &str,
        arguments: &[i64],
    ) -> Result<T, RedisError> {
        if let Some(hash) = self.hash.get() {
            let ran = call("EVALSHA", hash, key, arguments)
                .query_async(connection)
                .await;
            match ran {
                Err(error) if RedisError::code(&error) == Some("NOSCRIPT") => {}
                ran => return ran,
            }
        } else {
            let mut load = cmd("SCRIPT");
            let hash = load
                .arg("LOAD")
                .arg(self.text)
                .query_async(connection)
                .await?;
            self.hash.get_or_init(|| hash);
        }
        call("EVAL", self.text, key, arguments)
            .query_async(connection)
            .await
    }
}

fn call(how: &str, what: &str, key: &str, arguments: &[i64]) -> bb8_redis::redis::Cmd {
    let mut call = cmd(how);
    call.arg(what).arg(1).arg(key).arg(arguments);
    call
}
