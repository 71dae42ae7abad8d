//! What a paper says about the person it is about, in the terms of the register.

use super::matching::HoldReason;
use crate::domain::analysis::{Analysis, Kind, Sex};
use crate::domain::name;
use jiff::civil::Date;

/// The identity on a paper.
#[derive(Debug, Clone, Default)]
pub struct Paper {
    pub name: Option<String>,
    pub birth_date: Option<Date>,
    pub sex: Option<Sex>,
    pub identifiers: Vec<PaperIdentifier>,
    /// The sex of the person whom this kind of document can only be about.
    pub about: Option<Sex>,
    /// Why the reading itself does not trust whose values it read.
    pub doubts: Vec<HoldReason>,
}

/// A number on paper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaperIdentifier {
    /// Code of the authority of the register; `None` where the paper names none that is known.
    pub authority: Option<String>,
    /// As [`fold_identifier`] makes it.
    pub folded: String,
    /// As printed.
    pub value: String,
}

/// A house that issues identifiers.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct Authority {
    pub code: String,
    pub name: String,
    /// Other spellings, folded as by [`name::fold`].
    pub aliases: Vec<String>,
}

impl Authority {
    /// Whether this house is what the paper calls `printed`.
    #[must_use]
    pub fn is_called(&self, printed: &str) -> bool {
        let printed = name::fold(printed);
        !printed.is_empty()
            && (printed == name::fold(&self.code)
                || printed == name::fold(&self.name)
                || self.aliases.contains(&printed))
    }
}

/// Letters and digits only, upper case: what is compared of a number.
#[must_use]
pub fn fold_identifier(value: &str) -> String {
    value
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|letter| letter.to_ascii_uppercase())
        .collect()
}

impl Paper {
    /// Takes the identity out of an analysis, with the authorities of the clinic.
    ///
    /// The record number is the one of the house that issued the paper; its authority is the one
    /// printed with it, else the laboratory's.
    #[must_use]
    pub fn of(analysis: &Analysis, authorities: &[Authority]) -> Self {
        let patient = &analysis.patient;
        let code = |printed: Option<&str>| {
            let printed = printed?;
            authorities
                .iter()
                .find(|authority| authority.is_called(printed))
                .map(|authority| authority.code.clone())
        };
        let house = code(analysis.report.laboratory.as_deref());
        let mut identifiers: Vec<PaperIdentifier> = Vec::new();
        let mut add = |value: &str, authority: Option<String>| {
            let folded = fold_identifier(value);
            let known = identifiers
                .iter()
                .any(|i| i.folded == folded && (authority.is_none() || i.authority == authority));
            if !folded.is_empty() && !known {
                identifiers.push(PaperIdentifier {
                    authority,
                    folded,
                    value: value.trim().to_owned(),
                });
            }
        };
        for printed in &patient.identifiers {
            let authority = match (&printed.authority, printed.kind.as_deref()) {
                (Some(named), _) => code(Some(named)),
                (None, Some("MR")) => house.clone(),
                (None, _) => None,
            };
            add(&printed.value, authority);
        }
        if let Some(mrn) = &patient.mrn {
            let folded = fold_identifier(mrn);
            let named = patient
                .identifiers
                .iter()
                .any(|i| i.authority.is_some() && fold_identifier(&i.value) == folded);
            add(mrn, if named { None } else { house });
        }
        Self {
            name: patient
                .name
                .clone()
                .filter(|name| !name::fold(name).is_empty()),
            birth_date: patient.dob,
            sex: patient.sex,
            identifiers,
            about: about(analysis),
            doubts: doubts(&analysis.warnings),
        }
    }

    /// Whether there is nothing on it to tell a person by.
    #[must_use]
    pub fn names_nobody(&self) -> bool {
        self.name.is_none() && self.birth_date.is_none() && self.identifiers.is_empty()
    }
}

/// Semen is a man's; oocytes, embryos, ovaries, tubes and uterus are recorded for the woman.
/// Hormones, infections, genes and letters are anybody's, and so is an ultrasound that does not
/// speak of ovaries or uterus.
fn about(analysis: &Analysis) -> Option<Sex> {
    const HERS: &[&str] = &[
        "afc_left",
        "afc_right",
        "afc_total",
        "endometrial_thickness",
        "endometrial_pattern",
        "follicle_diameter",
        "ovarian_volume",
    ];
    match analysis.kind? {
        Kind::SemenAnalysis => Some(Sex::Male),
        Kind::Embryology | Kind::Imaging => Some(Sex::Female),
        Kind::Ultrasound => analysis
            .observations
            .iter()
            .any(|observation| HERS.contains(&observation.analyte.as_str()))
            .then_some(Sex::Female),
        _ => None,
    }
}

fn doubts(warnings: &[String]) -> Vec<HoldReason> {
    [
        HoldReason::SecondPerson,
        HoldReason::SeveralReports,
        HoldReason::IdentityDoubtful,
    ]
    .into_iter()
    .filter(|doubt| {
        warnings
            .iter()
            .any(|warning| warning.split(':').next() == Some(doubt.code()))
    })
    .collect()
}
