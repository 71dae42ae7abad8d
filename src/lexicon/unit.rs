//! Units: what is printed, in UCUM, and what is measured by it.

use std::collections::HashMap;

use serde::Deserialize;

use super::fold::fold;

/// The printed spellings of `units.toml`.
#[derive(Debug)]
pub struct Units {
    numerators: HashMap<String, String>,
    denominators: HashMap<String, String>,
    whole: HashMap<String, String>,
    per: Vec<String>,
}

#[derive(Deserialize)]
struct Table {
    per: Vec<String>,
    numerator: HashMap<String, String>,
    denominator: HashMap<String, String>,
    whole: HashMap<String, String>,
}

impl Units {
    /// Reads `units.toml`.
    pub(super) fn load(text: &str) -> Result<Self, toml::de::Error> {
        let table: Table = toml::from_str(text)?;
        let invert = |spelled: HashMap<String, String>| {
            spelled
                .iter()
                .flat_map(|(ucum, list)| list.split(',').map(move |s| (squeeze(s), ucum.clone())))
                .collect()
        };
        Ok(Self {
            numerators: invert(table.numerator),
            denominators: invert(table.denominator),
            whole: invert(table.whole),
            per: table.per,
        })
    }

    /// The UCUM spelling of a printed unit; bilingual repetitions (`Tage/days`) are one unit.
    ///
    /// Counts per microscope field come back as `{count}/[HPF]`-like units that nothing converts.
    #[must_use]
    pub fn parse(&self, printed: &str) -> Option<String> {
        let text = fold(printed.trim());
        let text =
            text.trim_matches(|c: char| matches!(c, '[' | ']' | '(' | ')' | '.' | ',' | ';' | ' '));
        if text.is_empty() || text.len() > 40 {
            return None;
        }
        let whole = squeezed(text);
        if let Some(ucum) = self.whole.get(&whole) {
            return Some(ucum.clone());
        }
        if let Some(ucum) = self.numerators.get(&whole) {
            return Some(ucum.clone());
        }
        let (left, right) = self.split(text)?;
        let (left, right) = (squeezed(left), squeezed(right));
        if left.is_empty() {
            return match self.denominators.get(&right).map(String::as_str) {
                Some("[HPF]") => Some("/[HPF]".into()),
                Some("uL") => Some("/uL".into()),
                _ => None,
            };
        }
        let numerator = self.numerators.get(&left)?;
        if let Some(denominator) = self.denominators.get(&right) {
            return Some(match denominator.as_str() {
                "" => numerator.clone(),
                // 10^9/L is what others print as 10^6/mL; both spellings stay as printed.
                denominator => format!("{numerator}/{denominator}"),
            });
        }
        (self.numerators.get(&right) == Some(numerator)).then(|| numerator.clone())
    }

    /// Whether a text looks like a unit by itself, without a column that says so.
    #[must_use]
    pub fn is_strong(printed: &str) -> bool {
        printed
            .chars()
            .any(|c| matches!(c, '/' | '%' | '^' | '⁶' | '*'))
            || printed.chars().filter(|c| c.is_alphabetic()).count() >= 2
    }

    fn split<'t>(&self, text: &'t str) -> Option<(&'t str, &'t str)> {
        if let Some(at) = text.find('/') {
            return Some((&text[..at], &text[at + 1..]));
        }
        if !text.contains(' ') {
            return None;
        }
        self.per
            .iter()
            .filter(|word| word.len() > 1)
            .find_map(|word| {
                let at = text.find(&format!(" {word} "))?;
                Some((&text[..at], &text[at + word.len() + 2..]))
            })
    }
}

/// Without blanks and with one spelling of the power sign.
fn squeeze(text: &str) -> String {
    squeezed(&fold(text))
}

fn squeezed(folded: &str) -> String {
    let mut squeezed: String = folded
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| if c == '^' { '*' } else { c })
        .collect();
    while squeezed.ends_with('.') {
        squeezed.pop();
    }
    squeezed
}

/// What a UCUM unit measures, and its size in the base of that kind.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measure {
    pub kind: MeasureKind,
    pub scale: f64,
}

/// Numerator and denominator by what they count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MeasureKind(Base, Base);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Base {
    One,
    Number,
    Percent,
    Mass,
    Amount,
    Activity,
    Length,
    Volume,
    Time,
    Acidity,
}

/// Takes a UCUM unit of this lexicon apart.
#[must_use]
pub fn measure(ucum: &str) -> Option<Measure> {
    let (numerator, denominator) = match ucum.split_once('/') {
        Some((numerator, denominator)) => (numerator, Some(denominator)),
        None => (ucum, None),
    };
    let (base, scale) = atom(numerator)?;
    let (below, divisor) = denominator.map_or(Some((Base::One, 1.0)), atom)?;
    Some(Measure {
        kind: MeasureKind(base, below),
        scale: scale / divisor,
    })
}

fn atom(atom: &str) -> Option<(Base, f64)> {
    let plain = match atom {
        "%" => (Base::Percent, 1.0),
        "[pH]" => (Base::Acidity, 1.0),
        "{count}" => (Base::Number, 1.0),
        "min" => (Base::Time, 60.0),
        "h" => (Base::Time, 3_600.0),
        "d" => (Base::Time, 86_400.0),
        _ => {
            if let Some(exponent) = atom.strip_prefix("10*") {
                return Some((Base::Number, 10_f64.powi(exponent.parse().ok()?)));
            }
            let (base, symbol) = [
                (Base::Activity, "[IU]"),
                (Base::Amount, "mol"),
                (Base::Mass, "g"),
                (Base::Length, "m"),
                (Base::Volume, "L"),
            ]
            .into_iter()
            .find(|(_, symbol)| atom.ends_with(symbol))?;
            let prefix = match &atom[..atom.len() - symbol.len()] {
                "" => 1.0,
                "k" => 1e3,
                "d" => 1e-1,
                "c" => 1e-2,
                "m" => 1e-3,
                "u" => 1e-6,
                "n" => 1e-9,
                "p" => 1e-12,
                "f" => 1e-15,
                _ => return None,
            };
            (base, prefix)
        }
    };
    Some(plain)
}
