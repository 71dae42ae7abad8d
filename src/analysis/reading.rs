//! What runs in the child: bytes in, values out; no file, no socket, no clock.

use super::missing;
use super::refusal::refused;
use crate::domain::analysis::{Analysis, Versions};
use crate::extraction;
use crate::lexicon::{self, Lexicon};
use crate::observations::PageText;
use crate::text::page::{Line, Page};
use crate::text::pdf::SecondVoice;
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
        extractor: extraction::VERSION.to_owned(),
        lexicon: lexicon::VERSION.to_owned(),
    }
}

/// Loads what any document needs, while files can still be opened.
pub(super) fn prepare() {
    let _ = Lexicon::built_in();
}

/// Reads one file. `progress` is called before each page with its number, from 1, and how many
/// there are. The SHA-256 is for whoever saw the bytes come in.
pub fn read(name: &str, bytes: &[u8], progress: &mut dyn FnMut(u32, u32)) -> Reading {
    let document = match text::open(bytes, progress) {
        Ok(document) => document,
        Err(unreadable) => return unread(name, bytes, &unreadable),
    };
    let second = SecondVoice::new(bytes);
    let found = extraction::extract(&document.pages, Lexicon::built_in(), &second);
    let mut warnings = found.warnings;
    warnings.extend(missing::warnings(&document.unread));
    let analysis = Analysis {
        file: name.to_owned(),
        sha256: String::new(),
        media_type: document.media_type.as_str().to_owned(),
        pages: document.page_sizes.len() as u32,
        page_sizes: document.page_sizes,
        text_source: document.text_source,
        kind: Some(found.kind),
        patient: found.patient,
        report: found.report,
        collected_on: found.collected_on,
        collected_at: found.collected_at,
        reported_on: found.reported_on,
        observations: found.observations,
        absent: found.absent,
        warnings,
        versions: versions(),
        error: None,
    };
    Reading {
        analysis,
        pages: document.pages.iter().map(page_text).collect(),
    }
}

fn page_text(page: &Page) -> PageText {
    let lines: Vec<String> = page.lines.iter().map(Line::text).collect();
    PageText {
        number: page.number,
        width: page.width,
        height: page.height,
        text: lines.join("\n"),
    }
}

fn unread(name: &str, bytes: &[u8], unreadable: &Unreadable) -> Reading {
    let media_type =
        sniff::sniff(bytes).map_or("application/octet-stream", sniff::MediaType::as_str);
    Reading {
        analysis: refused(name, "", media_type, unreadable.refusal()),
        pages: Vec::new(),
    }
}

/// The picture of a page as PNG; `None` where there is no such page or none can be drawn.
pub(super) fn render(bytes: &[u8], page: u32, width: u32) -> Option<Vec<u8>> {
    text::pdf::render(bytes, page, width).ok().flatten()
}
