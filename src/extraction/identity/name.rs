//! The name of the patient: behind its field, or beside the birth date or the number.

use super::entries::{Entry, text_of};
use super::sex::sex_of;
use crate::extraction::person_name::person_name;
use crate::lexicon::{Field, fold};
use crate::text::page::{Page, Word};

pub(super) fn name(pages: &[Page], entries: &[Entry]) -> Option<String> {
    let part = |field: Field| {
        entries
            .iter()
            .filter(|entry| entry.field == field)
            .find_map(|entry| person_name(&without_sex(&text_of(&entry.value))))
    };
    if let (Some(family), Some(given)) = (part(Field::FamilyName), part(Field::GivenName)) {
        return Some(format!("{given} {family}"));
    }
    let labelled = entries
        .iter()
        .filter(|entry| entry.field == Field::Name)
        .find_map(|entry| {
            let text = given_last(&entry.name, without_sex(&text_of(&entry.value)));
            person_name(&text).filter(|name| name.contains(' '))
        });
    labelled
        .or_else(|| beside(pages, entries))
        .or_else(|| part(Field::Name))
        .or_else(|| of_wife(pages))
}

/// A couple's paper that names no patient but a wife is hers.
fn of_wife(pages: &[Page]) -> Option<String> {
    pages.first()?.lines.iter().take(25).find_map(|line| {
        let first = fold(&line.words.first()?.text);
        if !matches!(
            first.trim_end_matches(':'),
            "wife" | "ehefrau" | "esposa" | "epouse" | "moglie"
        ) {
            return None;
        }
        let words: Vec<&str> = line
            .words
            .iter()
            .skip(1)
            .enumerate()
            .take_while(|(at, word)| *at == 0 || !word.gap_before)
            .map(|(_, word)| word.text.as_str())
            .collect();
        person_name(&words.join(" ")).filter(|name| name.contains(' '))
    })
}

/// `Cognome e nome: ROSSI GIULIA`: the field itself says that the family comes first. Of more than
/// two words it does not say where it ends.
fn given_last(field: &str, text: String) -> String {
    let family_first = [
        "cognome",
        "apellidos",
        "nachname",
        "nom prenom",
        "nom et",
        "name vorname",
    ]
    .iter()
    .any(|begin| field.starts_with(begin));
    match text.split_once(' ') {
        Some((family, given)) if family_first && !text.contains(',') && !given.contains(' ') => {
            format!("{family}, {given}")
        }
        _ => text,
    }
}

/// `Ilze Bērziņa, female, born`: the word of the sex is not a part of the name.
fn without_sex(text: &str) -> String {
    let mut parts: Vec<&str> = text.split(',').map(str::trim).collect();
    // "Grace W. Mwangi" is no woman for her initial.
    let tells_sex =
        |part: &str| part.split_whitespace().count() <= 2 && sex_of(part, true).is_some();
    parts.retain(|part| !part.is_empty() && !tells_sex(part));
    let trailing_comma =
        text.trim_end().ends_with(',') && parts.len() == 1 && text.matches(',').count() == 1;
    let mut text = parts.join(", ");
    if trailing_comma {
        text.push(',');
    }
    text
}

/// A name without a field: it begins the line of the birth date or the number.
fn beside(pages: &[Page], entries: &[Entry]) -> Option<String> {
    entries
        .iter()
        .filter(|entry| matches!(entry.field, Field::Dob | Field::Mrn | Field::National))
        .find_map(|entry| {
            let line = &pages[entry.page].lines[entry.line];
            let before: Vec<&Word> = line
                .words
                .iter()
                .take_while(|word| word.bounds[2] <= entry.bounds[0] + 0.5)
                .collect();
            let cell = before
                .iter()
                .skip(1)
                .take_while(|word| !word.gap_before)
                .count()
                + 1;
            let words: Vec<&str> = before
                .iter()
                .take(cell)
                .map(|word| word.text.as_str())
                .collect();
            let capital = words
                .iter()
                .all(|word| word.chars().next().is_some_and(char::is_uppercase));
            let plain = words.iter().all(|word| {
                word.chars()
                    .all(|c| c.is_alphabetic() || matches!(c, '-' | '\'' | '’' | '.' | ','))
            });
            let named = (2..=5).contains(&words.len()) && capital && plain;
            named.then(|| person_name(&words.join(" "))).flatten()
        })
}
