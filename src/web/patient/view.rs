//! What the summary of a patient shows: the values by topic, and what is not in them.

use crate::documents::Document;
use crate::domain::analysis::Preparation;
use crate::domain::ids::{DocumentId, PatientId};
use crate::summary::{Content, Received, Series, Summary, SummaryPatient};
use crate::web::{
    document_words::{DocumentRow, TrayItem},
    shell::Shell,
    trend,
    values::{self, Said, ValueRow},
    words,
};
use askama::Template;
use jiff::civil::Date;
use std::collections::BTreeMap;

#[derive(Template)]
#[template(path = "patient.html")]
pub struct PatientPage {
    pub shell: Shell,
    /// The patient, and the present partner beside.
    pub sides: Vec<Side>,
    /// The older of the two states that are shown.
    pub as_of: String,
    pub as_of_exact: String,
    pub documents: i64,
    pub waiting_values: i64,
    /// Documents of these people that are being read right now.
    pub pending: Vec<TrayItem>,
    /// The documents, where there is no partner to stand beside.
    pub papers: Vec<PaperLine>,
}

/// One person.
#[derive(Debug, PartialEq)]
pub struct Side {
    pub id: PatientId,
    pub name: String,
    /// `female · 13 Jan 1988, 38 y · KB20933`.
    pub ids: String,
    /// What the patient received from donors: code and days.
    pub donations: Vec<String>,
    /// What the values below do not hold.
    pub notices: Vec<Notice>,
    pub topics: Vec<Topic>,
    /// Whether anything has a line of earlier values.
    pub trends: bool,
    /// Whether a person has checked anything of it.
    pub checked: bool,
}

/// Something that is missing from the values, with what follows and where to go.
#[derive(Debug, PartialEq, Eq)]
pub struct Notice {
    pub shape: &'static str,
    pub word: &'static str,
    pub what: String,
    pub therefore: &'static str,
    pub href: String,
    pub link: &'static str,
}

/// Values below one heading.
#[derive(Debug, PartialEq)]
pub struct Topic {
    pub name: &'static str,
    pub note: Option<&'static str>,
    pub rows: Vec<ValueRow>,
}

/// A document in the list beside.
#[derive(Debug)]
pub struct PaperLine {
    pub id: DocumentId,
    pub kind: &'static str,
    pub detail: String,
}

impl PatientPage {
    pub fn new(
        shell: Shell,
        summaries: &[Summary],
        today: Date,
        pending: Vec<TrayItem>,
        papers: Vec<PaperLine>,
    ) -> Self {
        let as_of = summaries
            .iter()
            .map(|summary| summary.as_of)
            .min()
            .unwrap_or_default();
        Self {
            shell,
            sides: summaries
                .iter()
                .map(|summary| Side::new(&summary.content, today))
                .collect(),
            as_of: words::exact_moment(as_of),
            as_of_exact: as_of.to_string(),
            documents: summaries
                .first()
                .map_or(0, |summary| summary.content.documents),
            waiting_values: summaries
                .iter()
                .map(|summary| summary.content.values_waiting)
                .sum(),
            pending,
            papers,
        }
    }
}

impl PaperLine {
    pub fn new(document: &Document) -> Self {
        let row = DocumentRow::new(document);
        let detail = [row.dated, row.state.word, row.values];
        Self {
            id: row.id,
            kind: row.kind,
            detail: detail
                .into_iter()
                .filter(|part| !part.is_empty())
                .collect::<Vec<_>>()
                .join(" · "),
        }
    }
}

impl Side {
    pub fn new(content: &Content, today: Date) -> Self {
        let patient = &content.patient;
        let topics = topics(&content.values);
        let mut rows = topics.iter().flat_map(|topic| &topic.rows);
        let trends = rows.clone().any(|row| row.trend.is_some());
        let checked = rows.any(|row| row.verified);
        Self {
            id: patient.id,
            name: words::name(&patient.given_names, &patient.family_name),
            ids: ids(patient, today),
            donations: patient.donations.iter().map(donation).collect(),
            notices: notices(content, today),
            trends,
            checked,
            topics,
        }
    }
}

fn ids(patient: &SummaryPatient, today: Date) -> String {
    let born = patient
        .birth_date
        .map(|born| format!("{}, {} y", words::date(born), words::age(born, today)));
    let numbers = patient
        .identifiers
        .iter()
        .map(|identifier| identifier.value.clone());
    patient
        .sex
        .map(|sex| words::sex(sex).to_owned())
        .into_iter()
        .chain(born)
        .chain(numbers)
        .chain(
            patient
                .donor_code
                .iter()
                .map(|code| format!("donor {code}")),
        )
        .collect::<Vec<_>>()
        .join(" · ")
}

fn donation(received: &Received) -> String {
    let kind = match received.kind.as_str() {
        "oocyte" => "oocytes",
        kind => kind,
    };
    let since = words::date(received.since);
    let until = received.until.map(words::date);
    let days = match until {
        Some(until) => format!("{since} to {until}"),
        None => format!("since {since}"),
    };
    format!("Donor {} · {kind} · {days}", received.donor_code)
}

fn notices(content: &Content, today: Date) -> Vec<Notice> {
    let documents = format!("/documents?patient={}", content.patient.id);
    let said = |count: i64, one: &str, many: &str| words::count(count as usize, one, many);
    let mut notices = Vec::new();
    if let Some(link) = content.patient.partner_on(today)
        && link.patient_id.is_none()
    {
        notices.push(Notice {
            shape: "missing",
            word: "no consent",
            what: "A partner is linked".into(),
            therefore: "Consent to be shown together is not recorded, so nothing of the partner stands here.",
            href: format!("/patients/{}/edit#partners-h", content.patient.id),
            link: "Partners",
        });
    }
    if content.documents_held > 0 {
        notices.push(Notice {
            shape: "held",
            word: "held back",
            what: said(
                content.documents_held,
                "document waits for a person",
                "documents wait for a person",
            ),
            therefore: "The page does not agree with the register; its values are not here.",
            href: "/inbox".into(),
            link: "Decide",
        });
    }
    if content.values_waiting > 0 {
        let one = content.values_waiting == 1;
        notices.push(Notice {
            shape: "doubt",
            word: "doubtful",
            what: format!(
                "{} {} for a person",
                content.values_waiting,
                if one { "waits" } else { "wait" }
            ),
            therefore: "Values read with doubt are neither latest value nor trend nor flag.",
            href: documents.clone(),
            link: "Look",
        });
    }
    if content.documents_failed > 0 {
        notices.push(Notice {
            shape: "missing",
            word: "not read",
            what: said(
                content.documents_failed,
                "document could not be read",
                "documents could not be read",
            ),
            therefore: "It is kept as it came; nothing was taken from it.",
            href: documents,
            link: "Look",
        });
    }
    notices
}

fn topics(values: &[Series]) -> Vec<Topic> {
    let mut sorted: BTreeMap<(usize, &'static str), Vec<(usize, ValueRow)>> = BTreeMap::new();
    for series in values {
        let row = ValueRow {
            trend: trend::of(series),
            ..ValueRow::new(&Said::in_summary(series))
        };
        sorted
            .entry(values::topic(&series.analyte, series.preparation))
            .or_default()
            .push((values::order(&series.analyte), row));
    }
    sorted
        .into_iter()
        .map(|((place, name), mut rows)| {
            // Stable: sides, specimens and days keep the order of the summary.
            rows.sort_by_key(|(order, _)| *order);
            let rows: Vec<ValueRow> = rows.into_iter().map(|(_, row)| row).collect();
            Topic {
                name,
                note: note(place, &rows),
                rows,
            }
        })
        .collect()
}

fn note(place: usize, rows: &[ValueRow]) -> Option<&'static str> {
    let ours = |row: &ValueRow| {
        row.limit
            .as_ref()
            .is_some_and(|limit| limit.edition == "WHO 2021")
    };
    if place == values::topic("sperm_concentration", Some(Preparation::PostPreparation)).0 {
        Some("kept apart from native values")
    } else if rows.iter().any(ours) {
        Some("WHO 2021 = 6th edition, 5th centile")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::analysis::Sex;
    use crate::summary::SummaryIdentifier;
    use jiff::civil::date;

    fn content() -> Content {
        Content {
            version: 1,
            patient: SummaryPatient {
                id: PatientId::fresh(),
                family_name: "Prosser".into(),
                given_names: "Siân".into(),
                birth_date: Some(date(1988, 1, 13)),
                sex: Some(Sex::Female),
                identifiers: vec![SummaryIdentifier {
                    authority: "clinic".into(),
                    value: "KB20933".into(),
                }],
                donor_code: None,
                partners: Vec::new(),
                donations: Vec::new(),
            },
            documents: 2,
            documents_pending: 0,
            documents_held: 0,
            documents_failed: 0,
            newest_document_on: None,
            values_waiting: 0,
            values: Vec::new(),
        }
    }

    #[test]
    fn a_patient_without_values_shows_none() {
        let side = Side::new(&content(), date(2026, 3, 19));
        assert_eq!(side.ids, "female · 13 Jan 1988, 38 y · KB20933");
        assert!(side.topics.is_empty() && side.notices.is_empty());
    }

    #[test]
    fn what_the_values_do_not_hold_is_said() {
        let mut content = content();
        content.documents_held = 1;
        content.documents_failed = 2;
        content.values_waiting = 3;
        let side = Side::new(&content, date(2026, 3, 19));
        let said: Vec<&str> = side
            .notices
            .iter()
            .map(|notice| notice.what.as_str())
            .collect();
        assert_eq!(
            said,
            [
                "1 document waits for a person",
                "3 wait for a person",
                "2 documents could not be read"
            ]
        );
    }
}
