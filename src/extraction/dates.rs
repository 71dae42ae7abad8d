//! Dates as people print them, and which of day and month comes first.

use jiff::civil::Date;

use crate::lexicon::fold;

/// A date on paper: one reading, or two that only the rest of the document can tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PrintedDate {
    day_first: Option<Date>,
    month_first: Option<Date>,
}

/// Which of day and month a document puts first in a date of figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    DayFirst,
    MonthFirst,
    /// The document does not say; a date that could be two is none.
    Unknown,
}

/// A date with its time of day and the words that it takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub date: PrintedDate,
    /// `HH:MM`.
    pub time: Option<String>,
    pub words: usize,
}

impl PrintedDate {
    fn sure(date: Option<Date>) -> Option<Self> {
        date.map(|date| Self {
            day_first: Some(date),
            month_first: Some(date),
        })
    }

    /// The date in an order; `None` where the order is unknown and the readings differ.
    #[must_use]
    pub fn in_order(self, order: Order) -> Option<Date> {
        match (order, self.day_first, self.month_first) {
            (_, Some(a), Some(b)) if a == b => Some(a),
            (_, Some(only), None) | (_, None, Some(only)) => Some(only),
            (Order::DayFirst, day_first, _) => day_first,
            (Order::MonthFirst, _, month_first) => month_first,
            (Order::Unknown, ..) => None,
        }
    }

    /// The order that this date proves by itself.
    #[must_use]
    pub fn proves(self) -> Option<Order> {
        match (self.day_first, self.month_first) {
            (Some(_), None) => Some(Order::DayFirst),
            (None, Some(_)) => Some(Order::MonthFirst),
            _ => None,
        }
    }

    /// Both readings, where they differ: day first, month first.
    #[must_use]
    pub fn readings(self) -> Option<(Date, Date)> {
        match (self.day_first, self.month_first) {
            (Some(a), Some(b)) if a != b => Some((a, b)),
            _ => None,
        }
    }
}

/// Reads the date that a run of words begins with.
#[must_use]
pub fn date(words: &[&str]) -> Option<Found> {
    let first = words
        .first()?
        .trim_matches(|c: char| matches!(c, '(' | ')' | ',' | ';' | ':' | '[' | ']'));
    let (date, taken) = if let Some(date) = in_figures(first) {
        (date, 1)
    } else {
        in_words(words)?
    };
    let (time, more) = time(&words[taken..]);
    Some(Found {
        date,
        time,
        words: taken + more,
    })
}

/// Day and month of a date without a year (`02-Feb`, `3 March`, `12.02.`, `02/12`), and whether it is
/// sure which is which.
#[must_use]
pub fn without_year(words: &[&str]) -> Option<(i8, i8, bool)> {
    let text = words.join(" ");
    let parts: Vec<&str> = text
        .split(['-', '/', '.', ' ', ','])
        .filter(|part| !part.is_empty() && !matches!(*part, "de" | "di"))
        .collect();
    let [a, b] = parts.as_slice() else {
        return None;
    };
    let figure = |text: &str, most: i8| {
        let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        ((1..=2).contains(&digits.len()) && text.len() <= 4)
            .then(|| digits.parse::<i8>().ok())
            .flatten()
            .filter(|value| (1..=most).contains(value))
    };
    if let Some(month) = month(b) {
        return Some((figure(a, 31)?, month, true));
    }
    if let Some(month) = month(a) {
        return Some((figure(b, 31)?, month, true));
    }
    let plain = |text: &str| text.chars().all(|c| c.is_ascii_digit());
    // Decimals look like days with a point; a day has its point behind the month too.
    let marked = words.len() == 1
        && (text.contains('/')
            || text.ends_with('.')
            || (text.contains('.') && a.len() == 2 && b.len() == 2 && b.starts_with(['0', '1'])));
    if !marked || !plain(a) || !plain(b) {
        return None;
    }
    let (first, second) = (figure(a, 31)?, figure(b, 31)?);
    match (first > 12, second > 12) {
        (true, true) => None,
        (true, false) => Some((first, second, true)),
        (false, true) => Some((second, first, true)),
        // Points: the day is first.
        (false, false) => Some((first, second, text.contains('.') || first == second)),
    }
}

fn in_figures(text: &str) -> Option<PrintedDate> {
    let text = text.trim_end_matches('.');
    let text = text.split_once('T').map_or(
        text,
        |(date, time)| if time.contains(':') { date } else { text },
    );
    let sign = text.chars().find(|c| !c.is_ascii_alphanumeric())?;
    if !matches!(sign, '/' | '.' | '-') {
        return None;
    }
    let parts: Vec<&str> = text.split(sign).collect();
    let [a, b, c] = parts.as_slice() else {
        return None;
    };
    let number = |part: &str, digits: std::ops::RangeInclusive<usize>| {
        digits
            .contains(&part.len())
            .then(|| part.parse::<i16>().ok())
            .flatten()
    };
    if let Some(month) = month(b) {
        let (day, year) = (number(a, 1..=2)?, year(c)?);
        return PrintedDate::sure(day_of(year, month, day));
    }
    if let (Some(year), Some(month), Some(day)) =
        (number(a, 4..=4), number(b, 1..=2), number(c, 1..=2))
    {
        return PrintedDate::sure(day_of(year, month as i8, day));
    }
    let (a, b, year) = (number(a, 1..=2)?, number(b, 1..=2)?, year(c)?);
    let day_first = day_of(year, b as i8, a);
    // Nobody who writes points between figures puts the month first.
    let month_first = if sign == '.' {
        day_first
    } else {
        day_of(year, a as i8, b)
    };
    (day_first.is_some() || month_first.is_some()).then_some(PrintedDate {
        day_first,
        month_first,
    })
}

/// `15 Jan 2026`, `October 3, 1982`, `1 de febrero de 2026`, `12. Februar 2026`.
fn in_words(words: &[&str]) -> Option<(PrintedDate, usize)> {
    let mut said: Vec<(usize, String)> = Vec::with_capacity(3);
    for (index, word) in words.iter().enumerate().take(6) {
        let word = fold(word);
        let word = word.trim_matches(|c: char| !c.is_alphanumeric());
        if !matches!(word, "de" | "of" | "den" | "del" | "") {
            said.push((index, word.to_owned()));
        }
        if said.len() == 3 {
            break;
        }
    }
    let [(_, a), (_, b), (last, c)] = said.as_slice() else {
        return None;
    };
    let year = (c.len() == 4).then(|| year(c)).flatten()?;
    let day = |text: &str| {
        let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        (digits.len() <= 2 && text.len() <= 4)
            .then(|| digits.parse::<i16>().ok())
            .flatten()
    };
    let date = match (month(a), month(b)) {
        (None, Some(month)) => day_of(year, month, day(a)?),
        (Some(month), None) => day_of(year, month, day(b)?),
        _ => None,
    };
    Some((PrintedDate::sure(date)?, last + 1))
}

/// `10:05`, `9:10 AM`, `8:14:00AM`, `0805`; how many words it takes.
fn time(words: &[&str]) -> (Option<String>, usize) {
    let Some(first) = words.first() else {
        return (None, 0);
    };
    let skip = usize::from(matches!(
        fold(first).as_str(),
        "at" | "um" | "a" | "h" | "-" | "," | "as" | "ore"
    ));
    let Some(word) = words.get(skip) else {
        return (None, 0);
    };
    let lower = fold(word);
    let lower = lower.trim_matches(|c: char| matches!(c, ',' | '.' | ';' | '(' | ')'));
    let digits_end = lower
        .find(|c: char| !c.is_ascii_digit() && c != ':' && c != 'h')
        .unwrap_or(lower.len());
    let (clock, suffix) = lower.split_at(digits_end);
    let parts: Vec<&str> = clock.split([':', 'h']).collect();
    let (hour, minute) = match parts.as_slice() {
        [hhmm] if hhmm.len() == 4 && skip == 0 => (&hhmm[..2], &hhmm[2..]),
        [hour, minute, ..] if hour.len() <= 2 && minute.len() == 2 => (*hour, *minute),
        _ => return (None, 0),
    };
    let (Ok(mut hour), Ok(minute)) = (hour.parse::<u8>(), minute.parse::<u8>()) else {
        return (None, 0);
    };
    let mut taken = skip + 1;
    let mut half = suffix.to_owned();
    if half.is_empty()
        && let Some(next) = words.get(taken)
        && matches!(fold(next).trim_matches('.'), "am" | "pm" | "a.m" | "p.m")
    {
        half = fold(next);
        taken += 1;
    }
    match half.replace('.', "").as_str() {
        "pm" if hour < 12 => hour += 12,
        "am" if hour == 12 => hour = 0,
        _ => {}
    }
    if hour > 23 || minute > 59 {
        return (None, 0);
    }
    (Some(format!("{hour:02}:{minute:02}")), taken)
}

fn year(text: &str) -> Option<i16> {
    match (text.len(), text.parse::<i16>()) {
        (4, Ok(year)) if (1900..2100).contains(&year) => Some(year),
        // Two figures are a year of reports; births are printed in full.
        (2, Ok(year)) if (10..60).contains(&year) => Some(2000 + year),
        (2, Ok(year)) if year >= 60 => Some(1900 + year),
        _ => None,
    }
}

fn day_of(year: i16, month: i8, day: i16) -> Option<Date> {
    Date::new(year, month, i8::try_from(day).ok()?).ok()
}

/// Months in six languages by enough letters to tell them apart.
fn month(text: &str) -> Option<i8> {
    const MONTHS: [(&str, i8); 44] = [
        ("jan", 1),
        ("ene", 1),
        ("gen", 1),
        ("jae", 1),
        ("feb", 2),
        ("fev", 2),
        ("fevr", 2),
        ("mar", 3),
        ("mrz", 3),
        ("maerz", 3),
        ("apr", 4),
        ("abr", 4),
        ("avr", 4),
        ("may", 5),
        ("mai", 5),
        ("mag", 5),
        ("jun", 6),
        ("juin", 6),
        ("giu", 6),
        ("jul", 7),
        ("juil", 7),
        ("lug", 7),
        ("aug", 8),
        ("ago", 8),
        ("aou", 8),
        ("sep", 9),
        ("set", 9),
        ("oct", 10),
        ("okt", 10),
        ("ott", 10),
        ("out", 10),
        ("nov", 11),
        ("dec", 12),
        ("dez", 12),
        ("dic", 12),
        ("mars", 3),
        ("marz", 3),
        ("sept", 9),
        ("june", 6),
        ("july", 7),
        ("abril", 4),
        ("avril", 4),
        ("dicembre", 12),
        ("diciembre", 12),
    ];
    let folded = fold(text);
    let text = folded.trim_end_matches('.');
    if text.len() < 3 || text.len() > 10 || !text.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return None;
    }
    MONTHS
        .iter()
        .find(|(name, _)| text.starts_with(name) && is_month_name(text))
        .map(|(_, month)| *month)
}

/// Whole names and their usual shortenings only: `Marker` and `Junction` are no months.
fn is_month_name(text: &str) -> bool {
    const NAMES: [&str; 62] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
        "januar",
        "februar",
        "marz",
        "maerz",
        "mai",
        "juni",
        "juli",
        "oktober",
        "dezember",
        "janner",
        "janvier",
        "fevrier",
        "mars",
        "avril",
        "juin",
        "juillet",
        "aout",
        "septembre",
        "octobre",
        "novembre",
        "decembre",
        "enero",
        "febrero",
        "marzo",
        "abril",
        "mayo",
        "junio",
        "julio",
        "agosto",
        "septiembre",
        "octubre",
        "noviembre",
        "diciembre",
        "gennaio",
        "febbraio",
        "aprile",
        "maggio",
        "giugno",
        "luglio",
        "settembre",
        "ottobre",
        "dicembre",
        "janeiro",
        "fevereiro",
        "marco",
        "maio",
        "junho",
        "julho",
        "setembro",
        "dezembro",
    ];
    text.len() <= 4 || NAMES.contains(&text) || matches!(text, "outubro" | "novembro")
}

#[cfg(test)]
mod tests {
    use super::{Order, date};

    fn read(text: &str, order: Order) -> Option<String> {
        let words: Vec<&str> = text.split(' ').collect();
        date(&words)?
            .date
            .in_order(order)
            .map(|date| date.to_string())
    }

    #[test]
    fn one_reading() {
        for text in [
            "2026-01-19",
            "19.01.2026",
            "19-Jan-2026",
            "19 January 2026",
            "19 de enero de 2026",
            "January 19, 2026",
            "19. Januar 2026",
            "19 janvier 2026",
            "19/01/2026",
            "01/19/2026",
            "19 gennaio 2026",
            "19 de janeiro de 2026",
        ] {
            assert_eq!(
                read(text, Order::Unknown).as_deref(),
                Some("2026-01-19"),
                "{text}"
            );
        }
        assert_eq!(
            read("1er février 2026", Order::Unknown).as_deref(),
            Some("2026-02-01")
        );
    }

    #[test]
    fn two_readings_need_the_document() {
        assert_eq!(read("05/03/2026", Order::Unknown), None);
        assert_eq!(
            read("05/03/2026", Order::DayFirst).as_deref(),
            Some("2026-03-05")
        );
        assert_eq!(
            read("05/03/2026", Order::MonthFirst).as_deref(),
            Some("2026-05-03")
        );
    }

    #[test]
    fn times_of_day() {
        let time = |text: &str| {
            let words: Vec<&str> = text.split(' ').collect();
            date(&words).unwrap().time
        };
        assert_eq!(time("05/3/2026 8:14:00AM").as_deref(), Some("08:14"));
        assert_eq!(time("01/27/2026 03:48 PM").as_deref(), Some("15:48"));
        assert_eq!(time("02/24/2026 0805 Local").as_deref(), Some("08:05"));
        assert_eq!(time("30 January 2026, 08:20").as_deref(), Some("08:20"));
        assert_eq!(time("12.02.2026"), None);
    }

    #[test]
    fn what_is_no_date() {
        for text in [
            "2.5",
            "1-4",
            "10/12",
            "12 of 20",
            "Marker 3 2026",
            "31/31/2026",
            "3.5 - 12.5",
        ] {
            assert_eq!(read(text, Order::DayFirst), None, "{text}");
        }
    }
}
