//! From positioned text to what a report states.
//!
//! A page comes in as lines of words with their places. A line is cut into pieces ([`pieces`]):
//! a label that the lexicon knows, numbers, units, flags, ranges, words. The walk ([`walk`]) goes
//! down the pages and keeps what decides about a line: the columns of the table it stands in
//! ([`columns`]), headings behind which nothing is a result, and whose values follow. A label and
//! the piece in the place of its result are a finding ([`finding`]); a label means an analyte only
//! if all its words are explained, and the printed unit must be one of that analyte. Findings are
//! judged ([`judge`]): canonical value, flag by what is printed, doubts, and from these how far
//! the value is believed and whether a person must look first. The values of one semen analysis
//! are held against each other ([`checks`]). Beside this the head of the report says who, when
//! and which ([`identity`]), and the words of the whole say what kind it is ([`kind`]).
//!
//! Tables that are no list of tests are read by their places ([`grid`]): embryos with their days
//! ([`embryos`], the notation of a cell in [`embryo_cell`]), charts with a date a row or a column
//! ([`chart`], lists of follicles in [`follicles`]), ovaries side by side ([`ovaries`]). Tubes and
//! cavity are told in sentences ([`imaging`]), chromosomes in formulas ([`karyotype`]), letters in
//! [`prose`]. What a page speaks of ([`topics`]) decides what its common words mean.
//!
//! Nothing is guessed: what is not tied to its label in one of the known ways is left out, and
//! what is tied but doubted says why and needs a person. No earlier result, no second person's
//! value, nothing from an empty form or from a reference is an observation.

mod chart;
mod checks;
mod coded;
mod columns;
#[cfg(test)]
mod corpus_tests;
mod dates;
mod embryo_cell;
mod embryos;
mod finding;
mod follicles;
mod grid;
mod identity;
mod imaging;
mod judge;
mod karyotype;
mod kind;
mod matrix;
mod number;
mod ovaries;
mod person_name;
mod pieces;
mod prose;
mod reference;
mod repeats;
mod spoken;
mod topics;
mod walk;
mod wrapped;

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::domain::analysis::{Absent, Identity, Kind, Observation, Report, Sex};
use crate::lexicon::{Context, Group, Lexicon, WhoEdition};
use crate::text::page::Page;
use finding::Finding;
use number::DecimalSign;
use spoken::{Folded, SpokenLines};
use topics::Topics;
use walk::Manner;

/// Version of the reading itself; stored with every value.
pub const VERSION: &str = "1.1.0";

/// What the pages of one document state.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    pub kind: Kind,
    pub patient: Identity,
    pub report: Report,
    pub collected_on: Option<Date>,
    /// Date and time of collection (`2026-01-27T10:05`), where the time is printed.
    pub collected_at: Option<String>,
    pub reported_on: Option<Date>,
    pub observations: Vec<Observation>,
    pub absent: Vec<Absent>,
    /// `second_person`, `date_ambiguous`, `identity_doubtful`, ...
    pub warnings: Vec<String>,
}

/// Another engine that has read the same page.
pub trait SecondVoice {
    /// Whether it sees this number on a line with this label; `None` when it cannot say.
    fn sees(&self, page: u32, label: &str, value: &str) -> Option<bool>;
}

impl SecondVoice for crate::text::pdf::SecondVoice<'_> {
    fn sees(&self, page: u32, label: &str, value: &str) -> Option<bool> {
        crate::text::pdf::SecondVoice::sees(self, page, label, value)
    }
}

/// No second engine: nothing is confirmed and nothing denied.
#[derive(Debug, Clone, Copy)]
pub struct NoSecondVoice;

impl SecondVoice for NoSecondVoice {
    fn sees(&self, _page: u32, _label: &str, _value: &str) -> Option<bool> {
        None
    }
}

/// Reads the pages of one document. `second` is asked about every number that was found.
#[must_use]
pub fn extract(pages: &[Page], lexicon: &Lexicon, second: &dyn SecondVoice) -> Reading {
    let whole = wrapped::whole_rows(pages);
    let pages: &[Page] = &whole;
    let words = || {
        pages
            .iter()
            .flat_map(|page| &page.lines)
            .flat_map(|line| &line.words)
            .map(|w| w.text.as_str())
    };
    let sign = DecimalSign::of(words());
    let folded = Folded::of(pages);
    let lines = folded.lines();
    let head = identity::read(pages, &lines, lexicon);
    let evidence = kind::Evidence::of(pages, &lines, lexicon);
    let mut warnings = head.warnings;
    let mut reading = Reading {
        kind: Kind::Other,
        patient: head.patient,
        report: head.report,
        collected_on: head.collected_on,
        collected_at: head.collected_at,
        reported_on: head.reported_on,
        observations: Vec::new(),
        absent: Vec::new(),
        warnings: Vec::new(),
    };
    if let Some(kind) = evidence.states_no_results() {
        reading.kind = kind;
        reading.warnings = warnings;
        return reading;
    }
    let topics = Topics::of_pages(&lines, lexicon);
    let said = Said::of(&lines, lexicon);
    let manner = Manner {
        sign,
        order: head.order,
        fasting: said.fasting,
        until: reading.reported_on.max(reading.collected_on),
        sex: reading.patient.sex,
    };
    let found = if evidence.is_letter() {
        reading.collected_on = None;
        reading.collected_at = None;
        reading.reported_on = reading.reported_on.or(head.written_on);
        prose::read(pages, lexicon, sign, reading.patient.sex)
    } else {
        let mut found = walk::walk(pages, &topics, lexicon, manner);
        if evidence.may_be(Kind::Imaging) {
            found.findings.extend(imaging::read(pages, lexicon));
        }
        if evidence.may_be(Kind::Genetics) {
            found.findings.extend(karyotype::read(pages, lexicon));
        }
        found
    };
    let mut found = found;
    // A chart of scans that does not say otherwise is of its last day.
    if !evidence.is_letter() && reading.collected_on.is_none() {
        let scans = found
            .findings
            .iter()
            .filter(|finding| finding.analyte.group == Group::Ultrasound);
        reading.collected_on = scans.filter_map(|finding| finding.observed_on).max();
    }
    let of_another = |finding: &Finding| match reading.patient.sex {
        Some(Sex::Female) => {
            finding.analyte.group == Group::Semen && !evidence.is_titled(Kind::SemenAnalysis)
        }
        Some(Sex::Male) => matches!(finding.analyte.group, Group::Ultrasound | Group::Imaging),
        None => false,
    };
    // A woman's paper that tells of semen tells of her partner.
    let all = found.findings.len();
    found.findings.retain(|finding| !of_another(finding));
    found.second_person |= found.findings.len() < all;
    let bench = judge::Bench {
        lexicon,
        pages,
        edition: said.edition(),
        second,
    };
    let mut counts: BTreeMap<Kind, u32> = BTreeMap::new();
    for finding in &found.findings {
        *counts
            .entry(kind::of_group(finding.analyte.group))
            .or_default() += 1;
    }
    reading.kind = evidence.kind(&counts);
    reading.observations = repeats::resolve(found.findings, lexicon)
        .into_iter()
        .map(|finding| bench.observation(finding))
        .collect();
    checks::check_semen(&mut reading.observations);
    reading.absent = found.absent;
    if found.second_person {
        warnings.push("second_person".into());
    }
    reading.warnings = warnings;
    reading
}

/// What the words of a document say about all its values.
#[derive(Debug, Clone, Copy, Default)]
struct Said {
    fasting: bool,
    fifth: bool,
    sixth: bool,
}

impl Said {
    fn of(lines: &SpokenLines, lexicon: &Lexicon) -> Self {
        let mut said = Self::default();
        for spoken in lines.all() {
            for at in 0..spoken.len() {
                match lexicon.words.contexts.longest(&spoken[at..]) {
                    Some((Context::Fasting, _)) => said.fasting = true,
                    Some((Context::WhoFifth, _)) => said.fifth = true,
                    Some((Context::WhoSixth, _)) => said.sixth = true,
                    _ => {}
                }
            }
        }
        said
    }

    /// The edition of the WHO manual, where the document names one and not the other.
    fn edition(self) -> Option<WhoEdition> {
        match (self.fifth, self.sixth) {
            (true, false) => Some(WhoEdition::Fifth2010),
            (false, true) => Some(WhoEdition::Sixth2021),
            _ => None,
        }
    }
}
