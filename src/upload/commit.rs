//! The one transaction that makes documents of what has come.

use super::{Desk, Problem, idempotency::Ours, intake::Taken, object::Condemned, resumable::Lease};
use crate::{
    access::{
        Viewer,
        audit::{self, Event},
    },
    db::{self, DbError, Tx},
    domain::ids::{DocumentId, ObjectId, PatientId},
    failpoint::fail_point,
    queue::{self, JobKind, QueueError},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

const LOCK_CONTENT: &str = include_str!("../../sql/queries/upload/lock_content.sql");
const FIND_PATIENT: &str = include_str!("../../sql/queries/upload/find_patient.sql");
const FIND_SAME: &str = include_str!("../../sql/queries/upload/find_same_document.sql");
const STATE_PATIENT: &str = include_str!("../../sql/queries/upload/state_patient.sql");
const COMPLETE_OBJECT: &str = include_str!("../../sql/queries/upload/complete_object.sql");
const INSERT_DOCUMENT: &str = include_str!("../../sql/queries/upload/insert_document.sql");

/// Two transactions that stand in each other's way are told so; more often than this it is not
/// them.
const ATTEMPTS: usize = 3;

/// What became of the files of a request, in the order in which they came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Received {
    pub files: Vec<FileOutcome>,
}

/// What became of one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileOutcome {
    /// The name as it is shown.
    pub file: String,
    pub outcome: Outcome,
}

/// How it went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It is a document now.
    Stored(DocumentId),
    /// These bytes were a document before.
    Existing(DocumentId),
    /// It was not stored.
    Refused(Problem),
}

impl Outcome {
    /// The document that holds these bytes.
    pub const fn document(&self) -> Option<DocumentId> {
        match self {
            Self::Stored(document) | Self::Existing(document) => Some(*document),
            Self::Refused(_) => None,
        }
    }

    pub(super) fn count(&self) {
        let outcome = match self {
            Self::Stored(_) => "stored",
            Self::Existing(_) => "existing",
            Self::Refused(problem) => problem.code(),
        };
        metrics::counter!("fertidoc_upload_files_total", "outcome" => outcome).increment(1);
    }
}

impl Received {
    /// Whether the same request would be answered the same way: nothing in it failed for a reason
    /// that passes.
    fn is_lasting(&self) -> bool {
        self.files.iter().all(|file| match &file.outcome {
            Outcome::Refused(problem) => !problem.is_transient(),
            Outcome::Stored(_) | Outcome::Existing(_) => true,
        })
    }
}

/// A request that has come completely.
#[derive(Default)]
pub struct Request {
    /// The patient that the sender stated.
    pub patient: Option<PatientId>,
    pub files: Vec<Sent>,
}

/// A file of it.
pub struct Sent {
    pub name: String,
    pub taken: Result<Taken, Problem>,
}

impl Request {
    /// SHA-256 over what makes a request the same: patient, names and contents in their order.
    pub fn fingerprint(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        let mut say = |word: &[u8]| {
            hash.update((word.len() as u64).to_be_bytes());
            hash.update(word);
        };
        let patient = self.patient.map(|patient| patient.to_string());
        say(patient.unwrap_or_default().as_bytes());
        for file in &self.files {
            say(file.name.as_bytes());
            match &file.taken {
                Ok(taken) => say(&taken.sha256),
                Err(problem) => say(problem.code().as_bytes()),
            }
        }
        hash.finalize().into()
    }
}

/// Where the answer is kept, with the commit that makes the documents.
pub enum Kept<'a> {
    Nowhere,
    /// For the same request to come again.
    Key(Ours),
    /// In the row of a resumable upload, whose bytes are this object.
    With(&'a Lease, ObjectId),
}

/// Makes documents of all files that were taken, or of none.
pub async fn commit(
    desk: &Desk,
    viewer: &Viewer,
    request: Request,
    kept: Kept<'_>,
) -> Result<Received, Problem> {
    let mut attempt = 1;
    let (received, condemned) = loop {
        match transact(desk, viewer, &request, &kept).await {
            Err(Failure::Db(DbError::Conflict(_))) if attempt < ATTEMPTS => attempt += 1,
            Err(Failure::Db(error)) => return Err(error.into()),
            Err(Failure::Problem(problem)) => return Err(problem),
            Ok(done) => break done,
        }
    };
    if let Some(condemned) = condemned {
        condemned.remove_soon(desk);
    }
    for (sent, file) in request.files.into_iter().zip(&received.files) {
        if let (Outcome::Stored(_), Ok(taken)) = (&file.outcome, sent.taken)
            && let Some(leftover) = taken.object
        {
            leftover.keep();
        }
    }
    Ok(received)
}

enum Failure {
    Db(DbError),
    Problem(Problem),
}

impl<E: Into<DbError>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Db(error.into())
    }
}

fn queue_failure(error: QueueError) -> Failure {
    match error {
        QueueError::Db(error) => Failure::Db(error),
        error => {
            tracing::error!(cause = ?error, "a document could not be queued");
            Failure::Problem(Problem::Internal)
        }
    }
}

async fn transact(
    desk: &Desk,
    viewer: &Viewer,
    request: &Request,
    kept: &Kept<'_>,
) -> Result<(Received, Option<Condemned>), Failure> {
    let mut connection = db::connection(&desk.pool).await?;
    let tx = viewer.begin(&mut connection).await?;
    let known = match request.patient {
        Some(patient) => patient_exists(&tx, patient).await?,
        None => true,
    };
    if known {
        lock_contents(&tx, request).await?;
    }
    let mut files = Vec::with_capacity(request.files.len());
    for sent in &request.files {
        let outcome = match &sent.taken {
            Err(problem) => Outcome::Refused(problem.clone()),
            Ok(_) if !known => Outcome::Refused(Problem::PatientNotFound),
            Ok(taken) => document(desk, &tx, viewer, request.patient, &sent.name, taken).await?,
        };
        files.push(FileOutcome {
            file: sent.name.clone(),
            outcome,
        });
    }
    let received = Received { files };
    let mut condemned = None;
    match kept {
        Kept::Key(key) if received.is_lasting() => {
            key.answer(&tx, &request.fingerprint(), &received).await?;
        }
        Kept::With(lease, object) => {
            let concluded = lease.conclude(&tx, *object, received.files.first()).await?;
            // Somebody took the upload over and brings it to its end.
            condemned = Some(concluded.ok_or(Failure::Problem(Problem::Busy))?);
        }
        Kept::Nowhere | Kept::Key(_) => {}
    }
    fail_point!("upload.before_commit");
    tx.commit().await?;
    fail_point!("upload.after_commit");
    Ok((received, condemned))
}

pub async fn patient_exists(tx: &Tx<'_>, patient: PatientId) -> Result<bool, DbError> {
    let find = tx.prepare_cached(FIND_PATIENT).await?;
    Ok(tx.query_opt(&find, &[&patient.0]).await?.is_some())
}

/// Requests with the same bytes wait for each other, in one order, so that the second sees the
/// first one's document whatever patient either states.
async fn lock_contents(tx: &Tx<'_>, request: &Request) -> Result<(), DbError> {
    let contents: BTreeSet<i64> = request
        .files
        .iter()
        .filter_map(|sent| sent.taken.as_ref().ok())
        .filter_map(|taken| taken.sha256.first_chunk())
        .map(|start| i64::from_be_bytes(*start))
        .collect();
    let lock = tx.prepare_cached(LOCK_CONTENT).await?;
    for content in contents {
        tx.query_one(&lock, &[&content]).await?;
    }
    Ok(())
}

async fn document(
    desk: &Desk,
    tx: &Tx<'_>,
    viewer: &Viewer,
    patient: Option<PatientId>,
    name: &str,
    taken: &Taken,
) -> Result<Outcome, Failure> {
    let stated = patient.map(|patient| patient.0);
    let find = tx.prepare_cached(FIND_SAME).await?;
    let same = tx.query_opt(&find, &[&&taken.sha256[..], &stated]).await?;
    if let Some(row) = same {
        let document = DocumentId(row.get("document_id"));
        if patient.is_some() && row.get("unclaimed") {
            let state = tx.prepare_cached(STATE_PATIENT).await?;
            tx.execute(&state, &[&document.0, &stated]).await?;
        }
        audit::record(
            tx,
            viewer,
            Event::new("document.receive_again")
                .on(document.0)
                .of(patient),
        )
        .await?;
        return Ok(Outcome::Existing(document));
    }
    let Some(leftover) = &taken.object else {
        return Err(Failure::Problem(Problem::Internal));
    };
    let object = leftover.object().0;
    let size = taken.index.size() as i64;
    let complete = tx.prepare_cached(COMPLETE_OBJECT).await?;
    let completed = tx
        .execute(
            &complete,
            &[&object, &&taken.sha256[..], &size, &taken.index.frames()],
        )
        .await?;
    if completed == 0 {
        // It took longer than the age at which leftovers are removed.
        return Err(Failure::Problem(Problem::TookTooLong {
            seconds: desk.limits.leftover_age.as_secs(),
        }));
    }
    let document = DocumentId::fresh();
    let insert = tx.prepare_cached(INSERT_DOCUMENT).await?;
    tx.execute(
        &insert,
        &[
            &document.0,
            &viewer.clinic.0,
            &object,
            &&taken.sha256[..],
            &size,
            &name,
            &taken.media_type.as_str(),
            &viewer.agent.id().0,
            &stated,
        ],
    )
    .await?;
    let job = queue::enqueue(
        tx,
        viewer.clinic,
        JobKind::Analyze,
        document,
        Some(&viewer.request_id),
        desk.max_attempts,
    );
    let job = job.await.map_err(queue_failure)?;
    let detail = json!({ "job": job, "bytes": size });
    audit::record(
        tx,
        viewer,
        Event::new("document.receive")
            .on(document.0)
            .of(patient)
            .with(detail),
    )
    .await?;
    Ok(Outcome::Stored(document))
}
