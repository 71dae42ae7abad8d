//! Reading: from memory where its version is known, else from Postgres.

use super::answer::{Content, SHAPE, Series, Snippet, SummaryAnswer};
use super::known::{Current, Known};
use super::{SummaryError, listener};
use crate::access::audit::Event;
use crate::access::{Scope, Sight, Viewer};
use crate::cache::{Cache, Key};
use crate::config;
use crate::db::{self, DbError, Login, Tx};
use crate::domain::ids::PatientId;
use crate::lexicon::{self, Lexicon};
use crate::patients::Screen;
use bytes::Bytes;
use deadpool_postgres::{Object, Pool};
use jiff::Timestamp;
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Arc;
use tokio::task::JoinHandle;
use tokio_postgres::Row;
use tokio_postgres::types::{Json, ToSql};

const READ_VERSION: &str = include_str!("../../sql/queries/summary/read_version.sql");
const READ_MATERIALIZED: &str = include_str!("../../sql/queries/summary/read_materialized.sql");
pub(super) const READ_SUMMARY: &str = include_str!("../../sql/queries/summary/read_summary.sql");
const LIST_SILENT: &str = include_str!("../../sql/queries/summary/list_silent.sql");
const LIST_SUMMARIES: &str = include_str!("../../sql/queries/summary/list_summaries.sql");

/// The summaries of one process; clones share what they know.
#[derive(Clone)]
pub struct Summaries {
    app: Pool,
    cache: Cache,
    known: Arc<Known>,
    _listener: Arc<Listener>,
}

struct Listener(JoinHandle<()>);

impl Drop for Listener {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Summaries {
    /// Begins to listen for changes. `app` and `login` lead to the role that answers requests.
    #[must_use]
    pub fn open(
        app: Pool,
        login: impl Into<Login>,
        cache: Cache,
        config: &config::Summary,
    ) -> Self {
        let known = Arc::new(Known::new(config.listener_silence));
        let listening = listener::listen(login.into(), known.clone(), config.listener_silence);
        Self {
            app,
            cache,
            known,
            _listener: Arc::new(Listener(tokio::spawn(listening))),
        }
    }

    /// The summary of one patient of the viewer's clinic.
    ///
    /// `seen` is the version that the viewer has seen before, from whichever instance (see
    /// [`SummaryAnswer::version_of`]): nobody is answered with less.
    pub async fn read(
        &self,
        viewer: &Viewer,
        patient: PatientId,
        seen: Option<i64>,
    ) -> Result<SummaryAnswer, SummaryError> {
        viewer.require(Scope::Read)?;
        if let Some(current) = self.known.current(viewer.clinic, patient)
            && seen.is_none_or(|seen| seen <= current.version)
            && let Some(content) = self.cache.get(&key(viewer, patient, current.version)).await
        {
            record(viewer, patient, current.version).await?;
            return Ok(answer(&content, viewer.sight, current));
        }
        let reader = self.known.reader(viewer.clinic, patient);
        let mut connection = db::connection(&self.app).await?;
        let read = self.read_postgres(&mut connection, viewer, patient);
        let (content, current) = read.await?;
        drop(connection);
        record(viewer, patient, current.version).await?;
        reader.read(current);
        Ok(answer(&content, viewer.sight, current))
    }

    /// The version first, as its body may still be in a cache; else the summary itself. Each is
    /// the newest state of its own moment, so they need no transaction in common.
    async fn read_postgres(
        &self,
        connection: &mut Object,
        viewer: &Viewer,
        patient: PatientId,
    ) -> Result<(Bytes, Current), SummaryError> {
        if self.cache.keeps() {
            let rows = viewer.ask(connection, READ_VERSION, &[&patient.0]).await?;
            let current = current(rows.first().ok_or(SummaryError::NotFound)?)?;
            if let Some(content) = self.cache.get(&key(viewer, patient, current.version)).await {
                return Ok((content, current));
            }
        }
        let wanted: &[&(dyn ToSql + Sync)] = &[&patient.0];
        let mut rows = viewer.ask(connection, READ_MATERIALIZED, wanted).await?;
        if rows.is_empty() {
            rows = viewer.ask(connection, READ_SUMMARY, wanted).await?;
        }
        let row = rows.first().ok_or(SummaryError::NotFound)?;
        let current = self::current(row)?;
        let mut content = content(row)?;
        let masked = !viewer.sight.sex_chromosomes;
        if masked || !content.patient.donations.is_empty() {
            let tx = viewer.begin(connection).await?;
            if masked {
                mask(&tx, &mut content).await?;
            }
            clear(&self.app, viewer, &tx, &mut content).await?;
            tx.commit().await?;
        }
        let content = Bytes::from(serde_json::to_vec(&content)?);
        self.cache
            .put(&key(viewer, patient, current.version), content.clone())
            .await;
        Ok((content, current))
    }

    /// What a list shows of these patients, in their order; those of no concern to the viewer's
    /// clinic are left out.
    pub async fn list(
        &self,
        viewer: &Viewer,
        patients: &[PatientId],
    ) -> Result<Vec<Snippet>, SummaryError> {
        viewer.require(Scope::Read)?;
        let ids: Vec<uuid::Uuid> = patients.iter().map(|patient| patient.0).collect();
        let mut connection = db::connection(&self.app).await?;
        let tx = viewer.begin(&mut connection).await?;
        let statement = tx.prepare_cached(LIST_SUMMARIES).await?;
        let rows = tx.query(&statement, &[&ids]).await?;
        let snippets = rows.iter().map(snippet).collect::<Result<Vec<_>, _>>()?;
        tx.commit().await?;
        drop(connection);
        let shown = snippets.iter().map(|snippet| snippet.patient_id);
        viewer
            .saw(Event::new("summary.list").showing(shown))
            .await?;
        Ok(snippets)
    }
}

async fn record(viewer: &Viewer, patient: PatientId, version: i64) -> Result<(), DbError> {
    let detail = json!({ "version": version });
    let event = Event::new("summary.read").on(patient.0).of(patient);
    viewer.saw(event.with(detail)).await
}

/// Masks sex chromosomes in values, in full where their document may tell them.
async fn mask(tx: &Tx<'_>, content: &mut Content) -> Result<(), DbError> {
    let documents: BTreeSet<uuid::Uuid> = content
        .values
        .iter()
        .flat_map(Series::documents)
        .map(|document| document.0)
        .collect();
    let documents: Vec<uuid::Uuid> = documents.into_iter().collect();
    let list = tx.prepare_cached(LIST_SILENT).await?;
    let rows = tx.query(&list, &[&documents]).await?;
    let silent: BTreeSet<uuid::Uuid> = rows.iter().map(|row| row.get(0)).collect();
    for series in &mut content.values {
        series.mask(&|document| !silent.contains(&document.0));
    }
    Ok(())
}

/// Empties the texts of values that hold a part of a donor's name, for whoever does not see donors.
async fn clear(
    app: &Pool,
    viewer: &Viewer,
    tx: &Tx<'_>,
    content: &mut Content,
) -> Result<(), DbError> {
    if content.patient.donations.is_empty() {
        return Ok(());
    }
    let whose = Some(content.patient.id);
    let screen = Screen::before(app, viewer, tx, whose).await?;
    for series in &mut content.values {
        screen.clear(whose, &mut series.source_text);
        screen.clear(whose, &mut series.value_text);
        let texts = [
            &mut series.text,
            &mut series.specimen,
            &mut series.scheme,
            &mut series.method,
            &mut series.entered_because,
        ];
        for text in texts.into_iter().flatten() {
            screen.clear(whose, text);
        }
        for earlier in &mut series.trend {
            screen.clear(whose, &mut earlier.value_text);
            if let Some(text) = &mut earlier.text {
                screen.clear(whose, text);
            }
        }
    }
    Ok(())
}

/// Viewers of the same sight are answered alike, and no other.
fn key(viewer: &Viewer, patient: PatientId, version: i64) -> Key {
    Key::Summary {
        clinic: viewer.clinic,
        patient,
        version,
        class: viewer.sight.word(),
        shape: SHAPE,
        lexicon: lexicon::VERSION,
    }
}

fn answer(content: &[u8], sight: Sight, current: Current) -> SummaryAnswer {
    // A comma stands between ETags where several are sent.
    let sight = sight.word().replace(',', "+");
    let etag = format!("\"{}-{sight}-{SHAPE}\"", current.version);
    SummaryAnswer::new(content, current.version, current.as_of, etag)
}

fn current(row: &Row) -> Result<Current, DbError> {
    Ok(Current {
        version: row.try_get("version")?,
        as_of: row.try_get::<_, Timestamp>("as_of")?,
    })
}

pub(super) fn content(row: &Row) -> Result<Content, SummaryError> {
    let Json(patient) = row.try_get("patient")?;
    let Json(mut values): Json<Vec<Series>> = row.try_get("values")?;
    for series in &mut values {
        series.label.clone_from(&series.analyte);
        if let Some(analyte) = Lexicon::built_in().find(&series.analyte) {
            series.label.clone_from(&analyte.label);
            series.topic = Some(analyte.group.code().to_owned());
            series.loinc = analyte.loinc.as_ref().map(|loinc| loinc.code.clone());
        }
    }
    Ok(Content {
        version: row.try_get("version")?,
        patient,
        documents: row.try_get("documents")?,
        documents_pending: row.try_get("documents_pending")?,
        documents_held: row.try_get("documents_held")?,
        documents_failed: row.try_get("documents_failed")?,
        newest_document_on: row.try_get("newest_document_on")?,
        values_waiting: row.try_get("values_waiting")?,
        values,
    })
}

fn snippet(row: &Row) -> Result<Snippet, DbError> {
    Ok(Snippet {
        patient_id: PatientId(row.try_get("patient_id")?),
        version: row.try_get("version")?,
        documents: row.try_get("documents")?,
        documents_pending: row.try_get("documents_pending")?,
        documents_held: row.try_get("documents_held")?,
        documents_failed: row.try_get("documents_failed")?,
        newest_document_on: row.try_get("newest_document_on")?,
        values_waiting: row.try_get("values_waiting")?,
        values_shown: row.try_get::<_, i32>("values_shown")?.into(),
    })
}
