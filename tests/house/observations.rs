//! Values and their one place, on a real database.

use crate::access::viewer;
use crate::documents::{analysis, read, stored, value};
use crate::house::Database;
use fertidoc::db::{self, DbError};
use fertidoc::documents;
use fertidoc::domain::analysis::{Analysis, Comparator, Kind};
use fertidoc::observations::{self, EnteredValue, ObservationState, ObservationsError, PageText};
use jiff::civil::date;

#[actix_web::test]
async fn a_reading_becomes_values_with_their_place() {
    let database = Database::fresh().await;
    let app = database.pools().app;
    let viewer = viewer(&database).await;
    let document = stored(&database, &viewer, None, 1).await;
    let mut low = value("fsh", 0.1 + 0.2);
    low.comparator = Some(Comparator::Less);
    low.observed_on = Some(date(2026, 1, 20));
    low.source_text = "FSH \0 <0.3".into();
    let paper = analysis("Carla Jones", None, vec![value("amh", 2.1), low]);
    read(&database, &viewer, document, &paper).await;
    let values = observations::of_document(&app, &viewer, document)
        .await
        .unwrap();
    assert_eq!(values.len(), 2);
    let amh = &values[0].observation;
    assert_eq!((amh.analyte.as_str(), amh.value), ("amh", Some(2.1)));
    assert_eq!(
        (amh.page, amh.bounds),
        (Some(1), Some([10.0, 20.0, 30.0, 32.5]))
    );
    assert_eq!(
        amh.observed_on,
        Some(date(2026, 1, 27)),
        "the day of collection"
    );
    assert_eq!(values[0].state, ObservationState::Read);
    assert_eq!(
        (values[0].extractor.as_str(), values[0].lexicon.as_str()),
        ("1", "1")
    );
    let fsh = &values[1].observation;
    assert_eq!(fsh.observed_on, Some(date(2026, 1, 20)), "its own day");
    assert_eq!(fsh.value, Some(0.1 + 0.2), "to the last bit");
    assert_eq!(fsh.comparator, Some(Comparator::Less));
    assert_eq!(fsh.source_text, "FSH  <0.3");
    let pages = observations::page_texts(&app, &viewer, document, None)
        .await
        .unwrap();
    assert_eq!((pages.len(), pages[0].text.as_str()), (1, "AMH 2.1"));
    let none = observations::page_texts(&app, &viewer, document, Some(2))
        .await
        .unwrap();
    assert!(none.is_empty());
}

#[actix_web::test]
async fn without_a_day_of_collection_a_value_has_no_day() {
    let database = Database::fresh().await;
    let app = database.pools().app;
    let viewer = viewer(&database).await;
    let document = stored(&database, &viewer, None, 1).await;
    let mut paper = analysis("Carla Jones", None, vec![value("amh", 2.1)]);
    paper.collected_on = None;
    assert!(paper.reported_on.is_some());
    read(&database, &viewer, document, &paper).await;
    let values = observations::of_document(&app, &viewer, document)
        .await
        .unwrap();
    assert_eq!(values[0].observation.observed_on, None);
}

#[actix_web::test]
async fn the_same_version_twice_changes_nothing() {
    let database = Database::fresh().await;
    let app = database.pools().app;
    let viewer = viewer(&database).await;
    let document = stored(&database, &viewer, None, 1).await;
    let mut paper = analysis("Carla Jones", None, vec![value("amh", 2.1)]);
    read(&database, &viewer, document, &paper).await;
    let before = observations::of_document(&app, &viewer, document)
        .await
        .unwrap();
    paper.observations.push(value("fsh", 5.0));
    read(&database, &viewer, document, &paper).await;
    let after = observations::of_document(&app, &viewer, document)
        .await
        .unwrap();
    assert_eq!(before, after);
}

#[actix_web::test]
async fn a_newer_version_takes_the_place_of_what_no_person_decided() {
    let database = Database::fresh().await;
    let app = database.pools().app;
    let viewer = viewer(&database).await;
    let document = stored(&database, &viewer, None, 1).await;
    let names = ["amh", "fsh", "lh", "tsh"];
    let values = names.map(|name| value(name, 2.0)).to_vec();
    let mut paper = analysis("Carla Jones", None, values);
    read(&database, &viewer, document, &paper).await;
    database
        .admin()
        .await
        .batch_execute(
            "UPDATE fertidoc.observation SET state = 'confirmed' WHERE analyte = 'amh';
             UPDATE fertidoc.observation SET state = 'rejected' WHERE analyte = 'fsh';
             UPDATE fertidoc.observation SET state = 'confirmed' WHERE analyte = 'lh'",
        )
        .await
        .unwrap();
    paper.versions.lexicon = "2".into();
    paper.observations[2] = value("lh", 20.0);
    paper.observations[3] = value("tsh", 2.5);
    read(&database, &viewer, document, &paper).await;
    let standing: Vec<_> = observations::of_document(&app, &viewer, document)
        .await
        .unwrap()
        .into_iter()
        .map(|v| {
            let o = v.observation;
            (
                o.analyte,
                o.value.unwrap(),
                v.lexicon,
                v.state,
                o.needs_review,
            )
        })
        .collect();
    let has = |analyte: &str, number, lexicon: &str, state, review| {
        let row = (
            analyte.to_owned(),
            number,
            lexicon.to_owned(),
            state,
            review,
        );
        assert!(standing.contains(&row), "{row:?} in {standing:?}");
    };
    has("amh", 2.0, "1", ObservationState::Confirmed, false);
    has("fsh", 2.0, "1", ObservationState::Rejected, false);
    has("lh", 2.0, "1", ObservationState::Confirmed, false);
    // It contradicts what a person confirmed: a person has to look again.
    has("lh", 20.0, "2", ObservationState::Read, true);
    has("tsh", 2.5, "2", ObservationState::Read, false);
    assert_eq!(standing.len(), 5);
}

async fn refused(change: impl FnOnce(&mut Analysis)) -> String {
    let database = Database::fresh().await;
    let viewer = viewer(&database).await;
    let document = stored(&database, &viewer, None, 1).await;
    let mut paper = analysis("Carla Jones", None, vec![value("amh", 2.1)]);
    change(&mut paper);
    let pages = [PageText {
        number: 1,
        width: 595.0,
        height: 842.0,
        text: String::new(),
    }];
    let pools = database.pools();
    let mut connection = db::connection(&pools.worker).await.unwrap();
    let tx = db::begin_for(&mut connection, viewer.clinic).await.unwrap();
    match observations::record(&tx, viewer.clinic, document, &paper, &pages).await {
        Err(ObservationsError::Db(DbError::Refused { constraint })) => constraint,
        answer => panic!("{answer:?}"),
    }
}

#[actix_web::test]
async fn no_value_without_exactly_one_place() {
    let place = "exactly_one_place";
    let none = refused(|paper| {
        paper.observations[0].page = None;
        paper.observations[0].bounds = None;
    });
    assert_eq!(none.await, place);
    let two = refused(|paper| paper.observations[0].path = Some("OBX-5".into()));
    assert_eq!(two.await, place);
    let half = refused(|paper| paper.observations[0].bounds = None);
    assert_eq!(half.await, place);
    let no_such_page = refused(|paper| paper.observations[0].page = Some(2));
    assert!(
        no_such_page.await.contains("page"),
        "a page that is not there"
    );
    let no_text = refused(|paper| paper.observations[0].source_text.clear());
    assert_eq!(no_text.await, "printed_text");
}

#[actix_web::test]
async fn no_value_without_its_document_and_reading() {
    let database = Database::fresh().await;
    let viewer = viewer(&database).await;
    let first = stored(&database, &viewer, None, 1).await;
    let second = stored(&database, &viewer, None, 2).await;
    let paper = analysis("Carla Jones", None, vec![value("amh", 2.1)]);
    read(&database, &viewer, first, &paper).await;
    let error = database
        .admin()
        .await
        .execute(
            "UPDATE fertidoc.observation SET document_id = $1",
            &[&second.0],
        )
        .await
        .unwrap_err();
    assert_eq!(
        error.code(),
        Some(&tokio_postgres::error::SqlState::FOREIGN_KEY_VIOLATION)
    );
}

#[actix_web::test]
async fn a_person_enters_a_value_with_a_reason() {
    let database = Database::fresh().await;
    let app = database.pools().app;
    let ours = viewer(&database).await;
    let theirs = viewer(&database).await;
    let document = stored(&database, &ours, None, 1).await;
    let mut paper = analysis("Carla Jones", None, vec![value("amh", 2.1)]);
    paper.kind = Some(Kind::Letter);
    let mut entered = EnteredValue {
        analyte: "tsh".into(),
        value: Some(1.4),
        value_text: "1,4".into(),
        unit: Some("u[IU]/mL".into()),
        comparator: None,
        text: None,
        observed_on: None,
        because: "written by hand on the margin".into(),
    };
    let unread = observations::enter(&app, &ours, document, &entered).await;
    assert!(matches!(unread, Err(ObservationsError::NotFound(_))));
    read(&database, &ours, document, &paper).await;
    let id = observations::enter(&app, &ours, document, &entered)
        .await
        .unwrap();
    let values = observations::of_document(&app, &ours, document)
        .await
        .unwrap();
    assert_eq!(values[1].id, id);
    assert_eq!(values[1].entered_by, Some(ours.agent.id()));
    assert_eq!(
        values[1].entered_because.as_deref(),
        Some("written by hand on the margin")
    );
    assert_eq!(values[1].state, ObservationState::Confirmed);
    assert_eq!(values[1].observation.page, None);
    let another_clinic = observations::enter(&app, &theirs, document, &entered).await;
    assert!(matches!(
        another_clinic,
        Err(ObservationsError::NotFound(_))
    ));
    entered.because = "  ".into();
    let without = observations::enter(&app, &ours, document, &entered).await;
    assert!(matches!(without, Err(ObservationsError::NoReason)));
    // A newer reading leaves it standing.
    paper.versions.extractor = "2".into();
    read(&database, &ours, document, &paper).await;
    let values = observations::of_document(&app, &ours, document)
        .await
        .unwrap();
    assert_eq!(values.len(), 2);
}

#[actix_web::test]
async fn another_clinic_sees_no_value_by_any_function() {
    let database = Database::fresh().await;
    let app = database.pools().app;
    let ours = viewer(&database).await;
    let theirs = viewer(&database).await;
    let document = stored(&database, &ours, None, 1).await;
    let paper = analysis("Carla Jones", None, vec![value("amh", 2.1)]);
    read(&database, &ours, document, &paper).await;
    assert!(matches!(
        observations::of_document(&app, &theirs, document).await,
        Err(ObservationsError::NotFound(_))
    ));
    assert!(matches!(
        observations::page_texts(&app, &theirs, document, Some(1)).await,
        Err(ObservationsError::NotFound(_))
    ));
    let standing = documents::standing(&app, &theirs, document).await.unwrap();
    assert!(standing.is_none());
}
