//! Names of fields and of a second person in one line, and what kind of field each is.

use crate::extraction::spoken::Spoken;
use crate::lexicon::{Field, Lexicon, Person};
use crate::text::page::Line;

pub(super) struct Hit {
    pub(super) field: Field,
    pub(super) name: String,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// The names of fields in a line.
pub(super) fn hits(line: &Line, spoken: &Spoken, lexicon: &Lexicon) -> Vec<Hit> {
    let words = &line.words;
    let Spoken {
        tokens: spoken,
        word_of,
    } = spoken;
    let mut hits: Vec<Hit> = Vec::new();
    let mut at = 0;
    while at < spoken.len() {
        let begins_word = at == 0 || word_of[at - 1] != word_of[at];
        let found = begins_word
            .then(|| lexicon.words.fields.longest(&spoken[at..]))
            .flatten();
        let Some((name, taken)) = found else {
            at += 1;
            continue;
        };
        let last = word_of[at + taken - 1];
        let ends_word = word_of.get(at + taken).is_none_or(|next| *next != last);
        let start = word_of[at];
        let end = last + 1;
        let next = words.get(end);
        let colon = words[last].text.ends_with([':', '.', '#'])
            || next.is_some_and(|next| next.text.starts_with(':') || next.text == "/");
        let gap = next.is_none_or(|next| next.gap_before);
        let id = matches!(name.field, Field::Mrn | Field::ReportId)
            && next.is_some_and(|next| next.text.chars().any(|c| c.is_ascii_digit()));
        let inside = words[start..end].iter().skip(1).any(|word| word.gap_before);
        if !ends_word || inside || (name.needs_colon && !colon && !gap && !id) {
            at += 1;
            continue;
        }
        let said = spoken[at..at + taken].join(" ");
        match hits.last_mut() {
            // "geb. / DOB:" names one field in two languages.
            Some(last)
                if last.field == name.field
                    && words[last.end..start].iter().all(|word| word.text == "/") =>
            {
                last.end = end;
            }
            _ => hits.push(Hit {
                field: name.field,
                name: said,
                start,
                end,
            }),
        }
        at += taken;
    }
    hits
}

/// The word from which on a line is about a second person.
pub(super) fn second_person(line: &Line, spoken: &Spoken, lexicon: &Lexicon) -> Option<usize> {
    let Spoken {
        tokens: spoken,
        word_of,
    } = spoken;
    (0..line.words.len()).find(|at| {
        let from = word_of.partition_point(|of| of < at);
        let Some((Person::Second, taken)) = lexicon.words.persons.longest(&spoken[from..]) else {
            return false;
        };
        let last = word_of[from + taken - 1];
        let next = line.words.get(last + 1);
        *at == 0
            || line.words[last].text.ends_with(':')
            || next.is_none_or(|next| next.text.starts_with(':') || next.gap_before)
    })
}

/// Fields that are nobody's: they hold for the report beside whatever person they stand.
pub(super) fn is_of_the_report(field: Field) -> bool {
    matches!(
        field,
        Field::Collected
            | Field::Received
            | Field::Reported
            | Field::Corrected
            | Field::Printed
            | Field::Status
            | Field::ReportId
    )
}

pub(super) fn is_dated(field: Field) -> bool {
    matches!(
        field,
        Field::Dob
            | Field::Collected
            | Field::Received
            | Field::Reported
            | Field::Corrected
            | Field::Printed
    )
}
