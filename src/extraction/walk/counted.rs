//! Counts that stand before what is counted: `3 oocytes injected`, `7 MII and 1 GV`.

use super::Walk;
use crate::extraction::finding::{Finding, Place, Row};
use crate::extraction::pieces::{Piece, What};
use crate::lexicon::{Anchor, Group};
use crate::text::page::Line;

/// Whether a label is told to its end: a number behind it belongs to something else.
pub(super) fn is_closed(label: &Piece) -> bool {
    let last = label.text.rsplit(' ').next().unwrap_or_default();
    label.text.ends_with([',', ';', '.']) || matches!(last, "and" | "und" | "y" | "et" | "e" | "&")
}

impl<'l> Walk<'l> {
    /// The labels (by their place among the pieces) whose number stands before them.
    pub(super) fn counted(&self, pieces: &[Piece<'l>], place: Place<'l>) -> Vec<usize> {
        if !place.topics.embryology {
            return Vec::new();
        }
        (1..pieces.len())
            .filter(|at| {
                let What::Label(label) = &pieces[*at].what else {
                    return false;
                };
                let counts = label.label.candidates.iter().any(|candidate| {
                    self.lexicon
                        .analyte(candidate.analyte)
                        .is_some_and(|analyte| {
                            analyte.group == Group::Embryology
                                && analyte.unit.as_deref() == Some("{count}")
                        })
                });
                let before = &pieces[at - 1];
                let number = matches!(
                    before.what,
                    What::Number {
                        unit: None,
                        mark: None,
                        ..
                    }
                ) && !pieces[*at].gap_before
                    && !before.text.ends_with([',', ';', ')', '.']);
                let owned = *at > 1
                    && matches!(pieces[at - 2].what, What::Label(_))
                    && !is_closed(&pieces[at - 2]);
                counts && number && !owned && !label.colon
            })
            .collect()
    }
}

/// The finding of a label behind its number.
pub(super) fn count_before<'l>(
    at: usize,
    pieces: &[Piece<'l>],
    line: &Line,
    place: Place<'l>,
) -> Option<Finding<'l>> {
    let What::Label(label) = &pieces[at].what else {
        return None;
    };
    let source = line.text();
    let row = Row {
        label,
        label_text: &pieces[at].text,
        label_bounds: pieces[at].bounds,
        anchor: Anchor::Row,
        results: vec![&pieces[at - 1]],
        beside: Vec::new(),
        reference: String::new(),
        column_unit: None,
    };
    row.finding(place, &source)
}
