//! One result, one observation: what a document prints twice.

use super::finding::{Finding, Value};
use crate::domain::analysis::Alternate;
use crate::lexicon::Lexicon;

/// Drops repetitions, joins the same result in two units, and doubts what contradicts itself.
#[must_use]
pub fn resolve<'l>(findings: Vec<Finding<'l>>, lexicon: &Lexicon) -> Vec<Finding<'l>> {
    let mut kept: Vec<Finding<'l>> = Vec::with_capacity(findings.len());
    for mut finding in findings {
        let Some(first) = kept
            .iter_mut()
            .find(|first| is_same_result(first, &finding))
        else {
            kept.push(finding);
            continue;
        };
        if first.value == finding.value && (first.unit == finding.unit || finding.unit.is_none()) {
            if first.doubts.len() > finding.doubts.len() {
                *first = finding;
            }
            continue;
        }
        if let Some(alternate) = second_unit(first, &finding, lexicon) {
            first.alternate.get_or_insert(alternate);
            continue;
        }
        first.doubts.push("several_values");
        finding.doubts.push("several_values");
        kept.push(finding);
    }
    kept
}

fn is_same_result(a: &Finding, b: &Finding) -> bool {
    // Two follicles may well have one size.
    a.analyte.code == b.analyte.code
        && a.analyte.code != "follicle_diameter"
        && a.specimen == b.specimen
        && a.day == b.day
        && a.observed_on == b.observed_on
        && a.preparation == b.preparation
        && a.site == b.site
}

fn second_unit(first: &Finding, other: &Finding, lexicon: &Lexicon) -> Option<Alternate> {
    let (Value::Number { value: a, .. }, Value::Number { value: b, .. }) =
        (&first.value, &other.value)
    else {
        return None;
    };
    let unit = other
        .unit
        .clone()
        .filter(|unit| Some(unit) != first.unit.as_ref())?;
    let one = lexicon.canonical(first.analyte, *a, first.unit.as_deref()?)?;
    let two = lexicon.canonical(first.analyte, *b, &unit)?;
    ((one - two).abs() <= 0.03 * one.abs()).then_some(Alternate { value: *b, unit })
}
