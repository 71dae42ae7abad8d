//! Lines that run across the page are cut where two columns stand side by side.
//!
//! A gutter that no word crosses is found between the columns of a page, but as well between the
//! columns of a table and between the fields of a form, and those must stay one line. So a gutter
//! parts columns only where both sides stand on their own: two tables whose rows each begin with
//! a name and state a number, text that fills both sides, lines that do not share base lines, or a
//! single ruling drawn in the gutter. Rulings that run across it again and again prove one table.

use super::lines::around;
use crate::text::page::{Line, Ruling, Word};

/// Cuts side by side columns apart; gives all lines in reading order with their blocks.
pub fn order(lines: Vec<Line>, rulings: &[Ruling], first_block: u32) -> Vec<Line> {
    let mut parts = Vec::new();
    cut(lines, rulings, 0, &mut parts);
    let mut ordered = Vec::new();
    let mut block = first_block;
    for part in parts {
        block = number(part, block, &mut ordered);
    }
    ordered
}

/// Columns within columns within columns: no paper has more.
const DEEPEST: u32 = 3;
/// So many lines on either side make a column.
const SHORTEST: usize = 3;

fn cut(lines: Vec<Line>, rulings: &[Ruling], depth: u32, parts: &mut Vec<Vec<Line>>) {
    let gutter = if depth < DEEPEST {
        widest_gutter(&lines, rulings)
    } else {
        None
    };
    let Some(gutter) = gutter else {
        if !lines.is_empty() {
            parts.push(lines);
        }
        return;
    };
    let mut lines = lines;
    let below = lines.split_off(gutter.to);
    let beside = lines.split_off(gutter.from);
    if !lines.is_empty() {
        parts.push(lines);
    }
    let (left, right) = split(beside, gutter.x());
    cut(left, rulings, depth + 1, parts);
    cut(right, rulings, depth + 1, parts);
    cut(below, rulings, depth, parts);
}

/// A strip that no word of the lines `from..to` crosses.
#[derive(Debug, Clone, Copy)]
struct Gutter {
    from: usize,
    to: usize,
    x0: f64,
    x1: f64,
}

impl Gutter {
    fn x(self) -> f64 {
        f64::midpoint(self.x0, self.x1)
    }
}

/// The first gutter from above that parts columns; of those that begin together the longest.
fn widest_gutter(lines: &[Line], rulings: &[Ruling]) -> Option<Gutter> {
    let left = lines
        .iter()
        .map(|line| line.bounds[0])
        .fold(f64::MAX, f64::min);
    let right = lines
        .iter()
        .map(|line| line.bounds[2])
        .fold(f64::MIN, f64::max);
    let width = right - left;
    let mut tried: Vec<(usize, f64, f64)> = Vec::new();
    let mut best: Option<Gutter> = None;
    for (seed, line) in lines.iter().enumerate() {
        for pair in line.words.windows(2) {
            let (x0, x1) = (pair[0].bounds[2], pair[1].bounds[0]);
            let x = f64::midpoint(x0, x1);
            let inside = x > left + 0.2 * width && x < left + 0.8 * width;
            if x1 - x0 < pair[1].size || !inside {
                continue;
            }
            let known = |&(end, k0, k1): &(usize, f64, f64)| seed < end && k0 < x && x < k1;
            if tried.iter().any(known) {
                continue;
            }
            let gutter = stretch(lines, seed, x0, x1);
            tried.push((gutter.to, gutter.x0, gutter.x1));
            let longer = best.is_none_or(|best| gutter.to - gutter.from > best.to - best.from);
            if longer && parts_columns(lines, gutter, rulings) {
                best = Some(gutter);
            }
        }
    }
    best
}

/// The gutter through line `seed`, as far up and down as no word crosses it.
fn stretch(lines: &[Line], seed: usize, x0: f64, x1: f64) -> Gutter {
    let mut gutter = Gutter {
        from: seed,
        to: seed + 1,
        x0,
        x1,
    };
    let narrowest = 0.8 * lines[seed].words.first().map_or(10.0, |word| word.size);
    for line in lines[..seed].iter().rev() {
        if !narrow(&mut gutter, line, narrowest) {
            break;
        }
        gutter.from -= 1;
    }
    for line in &lines[seed + 1..] {
        if !narrow(&mut gutter, line, narrowest) {
            break;
        }
        gutter.to += 1;
    }
    // It begins and ends where something stands on its right.
    let x = gutter.x();
    while gutter.from < seed && lines[gutter.from].bounds[2] < x {
        gutter.from += 1;
    }
    while gutter.to > seed + 1 && lines[gutter.to - 1].bounds[2] < x {
        let (line, above) = (&lines[gutter.to - 1], &lines[gutter.to - 2]);
        let height = line.bounds[3] - line.bounds[1];
        if line.bounds[1] - above.bounds[3] < 0.6 * height {
            break;
        }
        gutter.to -= 1;
    }
    gutter
}

/// Narrows the gutter to what `line` leaves free; false where that is too little.
fn narrow(gutter: &mut Gutter, line: &Line, narrowest: f64) -> bool {
    let x = gutter.x();
    let (mut x0, mut x1) = (gutter.x0, gutter.x1);
    for word in &line.words {
        if word.bounds[2] <= x {
            x0 = x0.max(word.bounds[2]);
        } else if word.bounds[0] >= x {
            x1 = x1.min(word.bounds[0]);
        } else {
            return false;
        }
    }
    if x1 - x0 < narrowest {
        return false;
    }
    (gutter.x0, gutter.x1) = (x0, x1);
    true
}

fn split(lines: Vec<Line>, x: f64) -> (Vec<Line>, Vec<Line>) {
    let (mut left, mut right) = (Vec::new(), Vec::new());
    for mut line in lines {
        let behind = line.words.partition_point(|word| word.bounds[0] < x);
        let mut words = line.words.split_off(behind);
        if !line.words.is_empty() {
            line.bounds = around(&line.words);
            left.push(line);
        }
        if let Some(first) = words.first_mut() {
            first.gap_before = false;
            right.push(Line {
                bounds: around(&words),
                words,
                block: 0,
            });
        }
    }
    (left, right)
}

/// One line of the region, cut at the gutter.
struct Sides<'a> {
    left: &'a [Word],
    right: &'a [Word],
}

fn parts_columns(lines: &[Line], gutter: Gutter, rulings: &[Ruling]) -> bool {
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

/// Gives the lines of one part their block numbers: a new block where nearly a line stays empty
/// and the lines around lie closer.
fn number(part: Vec<Line>, first: u32, ordered: &mut Vec<Line>) -> u32 {
    let distances: Vec<f64> = part
        .windows(2)
        .map(|pair| pair[1].bounds[3] - pair[0].bounds[3])
        .collect();
    let mut block = first;
    for (index, mut line) in part.into_iter().enumerate() {
        let height = line.bounds[3] - line.bounds[1];
        if let Some(distance) = index.checked_sub(1).map(|above| distances[above]) {
            let closer = |other: Option<&f64>| other.is_some_and(|other| distance > 1.35 * other);
            let before = index.checked_sub(2).and_then(|above| distances.get(above));
            let alone = distances.len() == 1;
            if distance > 1.9 * height && (alone || closer(before) || closer(distances.get(index)))
            {
                block += 1;
            }
        }
        line.block = block;
        ordered.push(line);
    }
    block + 1
}
