//! One candidate against the paper.

use super::{Agrees, Candidate, HoldReason, Offer};
use crate::domain::ids::PatientId;
use crate::domain::name::{self, Agreement};
use crate::patients::Paper;

/// A candidate with everything that the paper says about him or her.
pub(super) struct Weighed<'a> {
    paper: &'a Paper,
    pub candidate: &'a Candidate,
    name: Agreement,
    birth_date: Agreement,
    pub identifier_agrees: bool,
    identifier_differs: bool,
}

impl<'a> Weighed<'a> {
    pub fn new(paper: &'a Paper, candidate: &'a Candidate) -> Self {
        let name = paper.name.as_deref().map_or(Agreement::Unknown, |name| {
            name::compare(name, &candidate.family_name, &candidate.given_names)
        });
        let (identifier_agrees, identifier_differs) = weigh_identifiers(paper, candidate);
        Self {
            paper,
            candidate,
            name,
            birth_date: Agreement::of(paper.birth_date, candidate.birth_date),
            identifier_agrees,
            identifier_differs,
        }
    }

    pub fn person_agrees(&self) -> bool {
        self.name == Agreement::Agree && self.birth_date == Agreement::Agree
    }

    pub fn is_near(&self) -> bool {
        self.name == Agreement::Agree
            || self.birth_date == Agreement::Agree && self.name == Agreement::Unknown
    }

    pub fn kind_fits(&self) -> bool {
        let sex = self.candidate.sex.or(self.paper.sex);
        Agreement::of(self.paper.about, sex) != Agreement::Differ
    }

    pub fn agrees(&self) -> Vec<Agrees> {
        let mut agrees = Vec::new();
        if self.identifier_agrees {
            agrees.push(Agrees::Identifier);
        }
        if self.name == Agreement::Agree {
            agrees.push(Agrees::Name);
        }
        if self.birth_date == Agreement::Agree {
            agrees.push(Agrees::BirthDate);
        }
        agrees
    }

    pub fn contradictions(&self) -> Vec<HoldReason> {
        let sex = Agreement::of(self.paper.sex, self.candidate.sex);
        [
            (self.name == Agreement::Differ, HoldReason::NameDiffers),
            (
                self.birth_date == Agreement::Differ,
                HoldReason::BirthDateDiffers,
            ),
            (sex == Agreement::Differ, HoldReason::SexDiffers),
            (self.identifier_differs, HoldReason::IdentifierDiffers),
            (!self.kind_fits(), HoldReason::KindDoesNotFit),
        ]
        .into_iter()
        .filter_map(|(holds, reason)| holds.then_some(reason))
        .collect()
    }

    pub fn offer(&self, partner_of: Option<PatientId>) -> Offer {
        Offer {
            patient_id: self.candidate.patient,
            agrees: self.agrees(),
            contradicts: self.contradictions(),
            partner_of,
        }
    }
}

/// Whether a number agrees, and whether one of the same authority differs. A number whose
/// authority is not known does neither.
fn weigh_identifiers(paper: &Paper, candidate: &Candidate) -> (bool, bool) {
    let mut agrees = false;
    let mut differs = false;
    for printed in &paper.identifiers {
        let Some(authority) = printed.authority.as_deref() else {
            continue;
        };
        let on_paper = |folded: &str| {
            paper
                .identifiers
                .iter()
                .any(|p| p.authority.as_deref() == Some(authority) && p.folded == folded)
        };
        let mut known = candidate
            .identifiers
            .iter()
            .filter(|identifier| identifier.authority == authority)
            .peekable();
        if known.peek().is_none() {
            continue;
        }
        if known.any(|identifier| on_paper(&identifier.folded)) {
            agrees = true;
        } else {
            differs = true;
        }
    }
    (agrees, differs)
}
