//! Every request to the store passes here: measured, and not sent to a store that is known to be
//! silent.
//!
//! A request may carry eight mebibytes and is given its time (`store.timeout`, for each of
//! `store.attempts`), so its own deadline tells too late that nobody is there, and tells of a slow
//! line as well. Whether the store answers at all is therefore asked with the smallest question there
//! is: a knock. Whoever waits knocks now and then, and whoever was not answered knocks before it is
//! told so. A store that does not answer that either, three times in a row, is left alone by
//! everybody, and those who wait go as well; a slow one answers it and is waited for. What the store
//! says of one object (that it is missing, that it is refused) is an answer like others. After a
//! pause one asker knocks on behalf of all.

use super::{StorageError, Store};
use crate::domain::breaker::{Breaker, Turn};
use aws_sdk_s3::config::{Builder, retry::RetryConfig};
use std::{
    future::Future,
    pin::pin,
    time::{Duration, Instant},
};
use tokio::{
    sync::Mutex,
    time::{sleep, timeout},
};

/// How long a request waits before it knocks, and again after a knock was answered.
const SLOW: Duration = Duration::from_secs(2);

/// How long the smallest question may take: a store behind a line that takes two seconds to the
/// first byte still passes.
const KNOCK: Duration = Duration::from_secs(3);

/// What all requests of a process know of the store together.
#[derive(Default)]
pub(super) struct Voice {
    breaker: Breaker,
    /// When the last knock had its end, and whether it was answered. Held while somebody knocks, so
    /// that many who wait through one moment of silence do not count it many times.
    knocked: Mutex<Option<(Instant, bool)>>,
}

/// It failed a few times in a row, so it was not asked.
#[derive(Debug, thiserror::Error)]
#[error("it did not answer before and is left alone for a moment")]
struct LeftAlone;

impl Store {
    /// Refuses what a store that is left alone would not be asked for anyway, before a body is read
    /// for it. Once a second somebody knocks meanwhile.
    pub async fn require_voice(&self) -> Result<(), StorageError> {
        let answers = match self.voice.breaker.turn() {
            Turn::Ask => true,
            Turn::Try => self.knock().await,
            Turn::LeaveAlone => false,
        };
        answers.then_some(()).ok_or_else(left_alone)
    }

    /// Sends a request. The client's futures take 20 KB each, so they go to the heap and not into
    /// every future that waits for them.
    pub(super) fn asked<T>(
        &self,
        operation: &'static str,
        request: impl Future<Output = Result<T, StorageError>>,
    ) -> impl Future<Output = Result<T, StorageError>> {
        let request = Box::pin(request);
        async move {
            let begun = Instant::now();
            let answer = self.in_turn(request).await;
            let code = match &answer {
                Ok(_) => "ok",
                Err(StorageError::Unavailable(_)) => "unavailable",
                Err(StorageError::Missing) => "missing",
                Err(_) => "refused",
            };
            metrics::histogram!(
                "fertidoc_s3_request_duration_seconds", "op" => operation, "code" => code
            )
            .record(begun.elapsed());
            answer
        }
    }

    async fn in_turn<T>(
        &self,
        request: impl Future<Output = Result<T, StorageError>>,
    ) -> Result<T, StorageError> {
        self.require_voice().await?;
        let answer = self.unless_silent(request).await?;
        if matches!(answer, Err(StorageError::Unavailable(_))) {
            self.knock().await;
        } else {
            self.voice.breaker.went(true);
        }
        answer
    }

    /// Waits for something of the store as long as the store answers anything.
    pub(super) async fn unless_silent<T>(
        &self,
        something: impl Future<Output = T>,
    ) -> Result<T, StorageError> {
        let something = pin!(something);
        tokio::select! {
            biased;
            came = something => Ok(came),
            () = self.falls_silent() => Err(left_alone()),
        }
    }

    /// Comes back only when the store has not answered the smallest question often enough.
    async fn falls_silent(&self) {
        loop {
            sleep(SLOW).await;
            while !self.knock().await {
                if self.voice.breaker.is_closed() {
                    return;
                }
            }
        }
    }

    /// Whether anybody answers at all, whatever it is that is answered. Who comes while somebody
    /// knocks already takes that answer.
    async fn knock(&self) -> bool {
        let came = Instant::now();
        let mut knocked = self.voice.knocked.lock().await;
        if let Some((at, answered)) = *knocked
            && at > came
        {
            return answered;
        }
        let once = Builder::new().retry_config(RetryConfig::disabled());
        let asked = self.client.head_bucket().bucket(&*self.bucket);
        let asked = asked.customize().config_override(once);
        let asked = timeout(KNOCK, Box::pin(asked.send())).await;
        let answered = asked.is_ok_and(|answer| {
            let answer = answer.map_err(|error| StorageError::from_sdk("show the bucket", error));
            !matches!(answer, Err(StorageError::Unavailable(_)))
        });
        self.voice.breaker.went(answered);
        *knocked = Some((Instant::now(), answered));
        answered
    }
}

fn left_alone() -> StorageError {
    StorageError::Unavailable(LeftAlone.into())
}
