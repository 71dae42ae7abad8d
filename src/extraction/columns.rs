//! Headers of tables: which column holds what.

use jiff::civil::Date;

use super::dates::{self, Order};
use super::pieces::union;
use super::spoken::Spoken;
use crate::domain::analysis::Sex;
use crate::lexicon::{Column, Lexicon, fold, tokens};
use crate::text::page::{Bounds, Line, Word};

/// The columns of the table that a header line opens.
#[derive(Debug, Clone, Default)]
pub struct Columns {
    all: Vec<HeaderCell>,
}

#[derive(Debug, Clone)]
pub struct HeaderCell {
    pub column: Column,
    pub bounds: Bounds,
    /// The date that heads the column.
    pub date: Option<Date>,
    /// The unit in the header: `Result (IU/L)`.
    pub unit: Option<String>,
}

impl Columns {
    /// Reads a line as the header of a table of results.
    #[must_use]
    pub fn read(line: &Line, lexicon: &Lexicon, order: Order) -> Option<Self> {
        let words: Vec<&Word> = line.words.iter().filter(|word| !word.struck).collect();
        if words.len() > 24 || words.iter().any(|word| word.text.contains("__")) {
            return None;
        }
        // A row of values is no header; most lines end here.
        let decimals = |word: &&&Word| {
            let text = word.text.trim_start_matches(['<', '>', '≤', '≥']);
            text.starts_with(|c: char| c.is_ascii_digit())
                && text.matches(['.', ',']).count() == 1
                && !text.contains(['/', '-', ':'])
        };
        if words.iter().filter(decimals).count() > 0 {
            return None;
        }
        let mut all: Vec<HeaderCell> = Vec::new();
        let (mut unknown, mut at) = (0, 0);
        while at < words.len() {
            let texts: Vec<&str> = words[at..]
                .iter()
                .take(6)
                .map(|word| word.text.as_str())
                .collect();
            if let Some(found) = dates::date(&texts) {
                let bounds = bounds_of(&words[at..at + found.words]);
                let date = found.date.in_order(order);
                match all.last_mut() {
                    Some(last) if !words[at].gap_before => last.date = date,
                    _ => all.push(HeaderCell {
                        column: Column::Result,
                        bounds,
                        date,
                        unit: None,
                    }),
                }
                at += found.words;
                continue;
            }
            if let Some((column, taken)) = column_at(&words[at..], lexicon) {
                let bounds = bounds_of(&words[at..at + taken]);
                match all.last_mut() {
                    // "Ergebnis / Result" and "Reference Range" are one column each.
                    Some(last) if last.column == column && !words[at].gap_before => {
                        last.bounds = union(last.bounds, bounds);
                    }
                    _ => all.push(HeaderCell {
                        column,
                        bounds,
                        date: None,
                        unit: None,
                    }),
                }
                at += taken;
                continue;
            }
            let word = words[at];
            let unit = lexicon.units.parse(&word.text);
            if let (Some(last), Some(unit), false) = (all.last_mut(), unit, word.gap_before) {
                last.unit = Some(unit);
            } else if word.text.chars().any(char::is_alphanumeric) {
                unknown += 1;
                if word.text.chars().next().is_some_and(|c| c.is_ascii_digit()) {
                    unknown += 2;
                }
                if word.gap_before || all.is_empty() {
                    all.push(HeaderCell {
                        column: Column::Other,
                        bounds: word.bounds,
                        date: None,
                        unit: None,
                    });
                } else if let Some(last) = all.last_mut() {
                    last.bounds = union(last.bounds, word.bounds);
                }
            }
            at += 1;
        }
        let columns = Self { all };
        columns.is_header(unknown, line).then_some(columns)
    }

    fn is_header(&self, unknown: usize, line: &Line) -> bool {
        let has = |wanted: Column| self.has(wanted);
        let known = self
            .all
            .iter()
            .filter(|cell| cell.column != Column::Other)
            .count();
        let dated = self.all.iter().filter(|cell| cell.date.is_some()).count();
        let result = has(Column::Result) || self.is_couple() || has(Column::Prepared);
        let beside = has(Column::Test)
            || has(Column::Unit)
            || has(Column::Reference)
            || has(Column::Previous);
        // "Date: 02.03. 05.03." may head a table; "Sex: Female 19/01/2026" does not.
        let colons = line
            .words
            .iter()
            .filter(|word| word.text.ends_with(':'))
            .count();
        let sentence =
            colons > 0 && (dated == 0 || colons > 1 || unknown > 0 || self.names_person());
        result && (beside || dated > 1) && known >= 2 && unknown <= known + 1 && !sentence
    }

    /// The column that a piece stands in: the one it overlaps most, else the nearest.
    #[must_use]
    pub fn at(&self, bounds: Bounds) -> Option<&HeaderCell> {
        let overlap =
            |cell: &HeaderCell| bounds[2].min(cell.bounds[2]) - bounds[0].max(cell.bounds[0]);
        let mut best: Option<(&HeaderCell, f64)> = None;
        for cell in &self.all {
            let overlap = overlap(cell);
            if best.is_none_or(|(_, most)| overlap > most) {
                best = Some((cell, overlap));
            }
        }
        best.map(|(cell, _)| cell)
    }

    /// The columns whose values are results of the patient. Of a couple side by side only the
    /// patient's; where it is not said who that is, none.
    pub fn results(&self, sex: Option<Sex>) -> impl Iterator<Item = &HeaderCell> {
        let couple = self.is_couple();
        let hers = match sex {
            _ if self.has(Column::Patient) => Some(Column::Patient),
            Some(Sex::Female) => Some(Column::Female),
            Some(Sex::Male) => Some(Column::Male),
            None => None,
        };
        self.all.iter().filter(move |cell| {
            if couple {
                Some(cell.column) == hers
            } else {
                matches!(
                    cell.column,
                    Column::Result | Column::Native | Column::Prepared
                )
            }
        })
    }

    /// Whether the columns belong to two persons.
    #[must_use]
    pub fn is_couple(&self) -> bool {
        let persons = [
            Column::Patient,
            Column::Partner,
            Column::Female,
            Column::Male,
        ];
        persons
            .into_iter()
            .filter(|person| self.has(*person))
            .count()
            > 1
    }

    fn names_person(&self) -> bool {
        self.has(Column::Female) || self.has(Column::Male) || self.has(Column::Patient)
    }

    /// Whether a piece stands where results stand, whosever they are.
    #[must_use]
    pub fn holds_results(&self, bounds: Bounds) -> bool {
        self.at(bounds).is_some_and(|cell| {
            matches!(
                cell.column,
                Column::Result
                    | Column::Native
                    | Column::Prepared
                    | Column::Patient
                    | Column::Partner
                    | Column::Female
                    | Column::Male
            )
        })
    }

    /// Whether a cell of a line begins with the name of a column.
    #[must_use]
    pub fn hinted(line: &Line, lexicon: &Lexicon) -> bool {
        let words: Vec<&Word> = line.words.iter().collect();
        (0..words.len())
            .filter(|at| *at == 0 || words[*at].gap_before)
            .any(|at| column_at(&words[at..], lexicon).is_some())
    }

    /// Whether this reading of a header knows more columns than another, or knows one better.
    #[must_use]
    pub fn tells_more_than(&self, other: &Self) -> bool {
        let known = |columns: &Self| {
            columns
                .all
                .iter()
                .filter(|cell| cell.column != Column::Other)
                .count()
        };
        let earlier = self.has(Column::Previous) && !other.has(Column::Previous);
        known(self) > known(other) || (earlier && known(self) >= known(other))
    }

    fn has(&self, wanted: Column) -> bool {
        self.all.iter().any(|cell| cell.column == wanted)
    }

    /// Whether several result columns carry dates of their own.
    #[must_use]
    pub fn is_dated(&self) -> bool {
        self.all
            .iter()
            .filter(|cell| cell.column == Column::Result && cell.date.is_some())
            .count()
            > 1
    }

    /// Whether all results are of one person, one sample and one day.
    #[must_use]
    pub fn has_one_sample(&self) -> bool {
        !self.is_couple()
            && !self.is_dated()
            && !self.has(Column::Native)
            && !self.has(Column::Prepared)
    }

    /// Whether a second group of columns stands beside the first.
    #[must_use]
    pub fn repeats(&self) -> bool {
        self.all
            .iter()
            .filter(|cell| cell.column == Column::Test)
            .count()
            > 1
    }
}

fn column_at(words: &[&Word], lexicon: &Lexicon) -> Option<(Column, usize)> {
    // Most words begin no name of a column; only behind one that does is the cell folded.
    let first = fold(&words[0].text);
    if !lexicon.words.columns.begins(tokens(&first).next()?) {
        return None;
    }
    let cell = words
        .iter()
        .skip(1)
        .take_while(|word| !word.gap_before)
        .count()
        + 1;
    let spoken = Spoken::of(words[..cell.min(6)].iter().copied());
    let (column, taken) = lexicon.words.columns.longest(&spoken.tokens)?;
    Some((*column, spoken.word_of[taken - 1] + 1))
}

fn bounds_of(words: &[&Word]) -> Bounds {
    words[1..]
        .iter()
        .fold(words[0].bounds, |all, word| union(all, word.bounds))
}
