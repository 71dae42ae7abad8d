//! The pieces of a line, by the label that they stand behind.

use crate::extraction::pieces::{LabelPiece, Piece, What};

pub(super) type Group<'p, 'l> = (&'p LabelPiece<'l>, &'p Piece<'l>, &'p [Piece<'l>]);

/// Labels with the pieces behind each; what stands before the first belongs to none.
pub(super) fn groups<'p, 'l>(pieces: &'p [Piece<'l>]) -> Vec<Group<'p, 'l>> {
    let starts: Vec<usize> = pieces
        .iter()
        .enumerate()
        .filter(|(_, piece)| matches!(piece.what, What::Label(_)))
        .map(|(at, _)| at)
        .collect();
    starts
        .iter()
        .enumerate()
        .filter_map(|(order, at)| {
            let end = starts.get(order + 1).copied().unwrap_or(pieces.len());
            let What::Label(label) = &pieces[*at].what else {
                return None;
            };
            Some((label, &pieces[*at], &pieces[at + 1..end]))
        })
        .collect()
}

/// The words of a reference; a mark that stands before them is none.
pub(super) fn text_of(pieces: &[&Piece]) -> String {
    let words: Vec<&str> = pieces
        .iter()
        .filter(|piece| !matches!(piece.what, What::Mark(_)))
        .map(|piece| piece.text.as_str())
        .collect();
    words.join(" ")
}
