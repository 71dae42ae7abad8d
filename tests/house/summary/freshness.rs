//! What was committed is in the next reading, whichever row it changed.

use super::{NEVER_FROM_MEMORY, Ward, value};
use fertidoc::domain::ids::PatientId;
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use std::collections::BTreeSet;
use uuid::Uuid;

#[actix_web::test]
async fn every_kind_of_change_is_seen_by_the_next_reader() {
    let ward = Ward::open().await;
    let summaries = ward.summaries(NEVER_FROM_MEMORY);
    let (ada, eva) = (ward.patient("Ada").await, ward.patient("Eva").await);
    ward.refresh().await;
    assert!(ward.assert_right(&summaries, ada).await.values.is_empty());

    let document = ward.handed_in(ada).await;
    assert_eq!(
        ward.assert_right(&summaries, ada).await.documents_pending,
        1
    );

    ward.refresh().await;
    let values = [
        value("fsh", 7.5, "2026-01-02"),
        value("lh", 4.0, "2026-01-02"),
    ];
    let ids = ward.read_document(document, ada, &values).await;
    let seen = ward.assert_right(&summaries, ada).await;
    assert_eq!(
        (seen.documents, seen.documents_pending, seen.values.len()),
        (1, 0, 2)
    );

    ward.refresh().await;
    ward.decide(ids[0], "rejected").await;
    assert_eq!(ward.assert_right(&summaries, ada).await.values.len(), 1);

    ward.refresh().await;
    ward.decide(ids[0], "corrected").await;
    let seen = ward.assert_right(&summaries, ada).await;
    assert!(
        seen.values
            .iter()
            .any(|series| series.analyte == "fsh" && series.verified)
    );

    ward.refresh().await;
    ward.file(document, eva).await;
    assert!(ward.assert_right(&summaries, ada).await.values.is_empty());
    assert_eq!(ward.assert_right(&summaries, eva).await.values.len(), 2);

    ward.refresh().await;
    ward.admin
        .execute(
            "UPDATE fertidoc.patient SET family_name = 'Moss' WHERE patient_id = $1",
            &[&ada.0],
        )
        .await
        .unwrap();
    assert_eq!(
        ward.assert_right(&summaries, ada).await.patient.family_name,
        "Moss"
    );

    ward.refresh().await;
    ward.admin
        .batch_execute(&format!(
            "INSERT INTO fertidoc.identifier_authority (clinic_id, code, name) VALUES ('{0}', 'house', 'House');
             INSERT INTO fertidoc.patient_identifier VALUES ('{0}', '{1}', 'house', 'A-1', 'A1');",
            ward.viewer.clinic, ada
        ))
        .await
        .unwrap();
    assert_eq!(
        ward.assert_right(&summaries, ada).await.patient.identifiers[0].value,
        "A-1"
    );

    ward.refresh().await;
    let (one, other) = (ada.min(eva), ada.max(eva));
    ward.admin
        .execute(
            "INSERT INTO fertidoc.partnership VALUES ($1, $2, $3, $4, '2024-01-01', NULL, now(), '2024-01-01')",
            &[&Uuid::now_v7(), &ward.viewer.clinic.0, &one.0, &other.0],
        )
        .await
        .unwrap();
    assert_eq!(
        ward.assert_right(&summaries, ada).await.patient.partners[0].patient_id,
        Some(eva)
    );
    assert_eq!(
        ward.assert_right(&summaries, eva).await.patient.partners[0].patient_id,
        Some(ada)
    );

    ward.refresh().await;
    ward.admin
        .batch_execute("DELETE FROM fertidoc.partnership; DELETE FROM fertidoc.patient_identifier;")
        .await
        .unwrap();
    let seen = ward.assert_right(&summaries, ada).await;
    assert!(seen.patient.partners.is_empty() && seen.patient.identifiers.is_empty());

    ward.refresh().await;
    ward.admin
        .execute(
            "UPDATE fertidoc.document SET filing = 'held', held_because = '{name_contradicts}'
              WHERE document_id = $1",
            &[&document.0],
        )
        .await
        .unwrap();
    let seen = ward.assert_right(&summaries, eva).await;
    assert!(seen.values.is_empty() && seen.documents == 0 && seen.documents_held == 1);
}

#[actix_web::test]
async fn whatever_happens_a_reading_equals_the_definition() {
    let ward = Ward::open().await;
    let summaries = ward.summaries(NEVER_FROM_MEMORY);
    let mut dice = StdRng::seed_from_u64(20);
    let mut patients = Vec::new();
    for name in ["Ada", "Eva", "Ida"] {
        patients.push(ward.patient(name).await);
    }
    let any =
        |dice: &mut StdRng, patients: &[PatientId]| patients[dice.random_range(0..patients.len())];
    let (mut documents, mut observations) = (Vec::new(), Vec::new());
    for _ in 0..60 {
        match dice.random_range(0..6) {
            0 => documents.push(ward.handed_in(any(&mut dice, &patients)).await),
            1 | 2 => {
                let days = ["2026-01-01", "2026-02-01", "2026-03-01"];
                let mut values = Vec::new();
                for analyte in ["fsh", "lh", "amh"] {
                    let mut value = value(
                        analyte,
                        dice.random_range(1..9).into(),
                        days[dice.random_range(0..3)],
                    );
                    value.needs_review = dice.random_bool(0.2);
                    values.push(value);
                }
                let (document, ids) = ward.document(any(&mut dice, &patients), &values).await;
                documents.push(document);
                observations.extend(ids);
            }
            3 if !documents.is_empty() => {
                let document = documents[dice.random_range(0..documents.len())];
                ward.file(document, any(&mut dice, &patients)).await;
            }
            4 if !observations.is_empty() => {
                let states = ["read", "confirmed", "corrected", "rejected", "superseded"];
                let observation = observations[dice.random_range(0..observations.len())];
                ward.decide(observation, states[dice.random_range(0..5)])
                    .await;
            }
            _ => {
                ward.refresh().await;
            }
        }
        for &patient in &patients {
            ward.assert_right(&summaries, patient).await;
        }
    }
    ward.refresh().await;
    assert_eq!(ward.stale().await, 0);
    for &patient in &patients {
        ward.assert_right(&summaries, patient).await;
    }
}

#[actix_web::test]
async fn progress_of_a_reading_changes_no_summary() {
    let ward = Ward::open().await;
    let ada = ward.patient("Ada").await;
    ward.handed_in(ada).await;
    let before = (ward.version(ada).await, ward.stale().await);
    ward.admin
        .batch_execute("UPDATE fertidoc.document SET page = 2, pages = 9, revision = revision + 1, updated_at = now()")
        .await
        .unwrap();
    assert_eq!((ward.version(ada).await, ward.stale().await), before);
}

#[actix_web::test]
async fn a_version_is_raised_once_a_transaction_and_one_notice_goes_out() {
    let ward = Ward::open().await;
    let (ada, eva) = (ward.patient("Ada").await, ward.patient("Eva").await);
    let (sender, mut heard) = tokio::sync::mpsc::channel(64);
    tokio::spawn(fertidoc::db::listen(
        ward.database.url("fertidoc_app").as_str().into(),
        &["fertidoc_summary"],
        sender,
    ));
    assert_eq!(heard.recv().await, Some(fertidoc::db::Heard::Connected));
    let before = (ward.version(ada).await, ward.version(eva).await);
    ward.admin
        .batch_execute(&format!(
            "BEGIN;
             UPDATE fertidoc.patient SET given_names = 'B' WHERE patient_id = '{eva}';
             UPDATE fertidoc.patient SET given_names = 'B' WHERE patient_id = '{ada}';
             UPDATE fertidoc.patient SET given_names = 'C' WHERE patient_id = '{ada}';
             COMMIT"
        ))
        .await
        .unwrap();
    assert_eq!(
        (ward.version(ada).await, ward.version(eva).await),
        (before.0 + 1, before.1 + 1)
    );
    // A crowd is told of as a whole: a notice holds 8,000 bytes.
    ward.admin
        .execute(
            "INSERT INTO fertidoc.patient (patient_id, clinic_id, family_name, search_text)
             SELECT gen_random_uuid(), $1, 'F', 'f' FROM generate_series(1, 500)",
            &[&ward.viewer.clinic.0],
        )
        .await
        .unwrap();
    let clinic = ward.viewer.clinic;
    let (first, second) = (ada.min(eva), ada.max(eva));
    for expected in [format!("{clinic} {first},{second}"), format!("{clinic} *")] {
        let Some(fertidoc::db::Heard::Notice { payload, .. }) = heard.recv().await else {
            panic!("no notice");
        };
        assert_eq!(payload, expected);
    }
}

#[actix_web::test]
async fn writers_in_opposite_order_neither_deadlock_nor_skip_a_version() {
    let ward = Ward::open().await;
    let (ada, eva) = (ward.patient("Ada").await, ward.patient("Eva").await);
    let (writers, rounds) = (6, 15);
    let mut papers = Vec::new();
    for _ in 0..writers {
        papers.push((ward.handed_in(ada).await, ward.handed_in(eva).await));
    }
    let before = (ward.version(ada).await, ward.version(eva).await);
    let mut tasks = Vec::new();
    for (number, (of_ada, of_eva)) in papers.into_iter().enumerate() {
        let client = ward.database.admin().await;
        tasks.push(tokio::spawn(async move {
            for round in 0..rounds {
                let order = if number % 2 == 0 { [of_ada, of_eva] } else { [of_eva, of_ada] };
                client
                    .batch_execute(&format!(
                        "BEGIN; UPDATE fertidoc.document SET kind = 'k{round}' WHERE document_id = '{}';
                         UPDATE fertidoc.document SET kind = 'k{round}' WHERE document_id = '{}'; COMMIT",
                        order[0], order[1]
                    ))
                    .await
                    .unwrap();
            }
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    let raised = i64::from(writers * rounds);
    assert_eq!(
        (ward.version(ada).await, ward.version(eva).await),
        (before.0 + raised, before.1 + raised)
    );
}

#[actix_web::test]
async fn a_value_rejected_while_its_document_moves_marks_where_it_went() {
    let ward = Ward::open().await;
    let (ada, eva) = (ward.patient("Ada").await, ward.patient("Eva").await);
    let (document, ids) = ward.document(ada, &[value("fsh", 7.5, "2026-01-02")]).await;
    let rejecting = ward.database.admin().await;
    rejecting
        .batch_execute(&format!(
            "BEGIN; UPDATE fertidoc.observation SET state = 'rejected' WHERE observation_id = '{}'",
            ids[0]
        ))
        .await
        .unwrap();
    let moving = ward.database.admin().await;
    let move_it = format!(
        "UPDATE fertidoc.document SET patient_id = '{eva}' WHERE document_id = '{document}'"
    );
    let moved = tokio::spawn(async move { moving.batch_execute(&move_it).await });
    // Either the move waits for the rejection, or it is done; in both cases the summaries of both
    // are right once everything is committed and refreshed in between.
    while !moved.is_finished() && !super::refresh::somebody_waits(&ward.admin).await {
        tokio::task::yield_now().await;
    }
    ward.refresh().await;
    rejecting.batch_execute("COMMIT").await.unwrap();
    moved.await.unwrap().unwrap();
    let summaries = ward.summaries(NEVER_FROM_MEMORY);
    assert!(ward.assert_right(&summaries, ada).await.values.is_empty());
    assert!(ward.assert_right(&summaries, eva).await.values.is_empty());
}

#[actix_web::test]
async fn every_table_that_the_definition_reads_marks_and_is_seen_by_the_refresher() {
    let ward = Ward::open().await;
    let rows = ward
        .admin
        .query(
            "WITH RECURSIVE reads AS (
                 SELECT 'fertidoc.patient_summary_live'::regclass::oid AS relation
                  UNION
                 SELECT d.refobjid FROM reads
                   JOIN pg_rewrite r ON r.ev_class = reads.relation
                   JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
                                   AND d.refclassid = 'pg_class'::regclass)
             SELECT c.relname::text,
                    ARRAY(SELECT t.tgname::text FROM pg_trigger t
                           WHERE t.tgrelid = c.oid AND t.tgenabled <> 'D' AND t.tgname LIKE 'stale\\_%'
                           ORDER BY t.tgname) AS triggers,
                    EXISTS (SELECT FROM pg_policy p
                             WHERE p.polrelid = c.oid AND p.polcmd IN ('r', '*')
                               AND 'fertidoc_refresher'::regrole = ANY (p.polroles)) AS seen,
                    c.relrowsecurity AND c.relforcerowsecurity AS walled
               FROM reads JOIN pg_class c ON c.oid = reads.relation AND c.relkind IN ('r', 'p')",
            &[],
        )
        .await
        .unwrap();
    let mut tables = BTreeSet::new();
    for row in &rows {
        let table: String = row.get(0);
        let triggers: Vec<String> = row.get(1);
        assert_eq!(
            triggers,
            ["stale_delete", "stale_insert", "stale_update"],
            "{table}"
        );
        assert!(
            row.get::<_, bool>(2),
            "the refresher sees nothing of {table}"
        );
        assert!(
            row.get::<_, bool>(3),
            "row level security is not forced on {table}"
        );
        tables.insert(table);
    }
    assert!(
        tables.contains("patient") && tables.contains("observation"),
        "{tables:?}"
    );
}
