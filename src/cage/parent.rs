//! The parent's side of the wall.

use super::frame::{self, LONGEST_PIECE, Tag};
use super::process::Caged;
use super::{Ended, Limits, Order, Probe};
use crate::config;
use bytes::Bytes;
use futures_util::{Stream, StreamExt, future};
use metrics::counter;
use serde::Serialize;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::net::unix::{ReadHalf, WriteHalf};
use tokio::time::timeout;

/// Where children come from, a few of them kept warm.
pub struct Cage {
    program: PathBuf,
    limits: Limits,
    wall: Duration,
    /// Children that are started ahead.
    ahead: usize,
    spares: Mutex<Vec<Caged>>,
    /// Whether it was proven, and nothing since says otherwise.
    sound: AtomicBool,
}

/// Why there is no result.
#[derive(Debug, thiserror::Error)]
pub enum RunError<E> {
    /// The document's own fault, as far as can be known.
    #[error(transparent)]
    Ended(Ended),
    /// Its bytes could not be had.
    #[error("the document could not be sent to the child")]
    Source(E),
    /// Its bytes did not come in time.
    #[error("the document came too slowly")]
    Slow,
    /// A child cannot be started or cannot close itself in.
    #[error("the cage does not hold: {0}")]
    Unsafe(String),
}

/// What ends a conversation; io errors on the wire only mean that the child has ended.
enum Fault<E> {
    Source(E),
    Slow,
    Gone,
}

impl Cage {
    /// Children are this binary itself, unless the settings name another one.
    /// `ahead` of them wait warm once the first was used.
    #[must_use]
    pub fn new(config: &config::Analysis, ahead: usize) -> Self {
        let program = if config.program.is_empty() {
            // The running image, even when the file was replaced meanwhile.
            PathBuf::from("/proc/self/exe")
        } else {
            PathBuf::from(&config.program)
        };
        Self {
            program,
            limits: Limits {
                address_space: config.address_space,
                cpu_seconds: config.cpu_seconds,
            },
            wall: config.wall,
            ahead,
            spares: Mutex::new(Vec::new()),
            sound: AtomicBool::new(false),
        }
    }

    /// Sends children that try to break out. Unless each of them dies of it, no document may be
    /// read by this process.
    pub async fn prove(&self) -> Result<(), RunError<io::Error>> {
        let attempts = Probe::TRIED_AT_START.map(|probe| async move {
            let expected = match probe {
                Probe::Memory => Ended::OutOfMemory,
                _ => Ended::Crashed,
            };
            match self.attempt(probe).await {
                RunError::Ended(ended) if ended == expected => Ok(()),
                RunError::Unsafe(why) => Err(RunError::Unsafe(why)),
                other => Err(RunError::Unsafe(format!("{probe:?} ended as {other}"))),
            }
        });
        let proven = future::try_join_all(attempts).await;
        self.sound.store(proven.is_ok(), Ordering::Relaxed);
        proven?;
        self.refill();
        Ok(())
    }

    /// Whether documents can be read safely: it was proven and no child has found a hole since;
    /// after that it is proven anew.
    pub async fn holds(&self) -> bool {
        self.sound.load(Ordering::Relaxed) || self.prove().await.is_ok()
    }

    /// One attempt to break out, and how it ended.
    pub async fn attempt(&self, probe: Probe) -> RunError<io::Error> {
        let nothing = futures_util::stream::empty();
        match self
            .converse(&Order::<()>::Break(probe), nothing, |_, _| {})
            .await
        {
            Ok(_) => RunError::Unsafe(format!("{probe:?} was answered")),
            Err(error) => error,
        }
    }

    /// Gives `order` and the document to a child of its own and returns its result.
    ///
    /// `bytes` is the length of the document where it is known. `progress` hears of each page and
    /// must not wait. Dropping the future kills the child.
    pub async fn run<T, E>(
        &self,
        order: &T,
        bytes: Option<u64>,
        document: impl Stream<Item = Result<Bytes, E>>,
        progress: impl FnMut(u32, u32),
    ) -> Result<Vec<u8>, RunError<E>>
    where
        T: Serialize,
    {
        let outcome = self
            .converse(&Order::Work { order, bytes }, document, progress)
            .await;
        let reason = match &outcome {
            Ok(_) => "done",
            Err(RunError::Ended(ended)) => ended.name(),
            Err(RunError::Source(_) | RunError::Slow) => "abandoned",
            Err(RunError::Unsafe(_)) => {
                self.sound.store(false, Ordering::Relaxed);
                "unsafe"
            }
        };
        counter!("fertidoc_analysis_child_exits_total", "reason" => reason).increment(1);
        outcome
    }

    async fn converse<T, E>(
        &self,
        order: &Order<T>,
        document: impl Stream<Item = Result<Bytes, E>>,
        progress: impl FnMut(u32, u32),
    ) -> Result<Vec<u8>, RunError<E>>
    where
        T: Serialize,
    {
        let order =
            serde_json::to_vec(order).map_err(|error| RunError::Unsafe(error.to_string()))?;
        let mut child = self
            .take()
            .map_err(|error| RunError::Unsafe(error.to_string()))?;
        let (mut from, mut to) = child.wire.split();
        // Not a byte goes to a child that is not closed in.
        let ready = timeout(self.wall, frame::receive(&mut from)).await;
        let fault = if matches!(ready, Ok(Ok(Some((Tag::Ready, _))))) {
            let fed = feed(&mut to, &order, document, self.wall);
            match listen(&mut from, fed, progress, self.wall).await {
                Ok(Some(result)) => {
                    child.kill();
                    tokio::spawn(child.end());
                    return Ok(result);
                }
                Ok(None) => {
                    child.kill();
                    tokio::spawn(child.end());
                    return Err(RunError::Ended(Ended::TimedOut));
                }
                Err(fault) => fault,
            }
        } else {
            child.kill();
            let why = match child.end().await {
                Ok(Err(why)) => why,
                Ok(Ok(ended)) => format!("a child ended before it was closed in: {ended}"),
                Err(error) => error.to_string(),
            };
            return Err(RunError::Unsafe(why));
        };
        match fault {
            Fault::Source(error) => Err(RunError::Source(error)),
            Fault::Slow => Err(RunError::Slow),
            // The wire breaks when the child ends; one that broke it and lives on is killed.
            Fault::Gone => match timeout(Duration::from_secs(2), child.end()).await {
                Ok(Ok(Ok(ended))) => Err(RunError::Ended(ended)),
                Ok(Ok(Err(why))) => Err(RunError::Unsafe(why)),
                Ok(Err(error)) => Err(RunError::Unsafe(error.to_string())),
                Err(_) => Err(RunError::Ended(Ended::Crashed)),
            },
        }
    }

    /// A spare that lives, or a new child; the next spare is started at once.
    fn take(&self) -> io::Result<Caged> {
        let spare = {
            let mut spares = self.spares.lock().unwrap_or_else(PoisonError::into_inner);
            spares.retain_mut(Caged::lives);
            spares.pop()
        };
        let child = match spare {
            Some(child) => child,
            None => Caged::start(&self.program, self.limits)?,
        };
        self.refill();
        Ok(child)
    }

    fn refill(&self) {
        let mut spares = self.spares.lock().unwrap_or_else(PoisonError::into_inner);
        while spares.len() < self.ahead {
            match Caged::start(&self.program, self.limits) {
                Ok(child) => spares.push(child),
                Err(error) => {
                    tracing::warn!(%error, "no spare child could be started");
                    break;
                }
            }
        }
    }

    /// Process ids of the spares, for whoever wants to look at them from outside.
    #[must_use]
    pub fn spares(&self) -> Vec<u32> {
        let spares = self.spares.lock().unwrap_or_else(PoisonError::into_inner);
        spares.iter().filter_map(Caged::id).collect()
    }
}

/// Sends order and document. Ends early without complaint when the child has ended.
async fn feed<E>(
    to: &mut WriteHalf<'_>,
    order: &[u8],
    document: impl Stream<Item = Result<Bytes, E>>,
    wall: Duration,
) -> Result<(), Fault<E>> {
    let sending = async {
        frame::send(to, order).await.map_err(|_| Fault::Gone)?;
        let mut document = std::pin::pin!(document);
        while let Some(piece) = document.next().await {
            let piece = piece.map_err(Fault::Source)?;
            for piece in piece.chunks(LONGEST_PIECE) {
                frame::send(to, piece).await.map_err(|_| Fault::Gone)?;
            }
        }
        frame::send(to, &[]).await.map_err(|_| Fault::Gone)
    };
    timeout(wall, sending).await.unwrap_or(Err(Fault::Slow))
}

/// Takes progress and the result; `None` when the wall clock passed. The clock starts when the
/// child has the whole document: a slow store is not the document's fault.
async fn listen<E>(
    from: &mut ReadHalf<'_>,
    fed: impl Future<Output = Result<(), Fault<E>>>,
    mut progress: impl FnMut(u32, u32),
    wall: Duration,
) -> Result<Option<Vec<u8>>, Fault<E>> {
    let hearing = async {
        loop {
            match frame::receive(from).await {
                Ok(Some((Tag::Progress, payload))) => {
                    let (page, pages) = payload.split_at(payload.len().min(4));
                    progress(number(page), number(pages));
                }
                Ok(Some((Tag::Result, payload))) => return Some(payload),
                Ok(Some((Tag::Ready, _)) | None) | Err(_) => return None,
            }
        }
    };
    tokio::pin!(hearing, fed);
    tokio::select! {
        biased;
        fed = &mut fed => match fed {
            Ok(()) | Err(Fault::Gone) => {}
            Err(fault) => return Err(fault),
        },
        heard = &mut hearing => return heard.map(Some).ok_or(Fault::Gone),
    }
    match timeout(wall, hearing).await {
        Ok(heard) => heard.map(Some).ok_or(Fault::Gone),
        Err(_) => Ok(None),
    }
}

fn number(bytes: &[u8]) -> u32 {
    bytes.try_into().map_or(0, u32::from_le_bytes)
}
