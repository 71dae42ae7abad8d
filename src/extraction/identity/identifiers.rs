//! Numbers of the patient, as printed.

use super::entries::Entry;
use crate::domain::analysis::{Identity, PrintedIdentifier};
use crate::extraction::dates;
use crate::lexicon::{Field, fold};
use crate::text::page::Word;

/// The number at the beginning of a value: one word, or groups of figures.
pub(super) fn identifier(value: &[&Word]) -> Option<String> {
    let mut words = value.iter().map(|word| {
        word.text
            .trim_matches(|c: char| matches!(c, ':' | '#' | ',' | ';' | '(' | ')' | '.'))
    });
    let first = words.by_ref().find(|word| {
        !word.is_empty() && !matches!(fold(word).as_str(), "no" | "nr" | "n°" | "no.")
    })?;
    // "LFH 04483": the capitals of the house before the figures.
    let house =
        (2..=4).contains(&first.len()) && first.bytes().all(|byte| byte.is_ascii_uppercase());
    if house
        && let Some(number) = words.clone().next()
        && (4..=8).contains(&number.len())
        && number.bytes().all(|byte| byte.is_ascii_digit())
    {
        return Some(format!("{first} {number}"));
    }
    if !first.chars().any(|c| c.is_ascii_digit()) || first.len() < 2 || first.contains("__") {
        return None;
    }
    let figures = |word: &str| word.bytes().all(|byte| byte.is_ascii_digit());
    let mut id = first.to_owned();
    if figures(first) && first.len() <= 4 {
        for word in words.take_while(|word| figures(word) && word.len() <= 4) {
            id.push(' ');
            id.push_str(word);
        }
    }
    (id.len() <= 30 && dates::date(&[&id]).is_none()).then_some(id)
}

pub(super) fn identifiers(patient: &mut Identity, entries: &[Entry], laboratory: Option<&str>) {
    let mut strong = None;
    let mut weak = None;
    for entry in entries {
        let Some(value) = identifier(&entry.value) else {
            continue;
        };
        let (kind, authority) = match entry.field {
            Field::Mrn if entry.name == "nhi" => ("NH", Some("NHI".to_owned())),
            Field::Mrn => ("MR", laboratory.map(str::to_owned)),
            Field::National => ("NH", entry.name.split(' ').next().map(str::to_uppercase)),
            Field::WeakMrn => {
                weak.get_or_insert(value);
                continue;
            }
            _ => continue,
        };
        if entry.field == Field::Mrn {
            strong.get_or_insert(value.clone());
        }
        if patient.identifiers.iter().all(|known| known.value != value) {
            patient.identifiers.push(PrintedIdentifier {
                value,
                kind: Some(kind.to_owned()),
                authority,
            });
        }
    }
    let national = || {
        patient
            .identifiers
            .first()
            .map(|identifier| identifier.value.clone())
    };
    patient.mrn = strong.or_else(national).or(weak);
}
