//! The bytes of one request, from the socket to whoever writes them down.

use super::{
    super::{Desk, Outcome, Problem, pace::Pace},
    Checksum, Refusal, Standing, State,
    finish::Sealed,
    lease::{self, Claimed},
    standing,
    writer::{Piece, Writer},
};
use crate::{
    access::{Scope, Viewer},
    domain::ids::UploadId,
};
use actix_web::error::PayloadError;
use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use tokio::sync::{mpsc, watch};

/// What a request says of its bytes.
#[derive(Debug, Default)]
pub struct Appending {
    /// Where they begin in the file.
    pub offset: u64,
    /// How many they are, where that is known.
    pub bytes: Option<u64>,
    pub checksum: Option<Checksum>,
}

/// How the body came to its end.
enum Ending {
    Whole,
    Cut,
    Slow,
    TooLong,
    /// Somebody asked for the upload.
    Wanted,
    /// Nobody takes bytes any more; why is what the writer says.
    Refused,
}

/// Appends what comes. What came is kept even where the answer is a refusal, but for bytes that a
/// checksum was sent with.
pub async fn append(
    desk: &Desk,
    viewer: &Viewer,
    upload: UploadId,
    appending: Appending,
    body: &mut (impl Stream<Item = Result<Bytes, PayloadError>> + Unpin),
) -> Result<Standing, Refusal> {
    viewer
        .require(Scope::Upload)
        .map_err(|_| Problem::Forbidden)?;
    let _permit = desk.permits.try_acquire().map_err(|_| Problem::Busy)?;
    let Some(claimed) = lease::claim(desk, viewer, upload).await? else {
        return nothing_to_append(desk, viewer, upload, appending.offset).await;
    };
    let (received, length) = (claimed.received, claimed.length);
    let too_long = |bytes: u64| appending.offset.saturating_add(bytes) > length;
    let refused = if appending.offset != received {
        Some(Refusal::Elsewhere { received })
    } else if appending.bytes.is_some_and(too_long) {
        Some(Refusal::TooLong { length })
    } else {
        desk.store.require_voice().await.err().map(Refusal::from)
    };
    if let Some(refused) = refused {
        claimed.lease.give_back().await;
        return Err(refused);
    }
    let (pieces, wanted, written) = write(desk, viewer, claimed, appending.checksum);
    let left = length - received;
    let ending = pump(desk, body, left, &pieces, wanted).await;
    if matches!(ending, Ending::Whole) {
        let _ = pieces.send(Piece::End).await;
    }
    drop(pieces);
    written.await.map_err(|error| {
        tracing::error!(cause = %error, "writing an upload down failed");
        Problem::Internal
    })??;
    let standing = standing::read(desk, viewer, upload).await?.standing;
    match ending {
        _ if standing.outcome.is_some() => told(standing),
        Ending::Whole | Ending::Refused => Ok(standing),
        Ending::Cut => Err(Refusal::Cut),
        Ending::Slow => Err(Refusal::Stalled),
        Ending::TooLong => Err(Refusal::TooLong { length }),
        Ending::Wanted => Err(Refusal::TakenOver),
    }
}

/// Brings an upload to its end whose bytes are all here, unless somebody else does.
pub(super) async fn bring_to_end(
    desk: &Desk,
    viewer: &Viewer,
    upload: UploadId,
) -> Result<(), Refusal> {
    let Some(claimed) = lease::claim(desk, viewer, upload).await? else {
        return Ok(());
    };
    let (pieces, _, written) = write(desk, viewer, claimed, None);
    drop(pieces);
    written.await.map_err(|error| {
        tracing::error!(cause = %error, "an upload was not brought to its end");
        Problem::Internal
    })?
}

type Written = tokio::task::JoinHandle<Result<(), Refusal>>;

/// Writes in a task of its own: where the request is gone without a word, what came is kept.
fn write(
    desk: &Desk,
    viewer: &Viewer,
    claimed: Claimed,
    checksum: Option<Checksum>,
) -> (mpsc::Sender<Piece>, watch::Receiver<bool>, Written) {
    let (pieces, coming) = mpsc::channel(1);
    let wanted = claimed.lease.wanted();
    let (desk, viewer) = (desk.clone(), viewer.clone());
    let written = tokio::spawn(async move {
        if claimed.state == State::Sealed {
            let (lease, sealed) = Sealed::of(claimed)?;
            let finished = sealed.finish(&desk, &viewer, &lease).await;
            lease.give_back().await;
            return finished;
        }
        Writer::restore(&desk, &viewer, claimed, checksum)
            .await?
            .run(coming)
            .await
    });
    (pieces, wanted, written)
}

/// Hands on what comes, at most `left` bytes.
async fn pump(
    desk: &Desk,
    body: &mut (impl Stream<Item = Result<Bytes, PayloadError>> + Unpin),
    mut left: u64,
    pieces: &mpsc::Sender<Piece>,
    mut wanted: watch::Receiver<bool>,
) -> Ending {
    let mut pace = Pace::new(&desk.limits);
    loop {
        let next = tokio::select! {
            biased;
            Ok(_) = wanted.wait_for(|wanted| *wanted) => return Ending::Wanted,
            next = pace.next(body.next()) => next,
        };
        let chunk = match next {
            Ok(Some(Ok(chunk))) => chunk,
            Ok(Some(Err(_))) => return Ending::Cut,
            Ok(None) => return Ending::Whole,
            Err(_) => return Ending::Slow,
        };
        if chunk.len() as u64 > left {
            return Ending::TooLong;
        }
        left -= chunk.len() as u64;
        let slow = pace.came(chunk.len()).is_err();
        if pieces.send(Piece::Bytes(chunk)).await.is_err() {
            return Ending::Refused;
        }
        if slow {
            return Ending::Slow;
        }
    }
}

/// What is answered where the upload is not free to be written: the end is told again to whoever
/// missed it.
async fn nothing_to_append(
    desk: &Desk,
    viewer: &Viewer,
    upload: UploadId,
    offset: u64,
) -> Result<Standing, Refusal> {
    let standing = standing::read(desk, viewer, upload).await?.standing;
    match standing.state {
        State::Receiving | State::Sealed => Err(Refusal::Held),
        State::Done if offset != standing.length => Err(Refusal::Elsewhere {
            received: standing.length,
        }),
        State::Done | State::Refused => told(standing),
        State::Terminated | State::Expired => Err(Refusal::Gone),
    }
}

/// A document is an answer; what was refused for good is refused again.
fn told(standing: Standing) -> Result<Standing, Refusal> {
    match standing.outcome {
        Some(Outcome::Refused(problem)) => Err(problem.into()),
        _ => Ok(standing),
    }
}
