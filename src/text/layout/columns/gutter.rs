//! Strips of a page that no word crosses.

use super::proof;
use crate::text::page::{Line, Ruling};

/// A strip that no word of the lines `from..to` crosses.
#[derive(Debug, Clone, Copy)]
pub struct Gutter {
    pub from: usize,
    pub to: usize,
    pub x0: f64,
    pub x1: f64,
}

impl Gutter {
    /// Its middle.
    pub fn x(self) -> f64 {
        f64::midpoint(self.x0, self.x1)
    }
}

/// The first gutter from above that parts columns; of those that begin together the longest.
pub fn find(lines: &[Line], rulings: &[Ruling]) -> Option<Gutter> {
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
            if longer && proof::parts_columns(lines, gutter, rulings) {
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
