//! Karyotypes: the formula behind its name, as printed.
//!
//! A line that speaks of someone else, of an earlier result or of several formulas says nothing.

use super::finding::{Finding, Value};
use super::spoken::Spoken;
use crate::lexicon::{Anchor, Lexicon, Person};
use crate::text::page::{Line, Page, Word};

/// Reads the karyotypes of a report.
#[must_use]
pub fn read<'l>(pages: &[Page], lexicon: &'l Lexicon) -> Vec<Finding<'l>> {
    let mut found = Vec::new();
    for (page, of) in pages.iter().enumerate() {
        let mut named = false;
        for line in &of.lines {
            let formulas = formulas(line);
            let here = names_karyotype(line, lexicon);
            if here || named {
                found.extend(told(&formulas, line, page, lexicon));
            }
            // The formula may stand on the next line, or behind "Result:".
            named = formulas.is_empty() && (here || named && line.words.len() <= 3);
        }
    }
    found
}

/// The karyotype that a sentence tells.
#[must_use]
pub fn of_line<'l>(line: &Line, page: usize, lexicon: &'l Lexicon) -> Option<Finding<'l>> {
    names_karyotype(line, lexicon)
        .then(|| told(&formulas(line), line, page, lexicon))
        .flatten()
}

fn told<'l>(
    formulas: &[Vec<&Word>],
    line: &Line,
    page: usize,
    lexicon: &'l Lexicon,
) -> Option<Finding<'l>> {
    let tokens = Spoken::of(&line.words).tokens;
    let turned = tokens.iter().any(|token| {
        TURNED.contains(&token.as_str())
            || token.contains("uploid")
            || matches!(
                lexicon.words.persons.longest(std::slice::from_ref(token)),
                Some((Person::Second, _))
            )
    });
    let [formula] = formulas else {
        return None;
    };
    (!turned)
        .then(|| finding(formula, line, page, lexicon))
        .flatten()
}

/// Words of sentences about somebody else, or about what could be.
const TURNED: [&str; 14] = [
    "or",
    "oder",
    "ou",
    "previous",
    "previously",
    "elsewhere",
    "may",
    "embryo",
    "embryos",
    "mother",
    "father",
    "fruher",
    "anterior",
    "reference",
];

fn names_karyotype(line: &Line, lexicon: &Lexicon) -> bool {
    let tokens = Spoken::of(&line.words).tokens;
    (0..tokens.len()).any(|at| {
        (1..=3.min(tokens.len() - at)).any(|taken| {
            let label = lexicon.names.label(&tokens[at..at + taken]);
            label.unknown == 0
                && label.candidates.iter().any(|candidate| {
                    lexicon
                        .analyte(candidate.analyte)
                        .is_some_and(|analyte| analyte.code == "karyotype")
                })
        })
    }) || tokens.windows(1).any(|word| {
        matches!(
            word[0].as_str(),
            "result"
                | "ergebnis"
                | "resultado"
                | "resultat"
                | "risultato"
                | "formel"
                | "formula"
                | "formule"
        )
    })
}

/// The runs of words that are a formula: `46,XY,t(11;22)(q23.3;q11.2)`, `mos 45,X[3]/46,XX[27]`.
#[must_use]
pub fn formulas(line: &Line) -> Vec<Vec<&Word>> {
    let mut found: Vec<Vec<&Word>> = Vec::new();
    let words: Vec<&Word> = line.words.iter().filter(|word| !word.struck).collect();
    let mut at = 0;
    while at < words.len() {
        let next = words.get(at + 1).map_or("", |word| word.text.as_str());
        if !begins(words[at].text.as_str(), next) {
            at += 1;
            continue;
        }
        let mut formula = Vec::new();
        if at > 0 && words[at - 1].text.eq_ignore_ascii_case("mos") {
            formula.push(words[at - 1]);
        }
        formula.push(words[at]);
        at += 1;
        while at < words.len() {
            let text = words[at].text.as_str();
            let open = formula
                .last()
                .is_some_and(|last| last.text.ends_with([',', '/', ';']));
            let goes_on = text.starts_with(['[', '/', '(', ','])
                || [
                    "t(", "del(", "inv(", "dup(", "der(", "add(", "i(", "r(", "rob(",
                ]
                .iter()
                .any(|name| text.starts_with(name));
            let part = text.starts_with(|c: char| {
                c.is_ascii_digit() || matches!(c, '+' | '-' | 'X' | 'Y' | 'd')
            }) && text.contains(|c: char| c.is_ascii_digit() || matches!(c, 'X' | 'Y'));
            if !(open && part || goes_on) {
                break;
            }
            formula.push(words[at]);
            at += 1;
        }
        found.push(formula);
    }
    found
}

fn begins(text: &str, next: &str) -> bool {
    let text = text.trim_start_matches(['(', '"', '\'', ':']);
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    if digits != 2 || !matches!(&text[..2], "45" | "46" | "47" | "48" | "49" | "69") {
        return false;
    }
    let rest = &text[2..];
    let sex = |text: &str| {
        let letters = text
            .bytes()
            .take_while(|byte| matches!(byte, b'X' | b'Y'))
            .count();
        letters > 0 && !text[letters..].starts_with(|c: char| c.is_alphanumeric())
    };
    rest.strip_prefix(',')
        .is_some_and(|rest| sex(rest) || rest.is_empty() && sex(next))
}

fn finding<'l>(
    formula: &[&Word],
    line: &Line,
    page: usize,
    lexicon: &'l Lexicon,
) -> Option<Finding<'l>> {
    let mut text = String::new();
    for word in formula {
        if word.text.eq_ignore_ascii_case("mos") || text.ends_with("mos") && !text.is_empty() {
            text.push_str(if text.is_empty() { "" } else { " " });
        }
        text.push_str(&word.text);
    }
    let text = text.trim_matches(['.', ';', ',', '"', ':']).to_owned();
    let opened = text.matches('(').count();
    let text = if text.ends_with(')') && text.matches(')').count() > opened {
        text[..text.len() - 1].to_owned()
    } else {
        text
    };
    Some(Finding {
        analyte: lexicon.find("karyotype")?,
        label: line
            .words
            .first()
            .map(|word| word.text.clone())
            .unwrap_or_default(),
        anchor: Anchor::Row,
        value_text: text.clone(),
        value: Value::Text(text.trim_start_matches('(').to_owned()),
        unit: None,
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
        page,
        bounds: formula[1..]
            .iter()
            .fold(formula.first()?.bounds, |all, word| {
                super::pieces::union(all, word.bounds)
            }),
        source_text: line.text(),
        doubts: Vec::new(),
    })
}
