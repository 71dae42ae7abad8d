//! What was read, as it is shown to those from whom sex chromosomes are kept.
//!
//! Each field is named, so that a new one cannot be added without a decision about it here.

use super::{Context, redact_in_place};
use crate::domain::analysis::{Absent, Analysis, Kind, Observation, Report};

/// Analytes whose results speak of genes.
const GENES: &[&str] = &[
    "karyotype",
    "pgt_result",
    "pgt_detail",
    "pgt_m_result",
    "y_microdeletion",
    "cftr",
    "fmr1_cgg",
];

/// Whether the lexicon's analyte of this code is about genes.
pub(super) fn is_of_genes(analyte: &str) -> bool {
    GENES.contains(&analyte)
}

impl Context {
    /// Of a value: `told` says that its document tells sex chromosomes.
    #[must_use]
    pub fn of_value(analyte: &str, told: bool) -> Self {
        if told || is_of_genes(analyte) {
            Self::Genetic
        } else {
            Self::Ordinary
        }
    }
}

impl Observation {
    /// Masks what it says of sex chromosomes.
    pub fn mask(&mut self, context: Context) {
        let Self {
            analyte,
            value: _,
            value_text,
            unit: _,
            comparator: _,
            text,
            canonical_value: _,
            canonical_unit: _,
            alternate: _,
            ref_low: _,
            ref_high: _,
            flag: _,
            flag_source: _,
            limit_id: _,
            site: _,
            specimen,
            day: _,
            scheme,
            method,
            preparation: _,
            observed_on: _,
            page: _,
            bounds: _,
            path: _,
            source_text,
            confidence: _,
            needs_review: _,
            warnings,
        } = self;
        let context = if is_of_genes(analyte) {
            Context::Genetic
        } else {
            context
        };
        let texts = [
            Some(value_text),
            Some(source_text),
            text.as_mut(),
            specimen.as_mut(),
            scheme.as_mut(),
            method.as_mut(),
        ];
        for text in texts.into_iter().flatten().chain(warnings) {
            redact_in_place(text, context);
        }
    }
}

impl Analysis {
    /// Masks what it says of sex chromosomes, with the text of its pages to judge by.
    pub fn mask(&mut self, pages: &[&str]) {
        let context = Context::of(super::verdict::is_genetic(self), pages.iter().copied());
        let Self {
            file,
            sha256: _,
            media_type: _,
            pages: _,
            page_sizes: _,
            text_source: _,
            kind,
            patient,
            report,
            collected_on: _,
            collected_at: _,
            reported_on: _,
            observations,
            absent,
            warnings,
            versions: _,
            error: _,
        } = self;
        // On such a paper the sex may be that of an embryo. Who it is about stays as it is: a name
        // and a number are what a person decides by whose it is.
        if *kind == Some(Kind::Genetics) || context == Context::Genetic {
            patient.sex = None;
        }
        redact_in_place(file, Context::Mentioned);
        let Report {
            id,
            laboratory,
            status: _,
            supersedes,
        } = report;
        for text in [id, laboratory, supersedes].into_iter().flatten() {
            redact_in_place(text, Context::Ordinary);
        }
        for observation in observations {
            observation.mask(context);
        }
        for Absent { source_text, .. } in absent {
            redact_in_place(source_text, context);
        }
        for warning in warnings {
            redact_in_place(warning, context);
        }
    }
}
