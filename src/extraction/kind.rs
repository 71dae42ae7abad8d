//! What a document is, by weighted evidence.

use std::collections::BTreeMap;

use super::spoken::SpokenLines;
use crate::domain::analysis::Kind;
use crate::lexicon::{Group, Lexicon};
use crate::text::page::Page;

/// The kind that a group of analytes belongs to.
#[must_use]
pub fn of_group(group: Group) -> Kind {
    match group {
        Group::Semen => Kind::SemenAnalysis,
        Group::Hormone => Kind::HormonePanel,
        Group::Metabolic | Group::Blood => Kind::BloodPanel,
        Group::Infectious => Kind::InfectiousScreen,
        Group::Ultrasound => Kind::Ultrasound,
        Group::Embryology => Kind::Embryology,
        Group::Genetics => Kind::Genetics,
        Group::Imaging => Kind::Imaging,
    }
}

/// What the words of a document weigh for each kind.
#[derive(Debug, Default)]
pub struct Evidence {
    weights: BTreeMap<Kind, u32>,
}

impl Evidence {
    /// Weighs all pages.
    #[must_use]
    pub fn of(pages: &[Page], lines: &SpokenLines, lexicon: &Lexicon) -> Self {
        let mut evidence = Self::default();
        for (index, (page, spoken)) in pages.iter().zip(lines.pages()).enumerate() {
            for (line, words) in page.lines.iter().zip(spoken) {
                let title = index == 0
                    && line.bounds[1] < page.upright_size()[1] / 3.0
                    && line.words.len() <= 12;
                evidence.weigh(words, if title { 3 } else { 1 }, lexicon);
            }
        }
        evidence
    }

    fn weigh(&mut self, words: &[&str], times: u32, lexicon: &Lexicon) {
        let mut at = 0;
        while at < words.len() {
            match lexicon.words.kinds.longest(&words[at..]) {
                Some(((kind, weight), taken)) => {
                    // A weight of a whole kind (letter, consent) is not a matter of titles.
                    let times = if *weight > 3 { 1 } else { times };
                    // "in the order of receipt" makes no receipt: those say so in a title.
                    let times = if *kind == Kind::Other && words.len() > 8 {
                        0
                    } else {
                        times
                    };
                    *self.weights.entry(*kind).or_default() += weight * times;
                    at += taken;
                }
                None => at += 1,
            }
        }
    }

    fn weight(&self, kind: Kind) -> u32 {
        self.weights.get(&kind).copied().unwrap_or(0)
    }

    /// Whether the words say it loudly: in a title, or again and again.
    #[must_use]
    pub fn is_titled(&self, kind: Kind) -> bool {
        self.weight(kind) >= 9
    }

    /// Whether anything speaks for a kind.
    #[must_use]
    pub fn may_be(&self, kind: Kind) -> bool {
        self.weight(kind) >= 3
    }

    /// Prose of a person to a person: its values are read from sentences.
    #[must_use]
    pub fn is_letter(&self) -> bool {
        self.weight(Kind::Letter) >= 5
    }

    /// A paper that states no results at all.
    #[must_use]
    pub fn states_no_results(&self) -> Option<Kind> {
        let (consent, other) = (self.weight(Kind::Consent), self.weight(Kind::Other));
        if consent.max(other) < 9 {
            return None;
        }
        Some(if consent >= other {
            Kind::Consent
        } else {
            Kind::Other
        })
    }

    /// The kind, with how many values of each kind were found in tables.
    #[must_use]
    pub fn kind(&self, found: &BTreeMap<Kind, u32>) -> Kind {
        if self.is_letter() {
            return Kind::Letter;
        }
        // Hormones on a general panel make it one; a blood count beside them does not.
        let most = found.iter().max_by(|a, b| a.1.cmp(b.1).then(b.0.cmp(a.0)));
        let said = self
            .weights
            .iter()
            .filter(|(kind, _)| !matches!(kind, Kind::Letter | Kind::Consent | Kind::Other))
            .max_by(|a, b| a.1.cmp(b.1).then(b.0.cmp(a.0)));
        match (most, said) {
            (Some((kind, count)), Some((said, weight))) => {
                let of_said = found.get(said).copied().unwrap_or(0) * 2 + weight / 3;
                if of_said > count * 2 + self.weight(*kind) / 3 {
                    *said
                } else {
                    *kind
                }
            }
            (Some((kind, _)), None) => *kind,
            (None, Some((said, weight))) if *weight >= 3 => *said,
            _ => Kind::Other,
        }
    }
}
