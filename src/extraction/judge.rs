//! From a finding to an observation: canonical value, flag, doubts, confidence.

use super::SecondVoice;
use super::coded;
use super::finding::{Finding, Value};
use super::pieces::Mark;
use super::reference::Range;
use crate::domain::analysis::{Comparator, Flag, FlagSource, Observation, Preparation};
use crate::lexicon::{Anchor, Lexicon, Shape, WhoEdition, fold};
use crate::text::page::Page;

/// What judging needs to know of the document.
pub struct Bench<'b> {
    pub lexicon: &'b Lexicon,
    pub pages: &'b [Page],
    pub edition: Option<WhoEdition>,
    pub second: &'b dyn SecondVoice,
}

impl Bench<'_> {
    /// The observation of a finding.
    #[must_use]
    pub fn observation(&self, finding: Finding) -> Observation {
        let lexicon = self.lexicon;
        let analyte = finding.analyte;
        let mut doubts = finding.doubts.clone();
        let (value, comparator, text) = match &finding.value {
            Value::Number { value, comparator } => (Some(*value), *comparator, None),
            Value::Text(text) => (None, None, Some(text.clone())),
        };
        let canonical_unit = analyte.unit.clone();
        let canonical = value.and_then(|value| match finding.unit.as_deref() {
            Some(unit) => lexicon.canonical(analyte, value, unit),
            None => matches!(canonical_unit.as_deref(), Some("[pH]" | "{count}")).then_some(value),
        });
        if let (Some(canonical), Some(bounds)) = (canonical, analyte.plausible) {
            if canonical < bounds.low || canonical > bounds.high {
                doubts.push("implausible");
            }
            let beyond = |limit: Option<f64>| {
                let unit = finding.unit.as_deref()?;
                lexicon
                    .canonical(analyte, limit?, unit)
                    .map(|limit| limit > bounds.usual_high)
            };
            if let Some(range) = finding.range
                && (beyond(range.high) == Some(true) || beyond(range.low) == Some(true))
            {
                doubts.push("unit_doubtful");
            }
        }
        let judged = self.flag(&finding, value, comparator, canonical);
        if judged.contradicts {
            doubts.push("flag_contradicts_range");
        }
        if value.is_some() {
            let page = self.pages.get(finding.page).map_or(0, |page| page.number);
            // Only a row has its label on the line of its value.
            let label = match finding.anchor {
                Anchor::Column | Anchor::Row => beginning(&finding.label),
                Anchor::Matrix | Anchor::Card | Anchor::Prose => "",
            };
            match self.second.sees(page, label, &finding.value_text) {
                Some(true) => {}
                Some(false) => doubts.push("engines_disagree"),
                None => doubts.push("engine_silent"),
            }
        }
        let confidence = lexicon
            .trust
            .confidence(finding.anchor, doubts.iter().copied());
        let prose = finding.anchor == Anchor::Prose;
        let warnings: Vec<String> = doubts
            .iter()
            .filter(|doubt| **doubt != "engine_silent")
            .map(|doubt| (*doubt).to_owned())
            .collect();
        Observation {
            analyte: analyte.code.clone(),
            value,
            value_text: finding.value_text,
            unit: finding.unit,
            comparator,
            text,
            canonical_value: canonical,
            canonical_unit: canonical_unit.filter(|_| canonical.is_some()),
            alternate: finding.alternate,
            ref_low: finding.range.and_then(|range| range.low),
            ref_high: finding.range.and_then(|range| range.high),
            flag: judged.flag,
            flag_source: judged.source,
            limit_id: judged.limit_id,
            site: finding.site,
            specimen: finding.specimen,
            day: finding.day,
            scheme: finding
                .scheme
                .map(str::to_owned)
                .or((analyte.code == "normal_morphology"
                    && ["strict", "kruger", "tygerberg", "strikt", "estrict"]
                        .iter()
                        .any(|word| fold(&finding.source_text).contains(word)))
                .then(|| "morphology_strict".to_owned())),
            method: method(&finding.source_text),
            preparation: finding.preparation,
            observed_on: finding.observed_on,
            page: self.pages.get(finding.page).map(|page| page.number),
            bounds: self
                .pages
                .get(finding.page)
                .map(|page| page.as_viewed(finding.bounds)),
            path: None,
            source_text: finding.source_text,
            needs_review: prose || confidence < lexicon.trust.threshold || !warnings.is_empty(),
            confidence,
            warnings,
        }
    }

    fn flag(
        &self,
        finding: &Finding,
        value: Option<f64>,
        comparator: Option<Comparator>,
        canonical: Option<f64>,
    ) -> Judged {
        let by_range = value
            .zip(finding.range)
            .and_then(|(value, range)| against(value, comparator, range));
        let printed = match finding.mark {
            Some(Mark::Said(flag)) => Some(flag),
            // A star says "outside"; the range says on which side.
            Some(Mark::Star) => match by_range {
                Some(Flag::Normal) | None => Some(Flag::Abnormal),
                side => side,
            },
            None => None,
        };
        if let Some(flag) = printed {
            let contradicts = match (flag, by_range) {
                (_, None) => false,
                (Flag::Abnormal, Some(by_range)) => by_range == Flag::Normal,
                (flag, Some(by_range)) => flag != by_range,
            };
            return Judged {
                flag: Some(flag),
                source: Some(FlagSource::Report),
                limit_id: None,
                contradicts,
            };
        }
        if let Some(flag) = by_range.or_else(|| same_text(finding, self.lexicon)) {
            return Judged {
                flag: Some(flag),
                source: Some(FlagSource::Report),
                ..Judged::default()
            };
        }
        let native = finding.preparation != Some(Preparation::PostPreparation);
        let limit = self
            .edition
            .filter(|_| native)
            .and_then(|edition| self.lexicon.limit(finding.analyte, edition));
        if let (Some(limit), Some(canonical), None) = (limit, canonical, finding.range) {
            let flag = against(
                canonical,
                comparator,
                Range {
                    low: limit.low,
                    high: limit.high,
                },
            )
            .filter(|flag| *flag != Flag::Normal);
            if flag.is_some() {
                return Judged {
                    flag,
                    source: Some(FlagSource::BuiltIn),
                    limit_id: Some(limit.id.clone()),
                    contradicts: false,
                };
            }
        }
        Judged::default()
    }
}

#[derive(Default)]
struct Judged {
    flag: Option<Flag>,
    source: Option<FlagSource>,
    limit_id: Option<String>,
    contradicts: bool,
}

/// A value against a range; `None` where its comparator leaves it open. A value equal to a limit
/// is not outside it.
fn against(value: f64, comparator: Option<Comparator>, range: Range) -> Option<Flag> {
    let (low, high) = (range.low, range.high);
    match comparator {
        None => Some(match (low, high) {
            (Some(low), _) if value < low => Flag::Low,
            (_, Some(high)) if value > high => Flag::High,
            _ => Flag::Normal,
        }),
        Some(Comparator::Less | Comparator::AtMost) => match (low, high) {
            (Some(low), _) if value <= low => Some(Flag::Low),
            (None, Some(high)) if value <= high => Some(Flag::Normal),
            // Nothing is below a range that begins with nought.
            (Some(low), Some(high)) if low <= 0.0 && value <= high => Some(Flag::Normal),
            _ => None,
        },
        Some(Comparator::Greater | Comparator::AtLeast) => match (low, high) {
            (_, Some(high)) if value >= high => Some(Flag::High),
            (Some(low), None) if value >= low => Some(Flag::Normal),
            _ => None,
        },
    }
}

/// A text result that is the printed reference is normal; another one is not thereby abnormal.
fn same_text(finding: &Finding, lexicon: &Lexicon) -> Option<Flag> {
    let reference = finding.reference_text.as_deref()?;
    let Value::Text(text) = &finding.value else {
        return None;
    };
    // "Non Reactive (< 1.0)" is the reference of NON REACTIVE.
    let same_code = coded::vocabulary(lexicon, &finding.analyte.code)
        .and_then(|words| coded::coded(words, reference))
        .is_some_and(|reference| reference.whole && reference.text == *text);
    let same = finding.analyte.shape != Shape::Quantity
        && (same_code || fold(reference.trim()) == fold(finding.value_text.trim()));
    same.then_some(Flag::Normal)
}

/// The first two words of a label: the others may stand on its next line.
fn beginning(label: &str) -> &str {
    label
        .match_indices(' ')
        .nth(1)
        .map_or(label, |(at, _)| &label[..at])
}

/// An assay that the line names.
fn method(source: &str) -> Option<String> {
    const METHODS: [&str; 20] = [
        "ECLIA",
        "CMIA",
        "CLIA",
        "ELISA",
        "ELFA",
        "LCMS",
        "LC-MS/MS",
        "LC/MS-MS",
        "LC-MS",
        "RIA",
        "IRMA",
        "HPLC",
        "SCSA",
        "SCD",
        "TUNEL",
        "Halosperm",
        "Comet",
        "HOS",
        "eosin-nigrosin",
        "Chemiluminescence",
    ];
    METHODS
        .iter()
        .find(|method| {
            source
                .split(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | ',' | ';'))
                .any(|word| word.eq_ignore_ascii_case(method))
        })
        .map(|method| (*method).to_owned())
}
