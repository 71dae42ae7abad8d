//! What the words of a cell say: what became of an embryo, and what is abnormal in it.

use crate::lexicon::{Phrases, fold, tokens};

/// Every code of a vocabulary that words say, in their order.
pub(super) fn all_said(spoken: &[&str], words: &Phrases<String>) -> Vec<String> {
    let mut said = Vec::new();
    let mut at = 0;
    while at < spoken.len() {
        match words.longest(&spoken[at..]) {
            Some((code, taken)) => {
                said.push(code.clone());
                at += taken;
            }
            None => at += 1,
        }
    }
    said
}

/// What became of an embryo: the last station that counts. Two at once need a person.
pub(super) fn fate(printed: &str, words: &Phrases<String>) -> Option<(String, Vec<&'static str>)> {
    const ENDS: [&str; 6] = [
        "transferred",
        "frozen",
        "discarded",
        "donated",
        "not_survived",
        "in_culture",
    ];
    let folded = fold(printed);
    let spoken: Vec<&str> = tokens(&folded).collect();
    let said = all_said(&spoken, words);
    if said.iter().any(|code| code == "none") {
        return None;
    }
    let ends: Vec<&str> = ENDS
        .into_iter()
        .filter(|end| said.iter().any(|code| code == end))
        .collect();
    match ends.as_slice() {
        [end] => Some(((*end).to_owned(), Vec::new())),
        [] if said.iter().any(|code| code == "biopsied") => {
            Some(("biopsied".to_owned(), Vec::new()))
        }
        // What stopped growing was given up, which the paper does not say.
        [] if said.iter().any(|code| code == "?discarded") => {
            Some(("discarded".to_owned(), vec!["label_loose"]))
        }
        [] => None,
        [first, ..] => Some(((*first).to_owned(), vec!["several_values"])),
    }
}

/// What is abnormal, without the count and the sex chromosomes before it: `47,XN,+16`.
pub(super) fn detail_of(printed: &str) -> Option<String> {
    let text = printed.trim();
    let mut rest = text;
    // "(-15) Monosomy 15" says it twice.
    if let Some((inside, _)) = text.strip_prefix('(').and_then(|text| text.split_once(')'))
        && inside.starts_with(['+', '-'])
    {
        rest = inside;
    }
    if let Some((count, after)) = text.split_once(',')
        && count.len() == 2
        && count.chars().all(|c| c.is_ascii_digit())
    {
        let sex = after
            .find(|c: char| !matches!(c, 'X' | 'Y' | 'N' | 'x' | 'y' | 'n'))
            .unwrap_or(after.len());
        rest = after[sex..].trim_start_matches([',', ' ']);
    } else if let Some(at) = text.find(':') {
        rest = text[at + 1..].trim();
    }
    let signed = rest.char_indices().any(|(at, c)| {
        matches!(c, '+' | '-' | '−' | '–')
            && rest[at + c.len_utf8()..]
                .starts_with(|c: char| c.is_ascii_digit() || matches!(c, 'X' | 'Y'))
    });
    let notated = ["del(", "dup(", "mos", "seq", "seg", "der("]
        .iter()
        .any(|name| rest.contains(name) && rest.contains(|c: char| c.is_ascii_digit()));
    let words = rest.split_whitespace().count();
    ((signed || notated) && words <= 8 && !rest.contains("uploid")).then(|| rest.to_owned())
}
