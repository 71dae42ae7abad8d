//! A line cut into pieces: labels, numbers, units, flags, ranges and words.
//!
//! From the left each run of words is first tried as something that a result is made of
//! ([`value`]: flag, unit, number or range), then, at the beginning of a cell or behind a value
//! that has been told, as a label ([`label`]). What is neither is a run of words. The cutter knows
//! no columns: it says what stands there, not what it means.

mod label;
mod mark;
mod value;

use super::number::DecimalSign;
use crate::domain::analysis::{Comparator, Flag};
use crate::lexicon::{Label, Lexicon};
use crate::text::page::{Bounds, Line, Word};

/// A run of words of one meaning.
#[derive(Debug, Clone)]
pub struct Piece<'l> {
    pub what: What<'l>,
    /// As printed, words parted by single spaces.
    pub text: String,
    pub bounds: Bounds,
    /// Whether a wide gap stands before it.
    pub gap_before: bool,
    /// The lowest confidence of its words.
    pub legible: f32,
}

#[derive(Debug, Clone)]
pub enum What<'l> {
    Label(LabelPiece<'l>),
    Number {
        value: f64,
        comparator: Option<Comparator>,
        mark: Option<Mark>,
        unit: Option<String>,
    },
    /// Two numbers with a dash between them.
    Range,
    /// UCUM.
    Unit(String),
    Mark(Mark),
    /// A line to be filled in.
    Blank,
    Words,
}

/// What a laboratory prints beside a value that it wants seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    Said(Flag),
    /// `*`: outside the range, the direction is not said.
    Star,
}

#[derive(Debug, Clone)]
pub struct LabelPiece<'l> {
    pub label: Label<'l>,
    /// A unit that stands in the label: `Volume (mL)`.
    pub unit: Option<String>,
    /// A colon closes it.
    pub colon: bool,
}

/// Cuts the words of a line; what was struck out is not there.
pub struct Cutter<'l> {
    pub lexicon: &'l Lexicon,
    pub sign: DecimalSign,
}

impl<'l> Cutter<'l> {
    #[must_use]
    pub fn cut(&self, line: &Line) -> Vec<Piece<'l>> {
        let words: Vec<&Word> = line.words.iter().filter(|word| !word.struck).collect();
        let mut pieces: Vec<Piece<'l>> = Vec::new();
        let mut at = 0;
        // Whether a label may begin here: at a cell, or where a value has been told to its end.
        let mut fresh = true;
        while at < words.len() {
            fresh |= words[at].gap_before || at == 0;
            let next = self
                .value(&words[at..], pieces.last())
                .or_else(|| fresh.then(|| self.label(&words[at..])).flatten());
            let (what, taken) = next.unwrap_or((What::Words, 1));
            let piece = piece(what, &words[at..at + taken], at == 0);
            fresh = !matches!(piece.what, What::Words | What::Label(_))
                || piece.text.ends_with(['.', ';', ',', ':']);
            at += taken;
            match pieces.last_mut() {
                Some(last)
                    if matches!((&last.what, &piece.what), (What::Words, What::Words))
                        && !piece.gap_before
                        && !last.text.ends_with([':', '.', ';']) =>
                {
                    last.text.push(' ');
                    last.text.push_str(&piece.text);
                    last.bounds = union(last.bounds, piece.bounds);
                    last.legible = last.legible.min(piece.legible);
                }
                _ => pieces.push(piece),
            }
        }
        pieces
    }
}

fn piece<'l>(what: What<'l>, words: &[&Word], first: bool) -> Piece<'l> {
    Piece {
        what,
        text: join(words),
        bounds: words[1..]
            .iter()
            .fold(words[0].bounds, |all, word| union(all, word.bounds)),
        gap_before: words[0].gap_before || first,
        legible: words.iter().map(|word| word.confidence).fold(1.0, f32::min),
    }
}

fn join(words: &[&Word]) -> String {
    let mut text = String::new();
    for word in words {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(&word.text);
    }
    text
}

/// The smallest place that holds both.
#[must_use]
pub fn union(a: Bounds, b: Bounds) -> Bounds {
    [
        a[0].min(b[0]),
        a[1].min(b[1]),
        a[2].max(b[2]),
        a[3].max(b[3]),
    ]
}
