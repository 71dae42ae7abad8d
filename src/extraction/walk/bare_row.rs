//! Rows without a header.

use super::groups::text_of;
use super::{Section, Walk};
use crate::extraction::finding::{Finding, Place, Row};
use crate::extraction::pieces::{LabelPiece, Piece, What};
use crate::lexicon::{Anchor, Group, Shape};

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
        let mut doubts = Vec::new();
        let first = self.place_of_value(label, group, first, &mut doubts)?;
        let value = &group[first];
        self.note_absent(label, &[value], place, source);
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

    /// Where in a group the value stands: words behind a number for what is told in words, a number
    /// behind words for what is measured at a scan.
    fn place_of_value(
        &self,
        label: &LabelPiece<'l>,
        group: &[Piece<'l>],
        first: usize,
        doubts: &mut Vec<&'static str>,
    ) -> Option<usize> {
        let mut analytes = label
            .label
            .candidates
            .iter()
            .filter_map(|candidate| self.lexicon.analyte(candidate.analyte));
        let analyte = analytes.next()?;
        if analyte.shape != Shape::Quantity {
            // "1:4 Reactive": a titre is no verdict.
            let titre = |piece: &Piece| {
                matches!(piece.what, What::Words)
                    && piece.text.contains(':')
                    && piece.text.chars().all(|c| c.is_ascii_digit() || c == ':')
            };
            if titre(&group[first]) {
                return (first + 1 < group.len()).then_some(first + 1);
            }
            let What::Number { comparator, .. } = &group[first].what else {
                return Some(first);
            };
            // "84.3 IU/mL POSITIVE": the number is the signal, the words are the result.
            let word = group[first + 1..]
                .iter()
                .position(|piece| !matches!(piece.what, What::Unit(_) | What::Mark(_)))?
                + first
                + 1;
            if !matches!(group[word].what, What::Words) {
                return None;
            }
            if comparator.is_some()
                && !group[word].gap_before
                && !group[word].text.starts_with(['-', '–', '('])
            {
                // "< 10 Negative" is a reference.
                doubts.push("label_unexplained");
            }
            return Some(word);
        }
        if matches!(group[first].what, What::Unit(_))
            && matches!(
                group.get(first + 1).map(|next| &next.what),
                Some(What::Number { .. })
            )
        {
            // "Fertilisation rate (%)  75"
            return Some(first + 1);
        }
        if analyte.group == Group::Ultrasound && matches!(group[first].what, What::Words) {
            // "Endometrium: trilaminar, 9.2 mm"
            return (first..group.len()).take(4).find(|at| {
                let measured = matches!(
                    group.get(at + 1).map(|next| &next.what),
                    Some(What::Unit(_))
                );
                matches!(&group[*at].what, What::Number { unit, .. } if unit.is_some() || measured)
            });
        }
        // "oocytes retrieved, 10 MII": the number belongs to what follows.
        Some(first)
    }
}
