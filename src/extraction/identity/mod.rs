//! The head of a report: who, when, and which.
//!
//! Fields are known by their names in six languages; what stands behind a name up to the next
//! field or gap, or below it, is its value. Everything behind the name of a second person on a
//! line is that person's and is never taken.
//!
//! A line is first searched for names of fields and for a second person ([`fields`]). Each name
//! with the words behind it is an entry ([`mod@entries`]); an entry that is still empty, or a name
//! that goes on, is filled from the lines below ([`below`]). From the entries come the name of the
//! patient ([`mod@name`]), the numbers ([`mod@identifiers`]), the sex ([`mod@sex`]) and the dates
//! ([`dated`]). All dates of the document together tell whether the day or the month comes first
//! ([`mod@order`]); before that is known none is a day, and where it cannot be known an ambiguous
//! one stays out and is a warning. Last is what the report says of itself: its house, its number,
//! its status, and which report it replaces ([`report`]).

mod below;
mod dated;
mod entries;
mod fields;
mod identifiers;
mod name;
mod order;
mod report;
mod sex;

use jiff::civil::Date;

use super::dates::Order;
use super::spoken::SpokenLines;
use crate::domain::analysis::{Identity, Report, ReportStatus};
use crate::lexicon::{Field, Lexicon};
use crate::text::page::Page;
use dated::{dates_of, first_date, last_date, written_on};
use entries::entries;
use identifiers::identifiers;
use name::name;
use order::order;
use report::{laboratory, report_id, status, supersedes};
use sex::sex;

/// What the head says.
#[derive(Debug, Clone)]
pub struct Head {
    pub patient: Identity,
    pub report: Report,
    pub collected_on: Option<Date>,
    pub collected_at: Option<String>,
    pub reported_on: Option<Date>,
    /// The date that a letter bears at its head.
    pub written_on: Option<Date>,
    /// How dates in figures are to be read.
    pub order: Order,
    pub warnings: Vec<String>,
}

/// Reads the head of a report from all its pages.
#[must_use]
pub fn read(pages: &[Page], lines: &SpokenLines, lexicon: &Lexicon) -> Head {
    let entries = entries(pages, lexicon);
    let dates = dates_of(pages, &entries);
    let order = order(lines, lexicon, &dates);
    let mut warnings = Vec::new();
    let laboratory = laboratory(pages, lexicon);
    let mut patient = Identity {
        name: name(pages, &entries),
        ..Identity::default()
    };
    identifiers(&mut patient, &entries, laboratory.as_deref());
    patient.sex = sex(pages, &entries);
    let mut doubtful = false;
    let dob = first_date(&dates, Field::Dob, order, &mut doubtful);
    patient.dob = dob.map(|(date, _)| date);
    let collected = first_date(&dates, Field::Collected, order, &mut doubtful);
    let corrected = last_date(&dates, Field::Corrected, order);
    let reported = corrected.or_else(|| {
        first_date(&dates, Field::Reported, order, &mut doubtful).map(|(date, _)| date)
    });
    if doubtful {
        warnings.push("date_ambiguous".to_owned());
    }
    let births: Vec<Date> = dates
        .iter()
        .filter(|dated| dated.field == Field::Dob)
        .filter_map(|dated| dated.date.in_order(order))
        .collect();
    if births
        .iter()
        .any(|birth| Some(*birth) != births.first().copied())
    {
        warnings.push("identity_doubtful".to_owned());
    }
    let status =
        status(pages, lines, &entries, lexicon).or(corrected.map(|_| ReportStatus::Corrected));
    Head {
        report: Report {
            id: report_id(&entries),
            laboratory,
            status,
            supersedes: supersedes(pages, lines),
        },
        patient,
        collected_at: collected
            .as_ref()
            .and_then(|(date, time)| Some(format!("{date}T{}", time.as_ref()?))),
        collected_on: collected.map(|(date, _)| date),
        reported_on: reported,
        written_on: written_on(pages, order),
        order,
        warnings,
    }
}
