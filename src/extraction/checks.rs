//! What the values of one semen analysis must say of each other.

use crate::domain::analysis::{Observation, Preparation};

/// Parts of hundred that do not sum up, a total that is not volume times concentration, a
/// vitality below the motility: every value that takes part is warned and shown to a person.
pub fn check_semen(observations: &mut [Observation]) {
    for preparation in [
        None,
        Some(Preparation::Native),
        Some(Preparation::PostPreparation),
    ] {
        let of: Vec<usize> = (0..observations.len())
            .filter(|at| {
                observations[*at].preparation == preparation
                    && observations[*at].observed_on.is_none()
            })
            .collect();
        for parts in broken(observations, &of) {
            for at in &of {
                let observation = &mut observations[*at];
                if !parts.contains(&observation.analyte.as_str()) {
                    continue;
                }
                observation.warnings.push("sum_mismatch".into());
                observation.needs_review = true;
                observation.confidence = (observation.confidence - 0.2).max(0.01);
            }
        }
    }
}

/// The sets of analytes whose values contradict each other.
fn broken(observations: &[Observation], of: &[usize]) -> Vec<&'static [&'static str]> {
    let value = |analyte: &str| {
        let mut found = of
            .iter()
            .map(|at| &observations[*at])
            .filter(|o| o.analyte == analyte);
        let first = found.next()?;
        // Two values of one analyte are two samples: nothing to check.
        (found.next().is_none() && first.comparator.is_none()).then_some(first.canonical_value)?
    };
    let mut broken: Vec<&'static [&'static str]> = Vec::new();
    let differs = |a: f64, b: f64, tolerance: f64| (a - b).abs() > tolerance;
    if let (Some(pr), Some(np), Some(im)) = (
        value("progressive_motility"),
        value("non_progressive_motility"),
        value("immotile_sperm"),
    ) && differs(pr + np + im, 100.0, 2.0)
    {
        broken.push(&[
            "progressive_motility",
            "non_progressive_motility",
            "immotile_sperm",
        ]);
    }
    if let (Some(total), Some(pr), Some(np)) = (
        value("total_motility"),
        value("progressive_motility"),
        value("non_progressive_motility"),
    ) && differs(pr + np, total, 2.0)
    {
        broken.push(&[
            "total_motility",
            "progressive_motility",
            "non_progressive_motility",
        ]);
    }
    if let (Some(total), Some(im)) = (value("total_motility"), value("immotile_sperm"))
        && differs(total + im, 100.0, 2.0)
    {
        broken.push(&["total_motility", "immotile_sperm"]);
    }
    if let (Some(pr), Some(a), Some(b)) = (
        value("progressive_motility"),
        value("rapid_progressive_motility"),
        value("slow_progressive_motility"),
    ) && differs(a + b, pr, 2.0)
    {
        broken.push(&[
            "progressive_motility",
            "rapid_progressive_motility",
            "slow_progressive_motility",
        ]);
    }
    if let (Some(total), Some(pr)) = (value("total_motility"), value("progressive_motility"))
        && pr > total + 1.0
    {
        broken.push(&["total_motility", "progressive_motility"]);
    }
    if let (Some(volume), Some(concentration), Some(total)) = (
        value("semen_volume"),
        value("sperm_concentration"),
        value("total_sperm_number"),
    ) {
        let product = volume * concentration;
        if differs(product, total, 0.1 * product.max(total) + 0.5) {
            broken.push(&["semen_volume", "sperm_concentration", "total_sperm_number"]);
        }
    }
    if let (Some(vitality), Some(total)) = (value("sperm_vitality"), value("total_motility"))
        && vitality + 2.0 < total
    {
        broken.push(&["sperm_vitality", "total_motility"]);
    }
    broken
}
