//! What would name somebody on a paper: pure comparison of texts.

use crate::domain::name;
use crate::patients::fold_identifier;
use jiff::civil::Date;

/// How a donor could be named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    /// The words of each spelling of the family name, in their order.
    family: Vec<Vec<String>>,
    given: Vec<String>,
    birth_date: Option<Date>,
    /// Letters and digits only, upper case.
    numbers: Vec<String>,
}

/// A text cut into words once, for all who may be named in it.
pub struct Words {
    plain: Vec<String>,
    spelled: Vec<String>,
    /// Pieces of letters and digits, upper case, in their order.
    pieces: Vec<String>,
}

impl Words {
    pub fn of<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let text = texts.into_iter().collect::<Vec<_>>().join("\n");
        Self {
            plain: name::query_words(&text),
            spelled: name::spelled_words(&text),
            pieces: text
                .split(|letter: char| !letter.is_alphanumeric())
                .map(fold_identifier)
                .filter(|piece| !piece.is_empty())
                .collect(),
        }
    }

    fn has(&self, word: &str) -> bool {
        [&self.plain, &self.spelled]
            .iter()
            .any(|words| words.iter().any(|known| known == word))
    }

    /// The words one behind the other.
    fn has_run(&self, run: &[String]) -> bool {
        !run.is_empty()
            && [&self.plain, &self.spelled]
                .iter()
                .any(|words| words.windows(run.len()).any(|window| window == run))
    }

    /// A number, however it is cut by spaces and marks.
    fn has_number(&self, number: &str) -> bool {
        (0..self.pieces.len()).any(|from| {
            let mut rest = number;
            for piece in &self.pieces[from..] {
                match rest.strip_prefix(piece.as_str()) {
                    Some("") => return true,
                    Some(more) => rest = more,
                    None => return false,
                }
            }
            false
        })
    }

    /// A day, in figures of any order or with the month in letters of whatever language.
    fn has_day(&self, day: Date) -> bool {
        let number = |piece: &String| piece.parse::<i32>().ok();
        let (d, m, y) = (
            i32::from(day.day()),
            i32::from(day.month()),
            i32::from(day.year()),
        );
        let is_year = |value: i32| value == y || value == y % 100;
        let together = [
            format!("{y:04}{m:02}{d:02}"),
            format!("{d:02}{m:02}{y:04}"),
            format!("{m:02}{d:02}{y:04}"),
        ];
        self.pieces.iter().any(|piece| together.contains(piece))
            || self.pieces.windows(3).any(|three| {
                match [number(&three[0]), number(&three[1]), number(&three[2])] {
                    [Some(a), Some(b), Some(c)] => {
                        (is_year(a) && b == m && c == d)
                            || (is_year(c) && ((a == d && b == m) || (a == m && b == d)))
                    }
                    // `13 Jan 1988`, `Jan 13, 1988`, `1988 Jan 13`
                    [Some(a), None, Some(c)] => (a == d && is_year(c)) || (is_year(a) && c == d),
                    [None, Some(b), Some(c)] => b == d && is_year(c),
                    _ => false,
                }
            })
    }
}

impl Names {
    pub fn new(
        family_name: &str,
        given_names: &str,
        birth_date: Option<Date>,
        numbers: Vec<String>,
    ) -> Self {
        let family = vec![
            name::query_words(family_name),
            name::spelled_words(family_name),
        ];
        Self {
            family,
            given: name::search_words(given_names),
            birth_date,
            numbers,
        }
    }

    /// Whether a paper names this person: by a number, or by the family name with a given name or
    /// the birth date.
    pub fn stand_in(&self, paper: &Words) -> bool {
        let by_number = self.numbers.iter().any(|number| paper.has_number(number));
        by_number
            || self.family.iter().any(|family| paper.has_run(family))
                && (self.given.iter().any(|given| paper.has(given))
                    || self.birth_date.is_some_and(|day| paper.has_day(day)))
    }

    /// Whether a line of a paper holds any part of it. What else stands on the paper is not known
    /// here, so one word is enough.
    pub fn are_touched_by(&self, line: &Words) -> bool {
        self.family.iter().flatten().any(|word| line.has(word))
            || self.given.iter().any(|word| line.has(word))
            || self.numbers.iter().any(|number| line.has_number(number))
            || self.birth_date.is_some_and(|day| line.has_day(day))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn donor() -> Names {
        Names::new(
            "Müller-Lüdenscheid",
            "Jörg Peter",
            Some(date(1990, 3, 7)),
            vec!["9990003344".into()],
        )
    }

    fn named(text: &str) -> bool {
        donor().stand_in(&Words::of([text]))
    }

    #[test]
    fn a_family_name_alone_names_nobody_and_with_more_it_does() {
        assert!(!named("Spender: Herr Müller-Lüdenscheid"));
        assert!(!named("Jörg Peter"));
        for text in [
            "Spender: Jörg Müller-Lüdenscheid",
            "MUELLER-LUEDENSCHEID, JOERG",
            "Donor muller ludenscheid\nFirst name: Peter",
            "Müller-Lüdenscheid *07.03.1990",
            "Müller-Lüdenscheid, born 7 March 1990",
            "Müller-Lüdenscheid 03/07/90",
            "Muller-Ludenscheid 19900307",
        ] {
            assert!(named(text), "{text}");
        }
        assert!(!named("Müller-Lüdenscheid, collected 08.03.1990"));
    }

    #[test]
    fn a_number_names_whatever_marks_stand_in_it() {
        assert!(named("NHS 999 000 3344"));
        assert!(named("ref:999-000-3344/A"));
        assert!(!named("1999 000 3344"));
        assert!(!named("999 000 33445"));
        assert!(!named("D-1042"));
    }

    #[test]
    fn a_line_is_touched_by_any_part() {
        let touched = |text: &str| donor().are_touched_by(&Words::of([text]));
        assert!(touched("given by Peter"));
        assert!(touched("Luedenscheid"));
        assert!(!touched("FSH 7.5 IU/L"));
    }
}
