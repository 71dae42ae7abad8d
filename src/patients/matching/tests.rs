use super::HoldReason::*;
use super::*;
use crate::domain::analysis::Sex::{Female, Male};
use crate::patients::{PaperIdentifier, fold_identifier};
use jiff::civil::date;
use uuid::Uuid;

fn id(number: u128) -> PatientId {
    PatientId(Uuid::from_u128(number))
}

fn born() -> Date {
    date(1988, 3, 4)
}

/// Anna Schmidt, 1, born 1988-03-04, number 123 of the clinic; her partner is Otto, 2.
fn anna() -> Candidate {
    Candidate {
        patient: id(1),
        family_name: "Schmidt".into(),
        given_names: "Anna".into(),
        birth_date: Some(born()),
        sex: Some(Female),
        identifiers: vec![number("clinic", "123")],
        partners: vec![id(2)],
    }
}

fn otto() -> Candidate {
    Candidate {
        patient: id(2),
        family_name: "Weber".into(),
        given_names: "Otto".into(),
        birth_date: Some(date(1985, 7, 14)),
        sex: Some(Male),
        identifiers: vec![number("clinic", "456")],
        partners: vec![id(1)],
    }
}

fn number(authority: &str, value: &str) -> CandidateIdentifier {
    CandidateIdentifier {
        authority: authority.into(),
        folded: fold_identifier(value),
        value: value.into(),
    }
}

fn printed(authority: Option<&str>, value: &str) -> PaperIdentifier {
    PaperIdentifier {
        authority: authority.map(str::to_owned),
        folded: fold_identifier(value),
    }
}

/// A paper that names Anna by name and birth date.
fn paper() -> Paper {
    Paper {
        name: Some("Anna Schmidt".into()),
        birth_date: Some(born()),
        ..Paper::default()
    }
}

fn with(change: impl FnOnce(&mut Paper)) -> Paper {
    let mut paper = paper();
    change(&mut paper);
    paper
}

fn register() -> Vec<Candidate> {
    vec![anna(), otto()]
}

#[track_caller]
fn files(paper: &Paper, stated: Option<PatientId>, register: &[Candidate], rule: Rule) {
    assert_eq!(
        decide(paper, stated, register),
        Decision::File(id(1), rule),
        "{paper:?}"
    );
}

#[track_caller]
fn holds(
    paper: &Paper,
    stated: Option<PatientId>,
    register: &[Candidate],
    because: &[HoldReason],
) -> Vec<PatientId> {
    match decide(paper, stated, register) {
        Decision::Hold(reasons, offers) => {
            assert_eq!(reasons, because, "{paper:?}");
            offers.iter().map(|offer| offer.patient_id).collect()
        }
        filed @ Decision::File(..) => panic!("{filed:?} for {paper:?}"),
    }
}

#[test]
fn name_and_birth_date_of_exactly_one_patient_file() {
    files(&paper(), None, &register(), Rule::NameAndBirthDate);
    let numbered = with(|p| p.identifiers = vec![printed(None, "999")]);
    files(&numbered, None, &register(), Rule::NameAndBirthDate);
    let other_house = with(|p| p.identifiers = vec![printed(Some("nhs"), "999")]);
    files(&other_house, None, &register(), Rule::NameAndBirthDate);
}

#[test]
fn a_number_of_a_known_authority_files_where_nothing_contradicts() {
    let only_number = Paper {
        identifiers: vec![printed(Some("clinic"), "1-2-3")],
        ..Paper::default()
    };
    files(&only_number, None, &register(), Rule::Identifier);
    let abbreviated = Paper {
        name: Some("A. Schmidt".into()),
        ..only_number.clone()
    };
    files(&abbreviated, None, &register(), Rule::Identifier);
    // Twins with the same names on the paper: the number tells them apart.
    let mut twin = anna();
    twin.patient = id(3);
    twin.identifiers = vec![number("nhs", "7")];
    let paper = with(|p| p.identifiers = only_number.identifiers.clone());
    files(&paper, None, &[anna(), twin], Rule::Identifier);
}

#[test]
fn a_number_of_an_unknown_authority_proves_nothing() {
    let paper = Paper {
        identifiers: vec![printed(None, "123")],
        ..Paper::default()
    };
    holds(&paper, None, &register(), &[NoPatient]);
    let named = Paper {
        name: Some("Anna Schmidt".into()),
        ..paper
    };
    assert_eq!(
        holds(&named, None, &register(), &[IdentityIncomplete])[0],
        id(1)
    );
}

#[test]
fn whatever_contradicts_holds() {
    let clinic = |value| vec![printed(Some("clinic"), value)];
    for (paper, because) in [
        (
            with(|p| {
                p.identifiers = clinic("123");
                p.name = Some("Berta Schmidt".into());
            }),
            &[NameDiffers][..],
        ),
        (
            with(|p| {
                p.identifiers = clinic("123");
                p.birth_date = Some(date(1988, 3, 5));
            }),
            &[BirthDateDiffers],
        ),
        // Day and month swapped are another day.
        (
            with(|p| p.birth_date = Some(date(1988, 4, 3))),
            &[BirthDateDiffers],
        ),
        (
            with(|p| p.identifiers = clinic("124")),
            &[IdentifierDiffers],
        ),
        (with(|p| p.sex = Some(Male)), &[SexDiffers]),
        (with(|p| p.about = Some(Male)), &[KindDoesNotFit]),
    ] {
        let offers = holds(&paper, None, &register(), because);
        assert_eq!(offers[0], id(1), "she is offered all the same");
    }
}

#[test]
fn the_number_of_one_and_the_name_of_another_hold() {
    let mut berta = anna();
    berta.patient = id(3);
    berta.given_names = "Berta".into();
    berta.identifiers = vec![number("clinic", "777")];
    let paper = with(|p| p.identifiers = vec![printed(Some("clinic"), "777")]);
    let offers = holds(&paper, None, &[anna(), berta], &[FitsAnother]);
    assert!(offers.contains(&id(1)) && offers.contains(&id(3)));
    let two = with(|p| {
        p.identifiers = vec![printed(Some("clinic"), "123"), printed(Some("nhs"), "9")];
    });
    let mut other = otto();
    other.identifiers.push(number("nhs", "9"));
    holds(&two, None, &[anna(), other], &[SeveralPatients]);
}

#[test]
fn two_who_fit_hold() {
    let mut twin = anna();
    twin.patient = id(3);
    twin.identifiers = Vec::new();
    let offers = holds(&paper(), None, &[anna(), twin], &[SeveralPatients]);
    assert_eq!(offers.len(), 2);
}

#[test]
fn half_an_identity_holds() {
    let no_birth_date = with(|p| p.birth_date = None);
    holds(&no_birth_date, None, &register(), &[IdentityIncomplete]);
    let initial = with(|p| p.name = Some("A. Schmidt".into()));
    holds(&initial, None, &register(), &[IdentityIncomplete]);
    let no_name = with(|p| p.name = None);
    holds(&no_name, None, &register(), &[IdentityIncomplete]);
    let stranger = with(|p| p.name = Some("Carla Jones".into()));
    assert!(holds(&stranger, None, &register(), &[NoPatient]).is_empty());
    assert!(holds(&Paper::default(), None, &register(), &[NoIdentity]).is_empty());
    let mut unborn = anna();
    unborn.birth_date = None;
    holds(&paper(), None, &[unborn], &[IdentityIncomplete]);
}

#[test]
fn the_senders_statement_files_unless_the_paper_contradicts() {
    let stated = Some(id(1));
    files(&Paper::default(), stated, &register(), Rule::Stated);
    files(&paper(), stated, &register(), Rule::Stated);
    let initial = with(|p| {
        p.name = Some("A Schmidt".into());
        p.birth_date = None;
    });
    files(&initial, stated, &register(), Rule::Stated);
    // The paper names another person: promise 3.
    let his = Paper {
        name: Some("Otto Weber".into()),
        birth_date: otto().birth_date,
        ..Paper::default()
    };
    let offers = holds(
        &his,
        stated,
        &register(),
        &[FitsAnother, NameDiffers, BirthDateDiffers],
    );
    assert_eq!(offers[0], id(2), "whom it fits comes first");
    let strangers = with(|p| p.name = Some("Carla Jones".into()));
    holds(&strangers, stated, &register(), &[NameDiffers]);
    let other_number = with(|p| p.identifiers = vec![printed(Some("clinic"), "9")]);
    holds(&other_number, stated, &register(), &[IdentifierDiffers]);
    let his_number = Paper {
        identifiers: vec![printed(Some("clinic"), "456")],
        ..Paper::default()
    };
    holds(
        &his_number,
        stated,
        &register(),
        &[FitsAnother, IdentifierDiffers],
    );
    // A semen analysis without a name under the woman: the partner is offered.
    let semen = Paper {
        about: Some(Male),
        ..Paper::default()
    };
    let offers = holds(&semen, stated, &register(), &[KindDoesNotFit]);
    assert_eq!(offers, [id(1), id(2)]);
    holds(&paper(), Some(id(9)), &register(), &[NoPatient]);
}

#[test]
fn the_linked_partner_is_offered_where_the_kind_fits() {
    // A semen analysis that names the woman.
    let semen = with(|p| p.about = Some(Male));
    match decide(&semen, None, &register()) {
        Decision::Hold(_, offers) => {
            assert_eq!(offers[0].contradicts, [KindDoesNotFit]);
            assert_eq!(offers[1].patient_id, id(2));
            assert_eq!(offers[1].partner_of, Some(id(1)));
        }
        filed @ Decision::File(..) => panic!("{filed:?}"),
    }
    let embryos = Paper {
        name: Some("Otto Weber".into()),
        birth_date: otto().birth_date,
        about: Some(Female),
        ..Paper::default()
    };
    let offers = holds(&embryos, None, &register(), &[KindDoesNotFit]);
    assert_eq!(offers, [id(2), id(1)]);
    // A sex that nobody knows contradicts no kind.
    let mut unknown = anna();
    unknown.sex = None;
    files(&semen, None, &[unknown], Rule::NameAndBirthDate);
}

#[test]
fn a_doubtful_reading_waits_for_a_person_whoever_stated_it() {
    for doubt in [SecondPerson, SeveralReports, IdentityDoubtful] {
        let paper = with(|p| p.doubts = vec![doubt]);
        holds(&paper, None, &register(), &[doubt]);
        holds(&paper, Some(id(1)), &register(), &[doubt]);
    }
}

#[test]
fn an_offer_says_what_agrees_and_what_contradicts() {
    let paper = with(|p| p.birth_date = Some(date(1988, 4, 3)));
    let offers = offer(&paper, None, &register());
    assert_eq!(offers[0].agrees, [Agrees::Name]);
    assert_eq!(offers[0].contradicts, [BirthDateDiffers]);
}

#[test]
fn every_reason_has_a_code_that_leads_back() {
    let mut codes = std::collections::HashSet::new();
    for code in [
        "no_identity",
        "no_patient",
        "kind_does_not_fit",
        "taken_back",
    ] {
        let reason = HoldReason::from_code(code).unwrap();
        assert_eq!(serde_json::to_value(reason).unwrap(), code);
        assert!(reason.words().ends_with('.') && codes.insert(reason.words()));
    }
    assert_eq!(HoldReason::from_code("else"), None);
}

/// Whatever stands on the paper: what is filed without a stated patient was proven by the rules.
#[test]
fn nothing_is_filed_that_the_rules_do_not_prove() {
    use proptest::prelude::*;
    let names = prop::sample::select(vec![
        None,
        Some("Anna Schmidt"),
        Some("A. Schmidt"),
        Some("Otto Weber"),
        Some("Berta Schmidt"),
    ]);
    let days = prop::sample::select(vec![
        None,
        Some(born()),
        otto().birth_date,
        Some(date(1988, 4, 3)),
    ]);
    let numbers = prop::collection::vec(
        prop::sample::select(vec![
            printed(Some("clinic"), "123"),
            printed(Some("clinic"), "456"),
            printed(Some("clinic"), "9"),
            printed(None, "123"),
        ]),
        0..3,
    );
    let sexes = prop::sample::select(vec![None, Some(Female), Some(Male)]);
    proptest!(|(name in names, day in days, identifiers in numbers, sex in sexes.clone(), about in sexes)| {
        let paper = Paper {
            name: name.map(str::to_owned), birth_date: day, sex, identifiers, about, doubts: Vec::new(),
        };
        if let Decision::File(patient, rule) = decide(&paper, None, &register()) {
            let register = register();
            let filed = register.iter().find(|c| c.patient == patient).unwrap();
            prop_assert!(contradictions(&paper, filed).is_empty());
            let own = |p: &PaperIdentifier| {
                p.authority.is_some() && filed.identifiers.iter().any(|i| i.folded == p.folded)
            };
            match rule {
                Rule::Identifier => prop_assert!(paper.identifiers.iter().any(own)),
                Rule::NameAndBirthDate => {
                    prop_assert_eq!(paper.birth_date, filed.birth_date);
                    prop_assert!(paper.name.is_some());
                }
                Rule::Stated => prop_assert!(false, "nobody stated anything"),
            }
        }
    });
}
