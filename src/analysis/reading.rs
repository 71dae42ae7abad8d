//! What runs in the child: bytes in, values out; no file, no socket, no clock.

use super::refusal::refused;
use crate::domain::analysis::{Analysis, Versions};
use crate::observations::PageText;
use crate::text::{self, Unreadable, sniff};
use serde::{Deserialize, Serialize};

/// What was read from one file: the analysis format, and the text of each page beside it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    pub analysis: Analysis,
    pub pages: Vec<PageText>,
}

/// Who reads: stored with every value, so that a better reader can read the archive again.
pub(super) fn versions() -> Versions {
    Versions {
        extractor: env!("CARGO_PKG_VERSION").to_owned(),
        lexicon: String::from("1.0.0"),
    }
}

/// Loads what any document needs, while files can still be opened.
pub(super) fn prepare() {}

/// Reads one file. `progress` is called before each page with its number, from 1, and how many
/// there are. The SHA-256 is for whoever saw the bytes come in.
pub fn read(name: &str, bytes: &[u8], progress: &mut dyn FnMut(u32, u32)) -> Reading {
    let document = match text::open(bytes, progress) {
        Ok(document) => document,
        Err(unreadable) => return unread(name, bytes, &unreadable),
    };
    let pages = document
        .pages
        .iter()
        .map(|page| PageText {
            number: page.number,
            width: page.width,
            height: page.height,
            text: page
                .lines
                .iter()
                .map(text::page::Line::text)
                .collect::<Vec<_>>()
                .join("\n"),
        })
        .collect();
    let mut analysis = unread(name, bytes, &Unreadable::Damaged).analysis;
    analysis.error = None;
    analysis.kind = Some(crate::domain::analysis::Kind::Other);
    analysis.pages = document.page_sizes.len() as u32;
    analysis.page_sizes = document.page_sizes;
    analysis.text_source = document.text_source;
    Reading { analysis, pages }
}

fn unread(name: &str, bytes: &[u8], unreadable: &Unreadable) -> Reading {
    let media_type =
        sniff::sniff(bytes).map_or("application/octet-stream", sniff::MediaType::as_str);
    Reading {
        analysis: refused(name, "", media_type, unreadable.refusal()),
        pages: Vec::new(),
    }
}

/// The picture of a page as PNG; `None` where there is no such page.
pub(super) fn render(bytes: &[u8], page: u32, width: u32) -> Option<Vec<u8>> {
    let _ = (bytes, page, width);
    None
}
