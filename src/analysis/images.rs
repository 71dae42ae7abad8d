//! Pictures of pages, drawn behind the same wall as everything that touches a file.

use super::inmate::Order;
use crate::cage::{Cage, Ended, RunError};
use crate::config;
use bytes::Bytes;
use futures_util::Stream;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::timeout;

/// How long a picture waits for its turn before the asker is told to come again.
const TURN: Duration = Duration::from_secs(10);

/// Widest picture in pixels: a page of A4 at 200 dots an inch, twice.
const WIDEST: u32 = 3400;

/// Draws pages for those who look at a document. One per process that serves.
pub struct PageImages {
    cage: Cage,
    permits: Semaphore,
}

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
pub enum PageImageError<E> {
    /// Others are being drawn: come again.
    #[error("too many pages are being drawn")]
    Busy,
    /// The document has no such page, or none of its pages can be drawn.
    #[error("there is no picture of this page")]
    NoPicture,
    /// Drawing it ended without a picture.
    #[error("drawing the page: {0}")]
    Ended(Ended),
    #[error("the document cannot be had")]
    Source(E),
    #[error("the document came too slowly")]
    Slow,
    #[error("pages cannot be drawn safely here: {0}")]
    Unsafe(String),
}

impl PageImages {
    /// As many at a time as a worker reads documents.
    #[must_use]
    pub fn new(config: &config::Analysis) -> Self {
        Self {
            cage: Cage::new(config, 1),
            permits: Semaphore::new(config.slots.max(1)),
        }
    }

    /// Refuses to draw anything in a cage that does not hold.
    pub async fn prove(&self) -> Result<(), super::AnalysisError> {
        self.cage
            .prove()
            .await
            .map_err(|error| super::AnalysisError::Unsafe(error.to_string()))
    }

    /// Whether pages can be drawn safely now.
    pub async fn holds(&self) -> bool {
        self.cage.holds().await
    }

    /// `page` (from 1) of a document as PNG, `width` pixels wide; `bytes` is the document's length.
    pub async fn draw<E>(
        &self,
        document: impl Stream<Item = Result<Bytes, E>>,
        bytes: u64,
        page: u32,
        width: u32,
    ) -> Result<Bytes, PageImageError<E>> {
        let _permit = timeout(TURN, self.permits.acquire())
            .await
            .ok()
            .and_then(Result::ok)
            .ok_or(PageImageError::Busy)?;
        let order = Order::Render {
            page,
            width: width.clamp(1, WIDEST),
        };
        let picture = self
            .cage
            .run(&order, Some(bytes), document, |_, _| {})
            .await;
        match picture {
            Ok(picture) if picture.is_empty() => Err(PageImageError::NoPicture),
            Ok(picture) => Ok(picture.into()),
            Err(RunError::Ended(ended)) => Err(PageImageError::Ended(ended)),
            Err(RunError::Source(error)) => Err(PageImageError::Source(error)),
            Err(RunError::Slow) => Err(PageImageError::Slow),
            Err(RunError::Unsafe(why)) => Err(PageImageError::Unsafe(why)),
        }
    }
}
