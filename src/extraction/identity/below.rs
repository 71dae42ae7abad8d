//! Values that stand in a line below the name of their field.

use super::entries::Entry;
use super::fields::{hits, is_dated, second_person};
use crate::extraction::dates;
use crate::extraction::spoken::Spoken;
use crate::lexicon::{Field, Lexicon};
use crate::text::page::{Line, Page, Word};

/// Fills fields whose value stands in the line below, and names that go on there.
pub(super) fn below<'p>(entries: &mut [Entry<'p>], pages: &'p [Page], lexicon: &Lexicon) {
    for entry in entries.iter_mut() {
        let lines = &pages[entry.page].lines;
        let height = entry.bounds[3] - entry.bounds[1];
        let going_on = entry.field == Field::Name && !entry.value.is_empty();
        if !entry.value.is_empty() && !going_on {
            continue;
        }
        let left = entry.bounds[0];
        let value_left = entry.value.first().map_or(left, |word| word.bounds[0]);
        let bottom = entry.bounds[3];
        let reach = if going_on { 1.0 } else { 1.8 } * height;
        let Some(next) = lines[entry.line + 1..]
            .iter()
            .take(6)
            .filter(|line| {
                line.bounds[1] > entry.bounds[1] + 0.4 * height && line.bounds[1] - bottom < reach
            })
            .find_map(|line| {
                let cell = cell_at(line, left, value_left);
                cell.or_else(|| wrapped(entry, lines, line))
                    .map(|cell| (line, cell))
            })
        else {
            continue;
        };
        let (line, (from, to)) = next;
        let cell: Vec<&Word> = line.words[from..to].iter().collect();
        let spoken = Spoken::of(&line.words);
        let named = hits(line, &spoken, lexicon)
            .iter()
            .any(|hit| hit.start >= from && hit.start < to);
        if named || second_person(line, &spoken, lexicon).is_some_and(|second| second < to) {
            continue;
        }
        if going_on {
            let said: Vec<&str> = entry.value.iter().map(|word| word.text.as_str()).collect();
            let open = said.last().is_some_and(|word| word.ends_with([',', '-']));
            let shouted = |words: &[&str]| {
                words
                    .iter()
                    .all(|word| !word.chars().any(char::is_lowercase))
            };
            let more: Vec<&str> = cell.iter().map(|word| word.text.as_str()).collect();
            let alike = shouted(&said) == shouted(&more) && cell[0].bold == entry.value[0].bold;
            let plain = more.iter().all(|word| {
                word.chars()
                    .all(|c| c.is_alphabetic() || matches!(c, '-' | '\'' | '’' | '.'))
            });
            let in_column = (cell[0].bounds[0] - value_left).abs() < 3.0
                || (cell[0].bounds[0] - left).abs() < 3.0;
            if plain && more.len() <= 3 && in_column && (open || (alike && shouted(&more))) {
                entry.value.extend(cell);
            }
        } else {
            entry.value = cell;
        }
    }
}

/// A date that did not fit behind the last field of its line begins the next one.
fn wrapped(entry: &Entry, lines: &[Line], line: &Line) -> Option<(usize, usize)> {
    let last = lines[entry.line].words.last()?;
    let words: Vec<&str> = line.words.iter().map(|word| word.text.as_str()).collect();
    (is_dated(entry.field) && last.bounds[2] <= entry.bounds[2] && dates::date(&words).is_some())
        .then_some((0, words.len()))
}

/// The cell of a line that begins at one of two places.
fn cell_at(line: &Line, left: f64, value_left: f64) -> Option<(usize, usize)> {
    let starts: Vec<usize> = (0..line.words.len())
        .filter(|at| *at == 0 || line.words[*at].gap_before)
        .collect();
    starts.iter().enumerate().find_map(|(order, from)| {
        let x = line.words[*from].bounds[0];
        ((x - left).abs() < 12.0 || (x - value_left).abs() < 12.0).then(|| {
            (
                *from,
                starts.get(order + 1).copied().unwrap_or(line.words.len()),
            )
        })
    })
}
