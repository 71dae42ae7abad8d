//! What a paper says about the person it is about, in the terms of the register.

use super::matching::HoldReason;
use crate::domain::analysis::{Analysis, Kind, Sex};
use crate::domain::name;
use jiff::civil::Date;

/// The identity on a paper.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
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
                identifiers.push(PaperIdentifier { authority, folded });
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::analysis::{Identity, PrintedIdentifier, Report};
    use crate::domain::analysis::{TextSource, Versions};

    fn analysis(patient: Identity, laboratory: Option<&str>, kind: Option<Kind>) -> Analysis {
        Analysis {
            file: String::new(),
            sha256: String::new(),
            media_type: "application/pdf".into(),
            pages: 1,
            page_sizes: Vec::new(),
            text_source: TextSource::TextLayer,
            kind,
            patient,
            report: Report {
                laboratory: laboratory.map(str::to_owned),
                ..Report::default()
            },
            collected_on: None,
            collected_at: None,
            reported_on: None,
            observations: Vec::new(),
            absent: Vec::new(),
            warnings: Vec::new(),
            versions: Versions {
                extractor: "1".into(),
                lexicon: "1".into(),
            },
            error: None,
        }
    }

    fn houses() -> Vec<Authority> {
        vec![
            Authority {
                code: "labor-sud".into(),
                name: "Labor Süd GmbH".into(),
                aliases: vec!["labor sud".into()],
            },
            Authority {
                code: "nhs".into(),
                name: "NHS".into(),
                aliases: Vec::new(),
            },
        ]
    }

    fn printed(value: &str, kind: Option<&str>, authority: Option<&str>) -> PrintedIdentifier {
        PrintedIdentifier {
            value: value.into(),
            kind: kind.map(str::to_owned),
            authority: authority.map(str::to_owned),
        }
    }

    fn numbers(patient: Identity, laboratory: Option<&str>) -> Vec<(Option<String>, String)> {
        Paper::of(&analysis(patient, laboratory, None), &houses())
            .identifiers
            .into_iter()
            .map(|identifier| (identifier.authority, identifier.folded))
            .collect()
    }

    #[test]
    fn a_record_number_is_of_the_house_that_printed_it() {
        let mrn = |value: &str| Identity {
            mrn: Some(value.into()),
            ..Identity::default()
        };
        let south = Some("labor-sud".to_owned());
        for laboratory in ["LABOR SÜD GMBH", "Labor Süd", "labor-sud"] {
            assert_eq!(
                numbers(mrn("A-1 2"), Some(laboratory)),
                [(south.clone(), "A12".into())]
            );
        }
        for laboratory in [None, Some("Another House"), Some("Labor Süd GmbH & Co")] {
            assert_eq!(numbers(mrn("A-12"), laboratory), [(None, "A12".into())]);
        }
        assert!(numbers(mrn("--"), None).is_empty());
    }

    #[test]
    fn an_issuer_beside_the_number_goes_before_the_laboratory() {
        let patient = Identity {
            mrn: Some("999 000 3344".into()),
            identifiers: vec![
                printed("999 000 3344", None, Some("NHS")),
                printed("77", Some("MR"), None),
                printed("88", None, None),
            ],
            ..Identity::default()
        };
        assert_eq!(
            numbers(patient, Some("Labor Süd")),
            [
                (Some("nhs".into()), "9990003344".into()),
                (Some("labor-sud".into()), "77".into()),
                (None, "88".into()),
            ]
        );
    }

    #[test]
    fn kinds_are_about_him_or_her_or_anybody() {
        let about = |kind| about(&analysis(Identity::default(), None, Some(kind)));
        assert_eq!(about(Kind::SemenAnalysis), Some(Sex::Male));
        assert_eq!(about(Kind::Embryology), Some(Sex::Female));
        assert_eq!(about(Kind::Imaging), Some(Sex::Female));
        for anybodys in [
            Kind::HormonePanel,
            Kind::Ultrasound,
            Kind::Genetics,
            Kind::Letter,
        ] {
            assert_eq!(about(anybodys), None);
        }
    }

    #[test]
    fn marks_are_no_name_and_doubts_are_taken_along() {
        let mut read = analysis(
            Identity {
                name: Some("-----".into()),
                ..Identity::default()
            },
            None,
            None,
        );
        read.warnings = vec!["partly_read".into(), "second_person".into()];
        let paper = Paper::of(&read, &houses());
        assert!(paper.names_nobody());
        assert_eq!(paper.doubts, [HoldReason::SecondPerson]);
    }
}
