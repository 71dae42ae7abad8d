//! Letters: values in sentences, read only where a sentence can be read in one way, and never
//! without a person.
//!
//! A sentence that denies, remembers, plans or speaks of someone else yields nothing, and neither
//! does a bracket in it.

mod counts;

use super::coded;
use super::dates;
use super::finding::{Finding, Place, Value};
use super::number::{DecimalSign, number};
use super::pieces::union;
use super::topics::Topics;
use super::walk::Found;
use super::{imaging, karyotype, ovaries};
use crate::domain::analysis::Sex;
use crate::lexicon::{Analyte, Anchor, Group, Lexicon, Shape, fold, tokens};
use crate::text::page::{Line, Page, Word};

/// A sentence with one of these says something else than a current result of the patient.
const TURNED_AWAY: [&str; 64] = [
    "not",
    "no",
    "never",
    "pending",
    "awaited",
    "earlier",
    "previous",
    "previously",
    "history",
    "ago",
    "had",
    "partner",
    "husband",
    "wife",
    "mother",
    "sister",
    "father",
    "brother",
    "his wife",
    "target",
    "goal",
    "should",
    "expect",
    "if",
    "would",
    "below",
    "above",
    "until",
    "recheck",
    "repeat",
    "start",
    "nicht",
    "kein",
    "keine",
    "fruher",
    "ehemann",
    "ehefrau",
    "partnerin",
    "ziel",
    "vor",
    "falls",
    "negado",
    "anterior",
    "previo",
    "marido",
    "pareja",
    "objetivo",
    "pas",
    "precedent",
    "conjoint",
    "mari",
    "epouse",
    "objectif",
    "marito",
    "moglie",
    "precedente",
    "obiettivo",
    "nao",
    "consent",
    "dose",
    "donor",
    "predicts",
    "suggests",
    "advise",
];
/// Words that may stand between a label and its number.
const BETWEEN: [&str; 54] = [
    "before",
    "procedure",
    "was",
    "is",
    "of",
    "the",
    "same",
    "day",
    "taken",
    "on",
    "at",
    "a",
    "an",
    "with",
    "today",
    "low",
    "high",
    "raised",
    "normal",
    "measured",
    "found",
    "to",
    "be",
    "were",
    "are",
    "level",
    "value",
    "result",
    "showed",
    "shows",
    "serum",
    "from",
    "count",
    "betrug",
    "betragt",
    "war",
    "ist",
    "von",
    "lag",
    "bei",
    "de",
    "es",
    "fue",
    "era",
    "est",
    "etait",
    "e",
    "di",
    "del",
    "la",
    "el",
    "le",
    "il",
    "um",
];

/// Of these what stands before them is not touched: "46,XY, and no microdeletion".
const DENIALS: [&str; 8] = ["no", "not", "nicht", "kein", "keine", "pas", "nao", "never"];

struct Token<'p> {
    word: &'p Word,
    page: usize,
    text: &'p str,
    /// It begins its line.
    first: bool,
}

/// Reads a letter.
#[must_use]
pub fn read<'l>(
    pages: &[Page],
    lexicon: &'l Lexicon,
    sign: DecimalSign,
    sex: Option<Sex>,
) -> Found<'l> {
    let stream: Vec<Token> = pages
        .iter()
        .enumerate()
        .flat_map(|(page, of)| of.lines.iter().map(move |line| (page, line)))
        .flat_map(|(page, line)| {
            let words = line.words.iter().enumerate();
            words.map(move |(at, word)| (page, at == 0, word))
        })
        .filter(|(_, _, word)| !word.struck)
        .map(|(page, first, word)| Token {
            word,
            page,
            text: word.text.as_str(),
            first,
        })
        .collect();
    let mut found = Found::default();
    let mut aside = false;
    for sentence in stream.split_inclusive(ends_sentence) {
        let spoken = spoken(sentence);
        if sentence.len() <= 6
            && let Some((_, taken)) = lexicon.words.asides.longest(&spoken)
        {
            aside = taken >= spoken.len().min(3) || aside;
            continue;
        }
        if sentence.len() <= 3
            && sentence[0]
                .word
                .text
                .chars()
                .next()
                .is_some_and(char::is_uppercase)
        {
            aside = false;
        }
        let turn = sentence.iter().position(|token| {
            let folded = fold(token.text);
            tokens(&folded).any(|word| TURNED_AWAY.contains(&word))
        });
        // "In 2023 her AMH was 3.0": a year alone is that of an earlier result.
        let turn = turn.or_else(|| past_year(sentence));
        let denied = turn.is_some_and(|at| {
            let folded = fold(sentence[at].text);
            tokens(&folded).all(|word| DENIALS.contains(&word))
        });
        let sentence = match turn {
            Some(at) if denied => &sentence[..at],
            _ => sentence,
        };
        if !aside && (turn.is_none() || denied) && !sentence.is_empty() {
            // Common words name parts of a semen analysis in a letter about a man.
            let semen = sex == Some(Sex::Male);
            found
                .findings
                .extend(values(sentence, lexicon, sign, semen));
            found
                .findings
                .extend(counts::read(sentence, lexicon, semen));
            found.findings.extend(scans(sentence, lexicon, sign));
        }
    }
    found
}

/// Where a sentence names a year alone, outside of brackets.
fn past_year(sentence: &[Token]) -> Option<usize> {
    let mut depth = 0_i32;
    for (at, token) in sentence.iter().enumerate() {
        depth += token.text.matches('(').count() as i32;
        let bare = token
            .text
            .trim_matches(|c: char| !c.is_ascii_alphanumeric());
        let year = bare.len() == 4 && bare.bytes().all(|byte| byte.is_ascii_digit());
        let named = at > 0
            && matches!(
                fold(sentence[at - 1].text).as_str(),
                "in" | "en" | "im" | "nel" | "em" | "since" | "seit" | "desde" | "depuis" | "dal"
            );
        if year && named && depth == 0 {
            return Some(at);
        }
        depth -= token.text.matches(')').count() as i32;
    }
    None
}

fn ends_sentence(token: &Token) -> bool {
    let bare = token.text.trim_end_matches([')', '"', '”']);
    let told = bare.chars().filter(|c| c.is_alphanumeric()).count();
    // "J." is an initial and "1." before a line counts it, but "on day 5." ends.
    let figure = !token.first && bare.starts_with(|c: char| c.is_ascii_digit());
    bare.ends_with(['.', '!', '?', ';']) && (told > 1 || figure)
}

fn spoken(sentence: &[Token]) -> Vec<String> {
    sentence
        .iter()
        .flat_map(|token| {
            let folded = fold(token.text);
            tokens(&folded).map(str::to_owned).collect::<Vec<_>>()
        })
        .collect()
}

/// What a sentence says of ovaries, tubes, cavity and chromosomes.
fn scans<'l>(sentence: &[Token], lexicon: &'l Lexicon, sign: DecimalSign) -> Vec<Finding<'l>> {
    let Some(first) = sentence.first() else {
        return Vec::new();
    };
    let words: Vec<&Word> = sentence.iter().map(|token| token.word).collect();
    let line = Line {
        words: words.iter().map(|word| (*word).clone()).collect(),
        bounds: first.word.bounds,
        block: 0,
    };
    let place = Place {
        lexicon,
        sign,
        topics: Topics {
            semen: false,
            embryology: true,
            ultrasound: true,
        },
        site: None,
        fasting: false,
        preparation: None,
        page: first.page,
    };
    let mut found = ovaries::counts(&line, place).unwrap_or_default();
    found.extend(karyotype::of_line(&line, first.page, lexicon));
    found.extend(imaging::of_sentence(&words, first.page, lexicon));
    for finding in &mut found {
        finding.anchor = Anchor::Prose;
    }
    found
}

fn values<'l>(
    sentence: &[Token],
    lexicon: &'l Lexicon,
    sign: DecimalSign,
    semen: bool,
) -> Vec<Finding<'l>> {
    let mut findings = Vec::new();
    let (mut at, mut depth) = (0, 0_i32);
    while at < sentence.len() {
        depth += sentence[at].text.matches('(').count() as i32;
        let label = (depth == 0)
            .then(|| label(&sentence[at..], lexicon, semen))
            .flatten();
        depth -= sentence[at].text.matches(')').count() as i32;
        let Some((analyte, taken)) = label else {
            at += 1;
            continue;
        };
        if let Some((finding, end)) = value_after(sentence, at, at + taken, analyte, lexicon, sign)
        {
            findings.push(finding);
            at = end;
        } else {
            at += taken;
        }
    }
    findings
}

/// The longest run of words that is the exact name of an analyte.
fn label<'l>(words: &[Token], lexicon: &'l Lexicon, semen: bool) -> Option<(&'l Analyte, usize)> {
    (1..=words.len().min(6)).rev().find_map(|taken| {
        // A name does not reach beyond a comma.
        if words[..taken - 1]
            .iter()
            .any(|word| word.text.ends_with([',', ';', ':']))
        {
            return None;
        }
        let label = lexicon.names.label(&spoken(&words[..taken]));
        let candidate = label.candidates.iter().find(|candidate| {
            let group = lexicon
                .analyte(candidate.analyte)
                .map(|analyte| analyte.group);
            let clear = !candidate.needs_context || semen && group == Some(Group::Semen);
            label.unknown == 0 && clear && !candidate.loose
        })?;
        Some((lexicon.analyte(candidate.analyte)?, taken))
    })
}

fn value_after<'l>(
    sentence: &[Token],
    start: usize,
    mut at: usize,
    analyte: &'l Analyte,
    lexicon: &'l Lexicon,
    sign: DecimalSign,
) -> Option<(Finding<'l>, usize)> {
    let mut steps = 0;
    loop {
        let token = sentence.get(at)?;
        let texts: Vec<&str> = sentence[at..].iter().map(|token| token.text).collect();
        if let Some(found) = dates::date(&texts) {
            at += found.words;
            continue;
        }
        let (value, unit, end) = if analyte.shape == Shape::Quantity {
            let Some(number) = number(token.text.trim_start_matches('('), sign) else {
                let folded = fold(token.text);
                let between = tokens(&folded).all(|word| BETWEEN.contains(&word));
                steps += 1;
                if !between || steps > 6 {
                    return None;
                }
                at += 1;
                continue;
            };
            let rest = number.rest.trim_end_matches([',', '.', ';', ')']);
            let (unit, end) = if rest.is_empty() {
                unit_at(sentence, at + 1, lexicon)?
            } else {
                (lexicon.units.parse(rest)?, at + 1)
            };
            lexicon.canonical(analyte, number.value, &unit)?;
            let value = Value::Number {
                value: number.value,
                comparator: number.comparator,
            };
            (value, Some(unit), end)
        } else {
            let vocabulary = coded::vocabulary(lexicon, &analyte.code)?;
            if let Some(coded) = coded::coded(vocabulary, token.text) {
                (Value::Text(coded.text), None, at + 1)
            } else {
                let folded = fold(token.text);
                steps += 1;
                if steps > 6
                    || !tokens(&folded).all(|word| BETWEEN.contains(&word) || word == "test")
                {
                    return None;
                }
                at += 1;
                continue;
            }
        };
        let all = &sentence[start..end];
        let page = all[0].page;
        let bounds = all
            .iter()
            .filter(|token| {
                token.page == page
                    && (token.word.bounds[1] - sentence[at].word.bounds[1]).abs() < 4.0
            })
            .fold(sentence[at].word.bounds, |bounds, token| {
                union(bounds, token.word.bounds)
            });
        let finding = Finding {
            analyte,
            label: sentence[start].text.to_owned(),
            anchor: Anchor::Prose,
            value,
            value_text: token
                .text
                .trim_matches(['(', ')', ',', '.', ';'])
                .to_owned(),
            unit,
            mark: None,
            range: None,
            reference_text: None,
            alternate: None,
            preparation: None,
            site: None,
            specimen: None,
            day: None,
            scheme: None,
            observed_on: None,
            page: sentence[at].page,
            bounds,
            source_text: sentence
                .iter()
                .map(|token| token.text)
                .collect::<Vec<_>>()
                .join(" "),
            doubts: Vec::new(),
        };
        return Some((finding, end));
    }
}

fn unit_at(sentence: &[Token], from: usize, lexicon: &Lexicon) -> Option<(String, usize)> {
    (1..=2).rev().find_map(|taken| {
        let words = sentence.get(from..from + taken)?;
        let text = words
            .iter()
            .map(|token| token.text)
            .collect::<Vec<_>>()
            .join(" ");
        lexicon
            .units
            .parse(text.trim_end_matches([',', '.', ';', ')']))
            .map(|unit| (unit, from + taken))
    })
}
