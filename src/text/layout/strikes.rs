//! A stroke through the middle of a word withdraws it.

use crate::text::page::{Line, Ruling};

/// Marks the words that a horizontal ruling runs through, and the cells that a vertical one parts.
pub fn mark(lines: &mut [Line], rulings: &[Ruling]) {
    let flat = |ruling: &&Ruling| {
        let [x0, y0, x1, y1] = ruling.bounds;
        x1 - x0 > y1 - y0
    };
    let horizontal: Vec<&Ruling> = rulings.iter().filter(flat).collect();
    let vertical: Vec<&Ruling> = rulings.iter().filter(|ruling| !flat(ruling)).collect();
    for line in lines {
        let [left, top, right, bottom] = line.bounds;
        let through = horizontal.iter().filter(|ruling| {
            let y = middle(ruling.bounds[1], ruling.bounds[3]);
            y > top && y < bottom && ruling.bounds[0] < right && ruling.bounds[2] > left
        });
        for ruling in through {
            for word in &mut line.words {
                word.struck |= strikes(ruling, word.bounds);
            }
        }
        let height = middle(top, bottom);
        let beside = vertical.iter().filter(|ruling| {
            let [x0, y0, x1, y1] = ruling.bounds;
            y0 < height && y1 > height && x0 > left && x1 < right
        });
        for ruling in beside {
            let x = middle(ruling.bounds[0], ruling.bounds[2]);
            let behind = line
                .words
                .iter()
                .position(|word| middle(word.bounds[0], word.bounds[2]) > x);
            if let Some(behind @ 1..) = behind
                && line.words[behind - 1].bounds[2] <= x + 1.0
                && line.words[behind].bounds[0] >= x - 1.0
            {
                line.words[behind].gap_before = true;
            }
        }
    }
}

/// Underlines lie below the letters and borders above them: only the middle of the small letters
/// counts. A word reaches from 0.78 of its type above the base line to 0.22 below.
fn strikes(ruling: &Ruling, [x0, y0, x1, y1]: [f64; 4]) -> bool {
    let size = y1 - y0;
    let y = middle(ruling.bounds[1], ruling.bounds[3]);
    let thick = ruling.bounds[3] - ruling.bounds[1];
    let covered = ruling.bounds[2].min(x1) - ruling.bounds[0].max(x0);
    let share = (y - y0) / size;
    (0.36..0.70).contains(&share) && thick < 0.25 * size && covered > 0.7 * (x1 - x0)
}

fn middle(a: f64, b: f64) -> f64 {
    f64::midpoint(a, b)
}
