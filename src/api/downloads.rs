//! How many originals are handed out at a time: each holds up to 8 MiB that are checked before the
//! first of them is given out.

use super::problem::ApiError;
use actix_web::http::StatusCode;
use futures_util::{Stream, StreamExt, stream};
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, mpsc},
    time::timeout,
};

/// How long a download waits for its turn: as long as a request does for a connection.
const TURN: Duration = Duration::from_secs(3);

/// How long a piece, a mebibyte at most, waits to be taken. A line of 9 kB/s is fast enough; who takes
/// nothing for so long has gone without a word.
const TAKEN: Duration = Duration::from_mins(2);

/// The turns of one process. Cheap to clone.
#[derive(Clone)]
pub struct Downloads(Arc<Semaphore>);

impl Downloads {
    /// So many at a time.
    #[must_use]
    pub fn new(at_once: usize) -> Self {
        Self(Arc::new(Semaphore::new(at_once.max(1))))
    }

    /// A turn; over when it is dropped.
    pub(super) async fn turn(&self) -> Result<Turn, ApiError> {
        let turn = timeout(TURN, self.0.clone().acquire_owned()).await;
        let turn = turn
            .ok()
            .and_then(Result::ok)
            .map(|room| Turn { _room: room });
        turn.ok_or_else(|| ApiError {
            retry_after: Some(2),
            ..ApiError::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "busy",
                "Too many originals are being handed out at the moment. Please try again shortly.",
            )
        })
    }
}

/// One of them.
pub(super) struct Turn {
    _room: OwnedSemaphorePermit,
}

impl Turn {
    /// The body of an answer, with the turn until the body has ended, or nobody wants it any more, or
    /// whoever wants it takes nothing. Nobody asks a body of a client that stands still, so it is
    /// handed on by a task of its own, with which turn and bytes go.
    pub(super) fn lasting<S>(self, body: S) -> impl Stream<Item = S::Item> + Unpin
    where
        S: Stream<Item: Send> + Send + Unpin + 'static,
    {
        self.lasting_while(body, TAKEN)
    }

    fn lasting_while<S>(
        self,
        mut body: S,
        patience: Duration,
    ) -> impl Stream<Item = S::Item> + Unpin
    where
        S: Stream<Item: Send> + Send + Unpin + 'static,
    {
        let (give, mut taken) = mpsc::channel(1);
        tokio::spawn(async move {
            let _turn = self;
            loop {
                let piece = tokio::select! {
                    biased;
                    () = give.closed() => return,
                    piece = body.next() => piece,
                };
                let Some(piece) = piece else {
                    return;
                };
                if give.send_timeout(piece, patience).await.is_err() {
                    return;
                }
            }
        });
        stream::poll_fn(move |context| taken.poll_recv(context))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn turn_of(downloads: &Downloads) -> Turn {
        let room = downloads.0.clone().acquire_owned().await.unwrap();
        Turn { _room: room }
    }

    #[actix_web::test]
    async fn a_body_comes_whole_and_in_order_and_then_the_turn_is_over() {
        let downloads = Downloads::new(1);
        let body = turn_of(&downloads).await.lasting(stream::iter(0..100));
        assert_eq!(body.collect::<Vec<_>>().await, (0..100).collect::<Vec<_>>());
        turn_of(&downloads).await;
    }

    #[actix_web::test]
    async fn who_goes_away_gives_the_turn_back() {
        let downloads = Downloads::new(1);
        let mut body = turn_of(&downloads).await.lasting(stream::iter(0..));
        assert_eq!(body.next().await, Some(0));
        drop(body);
        turn_of(&downloads).await;
        // The same where the store is waited for.
        let body = turn_of(&downloads).await.lasting(stream::pending::<()>());
        drop(body);
        turn_of(&downloads).await;
    }

    #[actix_web::test]
    async fn who_takes_nothing_loses_the_turn_and_is_not_given_the_rest() {
        let downloads = Downloads::new(1);
        let patience = Duration::from_millis(20);
        let turn = turn_of(&downloads).await;
        let body = turn.lasting_while(stream::iter(0..100), patience);
        turn_of(&downloads).await;
        assert_eq!(body.collect::<Vec<_>>().await, [0], "what was on its way");
    }
}
