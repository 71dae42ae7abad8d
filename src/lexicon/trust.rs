//! How far a value is believed by the way it was found.

use std::collections::HashMap;

use serde::Deserialize;

/// How a value is tied to its label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Anchor {
    /// In the result column of a table whose header was read.
    Column,
    /// At the crossing of a row and a column that both say what they are.
    Matrix,
    /// After its label in a line of which nothing is left over.
    Row,
    /// Below its label.
    Card,
    /// In a sentence.
    Prose,
}

/// The table `trust.toml`.
#[derive(Debug, Deserialize)]
pub struct Trust {
    /// Below this a value is shown to a person first.
    pub threshold: f64,
    anchor: HashMap<Anchor, f64>,
    doubt: HashMap<String, f64>,
}

impl Trust {
    pub(super) fn load(text: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(text)
    }

    /// Share of right values among those found this way with these doubts.
    #[must_use]
    pub fn confidence<'d>(&self, anchor: Anchor, doubts: impl IntoIterator<Item = &'d str>) -> f64 {
        let base = self.anchor.get(&anchor).copied().unwrap_or(0.5);
        let taken: f64 = doubts
            .into_iter()
            .map(|doubt| self.doubt.get(doubt).copied().unwrap_or(0.1))
            .sum();
        ((base - taken).clamp(0.01, 0.99) * 100.0).round() / 100.0
    }
}
