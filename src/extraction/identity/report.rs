//! What a report says of itself: its house, its number, its status, and which one it replaces.

use super::entries::{Entry, text_of};
use super::identifiers::identifier;
use crate::domain::analysis::ReportStatus;
use crate::extraction::dates;
use crate::extraction::spoken::SpokenLines;
use crate::lexicon::{Field, Lexicon, fold, tokens};
use crate::text::page::{Line, Page};

pub(super) fn report_id(entries: &[Entry]) -> Option<String> {
    entries
        .iter()
        .filter(|entry| entry.field == Field::ReportId)
        .filter(|entry| {
            let words: Vec<&str> = entry.value.iter().map(|word| word.text.as_str()).collect();
            dates::date(&words).is_none()
        })
        .find_map(|entry| identifier(&entry.value))
}

/// The house that issued the report: among the first lines the one with the word of a house.
pub(super) fn laboratory(pages: &[Page], lexicon: &Lexicon) -> Option<String> {
    const HOUSES: [&str; 30] = [
        "laborator",
        "hospital",
        "clinic",
        "klinik",
        "diagnosti",
        "fertility",
        "fertilite",
        "androlog",
        "centre",
        "center",
        "zentrum",
        "lab",
        "labor",
        "pathlab",
        "pathology",
        "medical",
        "medicine",
        "institut",
        "institute",
        "trust",
        "krankenhaus",
        "praxis",
        "hopital",
        "ospedale",
        "poliambulator",
        "reproduct",
        "endocrin",
        "laboratoire",
        "centro",
        "biochem",
    ];
    let page = pages.first()?;
    page.lines.iter().take(6).find_map(|line| {
        let cells = cells(line);
        cells.into_iter().find(|cell| {
            let folded = fold(cell);
            let spoken: Vec<&str> = tokens(&folded).collect();
            let house = spoken
                .iter()
                .any(|word| HOUSES.iter().any(|house| word.starts_with(house)));
            let titled = spoken.len() <= 3
                && (0..spoken.len()).any(|at| lexicon.words.kinds.longest(&spoken[at..]).is_some());
            house && !titled && spoken.len() <= 10 && !cell.contains(':')
        })
    })
}

fn cells(line: &Line) -> Vec<String> {
    let mut cells: Vec<String> = Vec::new();
    for word in &line.words {
        match cells.last_mut() {
            Some(cell) if !word.gap_before => {
                cell.push(' ');
                cell.push_str(&word.text);
            }
            _ => cells.push(word.text.clone()),
        }
    }
    cells
}

pub(super) fn status(
    pages: &[Page],
    lines: &SpokenLines,
    entries: &[Entry],
    lexicon: &Lexicon,
) -> Option<ReportStatus> {
    let labelled = entries
        .iter()
        .filter(|entry| entry.field == Field::Status)
        .find_map(|entry| {
            let folded = fold(&text_of(&entry.value));
            let spoken: Vec<&str> = tokens(&folded).collect();
            lexicon
                .words
                .statuses
                .longest(&spoken)
                .map(|(status, _)| *status)
        });
    labelled.or_else(|| {
        pages
            .iter()
            .flat_map(|page| &page.lines)
            .zip(lines.all())
            .filter(|(line, _)| line.words.len() <= 10)
            .find_map(|(_, spoken)| {
                let (status, taken) = lexicon.words.statuses.longest(spoken)?;
                (taken >= 2).then_some(*status)
            })
    })
}

/// The number of the report that this one says it replaces.
pub(super) fn supersedes(pages: &[Page], lines: &SpokenLines) -> Option<String> {
    const WORDS: [&str; 9] = [
        "supersedes",
        "replaces",
        "ersetzt",
        "sustituye",
        "reemplaza",
        "remplace",
        "sostituisce",
        "substitui",
        "annule",
    ];
    let printed = pages.iter().flat_map(|page| &page.lines);
    let mut told = printed
        .zip(lines.all())
        .filter(|(_, spoken)| spoken.iter().any(|word| WORDS.contains(word)));
    told.find_map(|(line, _)| {
        let at = line
            .words
            .iter()
            .position(|word| WORDS.contains(&fold(word.text.trim_end_matches(':')).as_str()))?;
        line.words[at + 1..].iter().take(5).find_map(|word| {
            let text = word
                .text
                .trim_matches(|c: char| matches!(c, ':' | ',' | ';' | '.' | '(' | ')'));
            let digits = text.chars().filter(char::is_ascii_digit).count();
            let id = digits >= 3 && !text.contains(':') && dates::date(&[text]).is_none();
            id.then(|| text.to_owned())
        })
    })
}
