//! Embryos that are told in lines instead of a table.

use super::is_label;
use super::out::Out;
use super::said::detail_of;
use crate::extraction::embryo_cell::day_of;
use crate::extraction::finding::{Finding, Place};
use crate::extraction::grid::{Cell, Row};
use crate::extraction::pieces::union;
use crate::extraction::spoken::Spoken;
use crate::lexicon::{fold, tokens};
use crate::text::page::{Line, Word};

/// A line that tells of one embryo: `Embryo 2: Day 3 8 cells grade 2, Day 5 4BB - frozen`.
#[must_use]
pub fn of_line<'l>(line: &Line, place: Place<'l>) -> Option<Vec<Finding<'l>>> {
    let words = &line.words;
    let noun = fold(&words.first()?.text);
    let bare = noun.trim_end_matches([':', '.']);
    if !matches!(
        bare,
        "embryo" | "embryon" | "embrion" | "embrione" | "embriao" | "emb"
    ) || words.len() < 3
    {
        return None;
    }
    let skip = usize::from(matches!(
        fold(&words[1].text).trim_end_matches('.'),
        "no" | "nr" | "n" | "#" | "n°"
    ));
    let named = words.get(1 + skip)?;
    let label = Cell {
        bounds: named.bounds,
        words: vec![Word {
            text: named
                .text
                .trim_matches([':', '#', ',', '.', '-'])
                .to_owned(),
            ..named.clone()
        }],
    };
    if !is_label(&label) {
        return None;
    }
    let row = Row {
        cells: Vec::new(),
        bounds: line.bounds,
        text: line.text(),
    };
    let mut out = Out {
        place,
        label: &label,
        row: &row,
        found: Vec::new(),
    };
    let ploidy = tokens(&fold(&row.text)).any(|word| {
        ["euploid", "aneuploid", "mosai", "pgt"]
            .iter()
            .any(|begin| word.starts_with(begin))
    }) || tokens(&fold(&row.text)).any(|word| word == "result") && words.len() <= 5;
    let (mut day, mut verdict) = (None, None);
    for part in parts(&words[2 + skip..]) {
        let spoken = Spoken::of(&part.words).tokens;
        let mut part = part;
        if let Some(named) = day_of(&spoken) {
            day = Some(named);
            let rest = part
                .words
                .iter()
                .position(|word| {
                    day_of(&Spoken::of([word]).tokens).is_some()
                        || word.text.len() == 1
                            && word.text.starts_with(|c: char| c.is_ascii_digit())
                })
                .map_or(0, |at| at + 1);
            part.words.drain(..rest);
        }
        if part.words.is_empty() {
            continue;
        }
        let before = out.found.len();
        if day.is_some() {
            out.free(&part, day, false);
        }
        if out.found.len() > before {
            continue;
        }
        let told = ploidy.then(|| out.ploidy(&part)).flatten();
        match told {
            Some(code) => verdict = Some(code),
            None => out.fate(&part),
        }
        if matches!(verdict.as_deref(), Some("aneuploid" | "mosaic"))
            && let Some(detail) = detail_of(&part.text())
        {
            out.text("pgt_detail", &part, detail, None, Vec::new());
        }
    }
    (!out.found.is_empty()).then_some(out.found)
}

/// The parts of a line: cells, and what commas and dashes set apart.
fn parts(words: &[Word]) -> Vec<Cell> {
    let mut parts: Vec<Cell> = vec![Cell::default()];
    let mut fresh = false;
    for (at, word) in words.iter().enumerate() {
        let dash = matches!(word.text.as_str(), "-" | "–" | "—" | "|" | ":");
        let day = at > 0
            && day_of(&Spoken::of(&words[at..words.len().min(at + 2)]).tokens).is_some()
            && fold(&word.text).starts_with(|c: char| c.is_ascii_alphabetic());
        if fresh || dash || word.gap_before || day {
            parts.push(Cell::default());
        }
        fresh = word.text.ends_with([',', ';', ':']);
        if dash {
            fresh = true;
            continue;
        }
        if let Some(part) = parts.last_mut() {
            let text = word.text.trim_end_matches([',', ';', ':']).to_owned();
            part.bounds = if part.words.is_empty() {
                word.bounds
            } else {
                union(part.bounds, word.bounds)
            };
            part.words.push(Word {
                text,
                ..word.clone()
            });
        }
    }
    parts.retain(|part| !part.words.is_empty());
    parts
}
