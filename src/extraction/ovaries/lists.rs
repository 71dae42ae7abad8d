//! Follicles of one side, one finding each.

use super::side;
use crate::domain::analysis::Site;
use crate::extraction::finding::{Finding, Place, Value};
use crate::extraction::follicles;
use crate::extraction::pieces::union;
use crate::extraction::spoken::Spoken;
use crate::lexicon::{Anchor, fold};
use crate::text::page::{Bounds, Line, Word};

/// A line that is nothing but a side and a list of its follicles.
#[must_use]
pub fn list_of<'l>(line: &Line, place: Place<'l>) -> Option<Vec<Finding<'l>>> {
    let lexicon = place.lexicon;
    let spoken = Spoken::of(&line.words);
    let (named, taken) = match side(&spoken.tokens, lexicon) {
        Some((site, taken)) => (Some(site), taken),
        None => (place.site, 0),
    };
    let site = named?;
    let mut from = if taken == 0 {
        0
    } else {
        spoken.word_of[taken - 1] + 1
    };
    let mut said = says_follicle(&spoken.tokens[..taken]);
    while let Some(word) = line.words.get(from) {
        let folded = fold(&word.text);
        let bare = folded.trim_matches(|c: char| matches!(c, ':' | '(' | ')' | '.' | '-' | '–'));
        let follicle = bare.starts_with("foll") || bare.starts_with("fol");
        let plain = matches!(
            bare,
            "" | "mm"
                | "ovary"
                | "ovar"
                | "in"
                | "size"
                | "sizes"
                | "diameters"
                | "ovaire"
                | "ovario"
        );
        if !follicle && !plain {
            break;
        }
        said |= follicle;
        from += 1;
    }
    let words = line.words.get(from..).filter(|words| !words.is_empty())?;
    let text = words
        .iter()
        .map(|word| word.text.as_str())
        .collect::<Vec<_>>()
        .join(" ");
    let list = follicles::list(&text, place.sign)?;
    let millimetres = line
        .words
        .iter()
        .any(|word| fold(&word.text).contains("mm"));
    // One number beside a side may be a count.
    if list.is_empty() || !(said || list.len() > 1 && millimetres) {
        return None;
    }
    Some(diameters(
        &list,
        site,
        words,
        millimetres,
        Anchor::Row,
        place,
        &line.text(),
    ))
}

pub(super) fn says_follicle(tokens: &[String]) -> bool {
    tokens.iter().any(|token| token.starts_with("fol"))
}

/// One finding a follicle.
#[must_use]
pub fn diameters<'l>(
    list: &[(f64, String)],
    site: Site,
    words: &[Word],
    millimetres: bool,
    anchor: Anchor,
    place: Place<'l>,
    source: &str,
) -> Vec<Finding<'l>> {
    let Some(analyte) = place.lexicon.find("follicle_diameter") else {
        return Vec::new();
    };
    let bounds = words
        .iter()
        .fold([f64::MAX, f64::MAX, 0.0, 0.0], |all: Bounds, word| {
            union(all, word.bounds)
        });
    list.iter()
        .map(|(size, digits)| Finding {
            analyte,
            label: String::new(),
            anchor,
            value: Value::Number {
                value: *size,
                comparator: None,
            },
            value_text: digits.clone(),
            unit: millimetres.then(|| "mm".to_owned()),
            mark: None,
            range: None,
            reference_text: None,
            alternate: None,
            preparation: None,
            site: Some(site),
            specimen: None,
            day: None,
            scheme: None,
            observed_on: None,
            page: place.page,
            bounds,
            source_text: source.to_owned(),
            doubts: if millimetres {
                Vec::new()
            } else {
                vec!["unit_missing"]
            },
        })
        .collect()
}
