//! The clinical words: which analytes there are, how six languages print them, which units they
//! come in and what is believed about their values.
//!
//! Everything that a laboratory physician could correct is data in `data/`: analytes with LOINC
//! numbers, words and names, units, conversion factors with their basis, limits with edition and
//! source, bounds of plausibility, and how far each way of finding a value is trusted. A fact
//! that was not checked carries its mark and flags nothing. The code here only reads those files
//! and answers three questions: what does this label mean, what is this unit, what is this value
//! in the canonical unit. Nothing is loaded twice and nothing here knows of pages.

mod analyte;
mod conversion;
mod fold;
mod limit;
mod names;
mod phrases;
mod trust;
mod unit;
mod words;

use std::collections::HashMap;
use std::sync::LazyLock;

pub use analyte::{Analyte, Group, Loinc, Plausible, Shape, Status, loinc_is_valid};
pub use fold::{fold, tokens};
pub use limit::{Limit, WhoEdition};
pub use names::{Candidate, Label, Names, Step};
pub use phrases::Phrases;
pub use trust::{Anchor, Trust};
pub use unit::{Units, measure};
pub use words::{Aside, Column, Context, Field, FieldName, Person, Words};

use conversion::Conversions;

/// Version of the words, units, factors, limits and thresholds; stored with every value.
pub const VERSION: &str = "1.0.0";

/// Why the data files could not be used.
#[derive(Debug, thiserror::Error)]
pub enum LexiconError {
    #[error("a table of the lexicon is not TOML: {0}")]
    Toml(#[from] toml::de::Error),
    #[error("a table of the lexicon is not CSV: {0}")]
    Csv(#[from] csv::Error),
    #[error("{file} holds a row that says nothing: {row}")]
    Row { file: &'static str, row: String },
    #[error("the lexicon does not know the name {name}")]
    Name { name: String },
}

/// All data files, read and cross-checked.
#[derive(Debug)]
pub struct Lexicon {
    analytes: Vec<Analyte>,
    by_code: HashMap<String, usize>,
    conversions: Conversions,
    limits: Vec<Limit>,
    pub names: Names,
    pub units: Units,
    pub words: Words,
    pub trust: Trust,
}

impl Lexicon {
    /// The lexicon of this build, loaded at first use.
    ///
    /// Its data is part of the binary and read by a test, so a build that passed cannot fail here.
    #[expect(clippy::expect_used, reason = "compiled-in data that the tests load")]
    #[must_use]
    pub fn built_in() -> &'static Self {
        static BUILT_IN: LazyLock<Lexicon> =
            LazyLock::new(|| Lexicon::load().expect("the built-in lexicon is whole"));
        &BUILT_IN
    }

    fn load() -> Result<Self, LexiconError> {
        let analytes = analyte::load(
            include_str!("data/analytes.csv"),
            include_str!("data/plausible.csv"),
        )?;
        let by_code: HashMap<_, _> = analytes
            .iter()
            .enumerate()
            .map(|(index, analyte)| (analyte.code.clone(), index))
            .collect();
        let names = Names::load(
            include_str!("data/concepts.toml"),
            include_str!("data/names.toml"),
            &by_code,
        )?;
        Ok(Self {
            names,
            conversions: Conversions::load(include_str!("data/conversions.csv"))?,
            limits: limit::load(include_str!("data/limits.csv"))?,
            units: Units::load(include_str!("data/units.toml"))?,
            words: Words::load(
                include_str!("data/words.toml"),
                include_str!("data/results.toml"),
                include_str!("data/fields.toml"),
                include_str!("data/kinds.toml"),
            )?,
            trust: Trust::load(include_str!("data/trust.toml"))?,
            analytes,
            by_code,
        })
    }

    /// The analyte at an index that a label gave.
    #[must_use]
    pub fn analyte(&self, index: usize) -> Option<&Analyte> {
        self.analytes.get(index)
    }

    /// The analyte with this code.
    #[must_use]
    pub fn find(&self, code: &str) -> Option<&Analyte> {
        self.by_code.get(code).map(|index| &self.analytes[*index])
    }

    /// All analytes in the order of the table.
    #[must_use]
    pub fn analytes(&self) -> &[Analyte] {
        &self.analytes
    }

    /// `value` in `unit` as a value in the canonical unit of the analyte.
    ///
    /// `U` and `IU` are one for hormones that are measured in international units.
    #[must_use]
    pub fn canonical(&self, analyte: &Analyte, value: f64, unit: &str) -> Option<f64> {
        let canonical = analyte.unit.as_deref()?;
        self.conversions
            .convert(&analyte.code, value, unit, canonical)
    }

    /// The built-in limit of an analyte in an edition that the report names, where its mark lets
    /// it flag a value.
    #[must_use]
    pub fn limit(&self, analyte: &Analyte, edition: WhoEdition) -> Option<&Limit> {
        self.limits.iter().find(|limit| {
            limit.analyte == analyte.code
                && limit.id.starts_with(edition.prefix())
                && limit.status.may_flag()
        })
    }
}
