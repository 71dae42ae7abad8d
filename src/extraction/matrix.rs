//! Tables whose columns are analytes: a chart with a date in each row, or values below labels.

use super::dates::{self, Order};
use super::finding::{Finding, Place, Row};
use super::pieces::{Cutter, LabelPiece, Piece, What};
use crate::lexicon::{Anchor, Group, fold};
use crate::text::page::{Bounds, Line};

/// A column of the matrix; one without label holds dates, days or remarks.
struct MatrixColumn<'p, 'l> {
    label: Option<(&'p LabelPiece<'l>, &'p Piece<'l>)>,
    bounds: Bounds,
    unit: Option<String>,
}

/// Reads a matrix that begins with the first of `lines`, and how many lines it takes.
#[must_use]
pub fn read<'l>(
    cutter: &Cutter<'l>,
    header: &[Piece<'l>],
    lines: &[Line],
    place: Place<'l>,
    order: Order,
) -> Option<(Vec<Finding<'l>>, usize)> {
    let mut columns = columns(header)?;
    let mut taken = 1;
    let mut findings = Vec::new();
    let mut undated = 0;
    for line in &lines[1..] {
        let pieces = cutter.cut(line);
        if pieces.is_empty()
            || pieces
                .iter()
                .any(|piece| matches!(piece.what, What::Label(_)))
        {
            break;
        }
        if taken == 1
            && pieces
                .iter()
                .all(|piece| matches!(piece.what, What::Unit(_) | What::Words))
        {
            let units = pieces.iter().filter_map(|piece| match &piece.what {
                What::Unit(unit) => Some((unit, piece.bounds)),
                _ => None,
            });
            let mut some = false;
            for (unit, bounds) in units {
                if let Some(column) = nearest(&mut columns, bounds) {
                    column.unit = Some(unit.clone());
                    some = true;
                }
            }
            if !some {
                break;
            }
            taken += 1;
            continue;
        }
        if !pieces
            .iter()
            .any(|piece| matches!(piece.what, What::Number { .. }))
        {
            break;
        }
        let texts: Vec<&str> = line.words.iter().map(|word| word.text.as_str()).collect();
        let printed = dates::date(&texts);
        let observed_on = printed
            .as_ref()
            .and_then(|found| found.date.in_order(order));
        if printed.is_none() {
            // One row of values below their labels; a second without a date is something else.
            undated += 1;
            if undated > 1 || !findings.is_empty() || is_reference(&texts) {
                break;
            }
        }
        let mut told = row(&mut columns, &pieces, line, place);
        for finding in &mut told {
            finding.observed_on = observed_on;
            if printed.is_some() && observed_on.is_none() {
                finding.doubts.push("date_ambiguous");
            }
            // Cycles under each other, a day each, are mostly earlier ones.
            if printed.is_some() && finding.analyte.group == Group::Embryology {
                finding.doubts.push("label_loose");
            }
        }
        findings.extend(told);
        taken += 1;
    }
    (!findings.is_empty()).then_some((findings, taken))
}

fn columns<'p, 'l>(header: &'p [Piece<'l>]) -> Option<Vec<MatrixColumn<'p, 'l>>> {
    let mut columns: Vec<MatrixColumn> = Vec::new();
    for piece in header {
        match &piece.what {
            What::Label(label) if !label.colon && (piece.gap_before || !columns.is_empty()) => {
                columns.push(MatrixColumn {
                    label: Some((label, piece)),
                    bounds: piece.bounds,
                    unit: label.unit.clone(),
                });
            }
            What::Unit(unit) => columns.last_mut()?.unit = Some(unit.clone()),
            What::Words => columns.push(MatrixColumn {
                label: None,
                bounds: piece.bounds,
                unit: None,
            }),
            _ => return None,
        }
    }
    let labels = columns
        .iter()
        .filter(|column| column.label.is_some())
        .count();
    (labels >= 2).then_some(columns)
}

fn row<'l>(
    columns: &mut [MatrixColumn<'_, 'l>],
    pieces: &[Piece<'l>],
    line: &Line,
    place: Place<'l>,
) -> Vec<Finding<'l>> {
    let mut findings = Vec::new();
    for (at, piece) in pieces.iter().enumerate() {
        if !matches!(piece.what, What::Number { .. }) {
            continue;
        }
        let Some(column) = nearest(columns, piece.bounds) else {
            continue;
        };
        let Some((label, label_piece)) = column.label else {
            continue;
        };
        let beside: Vec<&Piece> = pieces[at + 1..]
            .iter()
            .take_while(|next| !next.gap_before && !matches!(next.what, What::Number { .. }))
            .collect();
        let row = Row {
            label,
            label_text: &label_piece.text,
            label_bounds: piece.bounds,
            anchor: Anchor::Matrix,
            results: vec![piece],
            beside,
            reference: String::new(),
            column_unit: column.unit.clone(),
        };
        let source = format!("{} | {}", label_piece.text, line.text());
        findings.extend(row.finding(place, &source));
    }
    findings
}

fn nearest<'c, 'p, 'l>(
    columns: &'c mut [MatrixColumn<'p, 'l>],
    bounds: Bounds,
) -> Option<&'c mut MatrixColumn<'p, 'l>> {
    let distance = |of: Bounds| (of[0].max(bounds[0]) - of[2].min(bounds[2])).max(-1.0);
    columns
        .iter_mut()
        .min_by(|a, b| distance(a.bounds).total_cmp(&distance(b.bounds)))
        .filter(|column| distance(column.bounds) < 40.0)
}

fn is_reference(words: &[&str]) -> bool {
    words.first().is_some_and(|word| {
        let word = fold(word);
        [
            "ref", "norm", "prev", "vorw", "anterior", "valores", "unit", "einh",
        ]
        .iter()
        .any(|begin| word.starts_with(begin))
    })
}
