//! Cards: a label with its value beneath.

use super::{Section, Walk};
use crate::extraction::finding::{Finding, Place};
use crate::extraction::pieces::{LabelPiece, Piece, What};
use crate::lexicon::Anchor;
use crate::text::page::Line;

impl<'l> Walk<'l> {
    /// A card: the value stands below its label.
    pub(super) fn card(
        &mut self,
        label: &LabelPiece<'l>,
        label_piece: &Piece<'l>,
        next: Option<&Line>,
        place: Place<'l>,
    ) -> Option<Finding<'l>> {
        let next = next?;
        let height = label_piece.bounds[3] - label_piece.bounds[1];
        if self.columns.is_some()
            || self.section == Section::Aside
            || label.label.unknown > 0
            || next.bounds[1] - label_piece.bounds[3] > 2.5 * height
        {
            return None;
        }
        let pieces = self.cutter.cut(next);
        let value = pieces.first()?;
        let beneath =
            value.bounds[0] < label_piece.bounds[2] && value.bounds[2] > label_piece.bounds[0];
        let only = pieces.iter().all(|piece| {
            matches!(
                piece.what,
                What::Number { .. } | What::Unit(_) | What::Mark(_) | What::Range
            )
        });
        if !beneath || !only || !matches!(value.what, What::Number { .. }) {
            return None;
        }
        let source = format!("{} {}", label_piece.text, next.text());
        let mut row = self.bare_row(label, label_piece, &pieces, place, &source)?;
        row.anchor = Anchor::Card;
        Some(row)
    }
}
