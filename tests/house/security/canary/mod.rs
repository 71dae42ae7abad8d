//! SEC16: a patient whose every word is a canary goes through all that the house does, well and
//! badly; afterwards everything that the house tells anybody but its own people is searched.
//!
//! The house is of processes (`serve` twice and `work`), on a Postgres with the log settings that
//! are delivered, on a Redis and a store of its own, with Loki listening and nginx before it. What
//! the answers and the patient table must hold is looked for with the same needles, so that needles
//! which find nothing anywhere fail the test.

mod life;
mod needles;
mod ports;
mod sinks;

use crate::house::TestHouse;
use ports::Ports;
use sinks::Sinks;
use std::fmt::Write as _;

/// Lives through everything at this level of the log and searches; what was told on the way.
async fn told_nothing_at(level: &str) {
    let mut ports = Ports::open(level).await;
    let lived = life::lead(&ports).await;
    needles::must_be_found(&lived);
    let sinks = Sinks::gather(&mut ports, &lived).await;
    sinks.must_hold_what_they_are_for();
    needles::must_not_be_found(&sinks, &lived.secrets);
}

#[actix_web::test]
async fn sec16_no_word_of_a_patient_leaves_the_house_at_the_default_level() {
    told_nothing_at("info").await;
}

#[actix_web::test]
async fn sec16_no_word_of_a_patient_leaves_the_house_where_everything_is_logged() {
    told_nothing_at("trace").await;
}

/// The words of Postgres about a failed statement hold its values: the control that they do, and
/// that ours do not.
#[actix_web::test]
async fn sec16_what_is_told_of_a_failed_statement_holds_no_value() {
    let house = TestHouse::with(fertidoc::app::Roles::SERVE, |_| {}).await;
    let admin = house.database.admin().await;
    let statement = "CREATE TEMP TABLE seen (name text CHECK (name <> 'ZZCANARY-1'))";
    admin.batch_execute(statement).await.unwrap();
    let mut told = 0;
    for (statement, word) in [
        ("SELECT $1::text::date", "ZZCANARY"),
        ("SELECT ($1::text || 'x')::uuid", "ZZCANARY"),
        ("INSERT INTO seen VALUES ($1)", "ZZCANARY-1"),
    ] {
        let error = admin.query(statement, &[&word]).await.unwrap_err();
        assert!(format!("{error:?}").contains("ZZCANARY"), "{error:?}");
        let ours = fertidoc::db::DbError::from(error);
        let mut words = format!("{ours} {ours:?}");
        let mut cause = std::error::Error::source(&ours);
        while let Some(error) = cause {
            write!(words, " {error} {error:?}").unwrap();
            cause = error.source();
        }
        assert!(!words.contains("ZZCANARY"), "{words}");
        told += usize::from(words.contains("SQLSTATE") || words.contains("seen_name_check"));
    }
    assert_eq!(told, 3, "what it was about is still said");
}
