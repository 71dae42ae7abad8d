//! The walk down the pages: which lines are results of the patient, and what they say.
//!
//! It goes line by line and keeps what decides about the next one: the columns of the table that
//! it is in, whether a heading has ended the results or begun those of a second person, and the
//! sample that a heading named. A header replaces the columns; a matrix is read at once; then a
//! line is a heading ([`heading`]) or holds labels with the pieces behind each ([`mod@groups`]). A
//! label in a table finds its results in the columns ([`row`]); without a header its value must
//! follow it ([`bare_row`]) or stand below it ([`card`]). A result that is said to be missing is
//! kept as absent ([`absent`]). A count may stand before its label ([`counted`]). A line without a label can still go on with the reference of the
//! row above ([`continued`]).

mod absent;
mod bare_row;
mod card;
mod continued;
mod counted;
mod groups;
mod heading;
mod row;

use super::coded;
use super::columns::Columns;
use super::dates::Order;
use super::finding::{Finding, Place, Value};
use super::matrix;
use super::number::DecimalSign;
use super::pieces::{Cutter, Piece, What};
use super::topics::Topics;
use super::wrapped;
use super::{chart, embryos, ovaries};
use crate::domain::analysis::{Absent, Preparation, Sex, Site};
use crate::lexicon::{Column, Group, Lexicon, fold, tokens};
use crate::text::page::{Bounds, Line, Page};
use groups::groups;
use jiff::civil::Date;

/// What a document says all over.
#[derive(Debug, Clone, Copy)]
pub struct Manner {
    pub sign: DecimalSign,
    pub order: Order,
    pub fasting: bool,
    /// The latest day that the head names; a date without a year is not after it.
    pub until: Option<Date>,
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
    /// The last heading was about earlier cycles or results.
    history: bool,
    /// The ovary that the line before was about.
    site: Option<Site>,
    found: Found<'l>,
    /// Findings of the row above, whose range the next lines may go on telling.
    above: std::ops::Range<usize>,
    above_bounds: Bounds,
}

/// Reads all pages.
#[must_use]
pub fn walk<'l>(
    pages: &[Page],
    topics: &[Topics],
    lexicon: &'l Lexicon,
    manner: Manner,
) -> Found<'l> {
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
        history: false,
        site: None,
        found: Found::default(),
        above: 0..0,
        above_bounds: [0.0; 4],
    };
    for (index, (page, topics)) in pages.iter().zip(topics).enumerate() {
        walk.page(index, page, *topics);
    }
    walk.found
}

impl<'l> Walk<'l> {
    fn page(&mut self, index: usize, page: &Page, topics: Topics) {
        if self.section == Section::Aside {
            self.section = Section::Results;
        }
        self.history = false;
        self.site = None;
        self.above = 0..0;
        let mut at = 0;
        let lines = &page.lines;
        while at < lines.len() {
            let line = &lines[at];
            let site = if topics.ultrasound {
                self.ovary(line)
            } else {
                None
            };
            let place = Place {
                lexicon: self.lexicon,
                sign: self.manner.sign,
                topics,
                site,
                fasting: self.manner.fasting,
                preparation: self.preparation,
                page: index,
            };
            if let Some((findings, taken)) = self.table(&lines[at..], place) {
                self.keep_table(findings);
                self.columns = None;
                self.above = 0..0;
                at += taken;
                continue;
            }
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
            if topics.embryology
                && self.section == Section::Results
                && let Some(findings) = embryos::of_line(line, place)
            {
                self.keep(findings);
                at += 1;
                continue;
            }
            if topics.ultrasound && self.scan(line, place) {
                at += 1;
                continue;
            }
            let pieces = self.cutter.cut(line);
            if let Some((findings, lines)) = matrix::read(
                &self.cutter,
                &pieces,
                &lines[at..],
                place,
                self.manner.order,
            ) {
                self.keep_table(findings);
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

    /// The ovary that a line is about; a line with its name alone heads those below it.
    fn ovary(&mut self, line: &Line) -> Option<Site> {
        if let Some((site, alone)) = ovaries::named(line, self.lexicon) {
            self.site = alone.then_some(site);
            return Some(site);
        }
        if ovaries::ends(line) {
            self.site = None;
        }
        self.site
    }

    /// A line of a scan that speaks of the ovaries in its own way.
    fn scan(&mut self, line: &Line, place: Place<'l>) -> bool {
        if self.section != Section::Results {
            return false;
        }
        if let Some(findings) = ovaries::counts(line, place) {
            self.keep(findings);
            return true;
        }
        let parts = ovaries::by_side(line, self.lexicon);
        for (site, part) in &parts {
            let place = Place {
                site: *site,
                ..place
            };
            if let Some(findings) = ovaries::list_of(part, place) {
                self.keep(findings);
            } else {
                let pieces = self.cutter.cut(part);
                self.line(part, &pieces, None, place);
            }
        }
        if !parts.is_empty() {
            return true;
        }
        if let Some(findings) = ovaries::list_of(line, place) {
            self.keep(findings);
            return true;
        }
        let Some(bracket) = ovaries::bracket(line, self.lexicon) else {
            return false;
        };
        let pieces = self.cutter.cut(&bracket);
        self.line(&bracket, &pieces, None, place);
        true
    }

    /// Tables that are no list of tests: embryos, charts with a date a row, ovaries side by side.
    fn table(&self, lines: &[Line], place: Place<'l>) -> Option<(Vec<Finding<'l>>, usize)> {
        let topics = place.topics;
        let of_embryos =
            || embryos::read(lines, place).or_else(|| embryos::read_columns(lines, place));
        let of_scans = || {
            chart::read(&self.cutter, lines, place, self.manner)
                .or_else(|| ovaries::read(&self.cutter, lines, place))
                .or_else(|| ovaries::read_rows(&self.cutter, lines, place))
        };
        (topics.embryology.then(of_embryos).flatten())
            .or_else(|| topics.ultrasound.then(of_scans).flatten())
    }

    fn line(&mut self, line: &Line, pieces: &[Piece<'l>], next: Option<&Line>, place: Place<'l>) {
        let groups = groups(pieces);
        if groups.is_empty() {
            self.continue_reference(pieces, line);
            return;
        }
        let source = line.text();
        let from = self.found.findings.len();
        let counted = self.counted(pieces, place);
        for at in &counted {
            let finding = counted::count_before(*at, pieces, line, place);
            self.keep_all(finding, line);
        }
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
            let behind = counted
                .iter()
                .any(|at| std::ptr::eq(&raw const pieces[*at], *label_piece));
            if behind || counted::is_closed(label_piece) && !counted.is_empty() {
                continue;
            }
            let findings = self.row(label, label_piece, group, place, &source);
            if findings.is_empty() && group.is_empty() && groups.len() == 1 {
                if let Some(finding) = self.card(label, label_piece, next, place) {
                    self.keep(vec![finding]);
                }
            } else {
                let pattern = self.pattern(&findings, group);
                self.keep_all(findings, line);
                self.keep_all(pattern, line);
            }
        }
        if self.found.findings.len() > from || rows > 0 {
            self.above = from..self.found.findings.len();
            self.above_bounds = line.bounds;
        }
    }

    /// The pattern of an endometrium whose thickness the same words tell.
    fn pattern(&self, findings: &[Finding<'l>], group: &[Piece<'l>]) -> Option<Finding<'l>> {
        let thickness = findings
            .iter()
            .find(|finding| finding.analyte.code == "endometrial_thickness")?;
        let words = self.lexicon.words.results("pattern")?;
        let analyte = self.lexicon.find("endometrial_pattern")?;
        group
            .iter()
            .filter(|piece| matches!(piece.what, What::Words))
            .find_map(|piece| {
                let folded = fold(&piece.text);
                let spoken: Vec<&str> = tokens(&folded).collect();
                let denied = spoken
                    .iter()
                    .any(|word| matches!(*word, "not" | "no" | "non"));
                let (text, _) = (0..spoken.len()).find_map(|at| words.longest(&spoken[at..]))?;
                (!denied).then(|| Finding {
                    analyte,
                    value: Value::Text(text.clone()),
                    value_text: text.clone(),
                    unit: None,
                    mark: None,
                    range: None,
                    alternate: None,
                    doubts: Vec::new(),
                    bounds: piece.bounds,
                    ..thickness.clone()
                })
            })
    }

    /// Keeps the findings of a table, unless its heading says that it is about the past.
    fn keep_table(&mut self, findings: Vec<Finding<'l>>) {
        if self.section == Section::Aside && self.history {
            return;
        }
        self.keep(findings);
    }

    /// Keeps findings of a line; counts in a running sentence are for a person.
    fn keep_all(&mut self, findings: impl IntoIterator<Item = Finding<'l>>, line: &Line) {
        let running = line.words.len() > 9
            && !line
                .words
                .iter()
                .skip(1)
                .any(|word| word.gap_before || word.text.contains([':', '=']));
        let findings = findings
            .into_iter()
            .map(|mut finding| {
                if running && finding.analyte.group == Group::Embryology {
                    finding.doubts.push("label_loose");
                }
                finding
            })
            .collect();
        self.keep(findings);
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
