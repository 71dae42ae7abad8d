//! The walk down the pages: which lines are results of the patient, and what they say.

use super::coded;
use super::columns::{Columns, HeaderCell};
use super::dates::Order;
use super::finding::{Finding, Place, Row, Value};
use super::matrix;
use super::number::DecimalSign;
use super::pieces::{Cutter, LabelPiece, Piece, What, union};
use super::wrapped;
use crate::domain::analysis::{Absent, Preparation, Sex};
use crate::lexicon::{Anchor, Aside, Column, Context, Lexicon, Person, fold, tokens};
use crate::text::page::{Bounds, Line, Page};

/// What a column says about its sample.
fn prepared(column: Column) -> Option<Preparation> {
    match column {
        Column::Native => Some(Preparation::Native),
        Column::Prepared => Some(Preparation::PostPreparation),
        _ => None,
    }
}

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

    /// Headings that say whose values follow, or that none do.
    fn heading(&mut self, line: &Line, pieces: &[Piece]) -> bool {
        let text = line.text();
        let folded = fold(&text);
        let spoken: Vec<&str> = tokens(&folded).take(8).collect();
        let first_cell = line
            .words
            .iter()
            .skip(1)
            .take_while(|word| !word.gap_before)
            .count()
            + 1;
        let has_value = pieces
            .iter()
            .any(|piece| matches!(piece.what, What::Number { .. } | What::Unit(_)));
        if let Some((aside, taken)) = self.lexicon.words.asides.longest(&spoken) {
            let told = line
                .words
                .iter()
                .take(taken)
                .any(|word| word.text.ends_with([':', '.']));
            let alone = spoken.len() <= taken + 1;
            if told || alone || (*aside == Aside::History && first_cell <= taken + 1 && !has_value)
            {
                if self.section == Section::Results {
                    self.section = Section::Aside;
                    if alone {
                        self.columns = None;
                    }
                }
                return true;
            }
            if *aside == Aside::History {
                // A line that begins with "Previous ..." is about an earlier result.
                return true;
            }
        }
        if spoken.iter().any(|word| {
            word.starts_with("prepar")
                || word.starts_with("aufbereit")
                || *word == "wash"
                || *word == "washed"
                || word.starts_with("capacit")
        }) && !has_value
            && spoken.len() <= 6
        {
            let before = spoken.iter().any(|word| {
                matches!(
                    *word,
                    "before" | "pre" | "vor" | "avant" | "prima" | "antes"
                )
            });
            self.preparation = Some(if before {
                Preparation::Native
            } else {
                Preparation::PostPreparation
            });
            return true;
        }
        if let Some((person, taken)) = self.person(&spoken) {
            let short = spoken.len() <= taken + 4 && !has_value;
            let label_only = line
                .words
                .first()
                .is_some_and(|word| word.text.ends_with(':'));
            match person {
                Person::Second
                    if short
                        && (!self.found.findings.is_empty()
                            || self.section == Section::SecondPerson
                            || spoken.len() <= taken + 1) =>
                {
                    self.section = Section::SecondPerson;
                    self.columns = None;
                    return true;
                }
                Person::First if short && !label_only && spoken.len() > taken => {
                    self.section = Section::Results;
                    return true;
                }
                _ => {}
            }
        }
        false
    }

    /// The person that a heading names: `PARTNER - ...`, `Results of the male partner`.
    fn person(&self, spoken: &[&str]) -> Option<(Person, usize)> {
        let persons = &self.lexicon.words.persons;
        if let Some((person, taken)) = persons.longest(spoken) {
            return Some((*person, taken));
        }
        (1..spoken.len().min(6)).find_map(|from| match persons.longest(&spoken[from..]) {
            Some((Person::Second, taken)) => Some((Person::Second, from + taken)),
            _ => None,
        })
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

    /// Findings of one label and the pieces behind it.
    fn row(
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
            let cells: Vec<_> = columns.results(self.manner.sex).collect();
            for cell in &cells {
                let results = among(&|at| at.bounds == cell.bounds);
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

    /// A row without a header: the value follows its label and nothing is left over.
    fn bare_row(
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
        let value = &group[first];
        self.note_absent(label, &[value], place, source);
        let mut doubts = Vec::new();
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

    /// A card: the value stands below its label.
    fn card(
        &mut self,
        label: &LabelPiece<'l>,
        label_piece: &Piece<'l>,
        next: Option<&Line>,
        place: Place<'l>,
    ) -> Option<Finding<'l>> {
        let next = next?;
        let height = label_piece.bounds[3] - label_piece.bounds[1];
        if self.columns.is_some()
            || self.section == Section::Aside
            || label.label.unknown > 0
            || next.bounds[1] - label_piece.bounds[3] > 2.5 * height
        {
            return None;
        }
        let pieces = self.cutter.cut(next);
        let value = pieces.first()?;
        let beneath =
            value.bounds[0] < label_piece.bounds[2] && value.bounds[2] > label_piece.bounds[0];
        let only = pieces.iter().all(|piece| {
            matches!(
                piece.what,
                What::Number { .. } | What::Unit(_) | What::Mark(_) | What::Range
            )
        });
        if !beneath || !only || !matches!(value.what, What::Number { .. }) {
            return None;
        }
        let source = format!("{} {}", label_piece.text, next.text());
        let mut row = self.bare_row(label, label_piece, &pieces, place, &source)?;
        row.anchor = Anchor::Card;
        Some(row)
    }

    /// Further lines of a reference: then it is one by phase or age, and none applies.
    fn continue_reference(&mut self, pieces: &[Piece<'l>], line: &Line) {
        let Some(columns) = &self.columns else { return };
        let height = self.above_bounds[3] - self.above_bounds[1];
        if self.above.is_empty() || line.bounds[1] - self.above_bounds[3] > 1.5 * height.max(6.0) {
            self.above = 0..0;
            return;
        }
        let another = pieces.iter().any(|piece| {
            !matches!(piece.what, What::Words | What::Mark(_))
                && columns
                    .at(piece.bounds)
                    .is_some_and(|cell| cell.column == Column::Result)
        });
        if another {
            self.above = 0..0;
            return;
        }
        let in_reference = pieces.iter().any(|piece| {
            matches!(piece.what, What::Range | What::Number { .. })
                && columns
                    .at(piece.bounds)
                    .is_some_and(|cell| cell.column == Column::Reference)
        });
        if in_reference {
            for finding in &mut self.found.findings[self.above.clone()] {
                finding.range = None;
            }
        }
        self.above_bounds = union(self.above_bounds, line.bounds);
    }

    fn note_absent(
        &mut self,
        label: &LabelPiece<'l>,
        results: &[&Piece<'l>],
        place: Place<'l>,
        source: &str,
    ) {
        let Some(piece) = results
            .iter()
            .find(|piece| matches!(piece.what, What::Words))
        else {
            return;
        };
        let folded = fold(&piece.text);
        let spoken: Vec<&str> = tokens(&folded).collect();
        let Some((reason, _)) = self.lexicon.words.absent.longest(&spoken) else {
            return;
        };
        let candidate = label
            .label
            .candidates
            .iter()
            .find(|c| place.semen || !c.needs_context);
        let Some(analyte) = candidate.and_then(|c| self.lexicon.analyte(c.analyte)) else {
            return;
        };
        if self.section == Section::Results {
            self.found.absent.push(Absent {
                analyte: analyte.code.clone(),
                reason: *reason,
                source_text: source.to_owned(),
                page: u32::try_from(place.page + 1).ok(),
            });
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

type Group<'p, 'l> = (&'p LabelPiece<'l>, &'p Piece<'l>, &'p [Piece<'l>]);

/// Labels with the pieces behind each; what stands before the first belongs to none.
fn groups<'p, 'l>(pieces: &'p [Piece<'l>]) -> Vec<Group<'p, 'l>> {
    let starts: Vec<usize> = pieces
        .iter()
        .enumerate()
        .filter(|(_, piece)| matches!(piece.what, What::Label(_)))
        .map(|(at, _)| at)
        .collect();
    starts
        .iter()
        .enumerate()
        .filter_map(|(order, at)| {
            let end = starts.get(order + 1).copied().unwrap_or(pieces.len());
            let What::Label(label) = &pieces[*at].what else {
                return None;
            };
            Some((label, &pieces[*at], &pieces[at + 1..end]))
        })
        .collect()
}

/// The words of a reference; a mark that stands before them is none.
fn text_of(pieces: &[&Piece]) -> String {
    let words: Vec<&str> = pieces
        .iter()
        .filter(|piece| !matches!(piece.what, What::Mark(_)))
        .map(|piece| piece.text.as_str())
        .collect();
    words.join(" ")
}
