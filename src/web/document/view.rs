//! What the page of a document shows.

use super::gate::Gate;
use crate::documents::{Document, ReadDocument, State, Withheld};
use crate::domain::analysis::{AbsentReason, Analysis, ReportStatus, TextSource};
use crate::domain::ids::{DocumentId, ObservationId};
use crate::observations::{ObservationState, StoredObservation};
use crate::web::{
    document_words::{self, PersonLink, Step},
    shell::Shell,
    values::{self, LimitShown, Said, ValueRow},
    words,
};
use askama::Template;
use std::collections::BTreeSet;

/// Pages that are shown whole; of a longer document those that carry values.
const PAGES: usize = 20;

#[derive(Template)]
#[template(path = "document.html")]
pub struct DocumentPage {
    shell: Shell,
    id: DocumentId,
    kind: &'static str,
    sub: String,
    moving: bool,
    steps: Vec<Step>,
    person: Option<PersonLink>,
    gate: Option<Gate>,
    pages_said: String,
    text_source: Option<&'static str>,
    sheets: Vec<Sheet>,
    no_pages: &'static str,
    /// The paper is kept from whoever looks.
    withheld: Option<&'static str>,
    quarantined: bool,
    snag: Option<Snag>,
    lanes: Vec<Lane>,
    absent: Vec<AbsentRow>,
    facts: Vec<(&'static str, String)>,
    revision: i64,
}

/// A page of the paper.
#[derive(Debug, PartialEq)]
pub struct Sheet {
    pub number: u32,
    pub width: f64,
    pub height: f64,
    pub first: bool,
    pub boxes: Vec<BoxShown>,
}

/// The box of a value, in the unit of its page.
#[derive(Debug, PartialEq)]
pub struct BoxShown {
    pub id: ObservationId,
    pub name: String,
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
    pub waits: bool,
    pub chosen: bool,
}

/// Values that wait for a person, or those that do not.
#[derive(Debug, PartialEq)]
pub struct Lane {
    pub name: &'static str,
    pub note: &'static str,
    pub waits: bool,
    pub rows: Vec<ReadRow>,
}

/// A value with what its line on the paper said.
#[derive(Debug, PartialEq)]
pub struct ReadRow {
    pub value: ValueRow,
    pub printed: Option<String>,
    pub built_in: Option<LimitShown>,
    pub confidence: String,
    pub doubts: Vec<String>,
    pub source_text: String,
    pub method: Option<String>,
    pub chosen: bool,
}

/// Something that the paper itself does not report.
#[derive(Debug, PartialEq, Eq)]
pub struct AbsentRow {
    pub name: String,
    pub word: &'static str,
    pub source_text: String,
}

/// Why there are no values.
#[derive(Debug, PartialEq, Eq)]
pub struct Snag {
    pub title: &'static str,
    pub what_now: &'static str,
}

impl DocumentPage {
    pub fn new(
        shell: Shell,
        read: &ReadDocument,
        stored: &[StoredObservation],
        wanted: Option<ObservationId>,
        gate: Option<Gate>,
    ) -> Self {
        let ReadDocument { document, analysis } = read;
        let analysis = analysis.as_ref();
        let chosen = chosen(stored, wanted);
        let sheets = sheets(document, analysis, stored, chosen);
        Self {
            shell,
            id: document.id,
            kind: document_words::kind(document),
            sub: sub(document, analysis),
            moving: document_words::is_moving(document),
            steps: document_words::steps(document),
            person: document_words::person(document),
            gate,
            pages_said: pages_said(document, sheets.len()),
            text_source: analysis.and_then(|analysis| text_source(analysis.text_source)),
            quarantined: document_words::is_quarantined(document),
            no_pages: if document_words::is_moving(document) {
                "The pages are shown as soon as they have been read."
            } else {
                "No page of this file can be shown."
            },
            withheld: document.withheld_because.map(Withheld::words),
            sheets,
            snag: snag(document, stored),
            lanes: lanes(document.id, stored, chosen),
            absent: analysis.map(absent).unwrap_or_default(),
            facts: facts(document, analysis),
            revision: document.revision,
        }
    }
}

/// The value that was asked for, else the first that waits, else the first.
fn chosen(stored: &[StoredObservation], wanted: Option<ObservationId>) -> Option<ObservationId> {
    let there = |id| stored.iter().any(|value| value.id == id);
    wanted
        .filter(|&id| there(id))
        .or_else(|| {
            stored
                .iter()
                .find(|value| waits(value))
                .map(|value| value.id)
        })
        .or_else(|| stored.first().map(|value| value.id))
}

fn waits(value: &StoredObservation) -> bool {
    value.state == ObservationState::Read && value.observation.needs_review
}

fn sheets(
    document: &Document,
    analysis: Option<&Analysis>,
    stored: &[StoredObservation],
    chosen: Option<ObservationId>,
) -> Vec<Sheet> {
    let has_pages = document_words::has_pages(&document.media_type);
    if !has_pages || document.state != State::Read || document.withheld_because.is_some() {
        return Vec::new();
    }
    let sizes = analysis
        .map(|analysis| analysis.page_sizes.as_slice())
        .unwrap_or_default();
    let with_values: BTreeSet<u32> = stored
        .iter()
        .filter_map(|value| value.observation.page)
        .collect();
    let mut sheets: Vec<Sheet> = sizes
        .iter()
        .zip(1_u32..)
        .filter(|(_, number)| sizes.len() <= PAGES || with_values.contains(number))
        .map(|(&[width, height], number)| Sheet {
            number,
            width,
            height,
            first: false,
            boxes: stored
                .iter()
                .filter(|value| value.observation.page == Some(number))
                .filter_map(|value| box_shown(document.id, value, chosen))
                .collect(),
        })
        .collect();
    if let Some(first) = sheets.first_mut() {
        first.first = true;
    }
    sheets
}

fn box_shown(
    document: DocumentId,
    value: &StoredObservation,
    chosen: Option<ObservationId>,
) -> Option<BoxShown> {
    let [x0, y0, x1, y1] = value.observation.bounds?;
    let row = ValueRow::new(&said(document, value));
    Some(BoxShown {
        id: value.id,
        name: row.full_name,
        x: x0,
        y: y0,
        width: rounded(x1 - x0),
        height: rounded(y1 - y0),
        waits: waits(value),
        chosen: chosen == Some(value.id),
    })
}

/// A hundredth of a point is below what any screen shows.
fn rounded(points: f64) -> f64 {
    (points * 100.0).round() / 100.0
}

fn said(document: DocumentId, value: &StoredObservation) -> Said<'_> {
    let verified = matches!(
        value.state,
        ObservationState::Confirmed | ObservationState::Corrected
    );
    Said::in_document(value.id, document, &value.observation, verified)
}

fn lanes(
    document: DocumentId,
    stored: &[StoredObservation],
    chosen: Option<ObservationId>,
) -> Vec<Lane> {
    let lane = |name, note, wanted: bool| {
        let rows: Vec<ReadRow> = stored
            .iter()
            .filter(|value| waits(value) == wanted)
            .map(|value| read_row(document, value, chosen))
            .collect();
        (!rows.is_empty()).then_some(Lane {
            name,
            note,
            waits: wanted,
            rows,
        })
    };
    [
        lane(
            "Wait for a person",
            "read with doubt, in no summary until somebody has looked",
            true,
        ),
        lane("Clear", "read without doubt, checked by no person", false),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn read_row(
    document: DocumentId,
    value: &StoredObservation,
    chosen: Option<ObservationId>,
) -> ReadRow {
    let said = said(document, value);
    let observation = &value.observation;
    let mut row = ValueRow::new(&said);
    row.name.clone_from(&row.full_name);
    if observation.preparation == Some(crate::domain::analysis::Preparation::PostPreparation) {
        row.name = format!("{}, prepared", row.name);
    }
    ReadRow {
        value: row,
        printed: words::range(observation.ref_low, observation.ref_high),
        built_in: values::beside(&said),
        confidence: format!("{:.2}", observation.confidence),
        doubts: observation
            .warnings
            .iter()
            .map(|code| doubt(code))
            .collect(),
        source_text: observation.source_text.clone(),
        method: observation.method.clone(),
        chosen: chosen == Some(value.id),
    }
}

fn doubt(code: &str) -> String {
    match code {
        "unit_doubtful" => "The unit is not certain.",
        "sum_mismatch" => "Parts that belong together do not add up.",
        "implausible" => "The number lies beyond what is possible in this unit.",
        "engines_disagree" => "Two readings of the page do not agree on this value.",
        "flag_contradicts_range" => "The printed flag contradicts the printed range.",
        "ocr_low_confidence" => "The print is hard to read.",
        "label_loose" => "The words in front of the value are not quite a name that is known.",
        "label_unexplained" => "A part of the words in front of the value is not understood.",
        "several_numbers" => "More than one number stands where one is expected.",
        "several_values" => "The page states this value more than once, not the same.",
        "unit_missing" => "No unit is printed.",
        "fasting_not_stated" => "The page does not say that the sample was taken fasting.",
        "engine_silent" => "A second reading of the page did not find this value.",
        "date_ambiguous" => "The date can be read in two ways.",
        other => return other.replace('_', " "),
    }
    .to_owned()
}

fn absent(analysis: &Analysis) -> Vec<AbsentRow> {
    analysis
        .absent
        .iter()
        .map(|absent| AbsentRow {
            name: values::name(&absent.analyte),
            word: match absent.reason {
                AbsentReason::Pending => "pending",
                AbsentReason::NotDone => "not done",
                AbsentReason::Insufficient => "not enough sample",
                AbsentReason::Cancelled => "cancelled",
            },
            source_text: absent.source_text.clone(),
        })
        .collect()
}

fn snag(document: &Document, stored: &[StoredObservation]) -> Option<Snag> {
    match document.state {
        State::Stored | State::Reading => Some(Snag {
            title: "Being read",
            what_now: "The values stand here as soon as the last page has been read.",
        }),
        State::Refused | State::Failed => Some(Snag {
            title: "Nothing could be read",
            what_now: document_words::not_read(document.error_code.as_deref()),
        }),
        State::Read if stored.is_empty() => Some(Snag {
            title: "No values",
            what_now: "Nothing on this document was read as a value. What it says stands on its pages.",
        }),
        State::Read => None,
    }
}

fn sub(document: &Document, analysis: Option<&Analysis>) -> String {
    let report = analysis.map(|analysis| &analysis.report);
    [
        report.and_then(|report| report.laboratory.clone()),
        report.and_then(|report| report.id.clone()),
        document
            .collected_on
            .map(|day| format!("collected {}", words::date(day))),
        document
            .reported_on
            .map(|day| format!("reported {}", words::date(day))),
    ]
    .into_iter()
    .flatten()
    .collect::<Vec<_>>()
    .join(" · ")
}

fn pages_said(document: &Document, shown: usize) -> String {
    match document.pages {
        Some(pages) if shown > 0 && shown < pages as usize => {
            format!("{shown} of {pages} pages, those that carry values")
        }
        Some(pages) => words::count(pages as usize, "page", "pages"),
        None => String::new(),
    }
}

fn text_source(source: TextSource) -> Option<&'static str> {
    match source {
        TextSource::TextLayer => Some("text of the file"),
        TextSource::Ocr => Some("read from the image"),
        TextSource::Mixed => Some("text of the file and read from images"),
        TextSource::Structured => Some("structured file"),
        TextSource::None => None,
    }
}

fn facts(document: &Document, analysis: Option<&Analysis>) -> Vec<(&'static str, String)> {
    let mut facts = vec![
        (
            "File",
            format!(
                "{}, {}",
                document.file_name,
                words::size(document.size_bytes)
            ),
        ),
        ("Received", words::moment(document.created_at)),
    ];
    if let Some(filed) = document.filed_at {
        let by = if document.filed_by.is_some() {
            "by a person"
        } else {
            "by what the page says"
        };
        facts.push(("Filed", format!("{}, {by}", words::moment(filed))));
    }
    let Some(analysis) = analysis else {
        return facts;
    };
    let identity = &analysis.patient;
    let printed: Vec<String> = [
        identity.name.clone(),
        identity
            .dob
            .map(|born| format!("born {}", words::date(born))),
        identity.sex.map(|sex| words::sex(sex).to_owned()),
        identity.mrn.clone(),
    ]
    .into_iter()
    .flatten()
    .collect();
    if !printed.is_empty() {
        facts.push(("The page names", printed.join(" · ")));
    }
    if let Some(status) = analysis.report.status {
        facts.push((
            "Report",
            report_status(status, analysis.report.supersedes.as_deref()),
        ));
    }
    if !analysis.warnings.is_empty() {
        let said: Vec<String> = analysis
            .warnings
            .iter()
            .map(|code| code.replace('_', " "))
            .collect();
        facts.push(("Mind", said.join(", ")));
    }
    let versions = &analysis.versions;
    facts.push((
        "Read by",
        format!(
            "extractor {}, lexicon {}",
            versions.extractor, versions.lexicon
        ),
    ));
    facts
}

fn report_status(status: ReportStatus, supersedes: Option<&str>) -> String {
    let word = match status {
        ReportStatus::Preliminary => "preliminary",
        ReportStatus::Final => "final",
        ReportStatus::Corrected => "corrected",
        ReportStatus::Cancelled => "cancelled",
    };
    match supersedes {
        Some(former) => format!("{word}, says that it replaces {former}"),
        None => word.to_owned(),
    }
}
