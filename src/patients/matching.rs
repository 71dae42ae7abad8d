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

use super::paper::Paper;
use crate::domain::analysis::Sex;
use crate::domain::ids::PatientId;
use crate::domain::name::{self, Agreement};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

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

/// Why a document waits for a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HoldReason {
    NoIdentity,
    NoPatient,
    SeveralPatients,
    IdentityIncomplete,
    NameDiffers,
    BirthDateDiffers,
    SexDiffers,
    IdentifierDiffers,
    FitsAnother,
    KindDoesNotFit,
    SecondPerson,
    SeveralReports,
    IdentityDoubtful,
    AlreadyFiled,
    TakenBack,
}

impl HoldReason {
    const ALL: [Self; 15] = [
        Self::NoIdentity,
        Self::NoPatient,
        Self::SeveralPatients,
        Self::IdentityIncomplete,
        Self::NameDiffers,
        Self::BirthDateDiffers,
        Self::SexDiffers,
        Self::IdentifierDiffers,
        Self::FitsAnother,
        Self::KindDoesNotFit,
        Self::SecondPerson,
        Self::SeveralReports,
        Self::IdentityDoubtful,
        Self::AlreadyFiled,
        Self::TakenBack,
    ];

    /// The code as it is stored.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::NoIdentity => "no_identity",
            Self::NoPatient => "no_patient",
            Self::SeveralPatients => "several_patients",
            Self::IdentityIncomplete => "identity_incomplete",
            Self::NameDiffers => "name_differs",
            Self::BirthDateDiffers => "birth_date_differs",
            Self::SexDiffers => "sex_differs",
            Self::IdentifierDiffers => "identifier_differs",
            Self::FitsAnother => "fits_another",
            Self::KindDoesNotFit => "kind_does_not_fit",
            Self::SecondPerson => "second_person",
            Self::SeveralReports => "several_reports",
            Self::IdentityDoubtful => "identity_doubtful",
            Self::AlreadyFiled => "already_filed",
            Self::TakenBack => "taken_back",
        }
    }

    /// The reason behind a stored code.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }

    /// What a person is told.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::NoIdentity => "The document names nobody. Choose the patient.",
            Self::NoPatient => {
                "Nobody in the register fits the name, birth date and numbers on the document. \
                 Register the patient from the document, or choose one."
            }
            Self::SeveralPatients => "More than one patient fits. Choose the right one.",
            Self::IdentityIncomplete => {
                "What the document says about the person is not enough to be sure. Compare and \
                 choose the patient."
            }
            Self::NameDiffers => "The document shows another name than the patient's.",
            Self::BirthDateDiffers => "The document shows another birth date than the patient's.",
            Self::SexDiffers => "The document shows another sex than the patient's.",
            Self::IdentifierDiffers => {
                "The document shows another number than the patient has from the same issuer."
            }
            Self::FitsAnother => "The document fits another patient.",
            Self::KindDoesNotFit => "This kind of document does not fit the patient's sex.",
            Self::SecondPerson => {
                "Results of a second person are on the document. Check whose values were read."
            }
            Self::SeveralReports => {
                "The file holds several reports. Check that all are of one patient."
            }
            Self::IdentityDoubtful => "Who the document is about could not be read with certainty.",
            Self::AlreadyFiled => "The same file is already filed for this patient.",
            Self::TakenBack => "A person took the document back from a patient.",
        }
    }
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

/// A candidate with everything that the paper says about him or her.
struct Weighed<'a> {
    paper: &'a Paper,
    candidate: &'a Candidate,
    name: Agreement,
    birth_date: Agreement,
    identifier_agrees: bool,
    identifier_differs: bool,
}

impl<'a> Weighed<'a> {
    fn new(paper: &'a Paper, candidate: &'a Candidate) -> Self {
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

    fn person_agrees(&self) -> bool {
        self.name == Agreement::Agree && self.birth_date == Agreement::Agree
    }

    fn is_near(&self) -> bool {
        self.name == Agreement::Agree
            || self.birth_date == Agreement::Agree && self.name == Agreement::Unknown
    }

    fn kind_fits(&self) -> bool {
        let sex = self.candidate.sex.or(self.paper.sex);
        Agreement::of(self.paper.about, sex) != Agreement::Differ
    }

    fn agrees(&self) -> Vec<Agrees> {
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

    fn contradictions(&self) -> Vec<HoldReason> {
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

    fn offer(&self, partner_of: Option<PatientId>) -> Offer {
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
