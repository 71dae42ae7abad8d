//! Conversion to the canonical unit of an analyte, by factors that carry their source.

use std::collections::HashMap;

use super::LexiconError;
use super::unit::measure;

/// The factors of `conversions.csv`.
#[derive(Debug, Default)]
pub struct Conversions {
    by_analyte: HashMap<String, Rule>,
}

#[derive(Debug)]
struct Rule {
    from: String,
    factor: f64,
    offset: f64,
}

impl Conversions {
    pub(super) fn load(text: &str) -> Result<Self, LexiconError> {
        let mut by_analyte = HashMap::new();
        for row in csv::Reader::from_reader(text.as_bytes()).records() {
            let row = row?;
            let bad = || LexiconError::Row {
                file: "conversions.csv",
                row: row.iter().collect::<Vec<_>>().join(","),
            };
            let number = |text: &str| -> Option<f64> {
                match text.split_once('/') {
                    Some((a, b)) => Some(a.parse::<f64>().ok()? / b.parse::<f64>().ok()?),
                    None => text.parse().ok(),
                }
            };
            let rule = Rule {
                from: row[1].into(),
                factor: number(&row[3]).ok_or_else(bad)?,
                offset: number(&row[4]).ok_or_else(bad)?,
            };
            if measure(&rule.from).is_none() {
                return Err(bad());
            }
            by_analyte.insert(row[0].to_owned(), rule);
        }
        Ok(Self { by_analyte })
    }

    /// `value` in `unit` as a value in `canonical`; `None` where no factor leads there.
    #[must_use]
    pub fn convert(&self, analyte: &str, value: f64, unit: &str, canonical: &str) -> Option<f64> {
        if unit == canonical {
            return Some(value);
        }
        let (from, to) = (measure(unit)?, measure(canonical)?);
        if from.kind == to.kind {
            return Some(six_digits(value * (from.scale / to.scale)));
        }
        let rule = self.by_analyte.get(analyte)?;
        let through = measure(&rule.from)?;
        if through.kind != from.kind {
            return None;
        }
        let value = value * (from.scale / through.scale);
        Some(six_digits(value * rule.factor + rule.offset))
    }
}

/// Six significant digits: more would claim what no assay measures.
fn six_digits(value: f64) -> f64 {
    format!("{value:.5e}").parse().unwrap_or(value)
}
