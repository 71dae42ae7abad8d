//! Antral follicles of both sides, told in one line.

use super::lists::diameters;
use crate::domain::analysis::Site;
use crate::extraction::finding::{Finding, Place};
use crate::extraction::spoken::Spoken;
use crate::lexicon::{Anchor, Lexicon};
use crate::text::page::Line;

/// A side or a number, in the order of the line.
#[derive(Clone, Copy)]
enum Said {
    Side(Site),
    Count(usize),
}

fn one_side(token: &str, lexicon: &Lexicon) -> Option<Site> {
    match token {
        "r" | "rt" => Some(Site::Right),
        "l" | "lt" => Some(Site::Left),
        _ => lexicon.names.site(lexicon.names.label(&[token]).concepts),
    }
}

/// Antral follicles of both sides in one line: `AFC right 5, left 4`, `AFC of 4 on the right and 3 on
/// the left`.
#[must_use]
pub fn counts<'l>(line: &Line, place: Place<'l>) -> Option<Vec<Finding<'l>>> {
    let lexicon = place.lexicon;
    let spoken = Spoken::of(&line.words);
    let tokens = &spoken.tokens;
    let (at, taken) = (0..tokens.len()).find_map(|at| {
        let longest = (1..=tokens.len().min(at + 6) - at).rev().find(|taken| {
            let label = lexicon.names.label(&tokens[at..at + taken]);
            label.unknown == 0
                && label.candidates.first().is_some_and(|candidate| {
                    lexicon
                        .analyte(candidate.analyte)
                        .is_some_and(|analyte| analyte.code == "afc_total")
                })
        })?;
        Some((at, longest))
    })?;
    let mut told: Vec<Said> = Vec::new();
    let mut depth = 0_i32;
    let mut last = usize::MAX;
    for (at, token) in tokens.iter().enumerate().skip(at + taken).take(20) {
        let word = spoken.word_of[at];
        let text = line.words[word].text.as_str();
        if word != last {
            depth += text.matches('(').count() as i32;
        }
        // "(2-10 mm)" says which follicles are counted.
        let aside = depth > 0 || text.contains(['-', '–', '<', '>']);
        if spoken.word_of.get(at + 1).is_none_or(|next| *next != word) {
            depth -= text.matches(')').count() as i32;
        }
        last = word;
        if aside {
            continue;
        }
        if let Some(site) = one_side(token, lexicon) {
            told.push(Said::Side(site));
        } else if token.len() <= 2 && token.bytes().all(|byte| byte.is_ascii_digit()) {
            told.push(Said::Count(at));
        }
    }
    let ([
        Said::Side(a),
        Said::Count(first),
        Said::Side(b),
        Said::Count(second),
    ]
    | [
        Said::Count(first),
        Said::Side(a),
        Said::Count(second),
        Said::Side(b),
    ]) = told.as_slice()
    else {
        return None;
    };
    if a == b {
        return None;
    }
    let one = |site: Site, at: usize| {
        let word = &line.words[spoken.word_of[at]];
        let code = match site {
            Site::Left => "afc_left",
            Site::Right => "afc_right",
        };
        let size: f64 = tokens[at].parse().ok()?;
        let template = diameters(
            &[(size, tokens[at].clone())],
            site,
            std::slice::from_ref(word),
            true,
            Anchor::Row,
            place,
            &line.text(),
        )
        .pop()?;
        Some(Finding {
            analyte: lexicon.find(code)?,
            unit: None,
            ..template
        })
    };
    Some(vec![one(*a, *first)?, one(*b, *second)?])
}
