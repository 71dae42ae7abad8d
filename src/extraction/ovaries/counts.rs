//! Antral follicles of both sides, told in one line.

use super::lists::diameters;
use crate::domain::analysis::Site;
use crate::extraction::finding::{Finding, Place};
use crate::extraction::spoken::Spoken;
use crate::lexicon::Anchor;
use crate::text::page::Line;

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
    let mut told: Vec<(Site, usize)> = Vec::new();
    let (mut pending_site, mut pending_count) = (None, None);
    let behind = tokens.iter().enumerate().skip(at + taken).take(14);
    for (place, token) in behind {
        let one_side = match token.as_str() {
            "r" | "rt" => Some(Site::Right),
            "l" | "lt" => Some(Site::Left),
            _ => lexicon
                .names
                .site(lexicon.names.label(std::slice::from_ref(token)).concepts),
        };
        if let Some(site) = one_side {
            match pending_count.take() {
                Some(count) => told.push((site, count)),
                None => pending_site = Some(site),
            }
        } else if token.len() <= 2 && token.bytes().all(|byte| byte.is_ascii_digit()) {
            match pending_site.take() {
                Some(site) => told.push((site, place)),
                None => pending_count = Some(place),
            }
        }
    }
    let [(a, first), (b, second)] = told.as_slice() else {
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
