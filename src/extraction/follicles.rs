//! Lists of follicles as they are noted at the scanner: `18, 17, 14x2, 12`, `12.5 / 10.0`.

use super::number::{DecimalSign, number};
use crate::lexicon::fold;

/// Words that may stand in a list and are no follicle.
const BESIDE: [&str; 22] = [
    "mm",
    "only",
    "several",
    "small",
    "few",
    "multiple",
    "mult",
    "and",
    "y",
    "und",
    "et",
    "e",
    "follicles",
    "follicle",
    "foll",
    "none",
    "nil",
    "follikel",
    "foliculos",
    "follicules",
    "follicoli",
    "each",
];

/// The diameters of a list, each with its digits; `None` where anything is not understood.
#[must_use]
pub fn list(printed: &str, sign: DecimalSign) -> Option<Vec<(f64, String)>> {
    let text = fold(printed).replace('×', "x");
    let items = items(&text, sign);
    let mut found = Vec::new();
    let mut at = 0;
    while at < items.len() {
        let item = items[at].as_str();
        // "3 @ 12", "x3 @ 12"
        if items.get(at + 1).is_some_and(|next| next == "@") {
            let count: usize = item.trim_start_matches('x').parse().ok()?;
            let size = diameter(items.get(at + 2)?, sign)?;
            found.extend(std::iter::repeat_n(size, many(count)?));
            at += 3;
            continue;
        }
        at += 1;
        if item.starts_with(['<', '>', '≤', '≥']) || BESIDE.contains(&item) || item == "-" {
            continue;
        }
        if let Some((a, b)) = item.split_once('x') {
            let (a, b) = (diameter(a, sign)?, diameter(b, sign)?);
            let (size, count) = if a.0 >= 10.0 && b.0 < 10.0 {
                (a, b)
            } else if a.0 < 10.0 && b.0 >= 10.0 {
                (b, a)
            } else {
                // 18x15 is one follicle measured twice; 5x4 may be either.
                return None;
            };
            if count.0.fract() != 0.0 {
                return None;
            }
            found.extend(std::iter::repeat_n(size, many(count.0 as usize)?));
            continue;
        }
        // "5 > 10 mm": how many there are above a size.
        if items
            .get(at)
            .is_some_and(|next| next.starts_with(['<', '>', '≤', '≥']))
            && found.is_empty()
        {
            return None;
        }
        found.push(diameter(item, sign)?);
    }
    Some(found)
}

fn many(count: usize) -> Option<usize> {
    (1..=20).contains(&count).then_some(count)
}

/// The items between commas, semicolons, slashes and blanks; a comma may be that of a decimal.
fn items(text: &str, sign: DecimalSign) -> Vec<String> {
    let glued = |c: char| matches!(c, ';' | '/' | '+' | '|' | '&') || c.is_whitespace();
    let mut items = Vec::new();
    for part in text.split(glued).filter(|part| !part.is_empty()) {
        let part = part.trim_matches(|c| matches!(c, ',' | '(' | ')' | '.' | ':'));
        let groups: Vec<&str> = part.split(',').collect();
        let decimal = sign == DecimalSign::Comma && groups.len() == 2 && groups[1].len() == 1;
        if decimal || groups.len() == 1 {
            items.push(part.to_owned());
        } else {
            items.extend(groups.into_iter().map(str::to_owned));
        }
    }
    let mut joined: Vec<String> = Vec::new();
    for item in items.into_iter().filter(|item| !item.is_empty()) {
        // "< 10" is one item.
        match joined.last_mut() {
            Some(last) if matches!(last.as_str(), "<" | ">" | "≤" | "≥") => {
                last.push_str(&item);
            }
            _ => joined.push(item),
        }
    }
    joined
}

fn diameter(item: &str, sign: DecimalSign) -> Option<(f64, String)> {
    let number = number(item, sign)?;
    let rest = number.rest.trim_end_matches('*');
    ((rest.is_empty() || rest == "mm")
        && number.comparator.is_none()
        && (1.0..=45.0).contains(&number.value))
    .then(|| (number.value, number.digits.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::list;
    use crate::extraction::number::DecimalSign::{self, Comma, Point};

    fn sizes(text: &str, sign: DecimalSign) -> Option<Vec<f64>> {
        list(text, sign).map(|list| list.into_iter().map(|(size, _)| size).collect())
    }

    #[test]
    fn lists_as_they_are_noted() {
        assert_eq!(
            sizes("18, 17, 14x2, 12", Point),
            Some(vec![18.0, 17.0, 14.0, 14.0, 12.0])
        );
        assert_eq!(
            sizes("18,17,14x2,12", Comma),
            Some(vec![18.0, 17.0, 14.0, 14.0, 12.0])
        );
        assert_eq!(sizes("12.5 / 10.0", Point), Some(vec![12.5, 10.0]));
        assert_eq!(sizes("12,5 / 10,0", Comma), Some(vec![12.5, 10.0]));
        assert_eq!(sizes("2×14 16", Point), Some(vec![14.0, 14.0, 16.0]));
        assert_eq!(sizes("x3 @ 12", Point), Some(vec![12.0; 3]));
        assert_eq!(sizes("<10 only", Point), Some(vec![]));
        assert_eq!(sizes("-", Point), Some(vec![]));
    }

    #[test]
    fn what_may_be_two_things_is_none() {
        for text in [
            "18x15",
            "5x4",
            "34 x 20 x 19",
            "5-7",
            "AFC 7",
            "5 > 10 mm",
            "18, cyst",
        ] {
            assert_eq!(sizes(text, Point), None, "{text}");
        }
    }
}
