//! Numbers as people print them.

use crate::domain::analysis::Comparator;

/// Which sign a document puts before the decimals.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum DecimalSign {
    #[default]
    Point,
    Comma,
}

/// A number at the beginning of a word, and what stands after it in the same word.
#[derive(Debug, Clone, PartialEq)]
pub struct Number<'t> {
    pub value: f64,
    pub comparator: Option<Comparator>,
    /// The digits alone, as printed.
    pub digits: &'t str,
    pub rest: &'t str,
}

impl DecimalSign {
    /// Counts the words that can be read in one way only.
    #[must_use]
    pub fn of<'t>(words: impl Iterator<Item = &'t str>) -> Self {
        let (mut points, mut commas) = (0_u32, 0_u32);
        for word in words {
            let core = word.trim_matches(|c: char| !c.is_ascii_digit());
            let Some((whole, decimals)) = core.split_once([',', '.']) else {
                continue;
            };
            let plain = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
            if !plain(whole) || !plain(decimals) || (decimals.len() == 3 && whole != "0") {
                continue;
            }
            if core.contains(',') {
                commas += 1;
            } else {
                points += 1;
            }
        }
        if commas > points {
            Self::Comma
        } else {
            Self::Point
        }
    }
}

/// Takes a comparator off the front of a text.
#[must_use]
pub fn comparator(text: &str) -> (Option<Comparator>, &str) {
    const SIGNS: [(&str, Comparator); 10] = [
        ("<=", Comparator::AtMost),
        ("=<", Comparator::AtMost),
        ("≤", Comparator::AtMost),
        ("⩽", Comparator::AtMost),
        (">=", Comparator::AtLeast),
        ("=>", Comparator::AtLeast),
        ("≥", Comparator::AtLeast),
        ("⩾", Comparator::AtLeast),
        ("<", Comparator::Less),
        (">", Comparator::Greater),
    ];
    for (sign, comparator) in SIGNS {
        if let Some(rest) = text.strip_prefix(sign) {
            return (Some(comparator), rest.trim_start());
        }
    }
    (None, text)
}

/// Reads the number that a text begins with. `None` for dates, times, grades (`1+`) and codes.
#[must_use]
pub fn number(text: &str, sign: DecimalSign) -> Option<Number<'_>> {
    let (comparator, text) = comparator(text);
    let end = text
        .char_indices()
        .find(|(_, c)| !c.is_ascii_digit() && !matches!(c, '.' | ',' | '\''))
        .map_or(text.len(), |(at, _)| at);
    let (mut digits, mut rest) = text.split_at(end);
    while let Some(shorter) = digits.strip_suffix(['.', ',', '\'']) {
        rest = &text[shorter.len()..];
        digits = shorter;
    }
    if !digits.starts_with(|c: char| c.is_ascii_digit()) || rest.starts_with(['+', ':']) {
        return None;
    }
    let value = value_of(digits, sign)?;
    Some(Number {
        value,
        comparator,
        digits,
        rest,
    })
}

/// The value of digits with signs between them.
fn value_of(digits: &str, sign: DecimalSign) -> Option<f64> {
    let separators: Vec<char> = digits.chars().filter(|c| !c.is_ascii_digit()).collect();
    let groups: Vec<&str> = digits.split(['.', ',', '\'']).collect();
    if groups.iter().any(|group| group.is_empty()) || digits.len() > 15 {
        return None;
    }
    let thousands = |groups: &[&str]| {
        groups[0].len() <= 3 && groups[0] != "0" && groups[1..].iter().all(|g| g.len() == 3)
    };
    let decimals = match separators.as_slice() {
        [] => false,
        [one] => {
            let looks_grouped = thousands(&groups);
            !looks_grouped
                || match one {
                    '.' => sign == DecimalSign::Point,
                    ',' => sign == DecimalSign::Comma,
                    _ => false,
                }
        }
        [first, .., last] if first != last => {
            if !thousands(&groups[..groups.len() - 1]) {
                return None;
            }
            true
        }
        _ if thousands(&groups) => false,
        _ => return None,
    };
    let plain = if decimals {
        format!(
            "{}.{}",
            groups[..groups.len() - 1].concat(),
            groups[groups.len() - 1]
        )
    } else {
        groups.concat()
    };
    plain.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::{DecimalSign, number};
    use crate::domain::analysis::Comparator;

    fn value(text: &str, sign: DecimalSign) -> Option<f64> {
        number(text, sign).map(|number| number.value)
    }

    #[test]
    fn decimals_and_thousands_follow_the_document() {
        assert_eq!(value("1.400", DecimalSign::Comma), Some(1400.0));
        assert_eq!(value("1.400", DecimalSign::Point), Some(1.4));
        assert_eq!(value("7,820", DecimalSign::Point), Some(7820.0));
        assert_eq!(value("0,450", DecimalSign::Point), Some(0.45));
        assert_eq!(value("3,5", DecimalSign::Point), Some(3.5));
        assert_eq!(value("1.234,5", DecimalSign::Comma), Some(1234.5));
        assert_eq!(value("1,234.5", DecimalSign::Point), Some(1234.5));
        assert_eq!(value("12.03.2026", DecimalSign::Point), None);
    }

    #[test]
    fn a_comparator_is_never_dropped() {
        let number = number("≤0,1H", DecimalSign::Comma).unwrap();
        assert_eq!(number.comparator, Some(Comparator::AtMost));
        assert_eq!(
            (number.value, number.digits, number.rest),
            (0.1, "0,1", "H")
        );
    }

    #[test]
    fn grades_and_times_are_no_numbers() {
        assert_eq!(value("1+", DecimalSign::Point), None);
        assert_eq!(value("10:05", DecimalSign::Point), None);
    }

    #[test]
    fn the_sign_is_found_by_what_can_be_read_one_way() {
        assert_eq!(
            DecimalSign::of(["7,4", "1.400", "31,5"].into_iter()),
            DecimalSign::Comma
        );
        assert_eq!(
            DecimalSign::of(["7.4", "7,820"].into_iter()),
            DecimalSign::Point
        );
    }
}
