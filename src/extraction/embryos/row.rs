//! One row of a table: each cell read as its column says.

use super::Column;
use super::out::Out;
use super::said::detail_of;
use crate::extraction::embryo_cell::{Grade, day_of, grade};
use crate::extraction::finding::{Finding, Place};
use crate::extraction::grid::{Cell, Row};
use crate::lexicon::Head as Means;
use crate::lexicon::{fold, tokens};

pub(super) fn of_row<'l>(
    row: &Row,
    columns: &[Column],
    key: usize,
    ploidy: bool,
    place: Place<'l>,
) -> Vec<Finding<'l>> {
    let label = &row.cells[key];
    let mut out = Out {
        place,
        label,
        row,
        found: Vec::new(),
    };
    let row_day = columns
        .iter()
        .zip(&row.cells)
        .filter(|(column, _)| column.means == Some(Means::DayOf))
        .find_map(|(_, cell)| {
            day_of(&tokens(&fold(&cell.text())).collect::<Vec<_>>()).or_else(|| plain_day(cell))
        });
    let mut blastocyst = Parts::default();
    let mut verdict: Option<String> = None;
    for (column, cell) in columns.iter().zip(&row.cells) {
        if cell.words.is_empty() || matches!(cell.text().as_str(), "-" | "–" | "—") {
            continue;
        }
        let day = column.head.day.or(match column.means {
            Some(Means::Grade | Means::Expansion | Means::Icm | Means::Te) => {
                row_day.or(column.day_before)
            }
            Some(Means::Cells | Means::Fragmentation) => column.day_before.or(row_day),
            _ => None,
        });
        match column.means {
            Some(Means::Cells) => out.cells(cell, day),
            Some(Means::Fragmentation) => out.fragments(cell, day, column.percent),
            Some(Means::Grade) => out.free(cell, day, true),
            None if column.head.day.is_some() => out.free(cell, day, false),
            Some(Means::Expansion) => blastocyst.expansion = Some((cell, day)),
            Some(Means::Icm) => blastocyst.inner = Some(cell),
            Some(Means::Te) => blastocyst.outer = Some(cell),
            Some(Means::Fate) => out.fate(cell),
            Some(Means::Ploidy) if ploidy => verdict = out.ploidy(cell).or(verdict),
            Some(Means::Result) => {
                let told = ploidy.then(|| out.ploidy(cell)).flatten();
                if told.is_none() && !ploidy {
                    out.fate(cell);
                }
                verdict = told.or(verdict);
            }
            _ => {}
        }
    }
    if let Some((cell, grade)) = blastocyst.grade() {
        out.grade(cell.0, cell.1, grade);
    }
    if matches!(verdict.as_deref(), Some("aneuploid" | "mosaic")) {
        let detail = columns.iter().zip(&row.cells).filter(|(column, _)| {
            matches!(
                column.means,
                Some(Means::Findings | Means::Ploidy | Means::Result)
            )
        });
        let told = detail
            .filter_map(|(column, cell)| Some((column.means, cell, detail_of(&cell.text())?)))
            .min_by_key(|(means, ..)| *means != Some(Means::Findings));
        if let Some((_, cell, detail)) = told {
            out.text("pgt_detail", cell, detail, None, Vec::new());
        }
    }
    out.found
}

/// Expansion, inner cell mass and trophectoderm in columns of their own.
#[derive(Default)]
struct Parts<'c> {
    expansion: Option<(&'c Cell, Option<i32>)>,
    inner: Option<&'c Cell>,
    outer: Option<&'c Cell>,
}

impl<'c> Parts<'c> {
    fn grade(&self) -> Option<((&'c Cell, Option<i32>), Grade)> {
        let first = self.expansion?;
        let text = format!(
            "{}{}{}",
            first.0.text(),
            self.inner?.text(),
            self.outer?.text()
        );
        let grade = grade(&text).filter(|grade| grade.scheme == Some("gardner"))?;
        Some((first, grade))
    }
}

/// A day in a column of days: `5`.
fn plain_day(cell: &Cell) -> Option<i32> {
    let day: i32 = cell.text().parse().ok()?;
    (2..=7).contains(&day).then_some(day)
}
