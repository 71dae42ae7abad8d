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
pub use words::{Aside, Column, Context, Field, FieldName, Head, Person, Words};

use conversion::Conversions;

/// Version of the words, units, factors, limits and thresholds; stored with every value.
pub const VERSION: &str = "1.1.0";

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
                include_str!("data/heads.toml"),
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Lexicon, Shape, WhoEdition, fold, loinc_is_valid, measure, tokens};

    fn means(label: &str) -> Vec<String> {
        let lexicon = Lexicon::built_in();
        let folded = fold(label);
        let words: Vec<&str> = tokens(&folded).collect();
        let label = lexicon.names.label(&words);
        if label.unknown > 0 {
            return Vec::new();
        }
        let codes = label
            .candidates
            .iter()
            .filter_map(|candidate| lexicon.analyte(candidate.analyte));
        codes.map(|analyte| analyte.code.clone()).collect()
    }

    #[test]
    fn results_of_genes_are_masked_as_such() {
        use crate::domain::sex_chromosomes::Context;
        for analyte in Lexicon::built_in().analytes() {
            let masked = Context::of_value(&analyte.code, false) == Context::Genetic;
            assert_eq!(
                masked,
                analyte.group.code() == "genetics",
                "{}",
                analyte.code
            );
        }
    }

    #[test]
    fn labels_of_six_languages_mean_one_analyte() {
        for (label, code) in [
            ("T4,Free(Direct)", "free_t4"),
            ("Triiodothyronine (T3), Free", "free_t3"),
            ("17-OH Progesterone LCMS", "hydroxyprogesterone_17"),
            ("Serum oestradiol", "estradiol"),
            ("17-beta-Estradiolo", "estradiol"),
            ("Östradiol (E2)", "estradiol"),
            ("FSH (hormona foliculoestimulante)", "fsh"),
            ("FSH (day 3)", "fsh"),
            ("Hormone anti-müllérienne (AMH)", "amh"),
            ("β-hCG, quantitative", "hcg_beta"),
            ("ß-HCG", "hcg_beta"),
            ("DHEA-Sulfat", "dheas"),
            ("25-OH Vitamina D", "vitamin_d_25oh"),
            ("Nüchternglukose", "glucose_fasting"),
            ("Délai d’abstinence", "abstinence_days"),
            ("Ejakulatvolumen / Volume", "semen_volume"),
            ("Oocytes retrieved (COC)", "oocytes_retrieved"),
            ("Fertilisationsrate", "fertilization_rate"),
            ("Ovocitos maduros (MII)", "oocytes_mii"),
            ("Embryons congelés", "embryos_frozen"),
            ("Recuento de folículos antrales", "afc_total"),
            ("Sérologie VHC", "anti_hcv"),
            (
                "Motilität schnell progressiv / rapid progressive (a)",
                "rapid_progressive_motility",
            ),
            ("Móviles no progresivos", "non_progressive_motility"),
            ("Mobilité totale (a+b+c)", "total_motility"),
            (
                "Total Motile Sperm Count (TMSC)",
                "total_motile_sperm_count",
            ),
            ("Formas normales (Kruger)", "normal_morphology"),
            (
                "Peroxidase-pos. Leukozyten / leukocytes",
                "semen_leukocytes",
            ),
        ] {
            assert_eq!(means(label), [code], "{label}");
        }
    }

    #[test]
    fn labels_that_only_look_like_an_analyte_are_turned_away() {
        for label in [
            "Free beta hCG",
            "LH/FSH ratio",
            "LH/FSH",
            "T/E2 ratio",
            "Free androgen index",
            "HOMA-IR",
            "Bioavailable testosterone",
            "TSH receptor antibodies",
            "Macroprolactin",
            "Prolactin (post PEG)",
            "Immature germ cells",
            "Mean blood glucose",
            "Cortisol, urine",
            "Insulin-like growth factor",
            "Vitamin B12",
            "1,25-dihydroxy vitamin D",
            "FSH receptor",
            "Total Leucocyte Count",
            "Teratozoospermia index (TZI)",
            "Anti-HBs",
            "Dead spermatozoa",
            "Cleavage rate",
            "Blastocyst rate",
            "MII rate",
            "Chlamydia serology",
        ] {
            assert_eq!(means(label), Vec::<String>::new(), "{label}");
        }
    }

    #[test]
    fn printed_units_are_ucum() {
        let units = &Lexicon::built_in().units;
        for (printed, ucum) in [
            ("mlU/ml", "m[IU]/mL"),
            ("µIU/mL", "u[IU]/mL"),
            ("mUI/mL", "m[IU]/mL"),
            ("IU/L", "[IU]/L"),
            ("×10⁶/mL", "10*6/mL"),
            ("x10^6/ml", "10*6/mL"),
            ("Mio/ml", "10*6/mL"),
            ("M/mL", "10*6/mL"),
            ("million/ejaculate", "10*6"),
            ("× 10⁶ per ejaculate", "10*6"),
            ("Tage/days", "d"),
            ("gm/dl", "g/dL"),
            ("ng%", "ng/dL"),
            ("mcg/dL", "ug/dL"),
            ("pmol/L", "pmol/L"),
            ("cc", "mL"),
            ("mill/ml", "10*6/mL"),
            ("milhões/mL", "10*6/mL"),
            ("mins", "min"),
            ("%", "%"),
        ] {
            assert_eq!(units.parse(printed).as_deref(), Some(ucum), "{printed}");
        }
        for text in ["Normal", "1.5", "Adult Female", "WHO", "/", "Ag/Ab", "1/2"] {
            assert_eq!(units.parse(text), None, "{text}");
        }
    }

    #[test]
    fn every_loinc_number_and_canonical_unit_is_valid() {
        assert!(!loinc_is_valid("38476-0"));
        for analyte in Lexicon::built_in().analytes() {
            assert!(
                analyte
                    .loinc
                    .as_ref()
                    .is_none_or(|loinc| loinc_is_valid(&loinc.code))
            );
            if analyte.shape == Shape::Quantity {
                let unit = analyte.unit.as_deref().unwrap_or_default();
                assert!(
                    measure(unit).is_some(),
                    "{} has the unit {unit}",
                    analyte.code
                );
            }
        }
    }

    #[test]
    fn limits_of_semen_say_low_or_nothing_and_uncertain_ones_are_silent() {
        let lexicon = Lexicon::built_in();
        for analyte in lexicon.analytes() {
            for edition in [WhoEdition::Fifth2010, WhoEdition::Sixth2021] {
                if let Some(limit) = lexicon.limit(analyte, edition) {
                    assert!(limit.high.is_none() && limit.low.is_some(), "{}", limit.id);
                    assert_eq!(Some(&limit.unit), analyte.unit.as_ref(), "{}", limit.id);
                }
            }
        }
        for code in ["semen_ph", "immotile_sperm", "non_progressive_motility"] {
            let analyte = lexicon.find(code).unwrap();
            assert!(
                lexicon.limit(analyte, WhoEdition::Sixth2021).is_none(),
                "{code}"
            );
        }
    }

    #[test]
    fn conversions_agree_with_what_laboratories_print() {
        let lexicon = Lexicon::built_in();
        for (code, value, unit, canonical) in [
            ("amh", 10.0, "pmol/L", 1.4),
            ("estradiol", 367.1, "pmol/L", 100.0),
            ("progesterone", 31.8, "nmol/L", 10.0),
            ("testosterone_total", 10.0, "nmol/L", 288.4),
            ("testosterone_total", 5.0, "ng/mL", 500.0),
            ("prolactin", 212.0, "m[IU]/L", 10.0),
            ("prolactin", 212.0, "u[IU]/mL", 10.0),
            ("hba1c", 35.0, "mmol/mol", 5.3538),
            ("hemoglobin", 128.0, "g/L", 12.8),
            ("tsh", 2.5, "m[IU]/L", 2.5),
            ("sperm_concentration", 16.0, "10*9/L", 16.0),
        ] {
            let analyte = lexicon.find(code).unwrap();
            let found = lexicon.canonical(analyte, value, unit).unwrap();
            assert!(
                (found - canonical).abs() < 1e-4 * canonical,
                "{code}: {found}"
            );
        }
        let amh = lexicon.find("amh").unwrap();
        assert_eq!(lexicon.canonical(amh, 1.0, "m[IU]/mL"), None);
        assert_eq!(lexicon.canonical(amh, 1.0, "%"), None);
    }

    proptest! {
        /// A larger value stays larger in every unit that an analyte comes in, and a conversion
        /// never leaves the number line.
        #[test]
        fn conversions_keep_the_order(
            at in 0_usize..200,
            unit in prop::sample::select(vec![
                "ng/mL", "pg/mL", "ug/dL", "ng/dL", "nmol/L", "pmol/L", "umol/L", "mmol/L", "mg/dL",
                "m[IU]/mL", "[IU]/L", "u[IU]/mL", "10*6/mL", "10*6", "%", "mL", "min", "h", "d", "mm",
                "cm", "g/L", "g/dL", "mmol/mol", "ug/L", "ng/L",
            ]),
            a in 0.0_f64..5000.0,
            b in 0.0_f64..5000.0,
        ) {
            let lexicon = Lexicon::built_in();
            let analyte = &lexicon.analytes()[at % lexicon.analytes().len()];
            let (low, high) = (a.min(b), a.max(b));
            let converted = (
                lexicon.canonical(analyte, low, unit),
                lexicon.canonical(analyte, high, unit),
            );
            if let (Some(low), Some(high)) = converted {
                prop_assert!(low.is_finite() && high.is_finite() && low <= high);
            } else {
                prop_assert_eq!(converted, (None, None));
            }
        }

        /// No text makes the lexicon panic, and a unit that it reads is one that it can measure
        /// or one that it never converts.
        #[test]
        fn any_text_is_read_without_a_fall(text in "\\PC{0,24}") {
            let lexicon = Lexicon::built_in();
            let _ = means(&text);
            if let Some(unit) = lexicon.units.parse(&text) {
                prop_assert!(measure(&unit).is_some() || unit.contains("HPF") || unit.starts_with('/') || unit.ends_with("uL") || unit.contains("fL"));
            }
        }
    }
}
