//! Rows without a header.

use super::groups::text_of;
use super::{Section, Walk};
use crate::extraction::finding::{Finding, Place, Row};
use crate::extraction::pieces::{LabelPiece, Piece, What};
use crate::lexicon::Anchor;

impl<'l> Walk<'l> {
    /// A row without a header: the value follows its label and nothing is left over.
    pub(super) fn bare_row(
        &mut self,
        label: &LabelPiece<'l>,
        label_piece: &Piece<'l>,
        group: &[Piece<'l>],
        place: Place<'l>,
        source: &str,
    ) -> Option<Finding<'l>> {
        if self.section == Section::Aside {
            return None;
        }
        let first = group
            .iter()
            .position(|piece| !matches!(piece.what, What::Mark(_)))?;
        let value = &group[first];
        self.note_absent(label, &[value], place, source);
        let mut doubts = Vec::new();
        let mut reference: Vec<&Piece> = Vec::new();
        let mut beside: Vec<&Piece> = group[..first].iter().collect();
        for piece in &group[first + 1..] {
            if value.text.ends_with('.') {
                // The sentence is over; what follows is another.
                break;
            }
            match &piece.what {
                What::Unit(_) if reference.is_empty() => beside.push(piece),
                What::Mark(_) => beside.push(piece),
                What::Range
                | What::Unit(_)
                | What::Number {
                    comparator: Some(_),
                    ..
                } => reference.push(piece),
                What::Number { .. } => {
                    beside.push(piece);
                    doubts.push("several_numbers");
                }
                What::Words if piece.text.chars().any(char::is_alphanumeric) => {
                    if reference.is_empty() && piece.gap_before {
                        reference.push(piece);
                    } else if !piece.text.starts_with('(') {
                        doubts.push("label_unexplained");
                    }
                }
                _ => {}
            }
        }
        let comparator = matches!(
            value.what,
            What::Number {
                comparator: Some(_),
                ..
            }
        );
        if comparator && reference.is_empty() && self.columns.is_some() {
            // Only a limit is printed: the result is empty.
            return None;
        }
        if comparator && reference.is_empty() {
            doubts.push("several_numbers");
        }
        if self.columns.is_some() && !label.colon {
            doubts.push("label_unexplained");
        }
        let row = Row {
            label,
            label_text: &label_piece.text,
            label_bounds: label_piece.bounds,
            anchor: Anchor::Row,
            results: vec![value],
            beside,
            reference: text_of(&reference),
            column_unit: None,
        };
        let mut finding = row.finding(place, source)?;
        if finding.alternate.is_some() {
            doubts.retain(|doubt| *doubt != "several_numbers");
        }
        finding.doubts.extend(doubts);
        Some(finding)
    }
}
