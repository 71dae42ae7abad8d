//! PDF.
//!
//! The file is looked at from outside first ([`structure`]): what is encrypted, what would inflate
//! beyond all bounds and what is no PDF is refused there. Then the first voice, hayro, draws every
//! page into a gatherer of ink ([`ink`]), and the layout makes lines of it. A page without a text
//! layer, a page that breaks the reader and what lies beyond the limits are named as unread; the
//! rest of the document is read all the same. The second voice, pdf-extract, is asked later and
//! only about pages that carry values ([`second`]); [`render`] makes the picture of a page that a
//! person looks at.

mod ink;
mod limits;
mod paths;
mod quiet;
mod render;
mod second;
mod structure;

pub use render::render;
pub use second::SecondVoice;
pub use structure::inspect;

use super::page::Page;
use super::{Document, MediaType, TextEngine, Unread, UnreadReason, Unreadable, layout};
use crate::domain::analysis::TextSource;
use hayro_interpret::hayro_syntax::page::Page as PdfPage;
use hayro_interpret::hayro_syntax::{self, Pdf as File};
use hayro_interpret::kurbo::Rect;
use hayro_interpret::{
    Context, InterpreterCache, InterpreterSettings, TransformExt, interpret_page,
};
use ink::Gatherer;

/// Reads the text layer of PDF.
pub struct Pdf;

impl TextEngine for Pdf {
    fn reads(&self, media_type: MediaType) -> bool {
        media_type == MediaType::Pdf
    }

    fn read(
        &self,
        bytes: &[u8],
        progress: &mut dyn FnMut(u32, u32),
    ) -> Result<Document, Unreadable> {
        let structure = structure::inspect(bytes)?;
        let file = load(bytes)?;
        let found = file.pages();
        if found.is_empty() {
            return Err(Unreadable::Damaged);
        }

        let mut document = Document {
            media_type: MediaType::Pdf,
            page_sizes: found.iter().map(size).collect(),
            pages: Vec::new(),
            text_source: TextSource::None,
            unread: Vec::new(),
        };
        if structure.pages != Some(found.len()) {
            document
                .unread
                .push(Unread::of_file(UnreadReason::PagesMissing));
        }
        if structure.corrupt {
            document.unread.push(Unread::of_file(UnreadReason::Corrupt));
        }
        if structure.cut_off {
            document.unread.push(Unread::of_file(UnreadReason::CutOff));
        }
        let read = found.len().min(limits::PAGES);
        for beyond in read..found.len() {
            document.unread.push(Unread::of_page(
                beyond as u32 + 1,
                UnreadReason::TooManyPages,
            ));
        }

        let mut reader = Reader::new(&file);
        for (index, page) in found.iter().take(read).enumerate() {
            let number = index as u32 + 1;
            progress(number, found.len() as u32);
            let (page, reason) = reader.read(number, page);
            document
                .unread
                .extend(reason.map(|reason| Unread::of_page(number, reason)));
            document.pages.push(page);
        }
        if document.pages.iter().any(|page| !page.lines.is_empty()) {
            document.text_source = TextSource::TextLayer;
        } else if document.unread.is_empty() {
            document
                .unread
                .push(Unread::of_file(UnreadReason::NothingFound));
        }
        document.unread.sort_by_key(|unread| unread.page);
        Ok(document)
    }
}

fn load(bytes: &[u8]) -> Result<File, Unreadable> {
    File::new(bytes.to_vec()).map_err(|error| match error {
        hayro_syntax::LoadPdfError::Decryption(_) => Unreadable::Encrypted,
        hayro_syntax::LoadPdfError::Invalid => Unreadable::Damaged,
    })
}

/// As a viewer shows the page.
fn size(page: &PdfPage<'_>) -> [f64; 2] {
    let (width, height) = page.render_dimensions();
    [f64::from(width), f64::from(height)]
}

/// The first voice on one document: fonts are kept from page to page.
struct Reader<'a> {
    file: &'a File,
    cache: InterpreterCache<'a>,
    settings: InterpreterSettings,
    /// Drawings that the document has left.
    budget: u64,
}

impl<'a> Reader<'a> {
    fn new(file: &'a File) -> Self {
        Self {
            file,
            cache: InterpreterCache::new(),
            settings: InterpreterSettings::default(),
            budget: limits::DRAWINGS,
        }
    }

    /// The lines of one page, and why not all of them where that is so.
    fn read(&mut self, number: u32, page: &PdfPage<'a>) -> (Page, Option<UnreadReason>) {
        let [width, height] = size(page);
        let budget = self.budget.min(limits::DRAWINGS_A_PAGE);
        let mut gatherer = Gatherer::new([width, height], budget);
        let mut context = Context::new(
            page.initial_transform(true).to_kurbo(),
            Rect::new(0.0, 0.0, width, height),
            &self.cache,
            self.file.xref(),
            self.settings.clone(),
        );
        let outcome = quiet::catch(|| interpret_page(page, &mut context, &mut gatherer));
        self.budget -= budget - gatherer.left();
        let reason = match outcome {
            Ok(()) => None,
            Err(payload) => {
                // What the panic left in the cache is not to be trusted.
                self.cache = InterpreterCache::new();
                Some(if payload.is::<ink::Stop>() {
                    UnreadReason::TooMuchDrawn
                } else {
                    UnreadReason::Broken
                })
            }
        };

        let (ink, doubt) = gatherer.text();
        let lost = (page.raw().contains_key(b"Contents") && page.page_stream().is_none())
            .then_some(UnreadReason::Broken);
        let page = layout::page(number, [width as f32, height as f32], &ink);
        (page, reason.or(doubt).or(lost))
    }
}
