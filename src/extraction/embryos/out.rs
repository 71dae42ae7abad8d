//! The findings of one embryo, value by value.

use super::said::{all_said, fate};
use crate::extraction::embryo_cell::{self, Grade, share};
use crate::extraction::finding::{Finding, Place, Value};
use crate::extraction::grid::{Cell, Row};
use crate::extraction::pieces::union;
use crate::lexicon::{Anchor, fold, tokens};

/// The findings of one row.
pub(super) struct Out<'r, 'l> {
    pub(super) place: Place<'l>,
    pub(super) label: &'r Cell,
    pub(super) row: &'r Row,
    pub(super) found: Vec<Finding<'l>>,
}

impl Out<'_, '_> {
    pub(super) fn cells(&mut self, cell: &Cell, day: Option<i32>) {
        let text = cell.text();
        let plain = text
            .parse::<u32>()
            .ok()
            .filter(|count| (1..=40).contains(count));
        if let Some(count) = plain {
            self.count(cell, f64::from(count), day);
        } else {
            self.free(cell, day, false);
        }
    }

    pub(super) fn count(&mut self, cell: &Cell, count: f64, day: Option<i32>) {
        let value = Value::Number {
            value: count,
            comparator: None,
        };
        self.push("embryo_cells", cell, value, None, day, None, undated(day));
    }

    pub(super) fn fragments(&mut self, cell: &Cell, day: Option<i32>, percent: bool) {
        let text = cell.text();
        if let Some((value, comparator)) = share(&text, self.place.sign) {
            let unit = (percent || text.contains('%')).then(|| "%".to_owned());
            let mut doubts = undated(day);
            if unit.is_none() {
                doubts.push("unit_missing");
            }
            let value = Value::Number { value, comparator };
            self.push("embryo_fragmentation", cell, value, unit, day, None, doubts);
        }
    }

    /// A cell that says itself what it is; a bare figure is a grade only where `graded`.
    pub(super) fn free(&mut self, cell: &Cell, day: Option<i32>, graded: bool) {
        let text = cell.text();
        let told = embryo_cell::read(&text, self.place.sign);
        if let Some((count, _)) = told.cells {
            self.count(cell, count, day);
            if told.doubtful
                && let Some(last) = self.found.last_mut()
            {
                last.doubts.push("label_loose");
            }
        }
        if let Some((value, comparator, _)) = told.fragments {
            let value = Value::Number { value, comparator };
            self.push(
                "embryo_fragmentation",
                cell,
                value,
                Some("%".to_owned()),
                day,
                None,
                undated(day),
            );
        }
        let bare = text.chars().all(|c| c.is_ascii_digit());
        if let Some(grade) = told.grade
            && (graded || !bare)
        {
            self.grade(cell, day, grade);
        }
    }

    pub(super) fn grade(&mut self, cell: &Cell, day: Option<i32>, grade: Grade) {
        let mut doubts = undated(day);
        if grade.scheme == Some("gardner") && day.is_some_and(|day| day < 4) {
            doubts.push("implausible");
        }
        let (text, scheme) = (grade.text, grade.scheme);
        self.push(
            "embryo_grade",
            cell,
            Value::Text(text),
            None,
            day,
            scheme,
            doubts,
        );
    }

    pub(super) fn fate(&mut self, cell: &Cell) {
        let Some(words) = self.place.lexicon.words.results("fate") else {
            return;
        };
        if let Some((text, doubts)) = fate(&cell.text(), words) {
            self.text("embryo_fate", cell, text, None, doubts);
        }
    }

    pub(super) fn ploidy(&mut self, cell: &Cell) -> Option<String> {
        let words = self.place.lexicon.words.results("ploidy")?;
        let folded = fold(&cell.text());
        let spoken: Vec<&str> = tokens(&folded).collect();
        let said = all_said(&spoken, words);
        let text = ["mosaic", "aneuploid", "no_result", "euploid"]
            .into_iter()
            .find(|code| said.iter().any(|said| said == code))?;
        let first = said.first().is_some_and(|first| first == text);
        let mut doubts = Vec::new();
        if !first {
            // "Normal (euploid)" says one thing; "euploid, mosaic?" does not.
            doubts.push("several_values");
        }
        if words.longest(&spoken).is_none() {
            doubts.push("label_unexplained");
        }
        self.text("pgt_result", cell, text.to_owned(), None, doubts);
        Some(text.to_owned())
    }

    pub(super) fn text(
        &mut self,
        analyte: &str,
        cell: &Cell,
        text: String,
        day: Option<i32>,
        doubts: Vec<&'static str>,
    ) {
        self.push(analyte, cell, Value::Text(text), None, day, None, doubts);
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "the parts of one value, named where they are read"
    )]
    pub(super) fn push(
        &mut self,
        analyte: &str,
        cell: &Cell,
        value: Value,
        unit: Option<String>,
        day: Option<i32>,
        scheme: Option<&'static str>,
        doubts: Vec<&'static str>,
    ) {
        let Some(analyte) = self.place.lexicon.find(analyte) else {
            return;
        };
        let printed = cell.text();
        self.found.push(Finding {
            analyte,
            label: self.label.text(),
            anchor: Anchor::Matrix,
            value_text: match &value {
                Value::Number { .. } => figures(&printed),
                Value::Text(_) => printed,
            },
            value,
            unit,
            mark: None,
            range: None,
            reference_text: None,
            alternate: None,
            preparation: None,
            site: None,
            specimen: Some(self.label.text()),
            day,
            scheme,
            observed_on: None,
            page: self.place.page,
            bounds: union(self.label.bounds, cell.bounds),
            source_text: self.row.text.clone(),
            doubts,
        });
    }
}

/// A value of an embryo belongs to a day; where none is said a person must know.
fn undated(day: Option<i32>) -> Vec<&'static str> {
    if day.is_none() {
        vec!["label_loose"]
    } else {
        Vec::new()
    }
}

/// The figures of a cell as printed.
fn figures(printed: &str) -> String {
    let start = printed
        .find(|c: char| c.is_ascii_digit() || matches!(c, '<' | '>' | '≤' | '≥'))
        .unwrap_or(0);
    printed[start..]
        .chars()
        .take_while(|c| c.is_ascii_digit() || matches!(c, '.' | ',' | '<' | '>' | '≤' | '≥' | ' '))
        .collect::<String>()
        .trim()
        .to_owned()
}
