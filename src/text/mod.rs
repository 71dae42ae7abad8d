//! Bytes to pages of positioned text.
//!
//! A document comes in as bytes and nothing else is believed about it: [`sniff`] finds from the
//! content what it is. The engine for that type reads it, page by page, and yields lines of words
//! in reading order with their places ([`page`]). Engines live in one folder each ([`pdf`] today);
//! all of them hand their ink to the same [`layout`]. What could not be read is never silent: a
//! file that cannot be read at all is [`Unreadable`], and pages that could not are listed in
//! [`Document::unread`].
//!
//! All of this runs on hostile bytes: in production only ever inside the child process that the
//! analysis keeps for it.

pub mod layout;
pub mod page;
pub mod pdf;
pub mod sniff;
mod unread;
mod unreadable;

pub use sniff::MediaType;
pub use unread::{Unread, UnreadReason};
pub use unreadable::Unreadable;

use crate::domain::analysis::TextSource;
use page::Page;

/// A document that was read.
#[derive(Debug, Clone)]
pub struct Document {
    pub media_type: MediaType,
    /// Width and height of every page as a viewer shows it: points for PDF, pixels for images.
    /// Holds the pages that were not read as well.
    pub page_sizes: Vec<[f64; 2]>,
    /// The pages that were read, in order; one without text has no lines.
    pub pages: Vec<Page>,
    pub text_source: TextSource,
    /// What is missing, by page. Not empty means that the result says `partly_read`.
    pub unread: Vec<Unread>,
}

/// One way of reading.
pub trait TextEngine: Sync {
    fn reads(&self, media_type: MediaType) -> bool;

    /// Reads all pages. `progress` is called before each with its number, from 1, and how many
    /// there are.
    fn read(
        &self,
        bytes: &[u8],
        progress: &mut dyn FnMut(u32, u32),
    ) -> Result<Document, Unreadable>;
}

/// Every way of reading that there is.
static ENGINES: &[&dyn TextEngine] = &[&pdf::Pdf];

/// Reads a document, whatever it is. `progress` is called before each page with its number, from
/// 1, and how many there are.
pub fn open(bytes: &[u8], progress: &mut dyn FnMut(u32, u32)) -> Result<Document, Unreadable> {
    let media_type = sniff::sniff(bytes)?;
    engine(media_type)
        .ok_or(Unreadable::UnsupportedType(sniff::Unsupported::NotYet(
            media_type,
        )))?
        .read(bytes, progress)
}

fn engine(media_type: MediaType) -> Option<&'static dyn TextEngine> {
    ENGINES
        .iter()
        .copied()
        .find(|engine| engine.reads(media_type))
}
