//! Cells of tables that go over several lines: headers and labels put together again.

use std::borrow::Cow;

use super::columns::Columns;
use super::dates::Order;
use super::pieces::union;
use crate::lexicon::Lexicon;
use crate::text::page::{Line, Word};

/// The header that begins with the first of `lines`, and how many lines it takes.
///
/// "Risultato" above "precedente" is one column: of the readings with one, two and three lines
/// the one that knows most columns holds, and a longer one only where it changes what is known.
#[must_use]
pub fn header(lines: &[Line], lexicon: &Lexicon, order: Order) -> Option<(Columns, usize)> {
    let mut best = Columns::read(&lines[0], lexicon, order).map(|columns| (columns, 1));
    if !Columns::hinted(&lines[0], lexicon) {
        return best;
    }
    for taken in 2..=lines.len().min(3) {
        let (above, below) = (&lines[taken - 2], &lines[taken - 1]);
        let height = above.bounds[3] - above.bounds[1];
        let figures = below
            .words
            .iter()
            .any(|word| word.text.chars().any(|c| c.is_ascii_digit()));
        if figures || below.bounds[1] - above.bounds[3] > 0.6 * height {
            break;
        }
        let Some(merged) = Columns::read(&by_columns(&lines[..taken]), lexicon, order) else {
            continue;
        };
        let better = best
            .as_ref()
            .is_none_or(|(known, _)| merged.tells_more_than(known));
        if better {
            best = Some((merged, taken));
        }
    }
    best
}

/// Several lines as one: words that stand above each other are one cell.
fn by_columns(lines: &[Line]) -> Line {
    let mut cells: Vec<(f64, f64, Vec<Word>)> = Vec::new();
    for line in lines {
        let mut current: Option<usize> = None;
        for word in &line.words {
            let [x0, _, x1, _] = word.bounds;
            let at = match current {
                Some(at) if !word.gap_before => at,
                _ => cells
                    .iter()
                    .position(|cell| x0 < cell.1 && x1 > cell.0)
                    .unwrap_or_else(|| {
                        cells.push((x0, x1, Vec::new()));
                        cells.len() - 1
                    }),
            };
            let cell = &mut cells[at];
            cell.0 = cell.0.min(x0);
            cell.1 = cell.1.max(x1);
            cell.2.push(word.clone());
            current = Some(at);
        }
    }
    cells.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut merged = Line {
        bounds: lines[0].bounds,
        block: lines[0].block,
        words: Vec::new(),
    };
    for (_, _, words) in cells {
        for (index, mut word) in words.into_iter().enumerate() {
            word.gap_before = index == 0;
            merged.bounds = union(merged.bounds, word.bounds);
            merged.words.push(word);
        }
    }
    merged
}

/// Labels whose lines stand half above and half below their values, put in front of them.
#[must_use]
pub fn rows(lines: &[Line]) -> Cow<'_, [Line]> {
    let overlaps = |above: &Line, below: &Line| {
        let height = (above.bounds[3] - above.bounds[1]).min(below.bounds[3] - below.bounds[1]);
        above.bounds[3] - below.bounds[1] > 0.25 * height && above.bounds[1] < below.bounds[1]
    };
    let beside = |label: &Line, values: &Line| {
        label.bounds[2] < values.bounds[0]
            && !label.words.iter().skip(1).any(|word| word.gap_before)
    };
    let starts = |at: usize| {
        lines
            .get(at + 1)
            .is_some_and(|values| overlaps(&lines[at], values) && beside(&lines[at], values))
    };
    if !(0..lines.len()).any(starts) {
        return Cow::Borrowed(lines);
    }
    let mut merged: Vec<Line> = Vec::with_capacity(lines.len());
    let mut at = 0;
    while at < lines.len() {
        if !starts(at) {
            merged.push(lines[at].clone());
            at += 1;
            continue;
        }
        let values = &lines[at + 1];
        let mut row = lines[at].clone();
        let mut taken = 2;
        if let Some(rest) = lines.get(at + 2)
            && overlaps(values, rest)
            && beside(rest, values)
        {
            row.words.extend(rest.words.iter().cloned().map(|mut word| {
                word.gap_before = false;
                word
            }));
            taken = 3;
        }
        for (index, word) in values.words.iter().enumerate() {
            let mut word = word.clone();
            word.gap_before |= index == 0;
            row.words.push(word);
        }
        row.bounds = row
            .words
            .iter()
            .fold(row.bounds, |all, word| union(all, word.bounds));
        merged.push(row);
        at += taken;
    }
    Cow::Owned(merged)
}
