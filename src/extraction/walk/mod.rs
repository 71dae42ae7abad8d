//! The walk down the pages: which lines are results of the patient, and what they say.
//!
//! It goes line by line and keeps what decides about the next one: the columns of the table that
//! it is in, whether a heading has ended the results or begun those of a second person, and the
//! sample that a heading named. A header replaces the columns; a matrix is read at once; then a
//! line is a heading ([`heading`]) or holds labels with the pieces behind each ([`mod@groups`]). A
//! label in a table finds its results in the columns ([`row`]); without a header its value must
//! follow it ([`bare_row`]) or stand below it ([`card`]). A result that is said to be missing is
//! kept as absent ([`absent`]). A line without a label can still go on with the reference of the
//! row above ([`continued`]).

mod absent;
mod bare_row;
mod card;
mod continued;
mod groups;
mod heading;
mod row;

use super::coded;
use super::columns::Columns;
use super::dates::Order;
use super::finding::{Finding, Place, Value};
use super::matrix;
use super::number::DecimalSign;
use super::pieces::{Cutter, Piece};
use super::wrapped;
use crate::domain::analysis::{Absent, Preparation, Sex};
use crate::lexicon::{Column, Context, Lexicon, fold, tokens};
use crate::text::page::{Bounds, Line, Page};
use groups::groups;

/// What a document says all over.
#[derive(Debug, Clone, Copy)]
pub struct Manner {
    pub sign: DecimalSign,
    pub order: Order,
    pub fasting: bool,
    /// Of the patient; tells whose column is whose.
    pub sex: Option<Sex>,
}

/// All that was found on the way.
#[derive(Debug, Default)]
pub struct Found<'l> {
    pub findings: Vec<Finding<'l>>,
    pub absent: Vec<Absent>,
    /// Values of a second person were passed by.
    pub second_person: bool,
}

/// Where the walk is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Section {
    Results,
    /// Behind a heading that ends the results; a table brings them back.
    Aside,
    SecondPerson,
}

struct Walk<'l> {
    lexicon: &'l Lexicon,
    cutter: Cutter<'l>,
    manner: Manner,
    section: Section,
    columns: Option<Columns>,
    preparation: Option<Preparation>,
    found: Found<'l>,
    /// Findings of the row above, whose range the next lines may go on telling.
    above: std::ops::Range<usize>,
    above_bounds: Bounds,
}

/// Reads all pages.
#[must_use]
pub fn walk<'l>(pages: &[Page], lexicon: &'l Lexicon, manner: Manner) -> Found<'l> {
    let mut walk = Walk {
        lexicon,
        cutter: Cutter {
            lexicon,
            sign: manner.sign,
        },
        manner,
        section: Section::Results,
        columns: None,
        preparation: None,
        found: Found::default(),
        above: 0..0,
        above_bounds: [0.0; 4],
    };
    for (index, page) in pages.iter().enumerate() {
        walk.page(index, page);
    }
    walk.found
}

/// Whether a page speaks of semen.
fn speaks_of_semen(page: &Page, lexicon: &Lexicon) -> bool {
    page.lines.iter().any(|line| {
        line.words.iter().any(|word| {
            let folded = fold(&word.text);
            let spoken: Vec<&str> = tokens(&folded).collect();
            spoken.first().is_some_and(|_| {
                matches!(
                    lexicon.words.contexts.longest(&spoken),
                    Some((Context::Semen, _))
                )
            })
        })
    })
}

impl<'l> Walk<'l> {
    fn page(&mut self, index: usize, page: &Page) {
        let semen = speaks_of_semen(page, self.lexicon);
        if self.section == Section::Aside {
            self.section = Section::Results;
        }
        self.above = 0..0;
        let mut at = 0;
        let lines = wrapped::rows(&page.lines);
        while at < lines.len() {
            let line = &lines[at];
            if let Some((columns, taken)) =
                wrapped::header(&lines[at..], self.lexicon, self.manner.order)
            {
                self.columns = Some(columns);
                if self.section == Section::Aside {
                    self.section = Section::Results;
                }
                self.above = 0..0;
                at += taken;
                continue;
            }
            let place = Place {
                lexicon: self.lexicon,
                sign: self.manner.sign,
                semen,
                fasting: self.manner.fasting,
                preparation: self.preparation,
                page: index,
            };
            let pieces = self.cutter.cut(line);
            if let Some((findings, lines)) = matrix::read(
                &self.cutter,
                &pieces,
                &lines[at..],
                place,
                self.manner.order,
            ) {
                self.keep(findings);
                self.above = 0..0;
                at += lines;
                continue;
            }
            if !self.heading(line, &pieces) {
                self.line(line, &pieces, lines.get(at + 1), place);
            }
            at += 1;
        }
    }

    fn line(&mut self, line: &Line, pieces: &[Piece<'l>], next: Option<&Line>, place: Place<'l>) {
        let groups = groups(pieces);
        if groups.is_empty() {
            self.continue_reference(pieces, line);
            return;
        }
        let source = line.text();
        let from = self.found.findings.len();
        let mut rows = 0;
        for (at, (label, label_piece, group)) in groups.iter().enumerate() {
            // In a table only a test column holds labels; words elsewhere are remarks.
            if at > 0
                && let Some(columns) = &self.columns
                && !columns.repeats()
                && !label.colon
                && columns
                    .at(label_piece.bounds)
                    .is_some_and(|cell| cell.column != Column::Test)
            {
                continue;
            }
            rows += 1;
            let findings = self.row(label, label_piece, group, place, &source);
            if findings.is_empty() && group.is_empty() && groups.len() == 1 {
                if let Some(finding) = self.card(label, label_piece, next, place) {
                    self.keep(vec![finding]);
                }
            } else {
                self.keep(findings);
            }
        }
        if self.found.findings.len() > from || rows > 0 {
            self.above = from..self.found.findings.len();
            self.above_bounds = line.bounds;
        }
    }

    fn keep(&mut self, mut findings: Vec<Finding<'l>>) {
        if let [group] = findings.as_slice()
            && group.analyte.code == "blood_group"
            && let Some(text) = coded::rhesus_behind(self.lexicon, &group.value_text)
            && let Some(analyte) = self.lexicon.find("rh_type")
        {
            let rhesus = Finding {
                analyte,
                value: Value::Text(text),
                ..group.clone()
            };
            findings.push(rhesus);
        }
        if self.section == Section::SecondPerson {
            self.found.second_person |= !findings.is_empty();
        } else {
            self.found.findings.extend(findings);
        }
    }
}
