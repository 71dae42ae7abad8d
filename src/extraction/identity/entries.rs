//! Fields with the words behind them.

use super::below::below;
use super::fields::{hits, is_dated, is_of_the_report, second_person};
use crate::extraction::pieces::union;
use crate::extraction::spoken::Spoken;
use crate::lexicon::{Field, Lexicon};
use crate::text::page::{Bounds, Page, Word};

/// A field with the words behind it.
pub(super) struct Entry<'p> {
    pub(super) field: Field,
    /// The name of the field, folded.
    pub(super) name: String,
    pub(super) value: Vec<&'p Word>,
    /// Of the line, for values below.
    pub(super) line: usize,
    pub(super) page: usize,
    pub(super) bounds: Bounds,
}

pub(super) fn entries<'p>(pages: &'p [Page], lexicon: &Lexicon) -> Vec<Entry<'p>> {
    let mut entries = Vec::new();
    for (page_at, page) in pages.iter().enumerate() {
        let mut second_block = false;
        for (line_at, line) in page.lines.iter().enumerate() {
            let spoken = Spoken::of(&line.words);
            let hits = hits(line, &spoken, lexicon);
            let second = second_person(line, &spoken, lexicon);
            if line.words.len() <= 2 && second == Some(0) {
                second_block = true;
            } else if second.is_none()
                && hits
                    .iter()
                    .any(|hit| hit.name.starts_with("patient") || hit.name.starts_with("pacient"))
            {
                second_block = false;
            }
            if second_block {
                continue;
            }
            for (at, hit) in hits.iter().enumerate() {
                if second.is_some_and(|from| hit.start >= from && !is_of_the_report(hit.field)) {
                    continue;
                }
                let end = hits
                    .get(at + 1)
                    .map_or(line.words.len(), |next| next.start)
                    .min(second.filter(|from| *from >= hit.end).unwrap_or(usize::MAX));
                let mut value: Vec<&Word> = Vec::new();
                for word in &line.words[hit.end..end.max(hit.end)] {
                    if word.text == ":" || word.struck {
                        continue;
                    }
                    if word.gap_before && !value.is_empty() && !is_dated(hit.field) {
                        break;
                    }
                    value.push(word);
                }
                let bounds = line.words[hit.start..hit.end]
                    .iter()
                    .fold(line.words[hit.start].bounds, |all, word| {
                        union(all, word.bounds)
                    });
                entries.push(Entry {
                    field: hit.field,
                    name: hit.name.clone(),
                    value,
                    line: line_at,
                    page: page_at,
                    bounds,
                });
            }
        }
    }
    below(&mut entries, pages, lexicon);
    entries
}

pub(super) fn text_of(words: &[&Word]) -> String {
    words
        .iter()
        .map(|word| word.text.as_str())
        .collect::<Vec<_>>()
        .join(" ")
}
