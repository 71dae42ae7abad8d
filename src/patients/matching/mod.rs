//! Whose a document is: the identity on paper against the register, as one pure decision.
//!
//! Without a person a document is filed only where
//! 1. an identifier of a known authority agrees and neither name nor birth date contradicts, or
//! 2. name and birth date agree with exactly one patient and no identifier contradicts.
//!
//! A sender who states the patient is a person who decided: then the paper need not prove it, and
//! may name nobody at all, but nothing on it may contradict. Whatever contradicts, whatever fits
//! two patients, and a kind of document that does not fit the patient's sex is held for a person,
//! with the patients it may belong to, the linked partner among them. So is every paper that its
//! reading found doubtful (`second_person`, `several_reports`, `identity_doubtful`): on such a
//! paper it is not known whose values were read.

mod reason;
#[cfg(test)]
mod tests;
mod weigh;

pub use reason::HoldReason;

use super::paper::Paper;
use crate::domain::analysis::Sex;
use crate::domain::ids::PatientId;
use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;
use weigh::Weighed;

/// A patient of the register whom the paper may be about.
#[derive(Debug, Clone)]
pub struct Candidate {
    pub patient: PatientId,
    pub family_name: String,
    pub given_names: String,
    pub birth_date: Option<Date>,
    pub sex: Option<Sex>,
    pub identifiers: Vec<CandidateIdentifier>,
    /// Those who are linked with this patient today.
    pub partners: Vec<PatientId>,
}

/// A number of a candidate, folded as for [`super::fold_identifier`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CandidateIdentifier {
    pub authority: String,
    pub folded: String,
    /// As it is written in the register.
    pub value: String,
}

/// What is to be done with a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    File(PatientId, Rule),
    Hold(Vec<HoldReason>, Vec<Offer>),
}

/// The rule that filed a document without somebody having to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    Identifier,
    NameAndBirthDate,
    Stated,
}

/// A patient to whom a held document may belong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Offer {
    pub patient_id: PatientId,
    pub agrees: Vec<Agrees>,
    /// What speaks against it, shown to whoever decides otherwise.
    pub contradicts: Vec<HoldReason>,
    /// Set where the patient is offered as the linked partner of this one.
    pub partner_of: Option<PatientId>,
}

/// What paper and register have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Agrees {
    Identifier,
    Name,
    BirthDate,
}

/// More offers than this help nobody to choose.
const OFFERS: usize = 10;

/// Decides over a paper that somebody may have `stated` the patient of. The register holds the
/// stated patient and everybody who shares a number, the birth date or the name with the paper,
/// each with the linked partners.
#[must_use]
pub fn decide(paper: &Paper, stated: Option<PatientId>, register: &[Candidate]) -> Decision {
    let weighed: Vec<Weighed> = register
        .iter()
        .map(|candidate| Weighed::new(paper, candidate))
        .collect();
    let chosen = match stated {
        Some(stated) => judge_stated(&weighed, stated),
        None => find(paper, &weighed),
    };
    let (target, reasons) = match chosen {
        Ok((target, rule)) => {
            let mut reasons = target.contradictions();
            reasons.extend(&paper.doubts);
            if reasons.is_empty() {
                return Decision::File(target.candidate.patient, rule);
            }
            (Some(target), reasons)
        }
        Err(mut reasons) => {
            let target = stated.and_then(|stated| of(&weighed, stated));
            if let Some(target) = target {
                reasons.extend(target.contradictions());
            }
            reasons.extend(&paper.doubts);
            (target, reasons)
        }
    };
    Decision::Hold(reasons, offers(target, &weighed))
}

/// The patients to whom the paper may belong, nearest first.
#[must_use]
pub fn offer(paper: &Paper, stated: Option<PatientId>, register: &[Candidate]) -> Vec<Offer> {
    let weighed: Vec<Weighed> = register
        .iter()
        .map(|candidate| Weighed::new(paper, candidate))
        .collect();
    offers(stated.and_then(|stated| of(&weighed, stated)), &weighed)
}

/// What speaks against filing the paper under `candidate`; nothing where it fits.
#[must_use]
pub fn contradictions(paper: &Paper, candidate: &Candidate) -> Vec<HoldReason> {
    Weighed::new(paper, candidate).contradictions()
}

type Chosen<'a> = Result<(&'a Weighed<'a>, Rule), Vec<HoldReason>>;

fn judge_stated<'a>(weighed: &'a [Weighed<'a>], stated: PatientId) -> Chosen<'a> {
    let Some(target) = of(weighed, stated) else {
        return Err(vec![HoldReason::NoPatient]);
    };
    let fits_better = |other: &&Weighed| {
        other.candidate.patient != stated
            && (other.identifier_agrees && !target.identifier_agrees
                || other.person_agrees() && !target.person_agrees() && !target.identifier_agrees)
    };
    if weighed.iter().any(|other| fits_better(&other)) {
        Err(vec![HoldReason::FitsAnother])
    } else {
        Ok((target, Rule::Stated))
    }
}

fn find<'a>(paper: &Paper, weighed: &'a [Weighed<'a>]) -> Chosen<'a> {
    if paper.names_nobody() {
        return Err(vec![HoldReason::NoIdentity]);
    }
    let by_number: Vec<&Weighed> = weighed.iter().filter(|w| w.identifier_agrees).collect();
    let by_person: Vec<&Weighed> = weighed.iter().filter(|w| w.person_agrees()).collect();
    match (by_number.as_slice(), by_person.as_slice()) {
        ([target], people) if people.is_empty() || target.person_agrees() => {
            Ok((target, Rule::Identifier))
        }
        ([], [target]) => Ok((target, Rule::NameAndBirthDate)),
        ([], []) => Err(nobody_fits(weighed)),
        ([_], _) => Err(vec![HoldReason::FitsAnother]),
        _ => Err(vec![HoldReason::SeveralPatients]),
    }
}

// Nobody is proven: say what comes closest, so that a swapped day and month is not a stranger.
fn nobody_fits(weighed: &[Weighed]) -> Vec<HoldReason> {
    let near: Vec<&Weighed> = weighed.iter().filter(|w| w.is_near()).collect();
    match near.as_slice() {
        [] => vec![HoldReason::NoPatient],
        [one] if one.contradictions().is_empty() => vec![HoldReason::IdentityIncomplete],
        [one] => one.contradictions(),
        _ => vec![HoldReason::SeveralPatients],
    }
}

fn of<'a>(weighed: &'a [Weighed<'a>], patient: PatientId) -> Option<&'a Weighed<'a>> {
    weighed.iter().find(|w| w.candidate.patient == patient)
}

fn offers(target: Option<&Weighed>, weighed: &[Weighed]) -> Vec<Offer> {
    let mut nearest: Vec<&Weighed> = weighed
        .iter()
        .filter(|w| w.identifier_agrees || w.is_near())
        .collect();
    nearest.sort_by_key(|w| {
        (
            w.contradictions().len(),
            std::cmp::Reverse(w.agrees().len()),
        )
    });
    let mut offers: Vec<Offer> = Vec::new();
    for w in nearest.iter().copied().chain(target) {
        if !offers.iter().any(|o| o.patient_id == w.candidate.patient) {
            offers.push(w.offer(None));
        }
    }
    for w in target.into_iter().chain(nearest) {
        for &partner in &w.candidate.partners {
            let known = offers.iter().any(|o| o.patient_id == partner);
            if let Some(partner) = of(weighed, partner).filter(|p| !known && p.kind_fits()) {
                offers.push(partner.offer(Some(w.candidate.patient)));
            }
        }
    }
    offers.truncate(OFFERS);
    offers
}
