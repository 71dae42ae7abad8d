//! Texts that tell the sex chromosomes of somebody or of an embryo, and what is left of them where
//! those are masked.
//!
//! Pure: text in, findings out. How loosely a text is understood depends on what it belongs to
//! ([`Context`]): a karyotype such as `46,XY` is one wherever it stands, but `XX` alone is a house
//! number on an invoice, and `male` on a semen analysis is the patient. Where genes are the topic
//! whatever may tell the sex is taken as telling it.
//!
//! [`redact`] puts [`MARK`] in the place of what tells, and leaves autosomal findings readable. What
//! remains of two texts that differ in the sex alone is the same: `arr(1-22,X)x2` and
//! `arr(1-22)x2,(X,Y)x1` leave the same words, and so do `45,X` and `47,XXY`.
//!
//! The words are those of the six languages of the lexicon ([`words`]). What a text says without any
//! of them ("she will be called Anna") is not found, and pictures are not looked at: whoever keeps
//! papers back asks [`Verdict`], which is `absent` only where every page had its text.

mod context;
mod embryo;
mod iscn;
mod masked;
mod phrase;
mod token;
mod verdict;
pub mod words;

pub use context::Context;
pub use verdict::{Verdict, is_genetic};

use std::borrow::Cow;
use std::ops::Range;
use token::Token;

/// What stands in the place of what is masked.
pub const MARK: &str = "‹masked›";

/// Raised whenever more or less is found: what was decided by older rules is decided again.
pub const RULES: i32 = 1;

/// Whether a text tells sex chromosomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Speaks {
    Not,
    /// In this context it may.
    Possibly,
    Certainly,
}

/// A part of a text that tells.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Found {
    /// Bytes of the text.
    range: Range<usize>,
    /// What of it tells nothing and stays before the mark.
    kept: String,
    certain: bool,
}

impl Found {
    fn certain(range: Range<usize>) -> Self {
        Self {
            range,
            kept: String::new(),
            certain: true,
        }
    }

    fn possible(range: Range<usize>) -> Self {
        Self {
            certain: false,
            ..Self::certain(range)
        }
    }
}

/// Whether `text` tells sex chromosomes.
#[must_use]
pub fn speaks(text: &str, context: Context) -> Speaks {
    let found = find(text, context);
    match (found.is_empty(), found.iter().any(|found| found.certain)) {
        (true, _) => Speaks::Not,
        (_, true) => Speaks::Certainly,
        (_, false) => Speaks::Possibly,
    }
}

/// The text with [`MARK`] for everything that tells, or may tell, sex chromosomes.
#[must_use]
pub fn redact(text: &str, context: Context) -> Cow<'_, str> {
    let found = find(text, context);
    if found.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut left = String::with_capacity(text.len());
    let mut at = 0;
    for Found { range, kept, .. } in found {
        let between = &text[at..range.start];
        // One mark for what stands together: two would tell two chromosomes from one.
        let joined = at > 0 && kept.is_empty() && between.chars().all(joins);
        if !joined {
            left.push_str(between);
            left.push_str(&kept);
            left.push_str(MARK);
        }
        at = range.end;
    }
    left.push_str(&text[at..]);
    Cow::Owned(left)
}

/// [`redact`] for a text that is owned.
pub fn redact_in_place(text: &mut String, context: Context) {
    if let Cow::Owned(redacted) = redact(text, context) {
        *text = redacted;
    }
}

fn joins(sign: char) -> bool {
    matches!(
        sign,
        ',' | ';' | ' ' | '\t' | '\u{a0}' | '&' | '+' | '/' | '|'
    )
}

/// Everything that tells, in the order of the text, without overlaps.
fn find(text: &str, context: Context) -> Vec<Found> {
    let tokens = token::tokens(text);
    let context = context.of_text(&tokens);
    let found = find_in(&tokens, context);
    // Where one chromosome is told for certain, the letters around it are no house numbers.
    if context == Context::Ordinary && found.iter().any(|found| found.certain) {
        return find_in(&tokens, Context::Mentioned);
    }
    found
}

fn find_in(tokens: &[Token], context: Context) -> Vec<Found> {
    let mut found = iscn::find(tokens, context);
    phrase::find(tokens, context, &mut found);
    embryo::find(tokens, context, &mut found);
    apart(found)
}

/// Overlapping findings become one, with what the first of them keeps.
fn apart(mut found: Vec<Found>) -> Vec<Found> {
    found.sort_by_key(|found| (found.range.start, std::cmp::Reverse(found.range.end)));
    let mut apart: Vec<Found> = Vec::with_capacity(found.len());
    for next in found {
        match apart.last_mut() {
            Some(last) if next.range.start < last.range.end => {
                last.range.end = last.range.end.max(next.range.end);
                last.certain |= next.certain;
            }
            _ => apart.push(next),
        }
    }
    apart
}

/// From the beginning of one token to the end of another.
fn span(tokens: &[Token], first: usize, last: usize) -> Range<usize> {
    match (tokens.get(first), tokens.get(last)) {
        (Some(first), Some(last)) => first.range.start..last.range.end,
        _ => 0..0,
    }
}

#[cfg(test)]
mod tests;
