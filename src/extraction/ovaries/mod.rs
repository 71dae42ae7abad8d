//! The two ovaries: side by side in columns, each on a line of its own, and lists of follicles.
//!
//! Here is which side words name; [`tables`] reads both sides at once, [`lists`] the follicles of
//! one, [`counts`] the antral follicles of both in a sentence.

mod counts;
mod lists;
mod tables;

pub use counts::counts;
pub use lists::{diameters, list_of};
pub use tables::{read, read_rows};

use super::spoken::Spoken;
use crate::domain::analysis::Site;
use crate::lexicon::{Head as Means, Lexicon, fold};
use crate::text::page::{Line, Word};

/// The side that words begin with, and how many tokens say so.
#[must_use]
pub fn side(tokens: &[String], lexicon: &Lexicon) -> Option<(Site, usize)> {
    match lexicon.words.heads.longest(tokens) {
        Some((Means::RightFollicles, taken)) => Some((Site::Right, taken)),
        Some((Means::LeftFollicles, taken)) => Some((Site::Left, taken)),
        _ => None,
    }
}

/// The ovary that a line begins with, and whether the line says nothing else.
#[must_use]
pub fn named(line: &Line, lexicon: &Lexicon) -> Option<(Site, bool)> {
    let tokens = Spoken::of(line.words.iter().take(6)).tokens;
    let (site, taken) = side(&tokens, lexicon)?;
    // "Right ovary", "Right ovary (volume 14.2 cc)": the lines below are about it too.
    let behind = line
        .words
        .get(Spoken::of(&line.words).word_of[taken - 1] + 1);
    let alone = Spoken::of(&line.words).tokens.len() <= taken + 1
        || behind.is_some_and(|word| word.text.starts_with('('));
    let told = line
        .words
        .iter()
        .take(4)
        .any(|word| word.text.ends_with(':'))
        || line
            .words
            .iter()
            .skip(1)
            .take(3)
            .any(|word| word.gap_before)
        || tokens[..taken].iter().any(|token| token.starts_with("ov"));
    (alone || told).then_some((site, alone))
}

/// What stands in brackets behind the name of an ovary.
#[must_use]
pub fn bracket(line: &Line, lexicon: &Lexicon) -> Option<Line> {
    let spoken = Spoken::of(&line.words);
    let (_, taken) = side(&spoken.tokens, lexicon)?;
    let from = spoken.word_of[taken - 1] + 1;
    let first = line.words.get(from)?;
    let opened = first
        .text
        .strip_prefix('(')
        .filter(|text| !text.is_empty())?;
    let mut inside = part(line, from, line.words.len());
    opened.clone_into(&mut inside.words[0].text);
    Some(inside)
}

/// Whether a line turns from the ovary above to something else.
#[must_use]
pub fn ends(line: &Line) -> bool {
    const OTHERS: [&str; 16] = [
        "uter", "endom", "cervi", "total", "impress", "conclu", "comment", "summary", "pouch",
        "free", "adnex", "beurteil", "gesamt", "zusammen", "no", "diagn",
    ];
    line.words.first().is_some_and(|word| {
        let word = fold(&word.text);
        OTHERS.iter().any(|begin| word.starts_with(begin))
    })
}

/// A line cut where it begins to speak of the other side.
#[must_use]
pub fn by_side(line: &Line, lexicon: &Lexicon) -> Vec<(Option<Site>, Line)> {
    let words = &line.words;
    let mut cuts: Vec<(usize, Site)> = Vec::new();
    for at in 0..words.len() {
        let fresh =
            at == 0 || words[at].gap_before || words[at - 1].text.ends_with(['.', ';', ',', '|']);
        if !fresh {
            continue;
        }
        let tokens = Spoken::of(words[at..].iter().take(5)).tokens;
        if let Some((site, _)) = side(&tokens, lexicon)
            && cuts.last().is_none_or(|(_, last)| *last != site)
        {
            cuts.push((at, site));
        }
    }
    if cuts.len() < 2 {
        return Vec::new();
    }
    let mut parts = Vec::new();
    if cuts[0].0 > 0 {
        parts.push((None, part(line, 0, cuts[0].0)));
    }
    for (order, (from, site)) in cuts.iter().enumerate() {
        let to = cuts.get(order + 1).map_or(words.len(), |(at, _)| *at);
        parts.push((Some(*site), part(line, *from, to)));
    }
    parts
}

fn part(line: &Line, from: usize, to: usize) -> Line {
    let mut words: Vec<Word> = line.words[from..to].to_vec();
    words[0].gap_before = false;
    let bounds = words.iter().fold(words[0].bounds, |all, word| {
        super::pieces::union(all, word.bounds)
    });
    Line {
        words,
        bounds,
        block: line.block,
    }
}
