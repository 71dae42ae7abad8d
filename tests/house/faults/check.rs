//! `fertidoc check` finds what was broken, names it, and finds nothing where nothing is.

use super::processes::told;
use crate::{hostile, house::TestHouse, storage::Endpoint};
use fertidoc::{
    config::Config,
    domain::ids::{ObjectId, PatientId},
    storage::Store,
    summary::refresh_once,
};
use serde_json::Value;
use std::time::Duration;

impl TestHouse {
    /// The codes of what is found, each once and in order.
    async fn flaws(&self, config: &Config, deep: bool) -> Vec<String> {
        let checked = self.checked(config, deep).await;
        let of = |list: &Value, field: &str| -> Vec<String> {
            let items = list.as_array().unwrap().iter();
            items
                .map(|item| item[field].as_str().unwrap().to_owned())
                .collect()
        };
        let mut codes = of(&checked["flaws"], "code");
        codes.extend(of(&checked["record"]["findings"], "fault"));
        // What stands still is not sealed either, and its anchor grows old by itself.
        codes.retain(|code| code != "anchor_behind");
        codes.sort();
        codes.dedup();
        codes
    }
}

/// A house that has read a few things, and then stands still.
async fn still() -> (Endpoint, TestHouse) {
    let endpoint = Endpoint::start().await;
    endpoint.store().await;
    let mut house = TestHouse::with(fertidoc::app::Roles::ALL, |config| {
        config.store = endpoint.config.clone();
    })
    .await;
    let kim = house
        .register("Kim", "Daniel J", "1987-07-22", "male")
        .await;
    house
        .upload_and_read("semen_us_andrology_reportlab.pdf", None)
        .await;
    let plain = house.keep(hostile::plain(&["Dear colleague,"])).await;
    house.ended(&plain).await;
    let refused = house.keep(hostile::noise(4096)).await;
    assert_eq!(house.ended(&refused).await["state"], "refused");
    // So that something is in Redis.
    house.summary(&kim).await;
    house.settles().await;
    assert_eq!(house.flaws(&house.config, true).await, [""; 0]);
    house.close().await;
    (endpoint, house)
}

#[actix_web::test]
async fn a_house_that_is_open_and_one_that_is_empty_are_sound() {
    let house = TestHouse::open().await;
    assert_eq!(house.flaws(&house.config, true).await, [""; 0]);
    // What is on its way is no flaw.
    let documents: Vec<_> = (0..6)
        .map(|number| house.keep(hostile::plain(&[&format!("report {number}")])))
        .collect();
    let documents = futures_util::future::join_all(documents).await;
    assert_eq!(house.flaws(&house.config, true).await, [""; 0]);
    for document in &documents {
        house.ended(document).await;
    }
}

/// What is done to the database, and what it is found as.
type Harm = (&'static str, &'static [&'static str]);

const HARMS: [Harm; 15] = [
    (
        "UPDATE fertidoc.job SET state = 'running', finished_at = NULL, fence = 1, worker = 'w',
                lease_until = clock_timestamp() - interval '1 min'",
        &["lease_expired"],
    ),
    (
        "UPDATE fertidoc.job SET attempt = max_attempts + 1",
        &["attempts_exceeded"],
    ),
    (
        "UPDATE fertidoc.job_attempt SET outcome = NULL, finished_at = NULL",
        &["attempt_open", "result_not_once"],
    ),
    (
        "INSERT INTO fertidoc.job_attempt (clinic_id, job_id, fence, attempt, worker, finished_at, outcome)
         SELECT clinic_id, job_id, -1, 2, 'w', clock_timestamp(), 'done' FROM fertidoc.job LIMIT 1",
        &["result_not_once"],
    ),
    (
        "UPDATE fertidoc.document SET state = 'stored' WHERE state = 'read'",
        &["document_without_job"],
    ),
    (
        "UPDATE fertidoc.document SET state = 'failed' WHERE state = 'refused'",
        &["failure_without_job"],
    ),
    (
        "UPDATE fertidoc.document SET error_code = NULL WHERE state = 'refused'",
        &["end_without_reason"],
    ),
    (
        "UPDATE fertidoc.document SET analysis_id = NULL WHERE state = 'read'",
        &["read_without_reading"],
    ),
    (
        "UPDATE fertidoc.document SET page = 9, pages = 1",
        &["page_beyond_pages"],
    ),
    (
        "UPDATE fertidoc.document SET sha256 = sha256(uuid_send(document_id))",
        &["object_of_another"],
    ),
    (
        "UPDATE fertidoc.document d SET analysis_id = a.analysis_id FROM fertidoc.analysis a
          WHERE a.document_id <> d.document_id AND d.state = 'read' AND a.clinic_id = d.clinic_id",
        &["reading_of_another"],
    ),
    (
        "UPDATE fertidoc.observation SET ordinal = ordinal + 1000 WHERE ordinal = 1",
        &["values_not_dense"],
    ),
    (
        "DELETE FROM fertidoc.observation o
          WHERE o.ordinal = (SELECT max(m.ordinal) FROM fertidoc.observation m WHERE m.analysis_id = o.analysis_id)",
        &["values_not_once"],
    ),
    (
        "UPDATE fertidoc.document_page SET page = 7
          WHERE NOT EXISTS (SELECT FROM fertidoc.observation o WHERE o.analysis_id = document_page.analysis_id)",
        &["pages_not_dense"],
    ),
    (
        "INSERT INTO fertidoc.idempotency_key (clinic_id, agent_id, key, holder, lease_until, created_at)
         SELECT d.clinic_id, d.uploaded_by, 'k', gen_random_uuid(), now(), now() - interval '3 days'
           FROM fertidoc.document d LIMIT 1",
        &["keys_kept"],
    ),
];

#[actix_web::test]
async fn what_was_done_to_rows_is_named() {
    let (_endpoint, house) = still().await;
    // Each harm in a copy, so that none hides another.
    for (number, (harm, expected)) in HARMS.iter().enumerate() {
        let copy = house.database.copy(&format!("harm_{number}")).await;
        let admin = copy.admin().await;
        admin.batch_execute(harm).await.unwrap();
        // Triggers have marked whom it concerns.
        let mut config = copy.config();
        config.store = house.config.store.clone();
        config.access = house.config.access.clone();
        assert_eq!(house.flaws(&config, false).await, *expected, "{harm}");
    }
}

#[actix_web::test]
async fn what_was_done_to_summaries_is_named() {
    let (_endpoint, house) = still().await;
    let admin = house.database.admin().await;
    // The definition says something else, and nobody was marked.
    admin
        .batch_execute(
            "SET session_replication_role = replica;
             UPDATE fertidoc.patient SET given_names = 'Another'",
        )
        .await
        .unwrap();
    assert_eq!(
        house.flaws(&house.config, false).await,
        [
            "summary_cached_wrong",
            "summary_not_refreshed",
            "summary_wrong"
        ]
    );
    admin
        .batch_execute(
            "INSERT INTO fertidoc.stale_patient (clinic_id, patient_id)
             SELECT clinic_id, patient_id FROM fertidoc.patient;
             UPDATE fertidoc.patient SET version = version + 1",
        )
        .await
        .unwrap();
    assert_eq!(house.flaws(&house.config, false).await, [""; 0]);
    let url = house.database.url("fertidoc_refresher");
    let (mut refresher, connection) = fertidoc::db::connect_single(&url).await.unwrap();
    tokio::spawn(connection);
    refresh_once(&mut refresher).await.unwrap();
    assert_eq!(house.flaws(&house.config, false).await, [""; 0]);
    // A patient whom nobody knows any more, in the materialized view only.
    let stranger = PatientId::fresh();
    admin
        .batch_execute(&format!(
            "INSERT INTO fertidoc.patient (patient_id, clinic_id, family_name, search_text)
             VALUES ('{stranger}', '{}', 'Nobody', 'nobody')",
            house.clinic
        ))
        .await
        .unwrap();
    assert_eq!(
        house.flaws(&house.config, false).await,
        ["summary_not_refreshed", "summary_wrong"]
    );
}

#[actix_web::test]
async fn what_was_done_to_objects_is_named() {
    let (endpoint, house) = still().await;
    let admin = house.database.admin().await;
    let sql = "SELECT object_id FROM fertidoc.stored_object ORDER BY size_bytes DESC";
    let rows = admin.query(sql, &[]).await.unwrap();
    let object = |row: usize| ObjectId(rows[row].get(0));
    // As long as before, and another one.
    let mut bytes = endpoint.bytes_of(object(0)).await;
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    endpoint.alter(object(0), &bytes).await;
    assert_eq!(house.flaws(&house.config, false).await, [""; 0]);
    assert_eq!(house.flaws(&house.config, true).await, ["object_altered"]);
    bytes.truncate(middle);
    endpoint.alter(object(0), &bytes).await;
    assert_eq!(house.flaws(&house.config, false).await, ["object_altered"]);
    let store = Store::new(&house.config.store);
    store.delete(object(1)).await.unwrap();
    assert_eq!(
        house.flaws(&house.config, false).await,
        ["object_altered", "object_gone"]
    );
    store
        .put(ObjectId::fresh(), bytes::Bytes::from_static(b"whose?"))
        .await
        .unwrap();
    admin
        .batch_execute(
            "INSERT INTO fertidoc.stored_object (object_id, clinic_id)
             SELECT gen_random_uuid(), clinic_id FROM fertidoc.document LIMIT 1",
        )
        .await
        .unwrap();
    let found = ["object_altered", "object_gone", "object_without_row"];
    assert_eq!(house.flaws(&house.config, false).await, found);
    // Its time is over.
    let mut strict = house.config.clone();
    strict.upload.leftover_age = Duration::ZERO;
    strict.upload.sweep_every = Duration::ZERO;
    let found = [&["leftover"][..], &found[..]].concat();
    assert_eq!(house.flaws(&strict, false).await, found);
}

#[actix_web::test]
async fn a_document_without_its_record_and_a_record_without_its_document_are_named() {
    let (_endpoint, house) = still().await;
    let admin = house.database.admin().await;
    let document = "SELECT document_id::text FROM fertidoc.document WHERE state = 'refused'";
    let document: String = admin.query_one(document, &[]).await.unwrap().get(0);
    admin
        .batch_execute(&format!(
            "SET session_replication_role = replica;
             DELETE FROM fertidoc.document_mask WHERE document_id = '{document}';
             UPDATE fertidoc.document SET analysis_id = NULL WHERE document_id = '{document}';
             DELETE FROM fertidoc.analysis WHERE document_id = '{document}';
             DELETE FROM fertidoc.job_attempt WHERE job_id IN
                 (SELECT job_id FROM fertidoc.job WHERE document_id = '{document}');
             DELETE FROM fertidoc.job WHERE document_id = '{document}';
             DELETE FROM fertidoc.document WHERE document_id = '{document}'"
        ))
        .await
        .unwrap();
    let checked = house.checked(&house.config, false).await;
    assert_eq!(checked["flaws"].as_array().unwrap().len(), 1);
    assert_eq!(checked["flaws"][0]["code"], "document_lost");
    assert_eq!(checked["flaws"][0]["id"], document);
    admin
        .batch_execute(
            "DELETE FROM fertidoc.audit_event WHERE action = 'document.receive' AND subject IN
                 (SELECT document_id FROM fertidoc.document WHERE kind IS NOT NULL)",
        )
        .await
        .unwrap();
    let found = house.flaws(&house.config, false).await;
    for code in ["document_lost", "document_unrecorded", "row_missing"] {
        assert!(found.iter().any(|it| it == code), "{code}: {found:?}");
    }
}

#[actix_web::test]
async fn people_are_told_ids_and_what_to_do() {
    let (_endpoint, house) = still().await;
    let words = |said: &std::process::Output| String::from_utf8(said.stdout.clone()).unwrap();
    let said = told(&["check"], &house.config).await;
    assert!(said.status.success());
    assert!(words(&said).starts_with("sound: "), "{}", words(&said));
    let admin = house.database.admin().await;
    let harm = "UPDATE fertidoc.document SET error_code = NULL WHERE state = 'refused'";
    admin.batch_execute(harm).await.unwrap();
    let said = told(&["check"], &house.config).await;
    assert_eq!(said.status.code(), Some(1));
    let said = words(&said);
    assert!(said.starts_with("not sound: "), "{said}");
    assert!(said.contains(&format!("clinic {}", house.clinic)), "{said}");
    assert!(said.contains("start its job again"), "{said}");
    // Nothing of a patient or of a file.
    for word in ["Kim", "Daniel", "semen", ".pdf"] {
        assert!(!said.contains(word), "{said}");
    }
}

#[actix_web::test]
async fn a_check_that_cannot_ask_says_so() {
    let mut house = TestHouse::open().await;
    house.close().await;
    let mut config = house.config.clone();
    config.store.endpoint = "http://127.0.0.1:9".into();
    config.store.attempts = 1;
    let said = told(&["check"], &config).await;
    assert_eq!(said.status.code(), Some(1));
    let error = String::from_utf8(said.stderr).unwrap();
    assert!(error.contains("listing the store"), "{error}");
}
