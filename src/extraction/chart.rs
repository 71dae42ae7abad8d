//! Charts of a cycle: a scan in each row with its date, or in each column.
//!
//! A column is a list of follicles of one side, the endometrium, or an analyte with its unit. A
//! date may lack its year; then it is the last such day that the report could know of.

use jiff::civil::Date;

use super::dates::{self, Order};
use super::finding::{Finding, Place, Row as Told, Value};
use super::follicles;
use super::grid::{self, Cell, Head};
use super::ovaries;
use super::pieces::{Cutter, LabelPiece, What};
use super::spoken::Spoken;
use super::walk::Manner;
use crate::domain::analysis::Site;
use crate::lexicon::{Anchor, Head as Means, Lexicon, fold, tokens};
use crate::text::page::{Line, Word};

/// What a column or row of a chart holds.
enum Holds<'l> {
    Follicles(Site, bool),
    Endometrium(Option<String>),
    Pattern,
    Analyte(LabelPiece<'l>),
}

/// Reads a chart that begins with the first of `lines`.
#[must_use]
pub fn read<'l>(
    cutter: &Cutter<'l>,
    lines: &[Line],
    place: Place<'l>,
    manner: Manner,
) -> Option<(Vec<Finding<'l>>, usize)> {
    by_row(cutter, lines, place, manner).or_else(|| by_column(cutter, lines, place, manner))
}

/// A chart with a date in each row.
fn by_row<'l>(
    cutter: &Cutter<'l>,
    lines: &[Line],
    place: Place<'l>,
    manner: Manner,
) -> Option<(Vec<Finding<'l>>, usize)> {
    let lexicon = place.lexicon;
    let window = &lines[..lines.len().min(4)];
    if !window.iter().any(|line| names_date(line, lexicon)) {
        return None;
    }
    for taken in 1..lines.len().min(5) {
        let dated = |cell: &Cell| day(cell, manner).is_some();
        if !grid::cells(&lines[taken]).iter().take(3).any(dated) {
            continue;
        }
        let Some(heads) = grid::heads(&lines[..taken]) else {
            continue;
        };
        let Some(key) = heads.iter().position(|head| is_date(head, lexicon)) else {
            continue;
        };
        let columns: Vec<Option<Holds>> = heads
            .iter()
            .enumerate()
            .map(|(at, head)| (at != key).then(|| holds(&head.words, lexicon)).flatten())
            .collect();
        let scans = columns
            .iter()
            .flatten()
            .any(|holds| !matches!(holds, Holds::Analyte(_)));
        if !scans {
            continue;
        }
        let (rows, below) = grid::rows(&heads, &lines[taken..], key, dated);
        let mut findings = Vec::new();
        for row in &rows {
            let Some(Day(printed)) = day(&row.cells[key], manner) else {
                continue;
            };
            for ((column, cell), head) in columns.iter().zip(&row.cells).zip(&heads) {
                let Some(holds) = column else { continue };
                let label = Cell {
                    words: head.words.clone(),
                    bounds: cell.bounds,
                };
                let told = value(cutter, holds, &label, cell, place, &row.text);
                findings.extend(on(told, printed));
            }
        }
        if !findings.is_empty() {
            return Some((findings, taken + below));
        }
    }
    None
}

/// A chart with a date over each column.
fn by_column<'l>(
    cutter: &Cutter<'l>,
    lines: &[Line],
    place: Place<'l>,
    manner: Manner,
) -> Option<(Vec<Finding<'l>>, usize)> {
    let dates: Vec<(Cell, Option<Date>)> = grid::cells(&lines[0])
        .into_iter()
        .filter_map(|cell| {
            let Day(date) = day(&cell, manner)?;
            Some((cell, date))
        })
        .collect();
    if dates.len() < 2 || dates.len() + 1 < grid::cells(&lines[0]).len() {
        return None;
    }
    let first = dates[0].0.bounds[0];
    let mut findings = Vec::new();
    let (mut taken, mut scans) = (1, false);
    for (at, line) in lines.iter().enumerate().skip(1) {
        let tall = (line.bounds[3] - line.bounds[1]).max(6.0);
        let cells = grid::cells(line);
        let (labels, values): (Vec<&Cell>, Vec<&Cell>) = cells
            .iter()
            .partition(|cell| cell.bounds[0] < first - 25.0 && cell.bounds[2] < first + 15.0);
        let far = line.bounds[1] - lines[at - 1].bounds[3] > 2.2 * tall;
        let across = values.iter().any(|cell| {
            dates
                .iter()
                .filter(|(head, _)| {
                    cell.bounds[2].min(head.bounds[2]) > cell.bounds[0].max(head.bounds[0])
                })
                .count()
                > 1
        }) || cells
            .first()
            .is_some_and(|cell| cell.bounds[2] > first + 15.0 && cell.bounds[0] < first - 25.0);
        if far || across || labels.is_empty() {
            break;
        }
        taken = at + 1;
        let words: Vec<_> = labels.iter().flat_map(|cell| cell.words.clone()).collect();
        let Some(holds) = holds(&words, place.lexicon) else {
            continue;
        };
        scans |= !matches!(holds, Holds::Analyte(_));
        let bounds = labels.first().map_or([0.0; 4], |cell| cell.bounds);
        for cell in values {
            let middle = f64::midpoint(cell.bounds[0], cell.bounds[2]);
            let Some((_, date)) = dates.iter().min_by(|a, b| {
                let off =
                    |head: &Cell| (f64::midpoint(head.bounds[0], head.bounds[2]) - middle).abs();
                off(&a.0).total_cmp(&off(&b.0))
            }) else {
                continue;
            };
            let label = Cell {
                words: words.clone(),
                bounds,
            };
            let told = value(cutter, &holds, &label, cell, place, &line.text());
            findings.extend(on(told, *date));
        }
    }
    (scans && !findings.is_empty()).then_some((findings, taken))
}

/// Findings with the day that their row or column names.
fn on(findings: Vec<Finding<'_>>, date: Option<Date>) -> impl Iterator<Item = Finding<'_>> {
    findings.into_iter().map(move |mut finding| {
        finding.observed_on = date;
        if date.is_none() {
            finding.doubts.push("date_ambiguous");
        }
        finding
    })
}

/// A day as a cell names it; `None` where it cannot be told which.
#[derive(Clone, Copy)]
struct Day(Option<Date>);

/// The day that a cell names.
fn day(cell: &Cell, manner: Manner) -> Option<Day> {
    let texts: Vec<&str> = cell.words.iter().map(|word| word.text.as_str()).collect();
    if let Some(found) = dates::date(&texts) {
        return Some(Day(found.date.in_order(manner.order)));
    }
    let (day, month, sure) = dates::without_year(&texts)?;
    if !sure && manner.order == Order::Unknown {
        return Some(Day(None));
    }
    let (day, month) = if !sure && manner.order == Order::MonthFirst {
        (month, day)
    } else {
        (day, month)
    };
    Some(Day(manner.until.and_then(|until| {
        // A chart is drawn while the cycle runs; its last day may be after the report's.
        [until.year() + 1, until.year(), until.year() - 1]
            .into_iter()
            .filter_map(|year| Date::new(year, month, day).ok())
            .find(|date| date.since(until).is_ok_and(|span| span.get_days() <= 14))
    })))
}

fn names_date(line: &Line, lexicon: &Lexicon) -> bool {
    grid::cells(line).iter().take(4).any(|cell| {
        let tokens = Spoken::of(&cell.words).tokens;
        matches!(lexicon.words.heads.longest(&tokens), Some((Means::Date, _)))
    })
}

fn is_date(head: &Head, lexicon: &Lexicon) -> bool {
    (0..head.tokens.len()).any(|at| {
        matches!(
            lexicon.words.heads.longest(&head.tokens[at..]),
            Some((Means::Date, _))
        )
    })
}

/// What the words of a head say that its column holds.
fn holds<'l>(words: &[Word], lexicon: &'l Lexicon) -> Option<Holds<'l>> {
    let spoken = Spoken::of(words);
    let said = |names: &[&str]| {
        spoken
            .tokens
            .iter()
            .any(|token| names.contains(&token.as_str()))
    };
    let (unit, end) = unit_of(words, lexicon);
    let bare = spoken.upto(end);
    let label = lexicon.names.label(bare);
    if label.unknown == 0 && !label.candidates.is_empty() {
        let scanned = label.candidates.iter().any(|candidate| {
            lexicon.analyte(candidate.analyte).is_some_and(|analyte| {
                matches!(
                    analyte.code.as_str(),
                    "follicle_diameter" | "endometrial_thickness" | "endometrial_pattern"
                )
            })
        });
        if !scanned {
            return Some(Holds::Analyte(LabelPiece {
                label,
                unit,
                colon: false,
            }));
        }
    }
    if said(&[
        "afc", "antral", "volume", "vol", "cyst", "cysts", "count", "number", "no", "anzahl",
        "dose", "total", "vol.",
    ]) {
        return None;
    }
    let mut found = None;
    for at in 0..bare.len() {
        match lexicon.words.heads.longest(&bare[at..]) {
            Some((Means::RightFollicles, _)) => {
                found = Some(Holds::Follicles(Site::Right, unit.as_deref() == Some("mm")));
            }
            Some((Means::LeftFollicles, _)) => {
                found = Some(Holds::Follicles(Site::Left, unit.as_deref() == Some("mm")));
            }
            Some((Means::Pattern, _)) => return Some(Holds::Pattern),
            Some((Means::Endometrium, _)) if found.is_none() => {
                found = Some(Holds::Endometrium(unit.clone()));
            }
            _ => {}
        }
    }
    found
}

/// The unit that ends the words of a head, and where it begins.
fn unit_of(words: &[Word], lexicon: &Lexicon) -> (Option<String>, usize) {
    for from in 0..words.len() {
        if words.len() - from > 3 {
            continue;
        }
        let opened = words[from].text.starts_with(['(', '[']);
        for glue in ["", " "] {
            let text = words[from..]
                .iter()
                .map(|word| word.text.as_str())
                .collect::<Vec<_>>()
                .join(glue);
            if (opened || text.contains(['/', '%']) || text == "mm")
                && let Some(unit) = lexicon.units.parse(&text)
            {
                return (Some(unit), from);
            }
        }
    }
    (None, words.len())
}

/// The findings of one cell.
fn value<'l>(
    cutter: &Cutter<'l>,
    holds: &Holds<'l>,
    label: &Cell,
    cell: &Cell,
    place: Place<'l>,
    source: &str,
) -> Vec<Finding<'l>> {
    if cell.words.is_empty() {
        return Vec::new();
    }
    match holds {
        Holds::Follicles(site, millimetres) => {
            let printed = cell.text();
            let millimetres = *millimetres || fold(&printed).contains("mm");
            follicles::list(&printed, place.sign)
                .map(|list| {
                    ovaries::diameters(
                        &list,
                        *site,
                        &cell.words,
                        millimetres,
                        Anchor::Matrix,
                        place,
                        source,
                    )
                })
                .unwrap_or_default()
        }
        Holds::Pattern => pattern(cell, place, source).into_iter().collect(),
        Holds::Endometrium(unit) => {
            let Some(analyte) = place.lexicon.find("endometrial_thickness") else {
                return Vec::new();
            };
            let pieces = cutter.cut(&cell.line());
            let mut found = Vec::new();
            if let Some(first) = pieces.first()
                && let What::Number {
                    value,
                    comparator,
                    unit: glued,
                    ..
                } = &first.what
            {
                let printed = pieces.get(1).and_then(|piece| match &piece.what {
                    What::Unit(unit) => Some(unit.clone()),
                    _ => None,
                });
                let unit = glued.clone().or(printed).or(unit.clone());
                let mut doubts = Vec::new();
                if unit.is_none() {
                    doubts.push("unit_missing");
                }
                let number = Value::Number {
                    value: *value,
                    comparator: *comparator,
                };
                let template = ovaries::diameters(
                    &[(*value, first.text.trim_end_matches("mm").trim().to_owned())],
                    Site::Left,
                    &cell.words,
                    true,
                    Anchor::Matrix,
                    place,
                    source,
                );
                found.extend(template.into_iter().map(|finding| Finding {
                    analyte,
                    value: number.clone(),
                    unit: unit.clone(),
                    site: None,
                    doubts: doubts.clone(),
                    ..finding
                }));
            }
            found.extend(pattern(cell, place, source));
            found
        }
        Holds::Analyte(piece) => {
            let pieces = cutter.cut(&cell.line());
            let Some(result) = pieces.first() else {
                return Vec::new();
            };
            if !matches!(result.what, What::Number { .. }) {
                return Vec::new();
            }
            let printed = label.text();
            let told = Told {
                label: piece,
                label_text: &printed,
                label_bounds: cell.bounds,
                anchor: Anchor::Matrix,
                results: vec![result],
                beside: pieces[1..].iter().collect(),
                reference: String::new(),
                column_unit: None,
            };
            told.finding(place, &format!("{printed} | {source}"))
                .into_iter()
                .collect()
        }
    }
}

/// The pattern of the endometrium that words name.
#[must_use]
pub fn pattern<'l>(cell: &Cell, place: Place<'l>, source: &str) -> Option<Finding<'l>> {
    let words = place.lexicon.words.results("pattern")?;
    let analyte = place.lexicon.find("endometrial_pattern")?;
    let printed = cell.text();
    let folded = fold(&printed);
    let spoken: Vec<&str> = tokens(&folded).collect();
    let (text, _) = (0..spoken.len()).find_map(|at| words.longest(&spoken[at..]))?;
    if spoken
        .iter()
        .any(|word| matches!(*word, "not" | "no" | "non" | "nicht" | "nao"))
    {
        return None;
    }
    let finding = ovaries::diameters(
        &[(1.0, String::new())],
        Site::Left,
        &cell.words,
        true,
        Anchor::Matrix,
        place,
        source,
    )
    .pop()?;
    Some(Finding {
        analyte,
        value: Value::Text(text.clone()),
        value_text: text.clone(),
        unit: None,
        site: None,
        doubts: Vec::new(),
        ..finding
    })
}
