//! Dates of the head and the fields that they stand in.

use jiff::civil::Date;

use super::entries::Entry;
use super::fields::is_dated;
use crate::extraction::dates::{self, Order, PrintedDate};
use crate::lexicon::Field;
use crate::text::page::Page;

/// A date with the field that it stands in.
pub(super) struct Dated {
    pub(super) field: Field,
    pub(super) date: PrintedDate,
    time: Option<String>,
}

pub(super) fn dates_of(pages: &[Page], entries: &[Entry]) -> Vec<Dated> {
    let mut dated = Vec::new();
    for entry in entries {
        let words: Vec<&str> = entry
            .value
            .iter()
            .map(|word| word.text.trim_start_matches(':'))
            .collect();
        // "Report: 28 Jan 2026" is no number.
        let field = if entry.field == Field::ReportId {
            Field::Reported
        } else {
            entry.field
        };
        let sure = entry.field != Field::ReportId || entry.name == "report";
        if (is_dated(field) && sure)
            && let Some(found) =
                (0..words.len().min(4)).find_map(|from| dates::date(&words[from..]))
        {
            dated.push(Dated {
                field,
                date: found.date,
                time: found.time,
            });
        }
    }
    // All others tell only the order of day and month.
    for line in pages.iter().flat_map(|page| &page.lines) {
        for word in &line.words {
            if let Some(found) = dates::date(&[word.text.as_str()]) {
                dated.push(Dated {
                    field: Field::PersonOther,
                    date: found.date,
                    time: None,
                });
            }
        }
    }
    dated
}

pub(super) fn first_date(
    dates: &[Dated],
    field: Field,
    order: Order,
    doubtful: &mut bool,
) -> Option<(Date, Option<String>)> {
    let dated = dates.iter().find(|dated| dated.field == field)?;
    let date = dated.date.in_order(order);
    *doubtful |= date.is_none();
    Some((date?, dated.time.clone()))
}

pub(super) fn last_date(dates: &[Dated], field: Field, order: Order) -> Option<Date> {
    dates
        .iter()
        .rev()
        .filter(|dated| dated.field == field)
        .find_map(|dated| dated.date.in_order(order))
}

/// The first date of the first page that has its line nearly for itself.
pub(super) fn written_on(pages: &[Page], order: Order) -> Option<Date> {
    pages
        .first()?
        .lines
        .iter()
        .take(14)
        .filter(|line| line.words.len() <= 6)
        .find_map(|line| {
            let words: Vec<&str> = line.words.iter().map(|word| word.text.as_str()).collect();
            (0..words.len()).find_map(|at| dates::date(&words[at..])?.date.in_order(order))
        })
}
