//! Summaries on a real Postgres: never older than the last commit, whatever fails.

mod freshness;
mod meaning;
mod memory;
mod refresh;
mod walls;

use crate::house::Database;
use fertidoc::access::{Authenticator, Scopes, Viewer, create_clinic, create_token};
use fertidoc::cache::Cache;
use fertidoc::config;
use fertidoc::db::{self, Pools};
use fertidoc::domain::ids::{AnalysisId, ClinicId, DocumentId, ObjectId, ObservationId, PatientId};
use fertidoc::summary::{Content, Did, Summaries, refresh_once};
use std::time::Duration;
use tokio_postgres::Client;

/// A database with one clinic, and rows put into it as the stages before this one do.
pub struct Ward {
    pub database: Database,
    pub pools: Pools,
    pub admin: Client,
    pub viewer: Viewer,
}

/// What stands on a paper.
#[derive(Clone)]
pub struct Printed {
    pub analyte: &'static str,
    pub number: f64,
    pub preparation: Option<&'static str>,
    pub observed_on: Option<&'static str>,
    pub needs_review: bool,
}

pub fn value(analyte: &'static str, value: f64, observed_on: &'static str) -> Printed {
    Printed {
        analyte,
        number: value,
        preparation: None,
        observed_on: Some(observed_on),
        needs_review: false,
    }
}

impl Ward {
    pub async fn open() -> Self {
        let database = Database::fresh().await;
        let pools = database.pools();
        let admin = database.admin().await;
        let clinic = create_clinic(&pools.app, "Ward").await.unwrap();
        let viewer = viewer(&pools, clinic).await;
        Self {
            database,
            pools,
            admin,
            viewer,
        }
    }

    /// A process that answers; `silence` zero: never from memory.
    pub fn summaries(&self, silence: Duration) -> Summaries {
        self.summaries_with(
            Cache::new(&config::Cache::default(), [7; 32]).unwrap(),
            silence,
        )
    }

    pub fn summaries_with(&self, cache: Cache, silence: Duration) -> Summaries {
        let config = config::Summary {
            listener_silence: silence,
            ..config::Summary::default()
        };
        let url = self.database.url("fertidoc_app");
        Summaries::open(self.pools.app.clone(), &url, cache, &config)
    }

    pub async fn refresher(&self) -> Client {
        let url = self.database.url("fertidoc_refresher");
        let (client, connection) = db::connect_single(&url).await.unwrap();
        tokio::spawn(connection);
        client
    }

    pub async fn refresh(&self) -> Did {
        refresh_once(&mut self.refresher().await).await.unwrap()
    }

    pub async fn patient(&self, name: &str) -> PatientId {
        self.patient_of(self.viewer.clinic, name).await
    }

    pub async fn patient_of(&self, clinic: ClinicId, name: &str) -> PatientId {
        let patient = PatientId::fresh();
        self.admin
            .execute(
                "INSERT INTO fertidoc.patient (patient_id, clinic_id, family_name, search_text)
                 VALUES ($1, $2, $3, lower($3))",
                &[&patient.0, &clinic.0, &name],
            )
            .await
            .unwrap();
        patient
    }

    /// A document that was handed in for this patient and waits to be read.
    pub async fn handed_in(&self, patient: PatientId) -> DocumentId {
        let (document, object) = (DocumentId::fresh(), ObjectId::fresh());
        self.admin
            .execute(
                "WITH whose AS (SELECT clinic_id FROM fertidoc.patient WHERE patient_id = $3),
                      token AS (SELECT token_id, t.clinic_id FROM fertidoc.api_token t, whose w
                                 WHERE t.clinic_id = w.clinic_id LIMIT 1),
                      object AS (
                          INSERT INTO fertidoc.stored_object
                              (object_id, clinic_id, state, sha256, size_bytes, frames)
                          SELECT $2, clinic_id, 'complete', sha256(uuid_send($2)), 1, '{1}' FROM whose)
                 INSERT INTO fertidoc.document
                     (document_id, clinic_id, object_id, sha256, size_bytes, file_name, media_type,
                      uploaded_by, stated_patient_id)
                 SELECT $1, clinic_id, $2, sha256(uuid_send($2)), 1, 'a.pdf', 'application/pdf',
                        token_id, $3
                   FROM token",
                &[&document.0, &object.0, &patient.0],
            )
            .await
            .unwrap();
        document
    }

    /// Reads it: analysis, values, and filed under `patient`.
    pub async fn read_document(
        &self,
        document: DocumentId,
        patient: PatientId,
        values: &[Printed],
    ) -> Vec<ObservationId> {
        let analysis = AnalysisId::fresh();
        self.admin
            .execute(
                "INSERT INTO fertidoc.analysis (analysis_id, clinic_id, document_id, extractor, lexicon, result)
                 SELECT $1, clinic_id, document_id, $1::uuid::text, '1', '{}' FROM fertidoc.document
                  WHERE document_id = $2",
                &[&analysis.0, &document.0],
            )
            .await
            .unwrap();
        let mut ids = Vec::new();
        for (ordinal, value) in values.iter().enumerate() {
            let id = ObservationId::fresh();
            ids.push(id);
            self.admin
                .execute(
                    "INSERT INTO fertidoc.observation
                         (observation_id, clinic_id, document_id, analysis_id, extractor, lexicon,
                          ordinal, analyte, value, value_text, unit, canonical_value, canonical_unit,
                          preparation, observed_on, path, source_text, confidence, needs_review)
                     SELECT $1, clinic_id, document_id, analysis_id, extractor, lexicon, $3, $4, $5,
                            $5::double precision::text, 'mL', $5, 'mL', $6, $7::text::date, '/a/1',
                            'as printed', 0.99, $8
                       FROM fertidoc.analysis WHERE analysis_id = $2",
                    &[
                        &id.0,
                        &analysis.0,
                        &i32::try_from(ordinal).unwrap(),
                        &value.analyte,
                        &value.number,
                        &value.preparation,
                        &value.observed_on,
                        &value.needs_review,
                    ],
                )
                .await
                .unwrap();
        }
        self.admin
            .execute(
                "UPDATE fertidoc.document
                    SET state = 'read', filing = 'filed', patient_id = $2, analysis_id = $3,
                        collected_on = (SELECT max(observed_on) FROM fertidoc.observation WHERE analysis_id = $3)
                  WHERE document_id = $1",
                &[&document.0, &patient.0, &analysis.0],
            )
            .await
            .unwrap();
        ids
    }

    /// A document with these values, read and filed.
    pub async fn document(
        &self,
        patient: PatientId,
        values: &[Printed],
    ) -> (DocumentId, Vec<ObservationId>) {
        let document = self.handed_in(patient).await;
        let ids = self.read_document(document, patient, values).await;
        (document, ids)
    }

    pub async fn decide(&self, observation: ObservationId, state: &str) {
        self.admin
            .execute(
                "UPDATE fertidoc.observation SET state = $2 WHERE observation_id = $1",
                &[&observation.0, &state],
            )
            .await
            .unwrap();
    }

    pub async fn file(&self, document: DocumentId, patient: PatientId) {
        self.admin
            .execute(
                "UPDATE fertidoc.document SET patient_id = $2 WHERE document_id = $1",
                &[&document.0, &patient.0],
            )
            .await
            .unwrap();
    }

    /// What the definition says now, whatever is materialized or cached.
    pub async fn definition(&self, patient: PatientId) -> Content {
        let row = self
            .admin
            .query_one(
                "SELECT to_jsonb(l) - 'clinic_id' - 'patient_id' FROM fertidoc.patient_summary_live l
                  WHERE patient_id = $1",
                &[&patient.0],
            )
            .await
            .unwrap();
        serde_json::from_value(row.get(0)).unwrap()
    }

    pub async fn stale(&self) -> i64 {
        self.admin
            .query_one("SELECT count(*) FROM fertidoc.stale_patient", &[])
            .await
            .unwrap()
            .get(0)
    }

    pub async fn version(&self, patient: PatientId) -> i64 {
        self.admin
            .query_one(
                "SELECT version FROM fertidoc.patient WHERE patient_id = $1",
                &[&patient.0],
            )
            .await
            .unwrap()
            .get(0)
    }

    /// Reads as a person does, and holds the answer against the definition.
    pub async fn assert_right(&self, summaries: &Summaries, patient: PatientId) -> Content {
        let answer = summaries.read(&self.viewer, patient, None).await.unwrap();
        let content = bare(answer.summary().unwrap().content);
        assert_eq!(content, self.definition(patient).await);
        assert_eq!(content.version, answer.version);
        content
    }
}

/// Without the words of the lexicon, which the definition does not know.
pub fn bare(mut content: Content) -> Content {
    for series in &mut content.values {
        series.label.clear();
        series.topic = None;
        series.loinc = None;
    }
    content
}

pub async fn viewer(pools: &Pools, clinic: ClinicId) -> Viewer {
    let token = create_token(&pools.app, clinic, "reader", Scopes::all(), None)
        .await
        .unwrap();
    Authenticator::new(pools.app.clone())
        .authenticate(&token.secret, "test-request")
        .await
        .unwrap()
}

pub const NEVER_FROM_MEMORY: Duration = Duration::ZERO;
