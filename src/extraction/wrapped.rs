//! Cells of tables that go over several lines: headers and labels put together again.

use std::borrow::Cow;

use super::columns::Columns;
use super::dates::Order;
use super::pieces::union;
use crate::lexicon::Lexicon;
use crate::text::page::{Bounds, Line, Page, Word};

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

/// Cells whose lines stand half above and half below the others of their row, put together again.
///
/// In a table whose cells are centred, "Eggs collected" stands a little above the line of its value
/// and "(COC)" a little below. Such lines overlap, and no cell stands over one of another line but
/// over the other half of its own.
#[must_use]
pub fn whole_rows(pages: &[Page]) -> Cow<'_, [Page]> {
    if !pages
        .iter()
        .any(|page| first_band(&page.lines, 0).is_some())
    {
        return Cow::Borrowed(pages);
    }
    let whole = |page: &Page| Page {
        lines: rows(&page.lines),
        ..page.clone()
    };
    Cow::Owned(pages.iter().map(whole).collect())
}

fn rows(lines: &[Line]) -> Vec<Line> {
    let mut whole: Vec<Line> = Vec::with_capacity(lines.len());
    let mut at = 0;
    while let Some((from, taken)) = first_band(lines, at) {
        whole.extend(lines[at..from].iter().cloned());
        whole.push(joined(&lines[from..from + taken]));
        at = from + taken;
    }
    whole.extend(lines[at..].iter().cloned());
    whole
}

/// The first two or three lines from `at` on that are one row.
fn first_band(lines: &[Line], at: usize) -> Option<(usize, usize)> {
    (at..lines.len().saturating_sub(1)).find_map(|from| {
        if !interlock(&lines[from], &lines[from + 1]) {
            return None;
        }
        let third = lines.get(from + 2).is_some_and(|third| {
            interlock(&lines[from + 1], third) && !overlaps(&lines[from], third)
        });
        Some((from, if third { 3 } else { 2 }))
    })
}

fn overlaps(above: &Line, below: &Line) -> bool {
    let height = (above.bounds[3] - above.bounds[1]).min(below.bounds[3] - below.bounds[1]);
    above.bounds[3] - below.bounds[1] > 0.25 * height && above.bounds[1] < below.bounds[1]
}

/// Whether the cells of two lines that overlap stand beside each other.
fn interlock(above: &Line, below: &Line) -> bool {
    overlaps(above, below)
        && above.block == below.block
        && cells(above).iter().all(|a| {
            cells(below)
                .iter()
                .all(|b| a[2] + 1.0 < b[0] || b[2] + 1.0 < a[0])
        })
}

fn cells(line: &Line) -> Vec<Bounds> {
    let mut cells: Vec<Bounds> = Vec::new();
    for word in &line.words {
        match cells.last_mut() {
            Some(cell) if !word.gap_before => *cell = union(*cell, word.bounds),
            _ => cells.push(word.bounds),
        }
    }
    cells
}

/// The lines of a row as one: a cell below another goes on with it.
fn joined(lines: &[Line]) -> Line {
    let mut line = by_columns(lines);
    if let Some(first) = line.words.first_mut() {
        first.gap_before = false;
    }
    line
}
