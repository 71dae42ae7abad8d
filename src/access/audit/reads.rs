//! What was read is recorded before it is given out.
//!
//! Whoever waits while an INSERT is under way goes into the next one: a lone reader waits for
//! nobody, and sixty-four share a commit. A reader who goes away meanwhile is recorded all the
//! same.

use super::{Actor, Entry, Event};
use crate::access::Viewer;
use crate::db::{self, DbError};
use deadpool_postgres::{Object, Pool};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use uuid::Uuid;

const RECORD: &str = include_str!("../../../sql/queries/access/record_events.sql");

/// Rows of one INSERT.
const ROWS: usize = 256;

/// Rows that may wait at once; who comes then waits for a place. Far above the connections of one
/// process.
const WAITING: u32 = 8192;

/// INSERTs under way at once: while one is at the disk the next one is gathered and sent.
const WRITERS: usize = 2;

/// How long a writer that has nothing to do keeps its connection from others.
const KEEPS: Duration = Duration::from_secs(1);

/// Why nothing was given out.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("what was read could not be recorded, so it was not given out")]
pub struct Unrecorded;

/// Writes the rows of what is only read; clones write to the same place. Made within a runtime.
#[derive(Clone)]
pub struct Reads {
    queue: mpsc::UnboundedSender<Waiting>,
    /// Bounds the queue; all of it is free where nothing waits and nothing is under way.
    room: Arc<Semaphore>,
}

struct Waiting {
    entry: Entry,
    written: oneshot::Sender<bool>,
    _room: OwnedSemaphorePermit,
}

impl fmt::Debug for Reads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reads").finish_non_exhaustive()
    }
}

impl Reads {
    /// `app` is the pool of the role that answers requests.
    #[must_use]
    pub fn new(app: &Pool) -> Self {
        let (queue, waiting) = mpsc::unbounded_channel();
        let waiting = Arc::new(Mutex::new(waiting));
        for _ in 0..WRITERS {
            tokio::spawn(write(app.clone(), waiting.clone()));
        }
        Self {
            queue,
            room: Arc::new(Semaphore::new(WAITING as usize)),
        }
    }

    pub(in crate::access) async fn record(
        &self,
        viewer: &Viewer,
        event: Event,
    ) -> Result<(), DbError> {
        if cfg!(feature = "unrecorded_reads") {
            return Ok(());
        }
        self.write(Entry::of(Actor::Viewer(viewer), event)).await
    }

    /// Comes back when the row is committed.
    pub async fn write(&self, entry: Entry) -> Result<(), DbError> {
        let room = self.room.clone().acquire_owned().await;
        let (written, answer) = oneshot::channel();
        let waiting = Waiting {
            entry,
            written,
            _room: room.map_err(unavailable)?,
        };
        self.queue
            .send(waiting)
            .map_err(|_| unavailable(Unrecorded))?;
        match answer.await {
            Ok(true) => Ok(()),
            _ => Err(unavailable(Unrecorded)),
        }
    }

    /// Comes back when every row that was handed in before is written or refused.
    pub async fn drain(&self) {
        let _ = self.room.acquire_many(WAITING).await;
    }
}

fn unavailable(cause: impl std::error::Error + Send + Sync + 'static) -> DbError {
    DbError::Unavailable(Box::new(cause))
}

async fn write(app: Pool, queue: Arc<Mutex<mpsc::UnboundedReceiver<Waiting>>>) {
    let mut batch = Vec::with_capacity(ROWS);
    let mut connection: Option<Object> = None;
    loop {
        let gather = async { queue.lock().await.recv_many(&mut batch, ROWS).await };
        match tokio::time::timeout(KEEPS, gather).await {
            Err(_) => {
                connection = None;
                continue;
            }
            Ok(0) => return,
            Ok(_) => {}
        }
        let written = match insert(&app, &mut connection, &batch).await {
            Ok(()) => true,
            Err(error) => {
                connection = None;
                metrics::counter!("fertidoc_audit_unrecorded_total").increment(batch.len() as u64);
                let because = std::error::Error::source(&error).map(ToString::to_string);
                tracing::error!(cause = %error, because, rows = batch.len(), "reads not recorded, so not answered");
                false
            }
        };
        for waiting in batch.drain(..) {
            // Nobody hears it where the client is gone.
            let _ = waiting.written.send(written);
        }
    }
}

async fn insert(app: &Pool, kept: &mut Option<Object>, batch: &[Waiting]) -> Result<(), DbError> {
    let connection = match kept.take() {
        Some(connection) if !connection.is_closed() => kept.insert(connection),
        _ => kept.insert(db::connection(app).await?),
    };
    let entries = || batch.iter().map(|waiting| &waiting.entry);
    let events = || entries().map(|entry| &entry.event);
    let clinics: Vec<Option<Uuid>> = entries().map(|it| it.clinic.map(|id| id.0)).collect();
    let agents: Vec<Option<Uuid>> = entries().map(|it| it.agent).collect();
    let sessions: Vec<Option<Uuid>> = entries().map(|it| it.session).collect();
    let clients: Vec<_> = entries().map(|it| it.client).collect();
    let actions: Vec<&str> = events().map(|it| it.action).collect();
    let outcomes: Vec<&str> = events().map(|it| it.outcome.as_str()).collect();
    let subjects: Vec<Option<Uuid>> = events().map(|it| it.subject).collect();
    let patients: Vec<Option<Uuid>> = events().map(|it| it.patient.map(|id| id.0)).collect();
    // Arrays of arrays are rectangles in Postgres.
    let shown: Vec<Option<String>> = entries()
        .map(|it| it.shown().as_deref().map(array))
        .collect();
    let requests: Vec<Option<&str>> = entries().map(|it| it.request_id.as_deref()).collect();
    let details: Vec<_> = events().map(|it| &it.detail).collect();
    let record = connection.prepare_cached(RECORD).await?;
    connection
        .execute(
            &record,
            &[
                &clinics, &agents, &sessions, &clients, &actions, &outcomes, &subjects, &patients,
                &shown, &requests, &details,
            ],
        )
        .await?;
    Ok(())
}

fn array(ids: &[Uuid]) -> String {
    let ids: Vec<String> = ids.iter().map(Uuid::to_string).collect();
    format!("{{{}}}", ids.join(","))
}
