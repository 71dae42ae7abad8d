//! The second voice: the same pages by pdf-extract, which shares no code with the first.
//!
//! It is asked about values that the first voice found, and reads a page only when it is asked
//! about it. Where both read the same the value stands firmer; where they differ a person looks.
//! It breaks on one file in twelve, and what it breaks on costs nothing: it is then silent.

use super::{limits, load, quiet, structure};
use crate::text::layout::{self, Glyph, Ink};
use hayro_interpret::TransformExt;
use hayro_interpret::hayro_syntax::Pdf as File;
use hayro_interpret::kurbo::{Affine, Point};
use pdf_extract::{Document, MediaBox, OutputDev, OutputError, Transform};
use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;

/// Another reading of the same file.
pub struct SecondVoice<'b> {
    bytes: &'b [u8],
    files: OnceCell<Option<Files>>,
    /// The lines of the pages that were asked about; `None` where it is silent.
    heard: RefCell<BTreeMap<u32, Option<Vec<Heard>>>>,
}

/// The file as both libraries see it: the first voice knows how a viewer turns the page.
struct Files {
    first: File,
    second: Document,
}

/// A line in lower case, its words apart and, as engines part words differently, joined.
struct Heard {
    spaced: String,
    joined: String,
}

impl<'b> SecondVoice<'b> {
    /// Nothing is read before the first question.
    pub fn new(bytes: &'b [u8]) -> Self {
        Self {
            bytes,
            files: OnceCell::new(),
            heard: RefCell::default(),
        }
    }

    /// Whether it reads `value` on a line of `page` (from 1) that names `label`, or right above or
    /// below such a line. `None` where it is silent about the page.
    pub fn sees(&self, page: u32, label: &str, value: &str) -> Option<bool> {
        let mut heard = self.heard.borrow_mut();
        let lines = heard
            .entry(page)
            .or_insert_with(|| self.read(page))
            .as_ref()?;
        let (label, value) = (Heard::of(label), Heard::of(value));
        let near = |index: usize| {
            let around = index.saturating_sub(1)..lines.len().min(index + 2);
            lines[around]
                .iter()
                .any(|line| line.joined.contains(&label.joined))
        };
        let stated = |line: &Heard| {
            states(&line.spaced, &value.spaced) || states(&line.joined, &value.joined)
        };
        Some((0..lines.len()).any(|index| stated(&lines[index]) && near(index)))
    }

    fn read(&self, number: u32) -> Option<Vec<Heard>> {
        let files = self
            .files
            .get_or_init(|| Files::open(self.bytes))
            .as_ref()?;
        let page = files.first.pages().get((number as usize).checked_sub(1)?)?;
        let mut listener = Listener {
            ink: Ink::default(),
            to_viewer: page.initial_transform(true).to_kurbo(),
        };
        quiet::catch(|| pdf_extract::output_doc_page(&files.second, &mut listener, number))
            .ok()?
            .ok()?;
        let (width, height) = page.render_dimensions();
        let lines = layout::page(number, [width, height], &listener.ink).lines;
        (!lines.is_empty()).then(|| lines.iter().map(|line| Heard::of(&line.text())).collect())
    }
}

impl Files {
    fn open(bytes: &[u8]) -> Option<Self> {
        // It follows a form that draws itself until the stack ends.
        if structure::inspect(bytes).ok()?.forms_in_circles {
            return None;
        }
        let first = load(bytes).ok()?;
        let second = quiet::catch(|| {
            let mut second = Document::load_mem(bytes).ok()?;
            if second.is_encrypted() {
                second.decrypt("").ok()?;
            }
            Some(second)
        })
        .ok()??;
        Some(Self { first, second })
    }
}

impl Heard {
    fn of(text: &str) -> Self {
        let spaced = text.to_lowercase().replace('^', "");
        let joined = spaced.split_whitespace().collect();
        Self { spaced, joined }
    }
}

/// Whether `line` holds `value` and not as a part of a longer number.
fn states(line: &str, value: &str) -> bool {
    let figure = |character: Option<char>| {
        character
            .is_some_and(|character| character.is_ascii_digit() || matches!(character, '.' | ','))
    };
    !value.is_empty()
        && line.match_indices(value).any(|(at, _)| {
            let (before, after) = (&line[..at], &line[at + value.len()..]);
            let mut behind = after.chars();
            let next = behind.next();
            // A full stop may end the sentence.
            let goes_on = next.is_some_and(|next| next.is_ascii_digit())
                || (figure(next) && behind.next().is_some_and(|next| next.is_ascii_digit()));
            !goes_on && !figure(before.chars().next_back())
        })
}

/// Takes the characters of one page.
struct Listener {
    ink: Ink,
    to_viewer: Affine,
}

impl OutputDev for Listener {
    fn begin_page(
        &mut self,
        _: u32,
        _: &MediaBox,
        _: Option<(f64, f64, f64, f64)>,
    ) -> Result<(), OutputError> {
        Ok(())
    }

    fn end_page(&mut self) -> Result<(), OutputError> {
        Ok(())
    }

    fn output_character(
        &mut self,
        text: &Transform,
        width: f64,
        _: f64,
        font_size: f64,
        characters: &str,
    ) -> Result<(), OutputError> {
        if self.ink.glyphs.len() as u64 > limits::DRAWINGS_A_PAGE {
            return Err(std::fmt::Error.into());
        }
        let placed = self.to_viewer
            * Affine::new([text.m11, text.m12, text.m21, text.m22, text.m31, text.m32]);
        let [a, b, c, d, ..] = placed.as_coeffs();
        let count = characters.chars().count().max(1) as f64;
        let angle = b.atan2(a).to_degrees().round() as i16;
        for (index, character) in characters.chars().enumerate() {
            let at = placed * Point::new(width * font_size * index as f64 / count, 0.0);
            self.ink.glyphs.push(Glyph {
                character,
                x: at.x as f32,
                y: at.y as f32,
                width: (width * font_size.abs() * a.hypot(b) / count) as f32,
                size: (font_size.abs() * c.hypot(d)) as f32,
                angle: angle.rem_euclid(360),
                bold: false,
            });
        }
        Ok(())
    }

    fn begin_word(&mut self) -> Result<(), OutputError> {
        Ok(())
    }

    fn end_word(&mut self) -> Result<(), OutputError> {
        Ok(())
    }

    fn end_line(&mut self) -> Result<(), OutputError> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_not_part_of_a_longer_one() {
        assert!(states("fsh 5.5 iu/l", "5.5"));
        assert!(states("e2 49 pg/ml", "49"));
        assert!(states("fsh is 5.5.", "5.5"));
        assert!(!states("fsh 15.5 iu/l", "5.5"));
        assert!(!states("fsh 5.55 iu/l", "5.5"));
        assert!(!states("total 3,280", "280"));
    }
}
