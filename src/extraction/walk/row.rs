//! Rows of a table: results stand in the columns of its header.

use super::groups::text_of;
use super::{Section, Walk};
use crate::domain::analysis::Preparation;
use crate::extraction::columns::{Columns, HeaderCell};
use crate::extraction::finding::{Finding, Place, Row};
use crate::extraction::pieces::{LabelPiece, Piece, What};
use crate::lexicon::{Anchor, Column, Shape};

/// What a column says about its sample.
fn prepared(column: Column) -> Option<Preparation> {
    match column {
        Column::Native => Some(Preparation::Native),
        Column::Prepared => Some(Preparation::PostPreparation),
        _ => None,
    }
}

impl<'l> Walk<'l> {
    /// Findings of one label and the pieces behind it.
    pub(super) fn row(
        &mut self,
        label: &LabelPiece<'l>,
        label_piece: &Piece<'l>,
        group: &[Piece<'l>],
        place: Place<'l>,
        source: &str,
    ) -> Vec<Finding<'l>> {
        let row = |anchor, results, beside, reference: String, unit| Row {
            label,
            label_text: &label_piece.text,
            label_bounds: label_piece.bounds,
            anchor,
            results,
            beside,
            reference,
            column_unit: unit,
        };
        let columns = self.columns.clone();
        if let Some(columns) = columns
            && !label.colon
        {
            let standing = standing(group, &columns);
            let among = |wanted: &dyn Fn(&HeaderCell) -> bool| -> Vec<&Piece<'l>> {
                let pieces = group.iter().zip(&standing);
                pieces
                    .filter(|(_, cell)| cell.is_some_and(wanted))
                    .map(|(piece, _)| piece)
                    .collect()
            };
            let reference = text_of(&among(&|cell| cell.column == Column::Reference));
            let mut beside = among(&|cell| {
                matches!(
                    cell.column,
                    Column::Unit | Column::Flag | Column::Test | Column::Other
                )
            });
            beside.retain(|piece| matches!(piece.what, What::Unit(_) | What::Mark(_)));
            let mut findings = Vec::new();
            let mut cells: Vec<_> = columns.results(self.manner.sex).collect();
            // A signal and its verdict, or a result and its interpretation: the words count.
            let worded = self.is_told_in_words(label) && columns.has_one_sample();
            if worded {
                cells.truncate(1);
            }
            for cell in &cells {
                let results = if worded {
                    let mut all = among(&|at| at.column == Column::Result);
                    all.extend(among(&|at| at.column == Column::Other));
                    all
                } else {
                    among(&|at| at.bounds == cell.bounds)
                };
                self.note_absent(label, &results, place, source);
                let row = row(
                    Anchor::Column,
                    results,
                    beside.clone(),
                    reference.clone(),
                    cell.unit.clone(),
                );
                let place = Place {
                    preparation: prepared(cell.column).or(place.preparation),
                    ..place
                };
                if let Some(mut finding) = row.finding(place, source) {
                    if columns.is_dated() {
                        finding.observed_on = cell.date;
                        if cell.date.is_none() {
                            finding.doubts.push("date_ambiguous");
                        }
                        if finding.mark.is_some() && cells.len() > 1 {
                            finding.mark = None;
                        }
                    }
                    findings.push(finding);
                }
            }
            let filled = group
                .iter()
                .any(|piece| columns.holds_results(piece.bounds));
            if filled && columns.is_couple() {
                self.found.second_person = true;
            }
            if filled || self.section == Section::Aside {
                return findings;
            }
        }
        self.bare_row(label, label_piece, group, place, source)
            .into_iter()
            .collect()
    }

    /// Whether the result of a label is a word or a code.
    fn is_told_in_words(&self, label: &LabelPiece<'l>) -> bool {
        label
            .label
            .candidates
            .first()
            .and_then(|candidate| self.lexicon.analyte(candidate.analyte))
            .is_some_and(|analyte| analyte.shape != Shape::Quantity)
    }
}

/// The column of each piece; a unit right behind its number stands where the number stands.
fn standing<'c>(group: &[Piece], columns: &'c Columns) -> Vec<Option<&'c HeaderCell>> {
    let mut standing: Vec<Option<&HeaderCell>> = Vec::with_capacity(group.len());
    for (at, piece) in group.iter().enumerate() {
        let behind = at > 0
            && !piece.gap_before
            && matches!(piece.what, What::Unit(_))
            && matches!(group[at - 1].what, What::Number { .. });
        let cell = match standing.last() {
            Some(before) if behind => *before,
            _ => columns.at(piece.bounds),
        };
        standing.push(cell);
    }
    standing
}
