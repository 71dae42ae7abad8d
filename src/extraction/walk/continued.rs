//! Lines that go on with the reference of the row above.

use super::Walk;
use crate::extraction::pieces::{Piece, What, union};
use crate::lexicon::Column;
use crate::text::page::Line;

impl<'l> Walk<'l> {
    /// Further lines of a reference: then it is one by phase or age, and none applies.
    pub(super) fn continue_reference(&mut self, pieces: &[Piece<'l>], line: &Line) {
        let Some(columns) = &self.columns else { return };
        let height = self.above_bounds[3] - self.above_bounds[1];
        if self.above.is_empty() || line.bounds[1] - self.above_bounds[3] > 1.5 * height.max(6.0) {
            self.above = 0..0;
            return;
        }
        let another = pieces.iter().any(|piece| {
            !matches!(piece.what, What::Words | What::Mark(_))
                && columns
                    .at(piece.bounds)
                    .is_some_and(|cell| cell.column == Column::Result)
        });
        if another {
            self.above = 0..0;
            return;
        }
        let in_reference = pieces.iter().any(|piece| {
            matches!(piece.what, What::Range | What::Number { .. })
                && columns
                    .at(piece.bounds)
                    .is_some_and(|cell| cell.column == Column::Reference)
        });
        if in_reference {
            for finding in &mut self.found.findings[self.above.clone()] {
                finding.range = None;
            }
        }
        self.above_bounds = union(self.above_bounds, line.bounds);
    }
}
