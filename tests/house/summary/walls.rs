//! Who sees what, who looked, and how much Postgres has to do for it.

use super::{NEVER_FROM_MEMORY, Ward, value, viewer};
use fertidoc::access::create_clinic;
use fertidoc::db;
use fertidoc::domain::ids::PatientId;
use fertidoc::summary::SummaryError;
use std::time::Duration;

const READ_SUMMARY: &str = include_str!("../../../sql/queries/summary/read_summary.sql");
const LIST_SUMMARIES: &str = include_str!("../../../sql/queries/summary/list_summaries.sql");

#[actix_web::test]
async fn another_clinic_and_nobody_are_the_same_answer() {
    let ward = Ward::open().await;
    let ada = ward.patient("Ada").await;
    ward.document(ada, &[value("fsh", 1.0, "2026-01-01")]).await;
    let stranger = viewer(
        &ward.pools,
        create_clinic(&ward.pools.app, "Other").await.unwrap(),
    )
    .await;
    for refreshed in [false, true] {
        if refreshed {
            ward.refresh().await;
        }
        for silence in [NEVER_FROM_MEMORY, Duration::from_mins(10)] {
            let summaries = ward.summaries(silence);
            ward.assert_right(&summaries, ada).await;
            for unknown in [ada, PatientId::fresh()] {
                let answer = summaries.read(&stranger, unknown, None).await;
                assert!(matches!(answer, Err(SummaryError::NotFound)), "{answer:?}");
            }
            assert!(summaries.list(&stranger, &[ada]).await.unwrap().is_empty());
        }
    }
}

#[actix_web::test]
async fn materialized_summaries_are_out_of_reach_but_by_the_function() {
    let ward = Ward::open().await;
    let ada = ward.patient("Ada").await;
    ward.refresh().await;
    for pool in [&ward.pools.app, &ward.pools.worker] {
        let mut connection = db::connection(pool).await.unwrap();
        let refused = connection
            .query("SELECT FROM materialized.patient_summary", &[])
            .await;
        let code = refused.unwrap_err().code().cloned();
        assert_eq!(
            code,
            Some(tokio_postgres::error::SqlState::INSUFFICIENT_PRIVILEGE)
        );
        let ask = "SELECT count(*) FROM materialized.patient_summary_of($1)";
        let unsaid: i64 = connection.query_one(ask, &[&ada.0]).await.unwrap().get(0);
        assert_eq!(unsaid, 0, "no clinic was said");
        let tx = db::begin_for(&mut connection, ward.viewer.clinic)
            .await
            .unwrap();
        let said: i64 = tx.query_one(ask, &[&ada.0]).await.unwrap().get(0);
        assert_eq!(said, 1);
    }
}

#[actix_web::test]
async fn whoever_looks_is_recorded_from_memory_too() {
    let ward = Ward::open().await;
    let summaries = ward.summaries(Duration::from_mins(10));
    let ada = ward.patient("Ada").await;
    for _ in 0..5 {
        ward.assert_right(&summaries, ada).await;
    }
    let recorded: i64 = ward
        .admin
        .query_one(
            "SELECT count(*) FROM fertidoc.audit_event
              WHERE action = 'summary.read' AND subject = $1 AND agent_id = $2 AND request_id = 'test-request'",
            &[&ada.0, &ward.viewer.agent.id().0],
        )
        .await
        .unwrap()
        .get(0);
    assert_eq!(recorded, 5);
}

/// The plan of a statement as the role that answers requests runs it.
async fn plan(ward: &Ward, statement: &str, argument: &str) -> String {
    let mut connection = db::connection(&ward.pools.app).await.unwrap();
    let tx = db::begin_for(&mut connection, ward.viewer.clinic)
        .await
        .unwrap();
    let rows = tx
        .query(
            &format!(
                "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) {}",
                statement.replace("$1", argument)
            ),
            &[],
        )
        .await
        .unwrap();
    let lines: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    lines.join("\n")
}

#[actix_web::test]
async fn the_live_definition_is_computed_for_a_stale_patient_and_for_no_other() {
    let ward = Ward::open().await;
    ward.admin
        .execute(
            "INSERT INTO fertidoc.patient (patient_id, clinic_id, family_name, search_text)
             SELECT gen_random_uuid(), $1, 'F', 'f' FROM generate_series(1, 3000)",
            &[&ward.viewer.clinic.0],
        )
        .await
        .unwrap();
    let ada = ward.patient("Ada").await;
    ward.document(ada, &[value("fsh", 1.0, "2026-01-01")]).await;
    ward.refresh().await;
    ward.admin.batch_execute("ANALYZE").await.unwrap();
    let one = format!("'{ada}'::uuid");
    let list = format!("ARRAY['{ada}']");

    for (statement, argument) in [(READ_SUMMARY, &one), (LIST_SUMMARIES, &list)] {
        let fresh = plan(&ward, statement, argument).await;
        let live = fresh
            .lines()
            .find(|line| line.contains("on patient p"))
            .unwrap();
        assert!(live.contains("never executed"), "{fresh}");
    }
    ward.handed_in(ada).await;
    for (statement, argument) in [(READ_SUMMARY, &one), (LIST_SUMMARIES, &list)] {
        let stale = plan(&ward, statement, argument).await;
        let live = stale
            .lines()
            .find(|line| line.contains("on patient p"))
            .unwrap();
        assert!(
            live.contains("Index Scan") && live.contains("rows=1 loops=1"),
            "{stale}"
        );
        let materialized = stale
            .lines()
            .find(|line| line.contains("patient_summary_of"))
            .unwrap();
        assert!(materialized.contains("never executed"), "{stale}");
    }
}
