//! What proves that a gutter parts two columns, and what that it runs through one table.

use super::gutter::Gutter;
use crate::text::page::{Line, Ruling, Word};

/// So many lines on either side make a column.
const SHORTEST: usize = 3;

/// One line of the region, cut at the gutter.
struct Sides<'a> {
    left: &'a [Word],
    right: &'a [Word],
}

/// Whether both sides of the gutter stand on their own.
pub fn parts_columns(lines: &[Line], gutter: Gutter, rulings: &[Ruling]) -> bool {
    let region = &lines[gutter.from..gutter.to];
    let sides: Vec<Sides> = region
        .iter()
        .map(|line| {
            let (left, right) = line.words.split_at(
                line.words
                    .partition_point(|word| word.bounds[0] < gutter.x()),
            );
            Sides { left, right }
        })
        .collect();
    let count = |test: fn(&Sides) -> bool| sides.iter().filter(|side| test(side)).count();
    let left = count(|side| !side.left.is_empty());
    let right = count(|side| !side.right.is_empty());
    let both = left + right - sides.len();
    if left < SHORTEST || right < SHORTEST || crossed(region, gutter, rulings) > 1 {
        return false;
    }
    apart(region, &sides, both)
        || twins(&sides, both)
        || prose(&sides)
        || ruled(region, &sides, gutter, rulings)
}

/// How many horizontal rulings run across the gutter between lines of the region.
fn crossed(region: &[Line], gutter: Gutter, rulings: &[Ruling]) -> usize {
    let (Some(first), Some(last)) = (region.first(), region.last()) else {
        return 0;
    };
    rulings
        .iter()
        .filter(|ruling| {
            let [x0, y0, x1, y1] = ruling.bounds;
            y1 - y0 < x1 - x0
                && x0 < gutter.x0
                && x1 > gutter.x1
                && y0 > first.bounds[3] - 1.0
                && y1 < last.bounds[1] + 1.0
        })
        .count()
}

/// Lines that do not share base lines: what stands on one side only runs past what stands on the
/// other. In a table with cells of several lines they make room for each other.
fn apart(region: &[Line], sides: &[Sides], both: usize) -> bool {
    let only = |test: fn(&Sides) -> bool| {
        let lines = region.iter().zip(sides).filter(move |(_, side)| test(side));
        lines.map(|(line, _)| line)
    };
    let left = || only(|side| side.right.is_empty());
    let right = || only(|side| side.left.is_empty());
    let past = left()
        .filter(|line| {
            let middle = f64::midpoint(line.bounds[1], line.bounds[3]);
            right().any(|other| other.bounds[1] < middle && middle < other.bounds[3])
        })
        .count();
    both * 3 <= sides.len() && past >= SHORTEST && past * 5 >= left().count() * 3
}

/// Two tables side by side: on both sides most rows begin with a name of their own and state a
/// number, which the right part of a single table does not.
fn twins(sides: &[Sides], both: usize) -> bool {
    let rows: Vec<&Sides> = sides
        .iter()
        .filter(|side| !side.left.is_empty() && !side.right.is_empty())
        .collect();
    let alone = rows
        .iter()
        .filter(|side| states_a_number(side.left) && states_a_number(side.right))
        .count();
    let mut names: Vec<&str> = rows
        .iter()
        .map(|side| side.right[0].text.as_str())
        .collect();
    names.sort_unstable();
    names.dedup();
    let heads = rows
        .iter()
        .filter(|side| heading(side.left).is_some_and(|left| Some(left) == heading(side.right)))
        .count();
    alone >= SHORTEST && (alone * 5 >= both * 3 || heads > 0) && names.len() * 10 >= rows.len() * 7
}

/// A row that names something and states a number for it.
fn states_a_number(words: &[Word]) -> bool {
    let Some((first, rest)) = words.split_first() else {
        return false;
    };
    is_name(first)
        && !words.iter().any(|word| word.text.ends_with(':'))
        && rest.iter().any(|word| is_number(&word.text))
}

fn is_name(word: &Word) -> bool {
    let unit = word.text.contains(['/', '%', '^'])
        || matches!(word.text.as_str(), "mL" | "ml" | "sec" | "days");
    word.text.starts_with(char::is_alphabetic) && !unit
}

fn is_number(text: &str) -> bool {
    let figures = text.trim_start_matches(['<', '>', '≤', '≥', '=']);
    figures.starts_with(|c: char| c.is_ascii_digit())
        && figures
            .chars()
            .all(|c| c.is_ascii_digit() || matches!(c, '.' | ','))
}

/// The words of a table's head, where the line is one: several cells, all of letters.
fn heading(words: &[Word]) -> Option<Vec<&str>> {
    let letters = |word: &Word| word.text.chars().all(char::is_alphabetic);
    (words.len() > 1 && words.iter().all(letters))
        .then(|| words.iter().map(|word| word.text.as_str()).collect())
}

/// Running text on both sides.
fn prose(sides: &[Sides]) -> bool {
    let runs = |side: fn(&Sides) -> usize, gaps: fn(&Sides) -> usize| {
        let lines = sides.iter().filter(|sides| side(sides) > 0).count();
        let words: usize = sides.iter().map(side).sum();
        let gaps: usize = sides.iter().map(gaps).sum();
        lines > SHORTEST && words * 2 >= lines * 9 && gaps * 4 <= lines
    };
    runs(|sides| sides.left.len(), |sides| gaps(sides.left))
        && runs(|sides| sides.right.len(), |sides| gaps(sides.right))
}

fn gaps(words: &[Word]) -> usize {
    words.iter().skip(1).filter(|word| word.gap_before).count()
}

/// One ruling stands in the gutter, and what stands right of it are names, not numbers and units.
fn ruled(region: &[Line], sides: &[Sides], gutter: Gutter, rulings: &[Ruling]) -> bool {
    let (Some(first), Some(last)) = (region.first(), region.last()) else {
        return false;
    };
    let (top, bottom) = (first.bounds[1], last.bounds[3]);
    let upright = rulings.iter().filter(|ruling| {
        let [x0, y0, x1, y1] = ruling.bounds;
        y1 - y0 > x1 - x0 && y1.min(bottom) - y0.max(top) > 0.6 * (bottom - top)
    });
    let left = region
        .iter()
        .map(|line| line.bounds[0])
        .fold(f64::MAX, f64::min);
    let right = region
        .iter()
        .map(|line| line.bounds[2])
        .fold(f64::MIN, f64::max);
    let (mut within, mut elsewhere) = (0, 0);
    for ruling in upright {
        let x = f64::midpoint(ruling.bounds[0], ruling.bounds[2]);
        if x > gutter.x0 && x < gutter.x1 {
            within += 1;
        } else if x > left && x < right {
            elsewhere += 1;
        }
    }
    let named = |words: &[Word]| words.first().is_some_and(is_name);
    let names = sides.iter().filter(|side| named(side.right)).count();
    let rows = sides.iter().filter(|side| !side.right.is_empty()).count();
    within == 1 && elsewhere == 0 && names * 5 >= rows * 4
}
