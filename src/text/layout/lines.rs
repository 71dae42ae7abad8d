//! Pieces on one base line become words, and words a line across the whole page.

use super::pieces::{JOINED, OVERPRINT, Piece, Pieces, Script};
use crate::text::page::{Line, Word};

/// Pieces whose base lines differ by less than this share of the smaller type stand on one line:
/// cells of different type are aligned by their middles, lines of text lie at least 0.9 apart.
const SAME_LINE: f32 = 0.35;

/// Lines from top to bottom, words from left to right.
pub fn join(pieces: &Pieces) -> Vec<Line> {
    let mut order: Vec<u32> = (0..pieces.pieces.len() as u32).collect();
    let at = |index: u32| &pieces.pieces[index as usize];
    order.sort_unstable_by(|&a, &b| at(a).base.total_cmp(&at(b).base));
    let spaced = draws_spaces(pieces);

    let mut lines = Vec::new();
    let mut from = 0;
    while from < order.len() {
        let first = at(order[from]);
        let (base, mut size) = (first.base, first.size);
        let mut to = from + 1;
        while to < order.len() {
            let next = at(order[to]);
            if next.base - base > SAME_LINE * size.min(next.size) {
                break;
            }
            size = size.max(next.size);
            to += 1;
        }
        let row = &mut order[from..to];
        row.sort_unstable_by(|&a, &b| at(a).x0.total_cmp(&at(b).x0));
        lines.push(line(pieces, row, spaced));
        from = to;
    }
    lines
}

/// Whether this producer draws a space between words. Then a gap without one is the edge of a
/// cell, however narrow.
fn draws_spaces(pieces: &Pieces) -> bool {
    let drawn = pieces
        .pieces
        .iter()
        .filter(|piece| piece.spaces_after > 0)
        .count();
    drawn * 3 > pieces.pieces.len()
}

fn line(pieces: &Pieces, row: &[u32], spaced: bool) -> Line {
    let mut words: Vec<Word> = Vec::new();
    let mut last: Option<&Piece> = None;
    let mut leader = false;
    for piece in row.iter().map(|&index| &pieces.pieces[index as usize]) {
        let text = pieces.text(piece);
        if piece.leader && !text.starts_with('_') {
            leader = true;
            continue;
        }
        if let (Some(before), Some(word)) = (last, words.last_mut()) {
            if overprinted(before, pieces.text(before), piece, text) {
                word.bold = true;
                continue;
            }
            if !leader && continues(before, piece) {
                extend(word, piece, text);
                last = Some(piece);
                continue;
            }
        }
        let gap_before = leader
            || piece.leader
            || last.is_some_and(|before| before.leader || gap(pieces, before, piece, spaced));
        words.push(word(piece, text, gap_before && !words.is_empty()));
        leader = false;
        last = Some(piece);
    }
    for word in &mut words {
        if word.text.chars().any(is_right_to_left) {
            word.text = word.text.chars().rev().collect();
        }
    }
    Line {
        bounds: around(&words),
        words,
        block: 0,
    }
}

/// The same letters drawn again a hair's breadth aside: bold made from a plain type.
fn overprinted(before: &Piece, before_text: &str, piece: &Piece, text: &str) -> bool {
    (piece.x0 - before.x0).abs() < OVERPRINT * piece.size && before_text == text
}

fn continues(before: &Piece, piece: &Piece) -> bool {
    let gap = piece.x0 - before.x1;
    let size = before.size.max(piece.size);
    match piece.script {
        Script::Raised | Script::Lowered => gap < 0.35 * size,
        Script::Plain => {
            before.spaces_after == 0
                && piece.spaces_before == 0
                && !before.leader
                && !piece.leader
                && gap < JOINED * size
                && gap > -0.5 * size
        }
    }
}

/// Whether the gap between two words is wider than a space of this type. A dash that stands alone
/// binds the two ends of a range, however they are aligned.
fn gap(pieces: &Pieces, before: &Piece, piece: &Piece, spaced: bool) -> bool {
    let gap = (piece.x0 - before.x1) / before.size.max(piece.size);
    if matches!(pieces.text(before), "-" | "–") && before.spaces_after > 0 && gap < 3.0 {
        return false;
    }
    let space = match before.spaces_after.max(piece.spaces_before) {
        0 if spaced => 0.35,
        // Justified text stretches its spaces.
        1 => 1.2,
        _ => 0.7,
    };
    gap > space
}

fn word(piece: &Piece, text: &str, gap_before: bool) -> Word {
    Word {
        text: text.to_owned(),
        bounds: bounds(piece),
        size: f64::from(piece.size),
        bold: piece.bold,
        struck: false,
        gap_before,
        confidence: 1.0,
    }
}

fn extend(word: &mut Word, piece: &Piece, text: &str) {
    if piece.script == Script::Raised && is_power(&word.text, text) {
        word.text.push('^');
    }
    word.text.push_str(text);
    let [x0, y0, x1, y1] = bounds(piece);
    word.bounds = [
        word.bounds[0].min(x0),
        word.bounds[1].min(y0),
        word.bounds[2].max(x1),
        word.bounds[3].max(y1),
    ];
}

/// A raised text is a power or a mark, but for the endings of ordinal numbers and for signs that
/// are raised by themselves.
fn is_power(before: &str, text: &str) -> bool {
    let counted = before.ends_with(|c: char| c.is_ascii_digit());
    let ordinal = matches!(text, "st" | "nd" | "rd" | "th" | "º" | "ª");
    before.ends_with(|c: char| c.is_alphanumeric() || c == ')')
        && text.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '-' | '+' | '−'))
        && !(counted && ordinal)
}

/// From the height of capitals, with some air, to the depth of descenders.
fn bounds(piece: &Piece) -> [f64; 4] {
    [
        f64::from(piece.x0),
        f64::from(piece.drawn - 0.78 * piece.size),
        f64::from(piece.x1),
        f64::from(piece.drawn + 0.22 * piece.size),
    ]
}

pub fn around(words: &[Word]) -> [f64; 4] {
    words.iter().fold(
        [f64::MAX, f64::MAX, f64::MIN, f64::MIN],
        |[x0, y0, x1, y1], word| {
            let [wx0, wy0, wx1, wy1] = word.bounds;
            [x0.min(wx0), y0.min(wy0), x1.max(wx1), y1.max(wy1)]
        },
    )
}

/// Hebrew and Arabic letters are drawn from left to right on the page, the last first.
fn is_right_to_left(character: char) -> bool {
    matches!(character, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefe}')
}
