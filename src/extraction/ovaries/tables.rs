//! Tables with a column or a row for each ovary.

use super::lists::{diameters, says_follicle};
use super::side;
use crate::domain::analysis::Site;
use crate::extraction::finding::{Finding, Place, Row as Told};
use crate::extraction::follicles;
use crate::extraction::grid::{self, Cell};
use crate::extraction::pieces::{Cutter, LabelPiece, What};
use crate::extraction::spoken::Spoken;
use crate::lexicon::{Anchor, fold};
use crate::text::page::{Bounds, Line};

/// A table with a column for each ovary.
#[must_use]
pub fn read<'l>(
    cutter: &Cutter<'l>,
    lines: &[Line],
    place: Place<'l>,
) -> Option<(Vec<Finding<'l>>, usize)> {
    let lexicon = place.lexicon;
    let sides: Vec<(Site, Cell)> = grid::cells(&lines[0])
        .into_iter()
        .filter_map(|cell| {
            let tokens = Spoken::of(&cell.words).tokens;
            let (site, taken) = side(&tokens, lexicon)?;
            let rest = tokens[taken..].iter().all(|token| {
                matches!(token.as_str(), "mm" | "follicles" | "ovary" | "size" | "ml")
            });
            rest.then_some((site, cell))
        })
        .collect();
    let [(first, a), (second, b)] = sides.as_slice() else {
        return None;
    };
    if first == second || grid::cells(&lines[0]).len() > 3 {
        return None;
    }
    let listed = says_follicle(&Spoken::of(&lines[0].words).tokens);
    let head_mm = lines[0]
        .words
        .iter()
        .any(|word| fold(&word.text).contains("mm"));
    let mut findings = Vec::new();
    let mut taken = 1;
    for (at, line) in lines.iter().enumerate().skip(1) {
        let far = line.bounds[1] - lines[at - 1].bounds[3]
            > 2.0 * (line.bounds[3] - line.bounds[1]).max(6.0);
        let cells = grid::cells(line);
        let left_of = a.bounds[0].min(b.bounds[0]);
        let labels: Vec<&Cell> = cells
            .iter()
            .filter(|cell| cell.bounds[2] < left_of || cell.bounds[0] < left_of - 60.0)
            .collect();
        let across = labels.iter().any(|cell| cell.bounds[2] > left_of + 20.0);
        if far || across || labels.len() > 1 {
            break;
        }
        taken = at + 1;
        for (site, head) in [(*first, a), (*second, b)] {
            let other = if head.bounds == a.bounds { b } else { a };
            let near = |cell: &&Cell| {
                distance(cell.bounds, head.bounds) < distance(cell.bounds, other.bounds)
            };
            let Some(cell) = cells
                .iter()
                .filter(|cell| !labels.iter().any(|label| label.bounds == cell.bounds))
                .find(near)
            else {
                continue;
            };
            let place = Place {
                site: Some(site),
                ..place
            };
            let source = line.text();
            match labels.first() {
                Some(label) => findings.extend(of_cell(cutter, label, cell, place, &source)),
                None if listed => {
                    if let Some(list) = follicles::list(&cell.text(), place.sign) {
                        findings.extend(diameters(
                            &list,
                            site,
                            &cell.words,
                            head_mm,
                            Anchor::Matrix,
                            place,
                            &source,
                        ));
                    }
                }
                None => {}
            }
        }
    }
    (!findings.is_empty()).then_some((findings, taken))
}

/// A table with a row for each ovary.
#[must_use]
pub fn read_rows<'l>(
    cutter: &Cutter<'l>,
    lines: &[Line],
    place: Place<'l>,
) -> Option<(Vec<Finding<'l>>, usize)> {
    let lexicon = place.lexicon;
    let side_of = |cell: &Cell| {
        let tokens = Spoken::of(&cell.words).tokens;
        side(&tokens, lexicon)
            .filter(|(_, taken)| *taken == tokens.len())
            .map(|(site, _)| site)
    };
    for taken in 1..lines.len().min(3) {
        let first = grid::cells(&lines[taken]);
        if first.len() < 2 || side_of(&first[0]).is_none() {
            continue;
        }
        let heads = grid::heads(&lines[..taken])?;
        let key = grid::column(&heads, first[0].bounds)?;
        let (rows, below) =
            grid::rows(&heads, &lines[taken..], key, |cell| side_of(cell).is_some());
        let mut findings = Vec::new();
        for row in &rows {
            let place = Place {
                site: side_of(&row.cells[key]),
                ..place
            };
            for (at, (head, cell)) in heads.iter().zip(&row.cells).enumerate() {
                if at == key || cell.words.is_empty() {
                    continue;
                }
                let label = Cell {
                    words: head.words.clone(),
                    bounds: head.bounds,
                };
                findings.extend(of_cell(cutter, &label, cell, place, &row.text));
            }
        }
        return (!findings.is_empty()).then_some((findings, taken + below));
    }
    None
}

fn distance(a: Bounds, b: Bounds) -> f64 {
    (f64::midpoint(a[0], a[2]) - f64::midpoint(b[0], b[2])).abs()
}

/// A cell of an ovary's column under the label of its row.
fn of_cell<'l>(
    cutter: &Cutter<'l>,
    label: &Cell,
    cell: &Cell,
    place: Place<'l>,
    source: &str,
) -> Vec<Finding<'l>> {
    let tokens = Spoken::of(&label.words).tokens;
    let known = place.lexicon.names.label(&tokens);
    let follicles_said = says_follicle(&tokens)
        && known.candidates.iter().all(|candidate| {
            place
                .lexicon
                .analyte(candidate.analyte)
                .is_some_and(|analyte| analyte.code == "follicle_diameter")
        })
        && !tokens.iter().any(|token| {
            matches!(
                token.as_str(),
                "number" | "count" | "no" | "n" | "anzahl" | "numero" | "nombre" | "antral"
            )
        });
    if follicles_said {
        let millimetres = label
            .words
            .iter()
            .chain(&cell.words)
            .any(|word| fold(&word.text).contains("mm"));
        let Some(site) = place.site else {
            return Vec::new();
        };
        return follicles::list(&cell.text(), place.sign)
            .map(|list| {
                diameters(
                    &list,
                    site,
                    &cell.words,
                    millimetres,
                    Anchor::Matrix,
                    place,
                    source,
                )
            })
            .unwrap_or_default();
    }
    let label_pieces = cutter.cut(&label.line());
    let Some((piece, found)) = label_pieces.iter().find_map(|piece| match &piece.what {
        What::Label(label) => Some((piece, label)),
        _ => None,
    }) else {
        return Vec::new();
    };
    let pieces = cutter.cut(&cell.line());
    let Some(at) = pieces
        .iter()
        .position(|piece| matches!(piece.what, What::Number { .. }))
    else {
        return Vec::new();
    };
    if at > 0 {
        return Vec::new();
    }
    let label_piece: &LabelPiece = found;
    let told = Told {
        label: label_piece,
        label_text: &piece.text,
        label_bounds: label.bounds,
        anchor: Anchor::Matrix,
        results: vec![&pieces[at]],
        beside: pieces[at + 1..].iter().take(1).collect(),
        reference: String::new(),
        column_unit: None,
    };
    told.finding(place, source).into_iter().collect()
}
