//! What laboratories write of one embryo on one day: cells, fragments, grade.

use super::number::{DecimalSign, comparator, number};
use crate::domain::analysis::Comparator;
use crate::lexicon::fold;

/// Words for the grade of an embryo that is printed in words.
const WORDS: [&str; 24] = [
    "morula",
    "m",
    "cm",
    "mor",
    "compacted",
    "compacting",
    "compacting morula",
    "early morula",
    "early blastocyst",
    "eb",
    "cavitating",
    "cavitating morula",
    "good",
    "fair",
    "poor",
    "top",
    "excellent",
    "gut",
    "mittel",
    "schlecht",
    "buena",
    "bonne",
    "buono",
    "blastocyst",
];

/// One cell of a table taken apart.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Read {
    pub cells: Option<(f64, Option<Comparator>)>,
    pub fragments: Option<(f64, Option<Comparator>, String)>,
    pub grade: Option<Grade>,
    /// `8C` is eight cells for some and a grade of Veeck for others.
    pub doubtful: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grade {
    pub text: String,
    pub scheme: Option<&'static str>,
}

/// The one day of culture that words name: `d3`, `day 3`, `Tag 5`, `jour 5`, `T3`.
#[must_use]
pub fn day_of<T: AsRef<str>>(tokens: &[T]) -> Option<i32> {
    const NAMES: [&str; 8] = ["day", "d", "tag", "t", "dia", "jour", "j", "giorno"];
    let figure = |text: &str| {
        let day: i32 = (text.len() == 1).then(|| text.parse().ok()).flatten()?;
        (day <= 7).then_some(day)
    };
    let mut days: Vec<i32> = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let token = token.as_ref();
        let glued = ["day", "tag", "dia", "d", "j", "t"]
            .iter()
            .find_map(|name| figure(token.strip_prefix(name)?));
        let parted = NAMES
            .contains(&token)
            .then(|| figure(tokens.get(at + 1)?.as_ref()))
            .flatten();
        days.extend(glued.or(parted));
    }
    days.dedup();
    match days.as_slice() {
        [day] => Some(*day),
        _ => None,
    }
}

/// A grade: Gardner (`4AA`), Istanbul in figures (`4.1.2`), Veeck (`8A`), a figure, a letter, a word.
#[must_use]
pub fn grade(printed: &str) -> Option<Grade> {
    let text = printed.trim().trim_end_matches(['.', ';', ',']);
    let folded = fold(text);
    let bare = ["grade", "grad", "grado", "gr.", "gr", "g"]
        .iter()
        .find_map(|name| {
            let rest = folded.strip_prefix(name)?.trim();
            rest.starts_with(|c: char| c.is_ascii_digit() || matches!(c, 'i' | 'v' | 'a'..='d'))
                .then_some(rest)
        })
        .unwrap_or(folded.trim());
    let squeezed: String = bare.chars().filter(|c| !c.is_whitespace()).collect();
    if squeezed.is_empty() || squeezed.len() > 18 {
        return None;
    }
    let told = |scheme| {
        Some(Grade {
            text: text.to_owned(),
            scheme,
        })
    };
    if let Some(text) = gardner(&squeezed) {
        return Some(Grade {
            text,
            scheme: Some("gardner"),
        });
    }
    if is_istanbul(&squeezed) || is_simple(&squeezed) || is_veeck(&squeezed) {
        return told(None);
    }
    WORDS.contains(&bare).then(|| told(None)).flatten()
}

/// `4AA`, `5ba`, `BL 3BC`, `4AB+`: expansion, inner cell mass, trophectoderm.
fn gardner(squeezed: &str) -> Option<String> {
    let bare = [
        "blastocyst",
        "blast",
        "hgbl",
        "hbl",
        "hdbl",
        "bl",
        "xb",
        "hb",
        "eb",
        "b",
    ]
    .iter()
    .find_map(|name| squeezed.strip_prefix(name))
    .unwrap_or(squeezed);
    let letters: Vec<char> = bare.chars().collect();
    let (expansion, rest) = letters.split_first()?;
    let parts: Vec<char> = rest
        .iter()
        .copied()
        .filter(char::is_ascii_lowercase)
        .collect();
    let signs = rest.len() - parts.len();
    let whole = ('1'..='6').contains(expansion)
        && parts.len() == 2
        && parts.iter().all(|c| matches!(c, 'a'..='d'))
        && signs <= 2
        && rest
            .iter()
            .all(|c| c.is_ascii_lowercase() || matches!(c, '+' | '-' | '/'));
    whole.then(|| bare.replace('/', "").to_uppercase())
}

fn is_istanbul(text: &str) -> bool {
    let parts: Vec<&str> = text.split(['.', ':']).collect();
    parts.len() == 3
        && ["1", "2", "3", "4", "5", "6"].contains(&parts[0])
        && parts[1..].iter().all(|part| ["1", "2", "3"].contains(part))
}

fn is_simple(text: &str) -> bool {
    let bare = text.trim_end_matches(['+', '-']);
    text.len() - bare.len() <= 1
        && matches!(
            bare,
            "1" | "2" | "3" | "4" | "5" | "a" | "b" | "c" | "d" | "i" | "ii" | "iii" | "iv" | "v"
        )
}

fn is_veeck(text: &str) -> bool {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let rest = &text[digits..];
    (1..=2).contains(&digits)
        && !rest.is_empty()
        && (is_simple(rest) && rest.starts_with(|c: char| c.is_ascii_lowercase())
            || rest.strip_prefix('g').is_some_and(is_simple))
}

/// A share in per cent: `5`, `<5 %`, `10%`.
#[must_use]
pub fn share(printed: &str, sign: DecimalSign) -> Option<(f64, Option<Comparator>)> {
    let text = printed.trim();
    let (signed, rest) = comparator(text);
    let number = number(rest, sign)?;
    let after = number.rest.trim();
    (matches!(after, "" | "%") && number.value <= 100.0)
        .then_some((number.value, signed.or(number.comparator)))
}

/// A cell that may hold several of them: `8c G2 10%`, `8 cells`, `4AA`, `8-cell, grade 2`.
#[must_use]
pub fn read(printed: &str, sign: DecimalSign) -> Read {
    let mut read = Read::default();
    let bare = printed.trim();
    let letter = bare.trim_start_matches(|c: char| c.is_ascii_digit());
    if bare.len() > letter.len() && matches!(letter, "c" | "C") {
        read.cells = cell_count(&[bare], sign).map(|(count, _)| (count, None));
        read.doubtful = letter == "C";
        return read;
    }
    if let Some(grade) = grade(printed) {
        // A bare figure is a grade only where its column says so; the caller knows.
        read.grade = Some(grade);
        return read;
    }
    let mut rest: Vec<&str> = printed
        .split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '(' | ')' | '/' | '|'))
        .filter(|part| !part.is_empty())
        .collect();
    if let Some((count, used)) = cell_count(&rest, sign) {
        read.cells = Some((count, None));
        rest.drain(..used);
    }
    let mut left = Vec::new();
    let mut at = 0;
    while at < rest.len() {
        let joined = rest.get(at + 1).filter(|next| **next == "%");
        let text = match joined {
            Some(percent) => format!("{} {percent}", rest[at]),
            None => rest[at].to_owned(),
        };
        if text.ends_with('%')
            && let Some((value, comparator)) = share(&text, sign)
        {
            read.fragments = Some((value, comparator, text));
        } else if !matches!(fold(rest[at]).as_str(), "frag" | "frag." | "fragmentation") {
            left.push(rest[at]);
        }
        at += 1 + usize::from(joined.is_some());
    }
    read.grade = grade(&left.join(" "));
    if read.grade.is_none() && !left.is_empty() {
        // Something was not understood.
        return Read::default();
    }
    read
}

/// `8 cells`, `8c`, `8-cell`, `8 Zellen`: how many, and how many words it takes.
fn cell_count(words: &[&str], sign: DecimalSign) -> Option<(f64, usize)> {
    const NAMES: [&str; 16] = [
        "c",
        "cell",
        "cells",
        "cel",
        "cels",
        "cell.",
        "zellen",
        "zeller",
        "zellig",
        "zellstadium",
        "celulas",
        "cellules",
        "cellule",
        "blastomeres",
        "cel.",
        "z",
    ];
    let first = words.first()?;
    let number = number(first, sign)?;
    let after = fold(number.rest.trim_start_matches('-'));
    let taken = if NAMES.contains(&after.as_str()) {
        1
    } else if after.is_empty()
        && words
            .get(1)
            .is_some_and(|next| NAMES.contains(&fold(next.trim_start_matches('-')).as_str()))
    {
        2
    } else {
        return None;
    };
    (number.comparator.is_none()
        && number.value.fract() == 0.0
        && (1.0..=40.0).contains(&number.value))
    .then_some((number.value, taken))
}

#[cfg(test)]
mod tests {
    use super::{day_of, grade, read};
    use crate::extraction::number::DecimalSign::Point;

    #[test]
    fn grades_of_several_schemes() {
        for (printed, text) in [
            ("4AA", "4AA"),
            ("4 a b", "4AB"),
            ("BL 3BC", "3BC"),
            ("8A", "8A"),
            ("2", "2"),
            ("Grade 2", "Grade 2"),
            ("G1", "G1"),
            ("4.1.2", "4.1.2"),
            ("Morula", "Morula"),
            ("II", "II"),
        ] {
            assert_eq!(
                grade(printed).map(|grade| grade.text).as_deref(),
                Some(text),
                "{printed}"
            );
        }
        for printed in [
            "-", "2PN", "Arrested", "D5", "12", "Normal", "46,XX", "8 cells",
        ] {
            assert_eq!(grade(printed), None, "{printed}");
        }
    }

    #[test]
    fn cells_fragments_and_grade_in_one_cell() {
        let told = read("8c G2 10%", Point);
        assert_eq!(told.cells, Some((8.0, None)));
        assert_eq!(told.fragments.map(|share| share.0), Some(10.0));
        assert_eq!(told.grade.map(|grade| grade.text).as_deref(), Some("G2"));
        assert_eq!(read("8 cells", Point).cells, Some((8.0, None)));
        assert_eq!(read("4c", Point).cells, Some((4.0, None)));
        assert!(read("8C", Point).doubtful);
        assert_eq!(read("8-cell, grade 2", Point).cells, Some((8.0, None)));
        assert_eq!(read("2PN", Point), super::Read::default());
        assert_eq!(read("see note", Point), super::Read::default());
    }

    #[test]
    fn one_day_is_a_day_and_two_are_none() {
        assert_eq!(day_of(&["d3", "cells"]), Some(3));
        assert_eq!(day_of(&["day", "5", "grade"]), Some(5));
        assert_eq!(day_of(&["tag", "3"]), Some(3));
        assert_eq!(day_of(&["d5", "d6"]), None);
        assert_eq!(day_of(&["grade"]), None);
    }
}
