//! What Postgres has to do for lists, search and summaries behind the walls, at some thousand
//! patients: look-ups, and no walk through whole tables, whatever the viewer's sight is.

use crate::summary::Ward;
use fertidoc::access::{Scopes, create_clinic, create_token};
use fertidoc::db;
use fertidoc::domain::ids::ClinicId;
use serde_json::Value;
use uuid::Uuid;

const PATIENTS: i32 = 2000;

/// Tables that grow with the patients, so that walking one is felt.
const LARGE: [&str; 7] = [
    "patient",
    "patient_identifier",
    "document",
    "document_mask",
    "analysis",
    "observation",
    "patient_summary",
];

/// Patients with a number, a paper and three values each; every hundredth is a donor, of whom another
/// one received.
async fn fill(ward: &Ward, clinic: ClinicId) {
    let admin = &ward.admin;
    let token = create_token(&ward.pools.app, clinic, "fill", Scopes::all(), None)
        .await
        .unwrap();
    admin
        .execute(
            "INSERT INTO fertidoc.patient (patient_id, clinic_id, family_name, search_text, donor_code)
             SELECT gen_random_uuid(), $1, 'F' || n, 'f' || n || ' anna', CASE WHEN n % 100 = 0 THEN 'D-' || n END
               FROM generate_series(1, $2::int) n",
            &[&clinic.0, &PATIENTS],
        )
        .await
        .unwrap();
    admin
        .batch_execute(&format!(
            "CREATE TEMP TABLE paper AS
             SELECT gen_random_uuid() AS document_id, gen_random_uuid() AS object_id, gen_random_uuid() AS analysis_id,
                    clinic_id, patient_id, donor_code, family_name
               FROM fertidoc.patient WHERE clinic_id = '{clinic}';
             INSERT INTO fertidoc.identifier_authority (clinic_id, code, name) VALUES ('{clinic}', 'bank', 'bank');
             INSERT INTO fertidoc.patient_identifier (clinic_id, patient_id, authority, value, folded)
             SELECT clinic_id, patient_id, 'bank', family_name, family_name FROM paper;
             INSERT INTO fertidoc.stored_object (object_id, clinic_id, state, sha256, size_bytes, frames)
             SELECT object_id, clinic_id, 'complete', sha256(uuid_send(object_id)), 1, '{{1}}' FROM paper;
             INSERT INTO fertidoc.document
                    (document_id, clinic_id, object_id, sha256, size_bytes, file_name, media_type, uploaded_by)
             SELECT document_id, clinic_id, object_id, sha256(uuid_send(object_id)), 1, 'a.pdf', 'application/pdf', '{token}'
               FROM paper;
             INSERT INTO fertidoc.analysis (analysis_id, clinic_id, document_id, extractor, lexicon, result)
             SELECT analysis_id, clinic_id, document_id, analysis_id::text, '1', '{{}}' FROM paper;
             INSERT INTO fertidoc.observation
                    (observation_id, clinic_id, document_id, analysis_id, extractor, lexicon, ordinal, analyte, value,
                     value_text, unit, canonical_value, canonical_unit, path, source_text, confidence, needs_review)
             SELECT gen_random_uuid(), clinic_id, document_id, analysis_id, analysis_id::text, '1', n, 'fsh' || n, n,
                    n::text, 'mL', n, 'mL', '/a/1', 'as printed', 0.99, false
               FROM paper, generate_series(1, 3) n;
             UPDATE fertidoc.document d
                SET analysis_id = p.analysis_id, patient_id = p.patient_id, state = 'read', filing = 'filed'
               FROM paper p WHERE p.document_id = d.document_id;
             INSERT INTO fertidoc.document_mask (document_id, clinic_id, analysis_id, sex_chromosomes, rules)
             SELECT document_id, clinic_id, analysis_id, 'absent', 1 FROM paper;
             INSERT INTO fertidoc.donation (donation_id, clinic_id, donor_code, recipient, kind, since)
             SELECT gen_random_uuid(), d.clinic_id, d.donor_code, r.patient_id, 'oocyte', '2024-01-01'
               FROM paper d JOIN paper r ON r.family_name = d.family_name || '1'
              WHERE d.donor_code IS NOT NULL AND r.donor_code IS NULL;
             DROP TABLE paper",
            token = token.id,
        ))
        .await
        .unwrap();
}

/// Large tables that a plan walks through from end to end.
fn walked(plan: &Value, found: &mut Vec<String>) {
    let table = plan["Relation Name"].as_str().unwrap_or_default();
    let ran = plan["Actual Loops"].as_f64().unwrap_or_default() > 0.0;
    if plan["Node Type"] == "Seq Scan" && ran && LARGE.contains(&table) {
        found.push(table.to_owned());
    }
    for below in plan["Plans"].as_array().into_iter().flatten() {
        walked(below, found);
    }
}

#[actix_web::test]
async fn lists_search_and_summaries_behind_the_walls_walk_through_no_table() {
    let ward = Ward::open().await;
    let clinic = ward.viewer.clinic;
    let other = create_clinic(&ward.pools.app, "Other").await.unwrap();
    for clinic in [clinic, other] {
        fill(&ward, clinic).await;
    }
    ward.refresh().await;
    ward.admin.batch_execute("VACUUM ANALYZE").await.unwrap();
    let recipient = "SELECT recipient FROM fertidoc.donation WHERE clinic_id = $1 LIMIT 1";
    let row = ward.admin.query_one(recipient, &[&clinic.0]).await.unwrap();
    let patient = format!("'{}'::uuid", row.get::<_, Uuid>(0));
    let of = "SELECT document_id FROM fertidoc.document WHERE patient_id = $1";
    let row = ward.admin.query_one(of, &[&row.get::<_, Uuid>(0)]).await;
    let document = format!("'{}'::uuid", row.unwrap().get::<_, Uuid>(0));
    let none = "NULL";
    let patients = include_str!("../../../sql/queries/patients/list_patients.sql");
    let documents = include_str!("../../../sql/queries/documents/list_documents.sql");
    let inbox = include_str!("../../../sql/queries/documents/list_inbox.sql");
    let read_patient = include_str!("../../../sql/queries/patients/read_patient.sql");
    let read_document = include_str!("../../../sql/queries/documents/read_document.sql");
    let values = include_str!("../../../sql/queries/observations/list_observations.sql");
    let summary = include_str!("../../../sql/queries/summary/read_summary.sql");
    let materialized = include_str!("../../../sql/queries/summary/read_materialized.sql");
    let summaries = include_str!("../../../sql/queries/summary/list_summaries.sql");
    let list = format!("ARRAY[{patient}]");
    let asked: [(&str, &str, Vec<&str>); 11] = [
        ("patients", patients, vec!["'{}'::text[]", none, "51"]),
        (
            "a page later",
            patients,
            vec!["'{}'::text[]", &patient, "51"],
        ),
        ("a search", patients, vec!["ARRAY['% anna%']", none, "51"]),
        (
            "a rare one",
            patients,
            vec!["ARRAY['% f1234%']", none, "51"],
        ),
        (
            "documents",
            documents,
            vec![none, none, none, none, none, "51"],
        ),
        (
            "of a patient",
            documents,
            vec![none, &patient, none, none, none, "51"],
        ),
        ("inbox", inbox, vec![none, "51"]),
        ("patient", read_patient, vec![&patient]),
        ("document", read_document, vec![&document]),
        ("values", values, vec![&document]),
        ("summaries", summaries, vec![&list]),
    ];
    let mut asked = Vec::from(asked);
    asked.push(("summary", summary, vec![&patient]));
    asked.push(("computed before", materialized, vec![&patient]));
    let mut connection = db::connection(&ward.pools.app).await.unwrap();
    let mut wrong = Vec::new();
    // Once more with the patient changed since the last refresh: then the live definition answers.
    for stale in [false, true] {
        if stale {
            let change = format!(
                "UPDATE fertidoc.patient SET given_names = 'x' WHERE patient_id = {patient}"
            );
            ward.admin.batch_execute(&change).await.unwrap();
        }
        for sight in ["plain", "donors", "genetics", "donors,genetics"] {
            for (name, statement, arguments) in &asked {
                let mut statement = (*statement).to_owned();
                for (number, argument) in arguments.iter().enumerate() {
                    statement = statement.replace(&format!("${}", number + 1), argument);
                }
                let tx = db::begin_seeing(&mut connection, clinic, sight)
                    .await
                    .unwrap();
                let explain = format!("EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {statement}");
                let plan: Value = tx.query_one(&explain, &[]).await.unwrap().get(0);
                let mut found = Vec::new();
                walked(&plan[0]["Plan"], &mut found);
                if !found.is_empty() {
                    wrong.push(format!(
                        "{name} with sight {sight} (stale {stale}) walks {found:?}: {plan:#}"
                    ));
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
