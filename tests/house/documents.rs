//! Whose a document is, from the reading to the decision of a person, on a real database.

use crate::access::viewer;
use crate::house::Database;
use crate::patients::{numbered, patient};
use fertidoc::access::Viewer;
use fertidoc::access::audit::Actor;
use fertidoc::db;
use fertidoc::documents::{self, DocumentsError, Filing, Filter, HoldReason, Settled, State};
use fertidoc::domain::analysis::{
    Analysis, Identity, Kind, Observation, Refusal, RefusalCode, Report, Sex, TextSource, Versions,
};
use fertidoc::domain::ids::{DocumentId, ObjectId, PatientId};
use fertidoc::observations::{self, PageText};
use fertidoc::patients::{self, NewPatient, PatientChange};
use jiff::civil::{Date, date};

/// A document as an upload leaves it. Documents of the same `content` are the same bytes.
pub async fn stored(
    database: &Database,
    viewer: &Viewer,
    stated: Option<PatientId>,
    content: u8,
) -> DocumentId {
    let pools = database.pools();
    let mut connection = db::connection(&pools.app).await.unwrap();
    let tx = db::begin_for(&mut connection, viewer.clinic).await.unwrap();
    let (object, document) = (ObjectId::fresh(), DocumentId::fresh());
    let sha256 = [content; 32];
    tx.execute(
        "INSERT INTO stored_object (object_id, clinic_id, state, sha256, size_bytes, frames)
         VALUES ($1, $2, 'complete', $3, 10, '{10}')",
        &[&object.0, &viewer.clinic.0, &sha256.as_slice()],
    )
    .await
    .unwrap();
    tx.execute(
        "INSERT INTO document (document_id, clinic_id, object_id, sha256, size_bytes, file_name,
                               media_type, uploaded_by, stated_patient_id)
         VALUES ($1, $2, $3, $4, 10, 'report.pdf', 'application/pdf', $5, $6)",
        &[
            &document.0,
            &viewer.clinic.0,
            &object.0,
            &sha256.as_slice(),
            &viewer.agent.id().0,
            &stated.map(|patient| patient.0),
        ],
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
    document
}

/// What a reading of a hormone panel about `name` yields, with the values given.
pub fn analysis(name: &str, born: Option<Date>, values: Vec<Observation>) -> Analysis {
    Analysis {
        file: "report.pdf".into(),
        sha256: String::new(),
        media_type: "application/pdf".into(),
        pages: 1,
        page_sizes: vec![[595.0, 842.0]],
        text_source: TextSource::TextLayer,
        kind: Some(Kind::HormonePanel),
        patient: Identity {
            name: (!name.is_empty()).then(|| name.to_owned()),
            dob: born,
            ..Identity::default()
        },
        report: Report::default(),
        collected_on: Some(date(2026, 1, 27)),
        collected_at: None,
        reported_on: Some(date(2026, 1, 28)),
        observations: values,
        absent: Vec::new(),
        warnings: Vec::new(),
        versions: Versions {
            extractor: "1".into(),
            lexicon: "1".into(),
        },
        error: None,
    }
}

/// A value as it stands on page 1.
pub fn value(analyte: &str, number: f64) -> Observation {
    Observation {
        analyte: analyte.into(),
        value: Some(number),
        value_text: number.to_string(),
        unit: Some("ng/mL".into()),
        comparator: None,
        text: None,
        canonical_value: Some(number),
        canonical_unit: Some("ng/mL".into()),
        alternate: None,
        ref_low: None,
        ref_high: None,
        flag: None,
        flag_source: None,
        limit_id: None,
        site: None,
        specimen: None,
        day: None,
        scheme: None,
        method: None,
        preparation: None,
        observed_on: None,
        page: Some(1),
        bounds: Some([10.0, 20.0, 30.0, 32.5]),
        path: None,
        source_text: format!("{analyte} {number}"),
        confidence: 0.97,
        needs_review: false,
        warnings: Vec::new(),
    }
}

/// What a worker writes when it has read a document.
pub async fn read(
    database: &Database,
    viewer: &Viewer,
    document: DocumentId,
    analysis: &Analysis,
) -> Settled {
    let pools = database.pools();
    let mut connection = db::connection(&pools.worker).await.unwrap();
    let tx = db::begin_for(&mut connection, viewer.clinic).await.unwrap();
    documents::start_reading(&tx, document).await.unwrap();
    documents::progress(&tx, document, 1, 1).await.unwrap();
    let pages = [PageText {
        number: 1,
        width: 595.0,
        height: 842.0,
        text: "AMH 2.1\0".into(),
    }];
    let recorded = observations::record(&tx, viewer.clinic, document, analysis, &pages)
        .await
        .unwrap();
    let actor = Actor::System {
        clinic: viewer.clinic,
        request_id: Some("request-1"),
    };
    let settled = documents::settle(&tx, actor, document, analysis, recorded.analysis)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    settled
}

fn anna() -> NewPatient {
    patient("Schmidt", "Anna", Some(date(1988, 3, 4)), Some(Sex::Female))
}

#[actix_web::test]
async fn a_document_is_filed_by_name_and_birth_date_and_its_row_says_what_it_is() {
    let database = Database::fresh().await;
    let app = database.pools().app;
    let viewer = viewer(&database).await;
    let anna = patients::create(&app, &viewer, anna()).await.unwrap();
    let document = stored(&database, &viewer, None, 1).await;
    let fresh = documents::read(&app, &viewer, document).await.unwrap();
    assert_eq!(fresh.document.filing, Filing::Unread);
    assert!(fresh.analysis.is_none());
    let paper = analysis(
        "SCHMIDT, Anna",
        Some(date(1988, 3, 4)),
        vec![value("amh", 2.1)],
    );
    let settled = read(&database, &viewer, document, &paper).await;
    assert_eq!(settled.patient, Some(anna.id));
    let now = documents::read(&app, &viewer, document).await.unwrap();
    assert_eq!(now.document.state, State::Read);
    assert_eq!(now.document.filing, Filing::Filed);
    assert_eq!(now.document.patient.unwrap().name, "Anna Schmidt");
    assert_eq!(now.document.kind, Some(Kind::HormonePanel));
    assert_eq!((now.document.values, now.document.values_waiting), (1, 0));
    assert_eq!(now.document.collected_on, Some(date(2026, 1, 27)));
    assert_eq!(now.document.filed_by, None, "a rule did");
    assert!(now.document.revision > fresh.document.revision);
    assert_eq!(now.analysis.unwrap(), paper);
    let inbox = documents::inbox(&app, &viewer, None, 10).await.unwrap();
    assert!(inbox.items.is_empty() && inbox.waiting == 0);
}

#[actix_web::test]
async fn a_number_files_only_under_the_house_that_issued_it() {
    let database = Database::fresh().await;
    let app = database.pools().app;
    let viewer = viewer(&database).await;
    let anna = numbered(anna(), "Labor Süd", "A-77");
    let anna = patients::create(&app, &viewer, anna).await.unwrap();
    let mut paper = analysis("", None, Vec::new());
    paper.patient.mrn = Some("A 77".into());
    let unknown = stored(&database, &viewer, None, 1).await;
    let settled = read(&database, &viewer, unknown, &paper).await;
    assert_eq!(settled.held_because, [HoldReason::NoPatient]);
    paper.report.laboratory = Some("LABOR SUD".into());
    let known = stored(&database, &viewer, None, 2).await;
    let settled = read(&database, &viewer, known, &paper).await;
    assert_eq!(settled.patient, Some(anna.id));
}

#[actix_web::test]
async fn a_paper_that_names_another_waits_and_offers_the_partner() {
    let database = Database::fresh().await;
    let app = database.pools().app;
    let viewer = viewer(&database).await;
    let anna = patients::create(&app, &viewer, anna()).await.unwrap();
    let otto = patient("Weber", "Otto", None, Some(Sex::Male));
    let otto = patients::create(&app, &viewer, otto).await.unwrap();
    patients::link_partner(
        &app,
        &viewer,
        anna.id,
        otto.id,
        date(2020, 1, 1),
        Some(date(2020, 1, 1)),
    )
    .await
    .unwrap();
    let document = stored(&database, &viewer, Some(anna.id), 1).await;
    let mut paper = analysis("Otto Weber", Some(date(1985, 7, 14)), Vec::new());
    paper.kind = Some(Kind::SemenAnalysis);
    let settled = read(&database, &viewer, document, &paper).await;
    assert_eq!(settled.filing, Filing::Held);
    assert_eq!(settled.patient, None);
    assert_eq!(
        settled.held_because,
        [
            HoldReason::NameDiffers,
            HoldReason::BirthDateDiffers,
            HoldReason::KindDoesNotFit
        ]
    );
    let inbox = documents::inbox(&app, &viewer, None, 10).await.unwrap();
    assert_eq!(inbox.waiting, 1);
    let item = &inbox.items[0];
    assert_eq!(
        item.printed.as_ref().unwrap().name.as_deref(),
        Some("Otto Weber")
    );
    assert_eq!(item.reasons[0].words, HoldReason::NameDiffers.words());
    assert_eq!(item.offers[0].id, otto.id);
    assert!(item.offers[0].contradicts.is_empty());
    assert_eq!(item.newcomer.as_ref().unwrap().family_name, "Weber");
    // The document is listed with the patient whom the sender named until somebody decides.
    let of = |patient| Filter {
        patient: Some(patient),
        ..Filter::default()
    };
    let hers = documents::list(&app, &viewer, &of(anna.id), None, 10)
        .await
        .unwrap();
    assert_eq!(hers.documents.len(), 1);
    let revision = hers.documents[0].revision;
    assert!(matches!(
        documents::assign(&app, &viewer, document, otto.id, Some(revision - 1)).await,
        Err(DocumentsError::Stale { current }) if current == revision
    ));
    documents::assign(&app, &viewer, document, otto.id, Some(revision))
        .await
        .unwrap();
    let now = documents::read(&app, &viewer, document).await.unwrap();
    assert_eq!(now.document.patient.unwrap().id, otto.id);
    assert_eq!(now.document.filed_by, Some(viewer.agent.id()));
    let hers = documents::list(&app, &viewer, &of(anna.id), None, 10)
        .await
        .unwrap();
    assert!(hers.documents.is_empty());
}

#[actix_web::test]
async fn a_person_may_overrule_and_take_back_and_is_not_undone() {
    let database = Database::fresh().await;
    let app = database.pools().app;
    let viewer = viewer(&database).await;
    let anna = patients::create(&app, &viewer, anna()).await.unwrap();
    let document = stored(&database, &viewer, None, 1).await;
    assert!(matches!(
        documents::assign(&app, &viewer, document, anna.id, None).await,
        Err(DocumentsError::NotReadYet)
    ));
    let mut paper = analysis("Carla Jones", None, vec![value("amh", 2.1)]);
    let settled = read(&database, &viewer, document, &paper).await;
    assert_eq!(settled.held_because, [HoldReason::NoPatient]);
    documents::assign(&app, &viewer, document, anna.id, None)
        .await
        .unwrap();
    let overruled: serde_json::Value = database
        .admin()
        .await
        .query_one(
            "SELECT detail FROM fertidoc.audit_event WHERE action = 'document.assign'",
            &[],
        )
        .await
        .unwrap()
        .get(0);
    assert_eq!(overruled["overruled"], serde_json::json!(["name_differs"]));
    // A newer reading does not undo what the person decided.
    paper.versions.extractor = "2".into();
    let settled = read(&database, &viewer, document, &paper).await;
    assert_eq!(
        (settled.filing, settled.patient),
        (Filing::Filed, Some(anna.id))
    );
    documents::unassign(&app, &viewer, document, None)
        .await
        .unwrap();
    let now = documents::read(&app, &viewer, document).await.unwrap();
    assert_eq!(now.document.filing, Filing::Held);
    assert_eq!(now.document.held_because, [HoldReason::TakenBack]);
    assert!(now.document.patient.is_none());
    paper.versions.extractor = "3".into();
    paper.patient.name = Some("Anna Schmidt".into());
    paper.patient.dob = anna.birth_date;
    let settled = read(&database, &viewer, document, &paper).await;
    assert_eq!(settled.held_because, [HoldReason::TakenBack]);
}

#[actix_web::test]
async fn a_patient_comes_out_of_the_inbox_in_one_step() {
    let database = Database::fresh().await;
    let app = database.pools().app;
    let viewer = viewer(&database).await;
    let document = stored(&database, &viewer, None, 1).await;
    let twin = stored(&database, &viewer, None, 2).await;
    let mut paper = analysis("Emma Louise WHITFIELD", Some(date(1987, 4, 19)), Vec::new());
    paper.patient.mrn = Some("W0713358".into());
    paper.patient.sex = Some(Sex::Female);
    paper.report.laboratory = Some("Lakeside Laboratory".into());
    for document in [document, twin] {
        let settled = read(&database, &viewer, document, &paper).await;
        assert_eq!(settled.held_because, [HoldReason::NoPatient]);
    }
    let patient = documents::register_patient(&app, &viewer, document, None)
        .await
        .unwrap();
    let emma = patients::read(&app, &viewer, patient).await.unwrap();
    assert_eq!(emma.family_name, "WHITFIELD");
    assert_eq!(emma.given_names, "Emma Louise");
    assert_eq!(emma.birth_date, Some(date(1987, 4, 19)));
    assert_eq!(emma.identifiers[0].authority, "lakeside-laboratory");
    let now = documents::read(&app, &viewer, document).await.unwrap();
    assert_eq!(now.document.patient.unwrap().id, patient);
    // What waited for the same person is filed by the rules now, and once.
    assert_eq!(documents::reconsider(&app, &viewer).await.unwrap(), 1);
    assert_eq!(documents::reconsider(&app, &viewer).await.unwrap(), 0);
    let now = documents::read(&app, &viewer, twin).await.unwrap();
    assert_eq!(now.document.patient.unwrap().id, patient);
    assert_eq!(now.document.filed_by, None);
    assert!(matches!(
        documents::register_patient(&app, &viewer, document, None).await,
        Err(DocumentsError::FiledAlready)
    ));
    let nameless = stored(&database, &viewer, None, 3).await;
    read(
        &database,
        &viewer,
        nameless,
        &analysis("", None, Vec::new()),
    )
    .await;
    assert!(matches!(
        documents::register_patient(&app, &viewer, nameless, None).await,
        Err(DocumentsError::NamesNobody)
    ));
}

#[actix_web::test]
async fn a_swapped_birth_date_offers_whom_the_name_means() {
    let database = Database::fresh().await;
    let app = database.pools().app;
    let viewer = viewer(&database).await;
    let anna = patients::create(&app, &viewer, anna()).await.unwrap();
    let document = stored(&database, &viewer, None, 1).await;
    let paper = analysis("SCHMIDT Anna", Some(date(1988, 4, 3)), Vec::new());
    let settled = read(&database, &viewer, document, &paper).await;
    assert_eq!(settled.held_because, [HoldReason::BirthDateDiffers]);
    let item = documents::inbox_item(&app, &viewer, document)
        .await
        .unwrap();
    assert_eq!(item.offers[0].id, anna.id);
    assert_eq!(item.offers[0].contradicts, [HoldReason::BirthDateDiffers]);
    // The new name of the register is the one that is looked for.
    let change = PatientChange {
        family_name: Some("Weber".into()),
        ..PatientChange::default()
    };
    patients::change(&app, &viewer, anna.id, anna.revision, change)
        .await
        .unwrap();
    let item = documents::inbox_item(&app, &viewer, document)
        .await
        .unwrap();
    assert!(item.offers.is_empty());
}

#[actix_web::test]
async fn a_corrected_register_sets_a_stated_document_free() {
    let database = Database::fresh().await;
    let app = database.pools().app;
    let viewer = viewer(&database).await;
    let anna = patients::create(&app, &viewer, anna()).await.unwrap();
    let document = stored(&database, &viewer, Some(anna.id), 1).await;
    let paper = analysis("Anna Schmidt", Some(date(1988, 4, 3)), Vec::new());
    let settled = read(&database, &viewer, document, &paper).await;
    assert_eq!(settled.held_because, [HoldReason::BirthDateDiffers]);
    assert_eq!(documents::reconsider(&app, &viewer).await.unwrap(), 0);
    let change = PatientChange {
        birth_date: Some(Some(date(1988, 4, 3))),
        ..PatientChange::default()
    };
    patients::change(&app, &viewer, anna.id, anna.revision, change)
        .await
        .unwrap();
    assert_eq!(documents::reconsider(&app, &viewer).await.unwrap(), 1);
}

#[actix_web::test]
async fn a_patient_who_changed_the_name_keeps_the_papers_of_before() {
    let database = Database::fresh().await;
    let app = database.pools().app;
    let viewer = viewer(&database).await;
    let anna = patients::create(&app, &viewer, anna()).await.unwrap();
    let document = stored(&database, &viewer, None, 1).await;
    let mut paper = analysis("Anna Schmidt", anna.birth_date, Vec::new());
    read(&database, &viewer, document, &paper).await;
    let change = PatientChange {
        family_name: Some("Weber".into()),
        ..PatientChange::default()
    };
    patients::change(&app, &viewer, anna.id, anna.revision, change)
        .await
        .unwrap();
    paper.versions.lexicon = "2".into();
    let settled = read(&database, &viewer, document, &paper).await;
    assert_eq!(settled.patient, Some(anna.id));
    // A better reading that finds somebody else on it is another matter.
    paper.versions.lexicon = "3".into();
    paper.patient.name = Some("Carla Jones".into());
    let settled = read(&database, &viewer, document, &paper).await;
    assert_eq!(settled.filing, Filing::Held);
}

#[actix_web::test]
async fn the_same_bytes_are_filed_once_for_a_patient() {
    let database = Database::fresh().await;
    let app = database.pools().app;
    let viewer = viewer(&database).await;
    let anna = patients::create(&app, &viewer, anna()).await.unwrap();
    let paper = analysis("Anna Schmidt", anna.birth_date, vec![value("amh", 2.1)]);
    let first = stored(&database, &viewer, None, 1).await;
    let again = stored(&database, &viewer, Some(anna.id), 1).await;
    assert_eq!(
        read(&database, &viewer, first, &paper).await.filing,
        Filing::Filed
    );
    let settled = read(&database, &viewer, again, &paper).await;
    assert_eq!(settled.held_because, [HoldReason::AlreadyFiled]);
}

#[actix_web::test]
async fn what_cannot_be_read_waits_with_its_reason() {
    let database = Database::fresh().await;
    let app = database.pools().app;
    let viewer = viewer(&database).await;
    let refused = stored(&database, &viewer, None, 1).await;
    let mut paper = analysis("", None, Vec::new());
    paper.kind = None;
    paper.error = Some(Refusal {
        code: RefusalCode::Encrypted,
        message: "The file is locked with a password.".into(),
    });
    let settled = read(&database, &viewer, refused, &paper).await;
    assert_eq!(settled.state, State::Refused);
    let dead = stored(&database, &viewer, None, 2).await;
    paper.error = Some(Refusal {
        code: RefusalCode::Crashed,
        message: "Reading failed.".into(),
    });
    let settled = read(&database, &viewer, dead, &paper).await;
    assert_eq!(settled.state, State::Failed);
    let inbox = documents::inbox(&app, &viewer, None, 10).await.unwrap();
    let codes: Vec<_> = inbox
        .items
        .iter()
        .map(|item| item.document.error_code.as_deref().unwrap())
        .collect();
    assert_eq!(codes, ["encrypted", "crashed"]);
    assert_eq!(
        inbox.items[0].message.as_deref(),
        Some("The file is locked with a password.")
    );
    assert!(inbox.items[0].newcomer.is_none());
    // The next attempt may succeed, with the same version.
    paper = analysis("Carla Jones", None, vec![value("amh", 2.1)]);
    let settled = read(&database, &viewer, dead, &paper).await;
    assert_eq!(settled.state, State::Read);
    let now = documents::read(&app, &viewer, dead).await.unwrap();
    assert_eq!((now.document.error_code, now.document.values), (None, 1));
}

#[actix_web::test]
async fn who_decides_before_reading_decides_like_a_sender() {
    let database = Database::fresh().await;
    let app = database.pools().app;
    let viewer = viewer(&database).await;
    let anna = patients::create(&app, &viewer, anna()).await.unwrap();
    let document = stored(&database, &viewer, None, 1).await;
    let mut paper = analysis("", None, Vec::new());
    paper.kind = None;
    paper.error = Some(Refusal {
        code: RefusalCode::UnsupportedType,
        message: "This type is not read.".into(),
    });
    read(&database, &viewer, document, &paper).await;
    documents::assign(&app, &viewer, document, anna.id, None)
        .await
        .unwrap();
    let inbox = documents::inbox(&app, &viewer, None, 10).await.unwrap();
    assert!(inbox.items.is_empty(), "it was put away");
    // Later it can be read, and names somebody else.
    let mut paper = analysis("Otto Weber", None, vec![value("amh", 2.1)]);
    paper.versions.extractor = "2".into();
    let settled = read(&database, &viewer, document, &paper).await;
    assert_eq!(settled.held_because, [HoldReason::NameDiffers]);
}

#[actix_web::test]
async fn another_clinic_sees_no_document_by_any_function() {
    let database = Database::fresh().await;
    let app = database.pools().app;
    let ours = viewer(&database).await;
    let theirs = viewer(&database).await;
    let anna = patients::create(&app, &ours, anna()).await.unwrap();
    let stranger = patients::create(&app, &theirs, patient("X", "Y", None, None))
        .await
        .unwrap();
    let document = stored(&database, &ours, None, 1).await;
    let paper = analysis("Carla Jones", None, vec![value("amh", 2.1)]);
    read(&database, &ours, document, &paper).await;
    let gone = |answer: Result<(), DocumentsError>| {
        assert!(
            matches!(answer, Err(DocumentsError::NotFound(_))),
            "{answer:?}"
        );
    };
    gone(documents::read(&app, &theirs, document).await.map(drop));
    gone(
        documents::inbox_item(&app, &theirs, document)
            .await
            .map(drop),
    );
    gone(documents::assign(&app, &theirs, document, stranger.id, None).await);
    gone(documents::unassign(&app, &theirs, document, None).await);
    gone(
        documents::register_patient(&app, &theirs, document, None)
            .await
            .map(drop),
    );
    let inbox = documents::inbox(&app, &theirs, None, 10).await.unwrap();
    assert!(inbox.items.is_empty() && inbox.waiting == 0);
    let listed = documents::list(&app, &theirs, &Filter::default(), None, 10)
        .await
        .unwrap();
    assert!(listed.documents.is_empty());
    assert_eq!(documents::reconsider(&app, &theirs).await.unwrap(), 0);
    // Nor can a document be filed for a patient behind the wall.
    assert!(matches!(
        documents::assign(&app, &ours, document, stranger.id, None).await,
        Err(DocumentsError::Patient(_))
    ));
    documents::assign(&app, &ours, document, anna.id, None)
        .await
        .unwrap();
}

#[actix_web::test]
async fn lists_are_filtered_and_paged_newest_first() {
    let database = Database::fresh().await;
    let app = database.pools().app;
    let viewer = viewer(&database).await;
    let mut documents = Vec::new();
    for content in 0..5 {
        documents.push(stored(&database, &viewer, None, content).await);
    }
    let paper = analysis("Carla Jones", None, Vec::new());
    read(&database, &viewer, documents[2], &paper).await;
    let all = Filter::default();
    let first = documents::list(&app, &viewer, &all, None, 3).await.unwrap();
    let rest = documents::list(&app, &viewer, &all, first.next_cursor, 3)
        .await
        .unwrap();
    assert!(rest.next_cursor.is_none());
    let mut seen: Vec<_> = first
        .documents
        .iter()
        .chain(&rest.documents)
        .map(|d| d.id)
        .collect();
    seen.reverse();
    assert_eq!(seen, documents);
    for filter in [
        Filter {
            state: Some(State::Read),
            ..Filter::default()
        },
        Filter {
            filing: Some(Filing::Held),
            ..Filter::default()
        },
        Filter {
            kind: Some(Kind::HormonePanel),
            ..Filter::default()
        },
    ] {
        let found = documents::list(&app, &viewer, &filter, None, 3)
            .await
            .unwrap();
        assert_eq!(found.documents.len(), 1);
        assert_eq!(found.documents[0].id, documents[2]);
    }
}
