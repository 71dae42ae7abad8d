//! From ink to reading order, whatever engine found the ink.
//!
//! An engine hands over glyphs in the order they were drawn and the straight strokes beside them.
//! Glyphs that run in one direction are laid out together ([`turn`]): those drawn one after the
//! other become pieces, with raised figures written as powers ([`pieces`]); pieces on one base
//! line become words and lines across the whole page ([`lines`]); where two columns stand side by
//! side the lines are cut and put in reading order ([`columns`]); at last strokes through a word
//! strike it out ([`strikes`]).
//!
//! An engine that finds words instead of glyphs begins at [`lines`].

mod columns;
mod glyph;
mod lines;
mod pieces;
mod strikes;
mod turn;

pub use glyph::{Glyph, Ink};

use super::page::{Line, Page};

/// Lays out one page. `size` is the page as a viewer shows it, and so are the coordinates of `ink`.
#[must_use]
pub fn page(number: u32, size: [f32; 2], ink: &Ink) -> Page {
    let turns = turn::groups(&ink.glyphs);
    let upright = turns.first().map_or_else(turn::Frame::upright, |group| {
        turn::Frame::of_page(group.angle, size)
    });
    let rulings = upright.rulings(&ink.rulings);

    let mut lines: Vec<Line> = Vec::new();
    for group in &turns {
        let first = lines.len();
        let frame = if group.angle == upright.angle() {
            upright
        } else {
            turn::Frame::of_text(group.angle)
        };
        let pieces = pieces::join(&ink.glyphs, group, frame);
        let cells = lines::join(&pieces);
        let own_rulings = if first == 0 { rulings.as_slice() } else { &[] };
        let next_block = lines.last().map_or(0, |line| line.block + 1);
        lines.extend(columns::order(cells, own_rulings, next_block));
        if group.angle != upright.angle() {
            for line in &mut lines[first..] {
                turn::carry(line, frame, upright);
            }
        }
    }
    strikes::mark(&mut lines, &rulings);

    Page {
        number,
        width: f64::from(size[0]),
        height: f64::from(size[1]),
        turn: upright.turn(),
        lines,
        rulings,
    }
}
