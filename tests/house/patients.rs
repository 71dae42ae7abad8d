//! The register of patients on a real database.

use crate::access::{viewer, viewer_of};
use crate::house::Database;
use fertidoc::access::{AccessError, Scope};
use fertidoc::domain::analysis::Sex;
use fertidoc::patients::{self, Identifier, Imported, NewPatient, PatientChange, PatientsError};
use jiff::civil::{Date, date};

pub fn patient(family: &str, given: &str, born: Option<Date>, sex: Option<Sex>) -> NewPatient {
    NewPatient {
        family_name: family.into(),
        given_names: given.into(),
        birth_date: born,
        sex,
        identifiers: Vec::new(),
        donor_code: None,
    }
}

pub fn numbered(mut patient: NewPatient, authority: &str, value: &str) -> NewPatient {
    patient.identifiers.push(Identifier {
        authority: authority.into(),
        value: value.into(),
    });
    patient
}

fn gabriela() -> NewPatient {
    let who = patient(
        "Núñez Arosemena",
        "Gabriela",
        Some(date(1986, 3, 30)),
        Some(Sex::Female),
    );
    numbered(who, "NHS", "999 000 3344")
}

#[actix_web::test]
async fn a_patient_is_registered_read_and_changed() {
    let database = Database::fresh().await;
    let app = database.pools().app;
    let viewer = viewer(&database).await;
    let made = patients::create(&app, &viewer, gabriela()).await.unwrap();
    assert_eq!(made.identifiers[0].authority, "nhs");
    assert_eq!(made.identifiers[0].value, "999 000 3344");
    assert_eq!(made.revision, 1);
    assert_eq!(patients::read(&app, &viewer, made.id).await.unwrap(), made);
    let change = PatientChange {
        family_name: Some("Núñez".into()),
        birth_date: Some(None),
        ..PatientChange::default()
    };
    let changed = patients::change(&app, &viewer, made.id, 1, change.clone())
        .await
        .unwrap();
    assert_eq!(
        (changed.family_name.as_str(), changed.revision),
        ("Núñez", 2)
    );
    assert_eq!(changed.birth_date, None, "empty, not a default");
    assert_eq!(changed.identifiers, made.identifiers);
    let late = patients::change(&app, &viewer, made.id, 1, change).await;
    assert!(matches!(late, Err(PatientsError::Stale { current: 2 })));
    let unknown = fertidoc::domain::ids::PatientId::fresh();
    assert!(matches!(
        patients::read(&app, &viewer, unknown).await,
        Err(PatientsError::NotFound(_))
    ));
}

#[actix_web::test]
async fn one_number_of_one_issuer_is_one_patient() {
    let database = Database::fresh().await;
    let app = database.pools().app;
    let viewer = viewer(&database).await;
    let first = patients::create(&app, &viewer, gabriela()).await.unwrap();
    let other = patient("Weber", "Berta", None, None);
    let taken = patients::create(&app, &viewer, numbered(other.clone(), "nhs", "9990003344")).await;
    match taken {
        Err(PatientsError::IdentifierTaken { authority, holder }) => {
            assert_eq!((authority.as_str(), holder), ("nhs", Some(first.id)));
        }
        answer => panic!("{answer:?}"),
    }
    // The same digits of another house are another number.
    let made = patients::create(
        &app,
        &viewer,
        numbered(other, "Labor Süd GmbH", "9990003344"),
    )
    .await
    .unwrap();
    assert_eq!(made.identifiers[0].authority, "labor-sud-gmbh");
    let houses = patients::list_authorities(&app, &viewer).await.unwrap();
    let codes: Vec<_> = houses.iter().map(|house| house.code.as_str()).collect();
    assert_eq!(codes, ["labor-sud-gmbh", "nhs"]);
    let known = patients::register_authority(&app, &viewer, "LABOR SUD GMBH", &[])
        .await
        .unwrap();
    assert_eq!(known.code, "labor-sud-gmbh");
}

#[actix_web::test]
async fn patients_are_found_by_name_number_and_birth_date() {
    let database = Database::fresh().await;
    let app = database.pools().app;
    let viewer = viewer(&database).await;
    let gabriela = patients::create(&app, &viewer, gabriela()).await.unwrap();
    let muller = patient("Müller", "Jörg", Some(date(1980, 1, 2)), Some(Sex::Male));
    let muller = patients::create(&app, &viewer, muller).await.unwrap();
    for (query, found) in [
        ("nunez", Some(gabriela.id)),
        ("Gabriela NÚÑEZ", Some(gabriela.id)),
        ("arosemena gab", Some(gabriela.id)),
        ("9990003344", Some(gabriela.id)),
        ("999 000 3344", Some(gabriela.id)),
        ("1986-03-30", Some(gabriela.id)),
        ("30.3.1986", Some(gabriela.id)),
        ("mueller", Some(muller.id)),
        ("muller jorg", Some(muller.id)),
        ("Müller", Some(muller.id)),
        ("briela", None),
        ("%", None),
        ("gabriela muller", None),
        ("30.3.1987", None),
    ] {
        let page = patients::list(&app, &viewer, query, None, 10)
            .await
            .unwrap();
        let ids: Vec<_> = page.patients.iter().map(|patient| patient.id).collect();
        assert_eq!(ids, Vec::from_iter(found), "{query}");
    }
}

#[actix_web::test]
async fn pages_follow_each_other_without_gap_or_repeat() {
    let database = Database::fresh().await;
    let app = database.pools().app;
    let viewer = viewer(&database).await;
    for number in 0..7 {
        let name = ["Abel", "Beck"][number % 2];
        patients::create(&app, &viewer, patient(name, "X", None, None))
            .await
            .unwrap();
    }
    let mut seen = Vec::new();
    let mut after = None;
    loop {
        let page = patients::list(&app, &viewer, "", after, 3).await.unwrap();
        assert!(page.patients.len() <= 3);
        seen.extend(page.patients.into_iter().map(|p| (p.family_name, p.id)));
        after = page.next_cursor;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen.len(), 7);
    assert!(seen.is_sorted());
}

#[actix_web::test]
async fn partners_are_linked_from_a_day_to_a_day_and_read_from_either_side() {
    let database = Database::fresh().await;
    let app = database.pools().app;
    let viewer = viewer(&database).await;
    let her = patients::create(&app, &viewer, gabriela()).await.unwrap();
    let him = patient("Weber", "Otto", None, Some(Sex::Male));
    let him = patients::create(&app, &viewer, him).await.unwrap();
    let since = date(2020, 5, 1);
    assert!(matches!(
        patients::link_partner(&app, &viewer, her.id, her.id, since, None).await,
        Err(PatientsError::OwnPartner)
    ));
    let linked = patients::link_partner(&app, &viewer, her.id, him.id, since, Some(since))
        .await
        .unwrap();
    assert_eq!(linked.partners[0].patient_id, Some(him.id));
    assert_eq!(linked.partners[0].family_name.as_deref(), Some("Weber"));
    assert!(linked.revision > her.revision);
    let other_side = patients::read(&app, &viewer, him.id).await.unwrap();
    assert_eq!(other_side.partners[0].patient_id, Some(her.id));
    assert!(matches!(
        patients::link_partner(&app, &viewer, him.id, her.id, since, None).await,
        Err(PatientsError::AlreadyPartners)
    ));
    assert!(matches!(
        patients::end_partnership(&app, &viewer, him.id, her.id.0, date(2019, 1, 1)).await,
        Err(PatientsError::Invalid(_))
    ));
    let ended = patients::end_partnership(&app, &viewer, him.id, her.id.0, date(2024, 1, 1))
        .await
        .unwrap();
    assert_eq!(ended.partners[0].until, Some(date(2024, 1, 1)));
    assert!(matches!(
        patients::end_partnership(&app, &viewer, him.id, her.id.0, date(2024, 1, 1)).await,
        Err(PatientsError::NotPartners)
    ));
    patients::link_partner(&app, &viewer, him.id, her.id, date(2025, 1, 1), None)
        .await
        .unwrap();
}

#[actix_web::test]
async fn another_clinic_sees_no_patient_by_any_function() {
    let database = Database::fresh().await;
    let app = database.pools().app;
    let ours = viewer(&database).await;
    let theirs = viewer(&database).await;
    let her = patients::create(&app, &ours, gabriela()).await.unwrap();
    let him = patients::create(&app, &ours, patient("Weber", "Otto", None, None))
        .await
        .unwrap();
    let gone = |answer: Result<_, _>| assert!(matches!(answer, Err(PatientsError::NotFound(_))));
    gone(patients::read(&app, &theirs, her.id).await);
    gone(patients::change(&app, &theirs, her.id, 1, PatientChange::default()).await);
    gone(patients::link_partner(&app, &theirs, her.id, him.id, date(2020, 1, 1), None).await);
    gone(patients::end_partnership(&app, &theirs, her.id, him.id.0, date(2020, 1, 1)).await);
    for query in ["", "nunez", "9990003344"] {
        let page = patients::list(&app, &theirs, query, None, 10)
            .await
            .unwrap();
        assert!(page.patients.is_empty());
    }
    assert!(
        patients::list_authorities(&app, &theirs)
            .await
            .unwrap()
            .is_empty()
    );
    // The same number in another clinic is nobody's business and no conflict.
    patients::create(&app, &theirs, gabriela()).await.unwrap();
    // A link across the wall is refused from both sides.
    let own = patients::create(&app, &theirs, patient("Own", "X", None, None))
        .await
        .unwrap();
    gone(patients::link_partner(&app, &ours, her.id, own.id, date(2020, 1, 1), None).await);
}

#[actix_web::test]
async fn scopes_are_asked_for() {
    let database = Database::fresh().await;
    let app = database.pools().app;
    let all = viewer(&database).await;
    let reader = viewer_of(&database, all.clinic, [Scope::Read].into_iter().collect()).await;
    let uploader = viewer_of(&database, all.clinic, [Scope::Upload].into_iter().collect()).await;
    assert!(matches!(
        patients::create(&app, &reader, gabriela()).await,
        Err(PatientsError::Access(AccessError::Forbidden(Scope::Write)))
    ));
    assert!(matches!(
        patients::list(&app, &uploader, "", None, 5).await,
        Err(PatientsError::Access(AccessError::Forbidden(Scope::Read)))
    ));
}

#[actix_web::test]
async fn a_csv_file_becomes_patients_with_a_report_for_each_line() {
    use Imported::{Created, Refused, Unchanged};
    let database = Database::fresh().await;
    let app = database.pools().app;
    let viewer = viewer(&database).await;
    let file = "\u{feff}sex;birth_date;family_name;given_names;mrn;mrn_authority;identifier:NHS\n\
        F;30.3.1986;Núñez;Gabriela;A-1;Our clinic;999 000 3344\n\
        male;1980-01-02;Müller;Jörg;A-2;;\n\
        F;30/3/1986;Weber;Anna;A-3;;\n\
        F;1990-01-01;;Anna;A-4;;\n\
        F;1990-01-01;Weber;Anna;A-2;;\n\
        F;1990-01-01;\"We;ber\";Anna;;;\n\
        F;2990-01-01;Weber;Anna\n\
        F;1990-01-01;\"We;ber\";Anna;;;\n";
    let outcomes = |report: &patients::ImportReport| -> Vec<_> {
        report.lines.iter().map(|line| line.outcome).collect()
    };
    let expected = [
        Created, Created, Refused, Refused, Refused, Created, Refused, Unchanged,
    ];
    let dry = patients::import_csv(&app, &viewer, file.as_bytes(), true)
        .await
        .unwrap();
    assert_eq!(outcomes(&dry), expected);
    let nobody = patients::list(&app, &viewer, "", None, 10).await.unwrap();
    assert!(nobody.patients.is_empty(), "a dry run writes nothing");
    let report = patients::import_csv(&app, &viewer, file.as_bytes(), false)
        .await
        .unwrap();
    assert_eq!(outcomes(&report), expected, "{report:?}");
    assert_eq!(
        (report.created, report.unchanged, report.refused),
        (3, 1, 4)
    );
    assert_eq!(report.lines[2].line, 4);
    let text = serde_json::to_string(&report).unwrap();
    for private in ["Weber", "Anna", "Gabriela", "A-2", "1990"] {
        assert!(!text.contains(private), "{private} in {text}");
    }
    let again = patients::import_csv(&app, &viewer, file.as_bytes(), false)
        .await
        .unwrap();
    assert_eq!((again.created, again.unchanged, again.refused), (0, 4, 4));
    let found = patients::list(&app, &viewer, "9990003344", None, 10)
        .await
        .unwrap();
    assert_eq!(found.patients[0].identifiers[1].authority, "our-clinic");
    assert!(matches!(
        patients::import_csv(&app, &viewer, b"Weber;Anna\n", false).await,
        Err(PatientsError::Unimportable(_))
    ));
}
