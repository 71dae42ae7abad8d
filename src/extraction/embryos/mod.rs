//! Tables with an embryo in each row: culture by day, fate, results of biopsies.
//!
//! The heads say what a column holds and of which day; where they leave it open, the cell itself
//! must say (`8c G2 10%`, `4AA`). A grade without a day of its own is of the day that its row
//! names, else of the day of the column before it. A column that is only called a result is one
//! of ploidy only where a cell of it speaks of ploidy, else one of fate.
//!
//! [`row`] reads a row by its columns and [`lines`] a line that is a row by itself; [`out`] makes
//! the findings, and [`said`] knows what their words mean.

mod lines;
mod out;
mod row;
mod said;

pub use lines::of_line;

use super::embryo_cell::day_of;
use super::finding::{Finding, Place};
use super::grid::{self, Cell, Head, Row};
use super::spoken::Spoken;
use crate::lexicon::Head as Means;
use crate::lexicon::{Lexicon, fold, tokens};
use crate::text::page::Line;
use row::of_row;

/// A column with its meaning.
struct Column<'h> {
    head: &'h Head,
    means: Option<Means>,
    /// The column before it that has a day, for grades that have none.
    day_before: Option<i32>,
    percent: bool,
}

/// Reads a table of embryos whose head begins with the first of `lines`.
#[must_use]
pub fn read<'l>(lines: &[Line], place: Place<'l>) -> Option<(Vec<Finding<'l>>, usize)> {
    let lexicon = place.lexicon;
    let window = &lines[..lines.len().min(4)];
    if !window.iter().any(|line| names_specimen(line, lexicon)) {
        return None;
    }
    for taken in 1..lines.len().min(5) {
        let first = grid::cells(&lines[taken]);
        if !first.iter().take(2).any(is_label) {
            continue;
        }
        let Some(heads) = grid::heads(&lines[..taken]) else {
            continue;
        };
        let columns = columns(&heads, lexicon);
        let Some(key) = columns
            .iter()
            .position(|column| column.means == Some(Means::Specimen))
        else {
            continue;
        };
        let (rows, below) = grid::rows(&heads, &lines[taken..], key, is_label);
        let ploidy = speaks_of_ploidy(&columns, &rows);
        let findings: Vec<Finding> = rows
            .iter()
            .flat_map(|row| of_row(row, &columns, key, ploidy, place))
            .collect();
        if !findings.is_empty() {
            return Some((findings, taken + below));
        }
    }
    None
}

/// A table with an embryo in each column: the same rows, turned.
#[must_use]
pub fn read_columns<'l>(lines: &[Line], place: Place<'l>) -> Option<(Vec<Finding<'l>>, usize)> {
    let lexicon = place.lexicon;
    if !names_specimen(&lines[0], lexicon) {
        return None;
    }
    let top = grid::cells(&lines[0]);
    let (corner, labels) = top.split_first()?;
    if labels.len() < 2 || !labels.iter().all(is_label) {
        return None;
    }
    let heads: Vec<Head> = labels.iter().map(Head::of).collect();
    let edge = heads[0].bounds[0];
    let mut sides: Vec<Head> = vec![Head::of(corner)];
    let mut columns: Vec<Vec<Cell>> = labels.iter().map(|label| vec![label.clone()]).collect();
    let mut taken = 1;
    for (at, line) in lines.iter().enumerate().skip(1) {
        let tall = (line.bounds[3] - line.bounds[1]).max(6.0);
        let cells = grid::cells(line);
        let far = line.bounds[1] - lines[at - 1].bounds[3] > 2.2 * tall;
        let Some((side, values)) = cells.split_first() else {
            break;
        };
        if far || side.bounds[2] > edge || values.len() > labels.len() {
            break;
        }
        sides.push(Head::of(side));
        for column in &mut columns {
            column.push(Cell::default());
        }
        for value in values {
            if let Some(of) = grid::column(&heads, value.bounds)
                && let Some(cell) = columns[of].last_mut()
            {
                cell.words.extend(value.words.iter().cloned());
                cell.bounds = value.bounds;
            }
        }
        taken = at + 1;
    }
    let meanings = self::columns(&sides, lexicon);
    let rows: Vec<Row> = columns
        .into_iter()
        .map(|cells| Row {
            text: cells.iter().map(Cell::text).collect::<Vec<_>>().join(" "),
            bounds: cells[0].bounds,
            cells,
        })
        .collect();
    let ploidy = speaks_of_ploidy(&meanings, &rows);
    let findings: Vec<Finding> = rows
        .iter()
        .flat_map(|row| of_row(row, &meanings, 0, ploidy, place))
        .collect();
    (!findings.is_empty()).then_some((findings, taken))
}

fn names_specimen(line: &Line, lexicon: &Lexicon) -> bool {
    let words = &line.words;
    (0..words.len().min(12))
        .filter(|at| *at == 0 || words[*at].gap_before)
        .any(|at| {
            let spoken = Spoken::of(&words[at..words.len().min(at + 3)]).tokens;
            words[at].text.starts_with('#')
                || matches!(
                    lexicon.words.heads.longest(&spoken),
                    Some((Means::Specimen, _))
                )
        })
}

/// The label of an embryo: short, and with a figure or one capital.
fn is_label(cell: &Cell) -> bool {
    let text = cell.text();
    let folded = fold(&text);
    let bare = [
        "embryo", "embryon", "embrion", "embrione", "embriao", "oocyte", "emb", "no", "nr",
    ]
    .iter()
    .find_map(|name| folded.strip_prefix(name))
    .unwrap_or(&folded)
    .trim_matches(|c: char| matches!(c, '#' | '.' | ' ' | ':' | '°'))
    .to_owned();
    let capital = text.len() == 1 && text.chars().all(|c| c.is_ascii_uppercase());
    let digits = bare.chars().any(|c| c.is_ascii_digit());
    (capital || digits)
        && text.chars().count() <= 20
        && !bare.contains(' ')
        && !bare.ends_with("pn")
        && !bare.contains(['%', ',', '<', '>', '(', ';'])
        && !bare.contains('.')
        && (bare.parse::<u32>().is_err() || bare.len() <= if bare == folded { 2 } else { 4 })
}

fn columns<'h>(heads: &'h [Head], lexicon: &Lexicon) -> Vec<Column<'h>> {
    let mut before = None;
    let mut columns: Vec<Column> = heads
        .iter()
        .map(|head| {
            let column = Column {
                head,
                means: means(head, lexicon),
                day_before: before,
                percent: head.words.iter().any(|word| word.text.contains('%')),
            };
            before = head.day.or(before);
            column
        })
        .collect();
    // One column labels the rows: that of embryos before that of straws or samples.
    let labels = |column: &Column| column.means == Some(Means::Specimen);
    let named = |column: &Column| {
        let begins = ["embr", "oocy", "ovoc", "oocit", "oozy", "eizel"];
        column
            .head
            .tokens
            .iter()
            .any(|token| begins.iter().any(|begin| token.starts_with(begin)))
    };
    let key = columns
        .iter()
        .position(|column| labels(column) && named(column))
        .or_else(|| columns.iter().position(labels));
    for (at, column) in columns.iter_mut().enumerate() {
        if labels(column) && Some(at) != key {
            column.means = None;
        }
    }
    columns
}

/// What a head says beside its day; the most telling of several words.
fn means(head: &Head, lexicon: &Lexicon) -> Option<Means> {
    if head
        .words
        .first()
        .is_some_and(|word| word.text.starts_with('#'))
    {
        return Some(Means::Specimen);
    }
    let spoken = &head.tokens;
    let day = head.day.is_some();
    let mut found: Option<Means> = None;
    let mut at = 0;
    while at < spoken.len() {
        match lexicon.words.heads.longest(&spoken[at..]) {
            Some((means, taken)) => {
                let of_day = *means == Means::DayOf && day && day_of(spoken).is_some();
                if !of_day {
                    found = Some(found.map_or(*means, |other| other.min(*means)));
                }
                at += taken;
            }
            None => at += 1,
        }
    }
    found
}

fn speaks_of_ploidy(columns: &[Column], rows: &[Row]) -> bool {
    let said = |text: &str| {
        tokens(&fold(text)).any(|word| {
            ["euploid", "aneuploid", "mosai", "pgt"]
                .iter()
                .any(|begin| word.starts_with(begin))
        })
    };
    columns.iter().any(|column| {
        column.means == Some(Means::Ploidy) && column.head.tokens.iter().any(|t| said(t))
    }) || rows
        .iter()
        .flat_map(|row| &row.cells)
        .any(|cell| said(&cell.text()))
}
