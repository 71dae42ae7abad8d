//! Reference ranges as printed beside a value.

use super::number::{DecimalSign, number};
use crate::domain::analysis::Comparator;
use crate::lexicon::fold;

/// Limits in the unit of the value; a one-sided range has one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Range {
    pub low: Option<f64>,
    pub high: Option<f64>,
}

/// Words that may stand before the one limit of a one-sided range.
const AT_MOST: [&str; 20] = [
    "up to",
    "within",
    "less than",
    "below",
    "under",
    "bis",
    "bis zu",
    "unter",
    "kleiner",
    "hasta",
    "menor de",
    "menor que",
    "inferior a",
    "jusqu'a",
    "inferieur a",
    "fino a",
    "inferiore a",
    "ate",
    "max",
    "maximum",
];
const AT_LEAST: [&str; 18] = [
    "more than",
    "greater than",
    "above",
    "over",
    "at least",
    "from",
    "uber",
    "ab",
    "mindestens",
    "mayor de",
    "mayor que",
    "superior a",
    "superieur a",
    "superiore a",
    "maior que",
    "min",
    "minimum",
    "groesser",
];
/// Words that may stand before a range and say nothing about whose it is.
const PLAIN: [&str; 10] = [
    "normal",
    "ref",
    "reference",
    "normal range",
    "referenz",
    "range",
    "norm",
    "n",
    "vr",
    "adult",
];

/// Reads a reference. `None` where it says nothing, names phases or ages, or holds several ranges.
#[must_use]
pub fn range(text: &str, sign: DecimalSign) -> Option<Range> {
    let folded = fold(text);
    let mut rest = folded.trim().trim_start_matches(['(', '[', ' ']);
    for word in PLAIN {
        if let Some(after) = rest.strip_prefix(word)
            && after.starts_with([':', ' '])
        {
            rest = after.trim_start_matches([':', ' ']);
            break;
        }
    }
    let mut side = None;
    for (words, comparator) in [
        (&AT_MOST[..], Comparator::AtMost),
        (&AT_LEAST[..], Comparator::AtLeast),
    ] {
        for word in words {
            if let Some(after) = rest.strip_prefix(word)
                && after.starts_with([':', ' ', '.'])
            {
                side = Some((comparator, after.trim_start_matches([':', ' ', '.'])));
            }
        }
    }
    let (said, rest) = side.map_or((None, rest), |(comparator, rest)| (Some(comparator), rest));
    let first = number(rest, sign)?;
    let comparator = said.or(first.comparator);
    let mut after = first.rest.trim_start();
    let range = if let Some(comparator) = comparator {
        match comparator {
            Comparator::Less | Comparator::AtMost => Range {
                low: None,
                high: Some(first.value),
            },
            Comparator::Greater | Comparator::AtLeast => Range {
                low: Some(first.value),
                high: None,
            },
        }
    } else {
        let upper = ["-", "to ", "bis ", "a ", "ate ", "y ", "..."]
            .iter()
            .find_map(|dash| after.strip_prefix(dash))?
            .trim_start();
        let upper = number(upper, sign).filter(|upper| upper.comparator.is_none())?;
        if upper.value < first.value {
            return None;
        }
        after = upper.rest.trim_start();
        Range {
            low: Some(first.value),
            high: Some(upper.value),
        }
    };
    (!says_more(after, sign)).then_some(range)
}

/// Whether what follows a range holds another number; powers of ten belong to the unit.
fn says_more(rest: &str, sign: DecimalSign) -> bool {
    let unit = rest.trim_start_matches(['x', '*', ' ']);
    let unit = [
        "10^6", "10*6", "10e6", "106", "10 6", "10^9", "109", "10^3", "103",
    ]
    .iter()
    .find_map(|power| unit.strip_prefix(power))
    .unwrap_or(rest);
    unit.split([' ', ';', ',', '('])
        .any(|word| number(word, sign).is_some())
}

#[cfg(test)]
mod tests {
    use super::{Range, range};
    use crate::extraction::number::DecimalSign::{Comma, Point};

    fn both(low: f64, high: f64) -> Range {
        Range {
            low: Some(low),
            high: Some(high),
        }
    }

    #[test]
    fn two_sided_ranges() {
        assert_eq!(range("0.450-4.500", Point), Some(both(0.45, 4.5)));
        assert_eq!(range("4,8 – 23,3", Comma), Some(both(4.8, 23.3)));
        assert_eq!(range("(12.0 - 15.5 g/dL)", Point), Some(both(12.0, 15.5)));
        assert_eq!(
            range("12.5 - 166 (unstimulated)", Point),
            Some(both(12.5, 166.0))
        );
        assert_eq!(range("3 bis 5", Point), Some(both(3.0, 5.0)));
    }

    #[test]
    fn one_sided_ranges() {
        let low = |low| {
            Some(Range {
                low: Some(low),
                high: None,
            })
        };
        let high = |high| {
            Some(Range {
                low: None,
                high: Some(high),
            })
        };
        assert_eq!(range("≥ 1,4", Comma), low(1.4));
        assert_eq!(range("> 15 Million/ml", Point), low(15.0));
        assert_eq!(range(">= 16 x10^6/ml", Point), low(16.0));
        assert_eq!(range("Within 60 mins", Point), high(60.0));
        assert_eq!(range("> 4 % (Kruger strict)", Point), low(4.0));
    }

    #[test]
    fn ranges_that_do_not_say_whom_they_are_for_are_none() {
        for text in [
            "Fase folicular: 3,5 - 12,5",
            "30-34 años: 0,67 - 7,55",
            "See comment",
            "Deficient < 20",
            "3.5 - 12.5 follicular 1.7 - 7.7 luteal",
            "Females",
        ] {
            assert_eq!(range(text, Comma), None, "{text}");
        }
    }
}
