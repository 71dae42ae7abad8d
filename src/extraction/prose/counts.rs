//! Counts in sentences: the number stands before what is counted.

use super::{Token, spoken};
use crate::extraction::finding::{Finding, Value};
use crate::extraction::pieces::union;
use crate::lexicon::{Analyte, Anchor, Lexicon, fold};

/// Words between a number and what is counted that change nothing.
const BETWEEN: [&str; 24] = [
    "were", "was", "are", "is", "have", "been", "good", "quality", "wurden", "sind", "fueron",
    "se", "ont", "ete", "sono", "stati", "foram", "of", "which", "a", "these", "them", "the",
    "day",
];

/// The counts of a sentence.
pub(super) fn read<'l>(sentence: &[Token], lexicon: &'l Lexicon, semen: bool) -> Vec<Finding<'l>> {
    let mut findings = Vec::new();
    for at in 0..sentence.len() {
        if semen && let Some(found) = share(sentence, at, lexicon) {
            findings.push(found);
            continue;
        }
        let digits = sentence[at].text.trim_matches(['(', ')', ',']);
        let figure = (digits.len() <= 2)
            .then(|| digits.parse::<u8>().ok())
            .flatten();
        let Some(count) = figure.or_else(|| in_words(digits)) else {
            continue;
        };
        if let Some((analyte, end)) = counted(sentence, at, lexicon) {
            findings.push(finding(
                sentence,
                at,
                end,
                f64::from(count),
                digits,
                analyte,
            ));
        }
    }
    findings
}

/// `1% normal forms`: a share that stands before what it is of.
fn share<'l>(sentence: &[Token], at: usize, lexicon: &'l Lexicon) -> Option<Finding<'l>> {
    let digits = sentence[at].text.strip_suffix('%')?;
    let value: f64 = digits.replace(',', ".").parse().ok()?;
    let (analyte, end) = (1..=4).rev().find_map(|taken| {
        let words = spoken(sentence.get(at + 1..at + 1 + taken)?);
        let label = lexicon.names.label(&words);
        let candidate = label.candidates.first().filter(|_| label.unknown == 0)?;
        let analyte = lexicon.analyte(candidate.analyte)?;
        (analyte.unit.as_deref() == Some("%") && !candidate.loose)
            .then_some((analyte, at + 1 + taken))
    })?;
    Some(Finding {
        unit: Some("%".to_owned()),
        ..finding(sentence, at, end, value, digits, analyte)
    })
}

/// What the words behind a number count, and where they end.
fn counted<'l>(
    sentence: &[Token],
    number: usize,
    lexicon: &'l Lexicon,
) -> Option<(&'l Analyte, usize)> {
    let from = number + 1;
    let mut words: Vec<String> = Vec::new();
    let (mut best, mut unknown) = (None, 0);
    // "We retrieved 13 oocytes", and "of which 10 were mature" in a sentence about oocytes.
    let mut verb: Vec<String> = spoken(&sentence[number.saturating_sub(1)..number]);
    let told = lexicon.names.label(&verb);
    if told.unknown > 0 || told.concepts.is_empty() {
        verb.clear();
    }
    let oocytes = spoken(sentence)
        .iter()
        .any(|word| word.starts_with("oocyte") || word.starts_with("egg"));
    for (at, token) in sentence.iter().enumerate().skip(from).take(9) {
        if token.text.starts_with(|c: char| c.is_ascii_digit()) && !token.text.contains("PN") {
            break;
        }
        words.extend(
            spoken(std::slice::from_ref(token))
                .into_iter()
                .filter(|word| !BETWEEN.contains(&word.as_str())),
        );
        let label = lexicon.names.label(&words);
        if label.unknown > 0 {
            // "antral" says nothing before "follicles" does.
            unknown += 1;
            if unknown > 1 || token.text.ends_with([',', ';', '.']) {
                break;
            }
            continue;
        }
        let mut analyte = of_label(&words, lexicon);
        if analyte.is_none() && !verb.is_empty() {
            analyte = of_label(&[verb.as_slice(), words.as_slice()].concat(), lexicon);
        }
        if analyte.is_none() && oocytes && !words.is_empty() {
            analyte = of_label(
                &[words.as_slice(), &["oocytes".to_owned()]].concat(),
                lexicon,
            );
        }
        best = analyte.map(|analyte| (analyte, at + 1)).or(best);
        let stop = token.text.ends_with([',', ';', '.'])
            || matches!(token.text, "and" | "und" | "y" | "et" | "e");
        if stop {
            break;
        }
    }
    best
}

/// The analyte that words count, where they say it without doubt.
fn of_label<'l>(words: &[String], lexicon: &'l Lexicon) -> Option<&'l Analyte> {
    let label = lexicon.names.label(words);
    label
        .candidates
        .iter()
        .filter(|candidate| label.unknown == 0 && !candidate.loose)
        .find_map(|candidate| {
            lexicon
                .analyte(candidate.analyte)
                .filter(|analyte| analyte.unit.as_deref() == Some("{count}"))
        })
}

/// Small numbers that a letter writes out.
fn in_words(word: &str) -> Option<u8> {
    const NUMBERS: [(&str, u8); 24] = [
        ("one", 1),
        ("two", 2),
        ("three", 3),
        ("four", 4),
        ("five", 5),
        ("six", 6),
        ("seven", 7),
        ("eight", 8),
        ("nine", 9),
        ("ten", 10),
        ("eleven", 11),
        ("twelve", 12),
        ("thirteen", 13),
        ("fourteen", 14),
        ("fifteen", 15),
        ("sixteen", 16),
        ("zwei", 2),
        ("drei", 3),
        ("vier", 4),
        ("funf", 5),
        ("sechs", 6),
        ("sieben", 7),
        ("acht", 8),
        ("neun", 9),
    ];
    let folded = fold(word);
    NUMBERS
        .iter()
        .find(|(name, _)| *name == folded)
        .map(|(_, value)| *value)
}

fn finding<'l>(
    sentence: &[Token],
    at: usize,
    end: usize,
    count: f64,
    digits: &str,
    analyte: &'l Analyte,
) -> Finding<'l> {
    let word = sentence[at].word;
    Finding {
        analyte,
        label: sentence[at + 1..end]
            .iter()
            .map(|token| token.text)
            .collect::<Vec<_>>()
            .join(" "),
        anchor: Anchor::Prose,
        value: Value::Number {
            value: count,
            comparator: None,
        },
        value_text: digits.to_owned(),
        unit: None,
        mark: None,
        range: None,
        reference_text: None,
        alternate: None,
        preparation: None,
        site: crate::extraction::finding::site_of(analyte, None),
        specimen: None,
        day: None,
        scheme: None,
        observed_on: None,
        page: sentence[at].page,
        bounds: sentence[at..end]
            .iter()
            .filter(|token| (token.word.bounds[1] - word.bounds[1]).abs() < 4.0)
            .fold(word.bounds, |all, token| union(all, token.word.bounds)),
        source_text: sentence
            .iter()
            .map(|token| token.text)
            .collect::<Vec<_>>()
            .join(" "),
        doubts: Vec::new(),
    }
}
