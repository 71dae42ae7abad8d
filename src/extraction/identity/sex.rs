//! The sex of the patient: behind its field, or as a word of its own where it says who.

use super::entries::{Entry, text_of};
use crate::domain::analysis::Sex;
use crate::lexicon::{Field, fold, tokens};
use crate::text::page::{Page, Word};

pub(super) fn sex(pages: &[Page], entries: &[Entry]) -> Option<Sex> {
    let labelled = entries
        .iter()
        .filter(|entry| matches!(entry.field, Field::Sex | Field::AgeSex))
        .find_map(|entry| sex_of(&text_of(&entry.value), !entry.name.contains("sexo")));
    if labelled.is_some() {
        return labelled;
    }
    // A word of its own in the line that says who.
    entries
        .iter()
        .filter(|entry| matches!(entry.field, Field::Name | Field::Dob | Field::Mrn))
        .find_map(|entry| {
            let line = &pages[entry.page].lines[entry.line];
            let long = line.words.iter().find_map(|word| {
                let bare = word.text.trim_matches(|c: char| !c.is_alphabetic());
                (bare.len() > 3).then(|| sex_of(bare, true)).flatten()
            });
            long.or_else(|| {
                let last = line.words.last()?;
                (last.gap_before && last.text.len() == 1)
                    .then(|| sex_of(&last.text, true))
                    .flatten()
            })
            .or_else(|| {
                let bracketed = |word: &&&Word| matches!(word.text.as_str(), "(F)" | "(M)");
                let word = entry.value.iter().find(bracketed)?;
                sex_of(&word.text, true)
            })
        })
        .or_else(|| by_title(entries))
}

/// `Mrs Rebecca Holloway`: the title before the name of the patient.
fn by_title(entries: &[Entry]) -> Option<Sex> {
    entries
        .iter()
        .filter(|entry| entry.field == Field::Name)
        .find_map(|entry| {
            let first = fold(&entry.value.first()?.text);
            match first.trim_end_matches('.') {
                "mrs" | "ms" | "miss" | "frau" | "sra" | "srta" | "mme" | "mlle" | "madame"
                | "signora" | "smt" => Some(Sex::Female),
                "mr" | "herr" | "monsieur" | "signor" | "shri" => Some(Sex::Male),
                _ => None,
            }
        })
}

/// Words say it before letters do; in Spanish and Portuguese an M alone says nothing.
pub(super) fn sex_of(text: &str, m_is_male: bool) -> Option<Sex> {
    let folded = fold(text);
    let mut letter = None;
    for token in tokens(&folded) {
        match token {
            "female" | "weiblich" | "mujer" | "femenino" | "femenina" | "femme" | "feminin"
            | "feminino" | "femmina" | "femminile" | "donna" | "mulher" | "hembra" => {
                return Some(Sex::Female);
            }
            "male" | "mannlich" | "hombre" | "masculino" | "varon" | "homme" | "masculin"
            | "maschio" | "maschile" | "uomo" | "homem" => return Some(Sex::Male),
            "f" | "w" => letter = letter.or(Some(Sex::Female)),
            "h" | "v" => letter = letter.or(Some(Sex::Male)),
            "m" if m_is_male => letter = letter.or(Some(Sex::Male)),
            _ => {}
        }
    }
    // A lone letter counts only where hardly anything else is said.
    letter.filter(|_| {
        tokens(&folded)
            .filter(|token| token.chars().all(char::is_alphabetic))
            .count()
            <= 4
    })
}
