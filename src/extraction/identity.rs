//! The head of a report: who, when, and which.
//!
//! Fields are known by their names in six languages; what stands behind a name up to the next
//! field or gap, or below it, is its value. Everything behind the name of a second person on a
//! line is that person's and is never taken.

use jiff::civil::Date;

use super::dates::{self, Order, PrintedDate};
use super::person_name::person_name;
use crate::domain::analysis::{Identity, PrintedIdentifier, Report, ReportStatus, Sex};
use crate::lexicon::{Context, Field, Lexicon, Person, fold, tokens};
use crate::text::page::{Bounds, Line, Page, Word};

/// What the head says.
#[derive(Debug, Clone)]
pub struct Head {
    pub patient: Identity,
    pub report: Report,
    pub collected_on: Option<Date>,
    pub collected_at: Option<String>,
    pub reported_on: Option<Date>,
    /// The date that a letter bears at its head.
    pub written_on: Option<Date>,
    /// How dates in figures are to be read.
    pub order: Order,
    pub warnings: Vec<String>,
}

/// A field with the words behind it.
struct Entry<'p> {
    field: Field,
    /// The name of the field, folded.
    name: String,
    value: Vec<&'p Word>,
    /// Of the line, for values below.
    line: usize,
    page: usize,
    bounds: Bounds,
}

/// A date with the field that it stands in.
struct Dated {
    field: Field,
    date: PrintedDate,
    time: Option<String>,
}

/// Reads the head of a report from all its pages.
#[must_use]
pub fn read(pages: &[Page], lexicon: &Lexicon) -> Head {
    let entries = entries(pages, lexicon);
    let dates = dates_of(pages, &entries);
    let order = order(pages, lexicon, &dates);
    let mut warnings = Vec::new();
    let laboratory = laboratory(pages, lexicon);
    let mut patient = Identity {
        name: name(pages, &entries),
        ..Identity::default()
    };
    identifiers(&mut patient, &entries, laboratory.as_deref());
    patient.sex = sex(pages, &entries);
    let mut doubtful = false;
    let dob = first_date(&dates, Field::Dob, order, &mut doubtful);
    patient.dob = dob.map(|(date, _)| date);
    let collected = first_date(&dates, Field::Collected, order, &mut doubtful);
    let corrected = last_date(&dates, Field::Corrected, order);
    let reported = corrected.or_else(|| {
        first_date(&dates, Field::Reported, order, &mut doubtful).map(|(date, _)| date)
    });
    if doubtful {
        warnings.push("date_ambiguous".to_owned());
    }
    let births: Vec<Date> = dates
        .iter()
        .filter(|dated| dated.field == Field::Dob)
        .filter_map(|dated| dated.date.in_order(order))
        .collect();
    if births
        .iter()
        .any(|birth| Some(*birth) != births.first().copied())
    {
        warnings.push("identity_doubtful".to_owned());
    }
    let status = status(pages, &entries, lexicon).or(corrected.map(|_| ReportStatus::Corrected));
    Head {
        report: Report {
            id: report_id(&entries),
            laboratory,
            status,
            supersedes: supersedes(pages),
        },
        patient,
        collected_at: collected
            .as_ref()
            .and_then(|(date, time)| Some(format!("{date}T{}", time.as_ref()?))),
        collected_on: collected.map(|(date, _)| date),
        reported_on: reported,
        written_on: written_on(pages, order),
        order,
        warnings,
    }
}

fn entries<'p>(pages: &'p [Page], lexicon: &Lexicon) -> Vec<Entry<'p>> {
    let mut entries = Vec::new();
    for (page_at, page) in pages.iter().enumerate() {
        let mut second_block = false;
        for (line_at, line) in page.lines.iter().enumerate() {
            let hits = hits(line, lexicon);
            let second = second_person(line, lexicon);
            if line.words.len() <= 2 && second == Some(0) {
                second_block = true;
            } else if second.is_none()
                && hits
                    .iter()
                    .any(|hit| hit.name.starts_with("patient") || hit.name.starts_with("pacient"))
            {
                second_block = false;
            }
            if second_block {
                continue;
            }
            for (at, hit) in hits.iter().enumerate() {
                if second.is_some_and(|from| hit.start >= from && !is_of_the_report(hit.field)) {
                    continue;
                }
                let end = hits
                    .get(at + 1)
                    .map_or(line.words.len(), |next| next.start)
                    .min(second.filter(|from| *from >= hit.end).unwrap_or(usize::MAX));
                let mut value: Vec<&Word> = Vec::new();
                for word in &line.words[hit.end..end.max(hit.end)] {
                    if word.text == ":" || word.struck {
                        continue;
                    }
                    if word.gap_before && !value.is_empty() && !is_dated(hit.field) {
                        break;
                    }
                    value.push(word);
                }
                let bounds = line.words[hit.start..hit.end]
                    .iter()
                    .fold(line.words[hit.start].bounds, |all, word| {
                        super::pieces::union(all, word.bounds)
                    });
                entries.push(Entry {
                    field: hit.field,
                    name: hit.name.clone(),
                    value,
                    line: line_at,
                    page: page_at,
                    bounds,
                });
            }
        }
    }
    below(&mut entries, pages, lexicon);
    entries
}

struct Hit {
    field: Field,
    name: String,
    start: usize,
    end: usize,
}

/// The names of fields in a line.
fn hits(line: &Line, lexicon: &Lexicon) -> Vec<Hit> {
    let words = &line.words;
    let mut spoken: Vec<String> = Vec::new();
    let mut word_of: Vec<usize> = Vec::new();
    for (index, word) in words.iter().enumerate() {
        let folded = fold(&word.text);
        for token in tokens(&folded) {
            spoken.push(token.to_owned());
            word_of.push(index);
        }
    }
    let mut hits: Vec<Hit> = Vec::new();
    let mut at = 0;
    while at < spoken.len() {
        let begins_word = at == 0 || word_of[at - 1] != word_of[at];
        let found = begins_word
            .then(|| lexicon.words.fields.longest(&spoken[at..]))
            .flatten();
        let Some((name, taken)) = found else {
            at += 1;
            continue;
        };
        let last = word_of[at + taken - 1];
        let ends_word = word_of.get(at + taken).is_none_or(|next| *next != last);
        let start = word_of[at];
        let end = last + 1;
        let next = words.get(end);
        let colon = words[last].text.ends_with([':', '.', '#'])
            || next.is_some_and(|next| next.text.starts_with(':') || next.text == "/");
        let gap = next.is_none_or(|next| next.gap_before);
        let id = matches!(name.field, Field::Mrn | Field::ReportId)
            && next.is_some_and(|next| next.text.chars().any(|c| c.is_ascii_digit()));
        let inside = words[start..end].iter().skip(1).any(|word| word.gap_before);
        if !ends_word || inside || (name.needs_colon && !colon && !gap && !id) {
            at += 1;
            continue;
        }
        let said = spoken[at..at + taken].join(" ");
        match hits.last_mut() {
            // "geb. / DOB:" names one field in two languages.
            Some(last)
                if last.field == name.field
                    && words[last.end..start].iter().all(|word| word.text == "/") =>
            {
                last.end = end;
            }
            _ => hits.push(Hit {
                field: name.field,
                name: said,
                start,
                end,
            }),
        }
        at += taken;
    }
    hits
}

/// The word from which on a line is about a second person.
fn second_person(line: &Line, lexicon: &Lexicon) -> Option<usize> {
    let mut spoken: Vec<String> = Vec::new();
    let mut word_of: Vec<usize> = Vec::new();
    for (index, word) in line.words.iter().enumerate() {
        let folded = fold(&word.text);
        for token in tokens(&folded) {
            spoken.push(token.to_owned());
            word_of.push(index);
        }
    }
    (0..line.words.len()).find(|at| {
        let from = word_of.partition_point(|of| of < at);
        let Some((Person::Second, taken)) = lexicon.words.persons.longest(&spoken[from..]) else {
            return false;
        };
        let last = word_of[from + taken - 1];
        let next = line.words.get(last + 1);
        *at == 0
            || line.words[last].text.ends_with(':')
            || next.is_none_or(|next| next.text.starts_with(':') || next.gap_before)
    })
}

/// Fields that are nobody's: they hold for the report beside whatever person they stand.
fn is_of_the_report(field: Field) -> bool {
    matches!(
        field,
        Field::Collected
            | Field::Received
            | Field::Reported
            | Field::Corrected
            | Field::Printed
            | Field::Status
            | Field::ReportId
    )
}

fn is_dated(field: Field) -> bool {
    matches!(
        field,
        Field::Dob
            | Field::Collected
            | Field::Received
            | Field::Reported
            | Field::Corrected
            | Field::Printed
    )
}

/// Fills fields whose value stands in the line below, and names that go on there.
fn below<'p>(entries: &mut [Entry<'p>], pages: &'p [Page], lexicon: &Lexicon) {
    for entry in entries.iter_mut() {
        let lines = &pages[entry.page].lines;
        let height = entry.bounds[3] - entry.bounds[1];
        let going_on = entry.field == Field::Name && !entry.value.is_empty();
        if !entry.value.is_empty() && !going_on {
            continue;
        }
        let left = entry.bounds[0];
        let value_left = entry.value.first().map_or(left, |word| word.bounds[0]);
        let bottom = entry.bounds[3];
        let reach = if going_on { 1.0 } else { 1.8 } * height;
        let Some(next) = lines[entry.line + 1..]
            .iter()
            .take(6)
            .filter(|line| {
                line.bounds[1] > entry.bounds[1] + 0.4 * height && line.bounds[1] - bottom < reach
            })
            .find_map(|line| {
                let cell = cell_at(line, left, value_left);
                cell.or_else(|| wrapped(entry, lines, line))
                    .map(|cell| (line, cell))
            })
        else {
            continue;
        };
        let (line, (from, to)) = next;
        let cell: Vec<&Word> = line.words[from..to].iter().collect();
        let named = hits(line, lexicon)
            .iter()
            .any(|hit| hit.start >= from && hit.start < to);
        if named || second_person(line, lexicon).is_some_and(|second| second < to) {
            continue;
        }
        if going_on {
            let said: Vec<&str> = entry.value.iter().map(|word| word.text.as_str()).collect();
            let open = said.last().is_some_and(|word| word.ends_with([',', '-']));
            let shouted = |words: &[&str]| {
                words
                    .iter()
                    .all(|word| !word.chars().any(char::is_lowercase))
            };
            let more: Vec<&str> = cell.iter().map(|word| word.text.as_str()).collect();
            let alike = shouted(&said) == shouted(&more) && cell[0].bold == entry.value[0].bold;
            let plain = more.iter().all(|word| {
                word.chars()
                    .all(|c| c.is_alphabetic() || matches!(c, '-' | '\'' | '’' | '.'))
            });
            let in_column = (cell[0].bounds[0] - value_left).abs() < 3.0
                || (cell[0].bounds[0] - left).abs() < 3.0;
            if plain && more.len() <= 3 && in_column && (open || (alike && shouted(&more))) {
                entry.value.extend(cell);
            }
        } else {
            entry.value = cell;
        }
    }
}

/// A date that did not fit behind the last field of its line begins the next one.
fn wrapped(entry: &Entry, lines: &[Line], line: &Line) -> Option<(usize, usize)> {
    let last = lines[entry.line].words.last()?;
    let words: Vec<&str> = line.words.iter().map(|word| word.text.as_str()).collect();
    (is_dated(entry.field) && last.bounds[2] <= entry.bounds[2] && dates::date(&words).is_some())
        .then_some((0, words.len()))
}

/// The cell of a line that begins at one of two places.
fn cell_at(line: &Line, left: f64, value_left: f64) -> Option<(usize, usize)> {
    let starts: Vec<usize> = (0..line.words.len())
        .filter(|at| *at == 0 || line.words[*at].gap_before)
        .collect();
    starts.iter().enumerate().find_map(|(order, from)| {
        let x = line.words[*from].bounds[0];
        ((x - left).abs() < 12.0 || (x - value_left).abs() < 12.0).then(|| {
            (
                *from,
                starts.get(order + 1).copied().unwrap_or(line.words.len()),
            )
        })
    })
}

fn text_of(words: &[&Word]) -> String {
    words
        .iter()
        .map(|word| word.text.as_str())
        .collect::<Vec<_>>()
        .join(" ")
}

fn name(pages: &[Page], entries: &[Entry]) -> Option<String> {
    let part = |field: Field| {
        entries
            .iter()
            .filter(|entry| entry.field == field)
            .find_map(|entry| person_name(&without_sex(&text_of(&entry.value))))
    };
    if let (Some(family), Some(given)) = (part(Field::FamilyName), part(Field::GivenName)) {
        return Some(format!("{given} {family}"));
    }
    let labelled = entries
        .iter()
        .filter(|entry| entry.field == Field::Name)
        .find_map(|entry| {
            let text = given_last(&entry.name, without_sex(&text_of(&entry.value)));
            person_name(&text).filter(|name| name.contains(' '))
        });
    labelled
        .or_else(|| beside(pages, entries))
        .or_else(|| part(Field::Name))
}

/// `Cognome e nome: ROSSI GIULIA`: the field itself says that the family comes first. Of more than
/// two words it does not say where it ends.
fn given_last(field: &str, text: String) -> String {
    let family_first = [
        "cognome",
        "apellidos",
        "nachname",
        "nom prenom",
        "nom et",
        "name vorname",
    ]
    .iter()
    .any(|begin| field.starts_with(begin));
    match text.split_once(' ') {
        Some((family, given)) if family_first && !text.contains(',') && !given.contains(' ') => {
            format!("{family}, {given}")
        }
        _ => text,
    }
}

/// `Ilze Bērziņa, female, born`: the word of the sex is not a part of the name.
fn without_sex(text: &str) -> String {
    let mut parts: Vec<&str> = text.split(',').map(str::trim).collect();
    parts.retain(|part| !part.is_empty() && sex_of(part, true).is_none());
    let trailing_comma =
        text.trim_end().ends_with(',') && parts.len() == 1 && text.matches(',').count() == 1;
    let mut text = parts.join(", ");
    if trailing_comma {
        text.push(',');
    }
    text
}

/// A name without a field: it begins the line of the birth date or the number.
fn beside(pages: &[Page], entries: &[Entry]) -> Option<String> {
    entries
        .iter()
        .filter(|entry| matches!(entry.field, Field::Dob | Field::Mrn | Field::National))
        .find_map(|entry| {
            let line = &pages[entry.page].lines[entry.line];
            let before: Vec<&Word> = line
                .words
                .iter()
                .take_while(|word| word.bounds[2] <= entry.bounds[0] + 0.5)
                .collect();
            let cell = before
                .iter()
                .skip(1)
                .take_while(|word| !word.gap_before)
                .count()
                + 1;
            let words: Vec<&str> = before
                .iter()
                .take(cell)
                .map(|word| word.text.as_str())
                .collect();
            let capital = words
                .iter()
                .all(|word| word.chars().next().is_some_and(char::is_uppercase));
            let plain = words.iter().all(|word| {
                word.chars()
                    .all(|c| c.is_alphabetic() || matches!(c, '-' | '\'' | '’' | '.' | ','))
            });
            let named = (2..=5).contains(&words.len()) && capital && plain;
            named.then(|| person_name(&words.join(" "))).flatten()
        })
}

/// The number at the beginning of a value: one word, or groups of figures.
fn identifier(value: &[&Word]) -> Option<String> {
    let mut words = value.iter().map(|word| {
        word.text
            .trim_matches(|c: char| matches!(c, ':' | '#' | ',' | ';' | '(' | ')' | '.'))
    });
    let first = words.by_ref().find(|word| {
        !word.is_empty() && !matches!(fold(word).as_str(), "no" | "nr" | "n°" | "no.")
    })?;
    if !first.chars().any(|c| c.is_ascii_digit()) || first.len() < 2 || first.contains("__") {
        return None;
    }
    let figures = |word: &str| word.bytes().all(|byte| byte.is_ascii_digit());
    let mut id = first.to_owned();
    if figures(first) && first.len() <= 4 {
        for word in words.take_while(|word| figures(word) && word.len() <= 4) {
            id.push(' ');
            id.push_str(word);
        }
    }
    (id.len() <= 30 && dates::date(&[&id]).is_none()).then_some(id)
}

fn identifiers(patient: &mut Identity, entries: &[Entry], laboratory: Option<&str>) {
    let mut strong = None;
    let mut weak = None;
    for entry in entries {
        let Some(value) = identifier(&entry.value) else {
            continue;
        };
        let (kind, authority) = match entry.field {
            Field::Mrn if entry.name == "nhi" => ("NH", Some("NHI".to_owned())),
            Field::Mrn => ("MR", laboratory.map(str::to_owned)),
            Field::National => ("NH", entry.name.split(' ').next().map(str::to_uppercase)),
            Field::WeakMrn => {
                weak.get_or_insert(value);
                continue;
            }
            _ => continue,
        };
        if entry.field == Field::Mrn {
            strong.get_or_insert(value.clone());
        }
        if patient.identifiers.iter().all(|known| known.value != value) {
            patient.identifiers.push(PrintedIdentifier {
                value,
                kind: Some(kind.to_owned()),
                authority,
            });
        }
    }
    let national = || {
        patient
            .identifiers
            .first()
            .map(|identifier| identifier.value.clone())
    };
    patient.mrn = strong.or_else(national).or(weak);
}

fn sex(pages: &[Page], entries: &[Entry]) -> Option<Sex> {
    let labelled = entries
        .iter()
        .filter(|entry| matches!(entry.field, Field::Sex | Field::AgeSex))
        .find_map(|entry| sex_of(&text_of(&entry.value), !entry.name.contains("sexo")));
    if labelled.is_some() {
        return labelled;
    }
    // A word of its own in the line that says who.
    entries
        .iter()
        .filter(|entry| matches!(entry.field, Field::Name | Field::Dob | Field::Mrn))
        .find_map(|entry| {
            let line = &pages[entry.page].lines[entry.line];
            let long = line.words.iter().find_map(|word| {
                let bare = word.text.trim_matches(|c: char| !c.is_alphabetic());
                (bare.len() > 3).then(|| sex_of(bare, true)).flatten()
            });
            long.or_else(|| {
                let last = line.words.last()?;
                (last.gap_before && last.text.len() == 1)
                    .then(|| sex_of(&last.text, true))
                    .flatten()
            })
        })
}

/// Words say it before letters do; in Spanish and Portuguese an M alone says nothing.
fn sex_of(text: &str, m_is_male: bool) -> Option<Sex> {
    let folded = fold(text);
    let mut letter = None;
    for token in tokens(&folded) {
        match token {
            "female" | "weiblich" | "mujer" | "femenino" | "femenina" | "femme" | "feminin"
            | "feminino" | "femmina" | "femminile" | "donna" | "mulher" | "hembra" => {
                return Some(Sex::Female);
            }
            "male" | "mannlich" | "hombre" | "masculino" | "varon" | "homme" | "masculin"
            | "maschio" | "maschile" | "uomo" | "homem" => return Some(Sex::Male),
            "f" | "w" => letter = letter.or(Some(Sex::Female)),
            "h" | "v" => letter = letter.or(Some(Sex::Male)),
            "m" if m_is_male => letter = letter.or(Some(Sex::Male)),
            _ => {}
        }
    }
    // A lone letter counts only where hardly anything else is said.
    letter.filter(|_| {
        tokens(&folded)
            .filter(|token| token.chars().all(char::is_alphabetic))
            .count()
            <= 4
    })
}

fn report_id(entries: &[Entry]) -> Option<String> {
    entries
        .iter()
        .filter(|entry| entry.field == Field::ReportId)
        .filter(|entry| {
            let words: Vec<&str> = entry.value.iter().map(|word| word.text.as_str()).collect();
            dates::date(&words).is_none()
        })
        .find_map(|entry| identifier(&entry.value))
}

fn dates_of(pages: &[Page], entries: &[Entry]) -> Vec<Dated> {
    let mut dated = Vec::new();
    for entry in entries {
        let words: Vec<&str> = entry
            .value
            .iter()
            .map(|word| word.text.trim_start_matches(':'))
            .collect();
        // "Report: 28 Jan 2026" is no number.
        let field = if entry.field == Field::ReportId {
            Field::Reported
        } else {
            entry.field
        };
        let sure = entry.field != Field::ReportId || entry.name == "report";
        if (is_dated(field) && sure)
            && let Some(found) =
                (0..words.len().min(4)).find_map(|from| dates::date(&words[from..]))
        {
            dated.push(Dated {
                field,
                date: found.date,
                time: found.time,
            });
        }
    }
    // All others tell only the order of day and month.
    for line in pages.iter().flat_map(|page| &page.lines) {
        for word in &line.words {
            if let Some(found) = dates::date(&[word.text.as_str()]) {
                dated.push(Dated {
                    field: Field::PersonOther,
                    date: found.date,
                    time: None,
                });
            }
        }
    }
    dated
}

fn order(pages: &[Page], lexicon: &Lexicon, dates: &[Dated]) -> Order {
    let votes = |order: Order| {
        dates
            .iter()
            .filter(|dated| dated.date.proves() == Some(order))
            .count()
    };
    let (day, month) = (votes(Order::DayFirst), votes(Order::MonthFirst));
    if day != month {
        return if day > month {
            Order::DayFirst
        } else {
            Order::MonthFirst
        };
    }
    if let Some(order) = by_turnaround(dates) {
        return order;
    }
    let (mut day, mut month) = (0, 0);
    for line in pages.iter().flat_map(|page| &page.lines) {
        let folded = fold(&line.text());
        let spoken: Vec<&str> = tokens(&folded).collect();
        for at in 0..spoken.len() {
            match lexicon.words.contexts.longest(&spoken[at..]) {
                Some((Context::DayFirst, _)) => day += 1,
                Some((Context::MonthFirst, _)) => month += 1,
                _ => {}
            }
        }
    }
    match (day, month) {
        (0, 0) => Order::Unknown,
        (day, month) if day >= 2 * month.max(1) || month == 0 => Order::DayFirst,
        (day, month) if month >= 2 * day.max(1) || day == 0 => Order::MonthFirst,
        _ => Order::Unknown,
    }
}

/// A report follows its sample within days, not months.
fn by_turnaround(dates: &[Dated]) -> Option<Order> {
    let of = |field: Field| {
        dates
            .iter()
            .find(|dated| dated.field == field)?
            .date
            .readings()
    };
    let (collected_day, collected_month) = of(Field::Collected)?;
    let (later_day, later_month) = of(Field::Reported).or_else(|| of(Field::Received))?;
    let days = |from: Date, to: Date| {
        from.until(to)
            .map_or(i32::MAX, |span| span.get_days() + span.get_months() * 30)
    };
    let (day, month) = (
        days(collected_day, later_day),
        days(collected_month, later_month),
    );
    let near = |days: i32| (0..=14).contains(&days);
    let far = |days: i32| !(0..=25).contains(&days);
    match (day, month) {
        (day, month) if near(day) && far(month) => Some(Order::DayFirst),
        (day, month) if far(day) && near(month) => Some(Order::MonthFirst),
        _ => None,
    }
}

fn first_date(
    dates: &[Dated],
    field: Field,
    order: Order,
    doubtful: &mut bool,
) -> Option<(Date, Option<String>)> {
    let dated = dates.iter().find(|dated| dated.field == field)?;
    let date = dated.date.in_order(order);
    *doubtful |= date.is_none();
    Some((date?, dated.time.clone()))
}

fn last_date(dates: &[Dated], field: Field, order: Order) -> Option<Date> {
    dates
        .iter()
        .rev()
        .filter(|dated| dated.field == field)
        .find_map(|dated| dated.date.in_order(order))
}

/// The house that issued the report: among the first lines the one with the word of a house.
fn laboratory(pages: &[Page], lexicon: &Lexicon) -> Option<String> {
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

/// The first date of the first page that has its line nearly for itself.
fn written_on(pages: &[Page], order: Order) -> Option<Date> {
    pages
        .first()?
        .lines
        .iter()
        .take(14)
        .filter(|line| line.words.len() <= 6)
        .find_map(|line| {
            let words: Vec<&str> = line.words.iter().map(|word| word.text.as_str()).collect();
            (0..words.len()).find_map(|at| dates::date(&words[at..])?.date.in_order(order))
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

fn status(pages: &[Page], entries: &[Entry], lexicon: &Lexicon) -> Option<ReportStatus> {
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
            .filter(|line| line.words.len() <= 10)
            .find_map(|line| {
                let folded = fold(&line.text());
                let spoken: Vec<&str> = tokens(&folded).collect();
                let (status, taken) = lexicon.words.statuses.longest(&spoken)?;
                (taken >= 2).then_some(*status)
            })
    })
}

/// The number of the report that this one says it replaces.
fn supersedes(pages: &[Page]) -> Option<String> {
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
    pages.iter().flat_map(|page| &page.lines).find_map(|line| {
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
