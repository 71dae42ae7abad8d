//! One job, from claim to commit.

use super::AnalysisError;
use super::original::{self, Original, Unread, hexadecimal};
use super::reading::Reading;
use super::refusal::{quarantined, refusal, refused};
use super::scan::{Scanner, Unscanned, Verdict};
use crate::access::audit::Actor;
use crate::cage::Cage;
use crate::db::{self, DbError, Tx};
use crate::domain::analysis::RefusalCode;
use crate::domain::ids::ObjectId;
use crate::failpoint::fail_point;
use crate::queue::{self, Claim, Failed};
use crate::storage::{Originals, StorageError};
use crate::{config, documents, observations};
use deadpool_postgres::Pool;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, sleep};
use tracing::Instrument;

const FIND_ORIGINAL: &str = include_str!("../../sql/queries/analysis/find_original.sql");
const RELEASE_DOCUMENT: &str = include_str!("../../sql/queries/analysis/release_document.sql");

/// Shortest time between two reports of the page that is being read.
const REPORT_EVERY: Duration = Duration::from_millis(250);

/// Pause of a job whose original or whose cage is not to be had just now.
const COME_AGAIN: Duration = Duration::from_secs(5);

/// Pause of a job whose original the scanner's limits keep out: only a person can raise them.
const COME_LATER: Duration = Duration::from_mins(5);

/// Times that the transaction of a result is tried when others stand in its way.
const TRIES: u32 = 3;

/// What a job is worked with.
pub(super) struct Bench {
    /// Role `fertidoc_worker`.
    pub pool: Pool,
    pub originals: Originals,
    pub cage: Arc<Cage>,
    pub queue: config::Queue,
    pub max_bytes: u64,
    /// Where files are scanned for malware before they are read.
    pub scanner: Option<Scanner>,
    /// Name of this process in the records of attempts.
    pub worker: String,
}

/// The document's row, as far as reading needs it.
struct Found {
    object: ObjectId,
    name: String,
    media_type: String,
    bytes: u64,
    sha256: String,
    /// What the malware scanner said: `none`, `clean` or `malware`.
    scan: String,
}

/// How an attempt ended, before it is written down.
enum Attempt {
    /// Something to record: what was read, or that the file says no.
    Read(Box<Reading>),
    /// Try again, or give up after the last attempt.
    Failed(&'static str),
    /// Nobody's fault.
    HandBack(&'static str, Duration),
    /// Not scanned yet, so not read: as above, and the document says what it waits for.
    Wait(&'static str, Duration),
    /// Another worker has it.
    LeaseLost,
}

/// Works on a claimed job until its end is written down. `stop` turning true hands it back.
pub(super) async fn run(bench: &Bench, claim: Claim, mut stop: watch::Receiver<bool>) {
    let span = tracing::info_span!(
        "job",
        job = %claim.job,
        document = %claim.document,
        attempt = claim.attempt,
        request_id = claim.request_id.as_deref(),
    );
    async {
        fail_point!("analysis.claimed");
        let began = Instant::now();
        let attempt = tokio::select! {
            biased;
            () = stopped(&mut stop) => Attempt::HandBack("handed_back", Duration::ZERO),
            () = queue::hold(&bench.pool, &claim, &bench.queue) => Attempt::LeaseLost,
            attempt = attempt(bench, &claim) => attempt,
        };
        let outcome = write_down(bench, &claim, &attempt).await;
        let took = began.elapsed();
        metrics::histogram!("fertidoc_job_duration_seconds", "kind" => claim.kind.code())
            .record(took.as_secs_f64());
        metrics::counter!(
            "fertidoc_job_attempts_total", "kind" => claim.kind.code(), "outcome" => outcome
        )
        .increment(1);
        tracing::info!(
            outcome,
            milliseconds = took.as_millis() as u64,
            "attempt ended"
        );
    }
    .instrument(span)
    .await;
}

async fn stopped(stop: &mut watch::Receiver<bool>) {
    if stop.wait_for(|stop| *stop).await.is_err() {
        // Whoever could say so is gone; the job is worked to its end.
        std::future::pending::<()>().await;
    }
}

async fn attempt(bench: &Bench, claim: &Claim) -> Attempt {
    let found = match find(bench, claim).await {
        Ok(found) => found,
        Err(error) => return not_begun(&error),
    };
    if let Some(attempt) = scan(bench, claim, &found).await {
        return attempt;
    }
    if let Err(error) = begin(bench, claim).await {
        return not_begun(&error);
    }
    if found.bytes > bench.max_bytes {
        let error = refusal(RefusalCode::TooLarge);
        return Attempt::Read(Box::new(Reading {
            analysis: refused(&found.name, &found.sha256, &found.media_type, error),
            pages: Vec::new(),
        }));
    }
    let (page, pages) = watch::channel((0, 0));
    let reading = tokio::select! {
        reading = read(bench, claim, &found, page) => reading,
        never = report(bench, claim, pages) => match never {},
    };
    match reading {
        Ok(reading) if reading.analysis.sha256 == found.sha256 => Attempt::Read(Box::new(reading)),
        Ok(_) => Attempt::Failed("corrupt_original"),
        Err(Unread::Ended(ended, _)) => Attempt::Failed(ended.name()),
        Err(Unread::Source(error)) => not_had(&error),
        Err(Unread::Slow) => Attempt::HandBack("store_unavailable", COME_AGAIN),
        Err(Unread::Unsafe(why)) => {
            tracing::error!(why, "the cage does not hold");
            Attempt::HandBack("cage_unsafe", COME_AGAIN)
        }
    }
}

fn not_begun(error: &AnalysisError) -> Attempt {
    if error.is_lease_lost() {
        return Attempt::LeaseLost;
    }
    tracing::warn!(%error, "the job could not be begun");
    Attempt::HandBack("database_unavailable", COME_AGAIN)
}

/// How the attempt ends with the scan; `None` when the document may be read.
async fn scan(bench: &Bench, claim: &Claim, found: &Found) -> Option<Attempt> {
    let malware = |signature: &str| {
        Attempt::Read(Box::new(Reading {
            analysis: refused(
                &found.name,
                &found.sha256,
                &found.media_type,
                quarantined(signature),
            ),
            pages: Vec::new(),
        }))
    };
    if found.scan == "malware" {
        return Some(malware("malware"));
    }
    let scanner = bench.scanner.as_ref().filter(|_| found.scan != "clean")?;
    let bytes = match bench.originals.read(claim.clinic, found.object).await {
        Ok((_, bytes)) => bytes,
        Err(error) => return Some(not_had(&error)),
    };
    let verdict = scanner.scan(bytes).await;
    let outcome = match &verdict {
        Ok(Verdict::Clean) => "clean",
        Ok(Verdict::Malware(_)) => "malware",
        Ok(Verdict::TooLarge) => "too_large",
        Err(_) => "unscanned",
    };
    metrics::counter!("fertidoc_scans_total", "outcome" => outcome).increment(1);
    match verdict {
        Ok(Verdict::Clean) => match clear(bench, claim).await {
            Ok(()) => None,
            Err(error) => Some(not_begun(&error)),
        },
        Ok(Verdict::Malware(signature)) => {
            tracing::warn!(signature, "malware was found");
            Some(malware(&signature))
        }
        Ok(Verdict::TooLarge) => {
            tracing::error!("the scanner does not take files of this size: raise its limits");
            Some(Attempt::Wait("scan_too_large", COME_LATER))
        }
        Err(Unscanned::Source(error)) => Some(not_had(&error)),
        Err(error) => {
            tracing::warn!(%error, "not scanned");
            Some(Attempt::Wait("scan_unavailable", COME_AGAIN))
        }
    }
}

/// Writes down that the scanner found nothing.
async fn clear(bench: &Bench, claim: &Claim) -> Result<(), AnalysisError> {
    let mut connection = db::connection(&bench.pool).await?;
    let tx = db::begin_for(&mut connection, claim.clinic).await?;
    queue::check(&tx, claim).await?;
    documents::clear(&tx, claim.document).await?;
    Ok(tx.commit().await?)
}

/// Why the bytes of an original did not come.
fn not_had(error: &StorageError) -> Attempt {
    match error {
        StorageError::Corrupt(_) | StorageError::OutOfRange => Attempt::Failed("corrupt_original"),
        StorageError::Missing => Attempt::Failed("missing_original"),
        error => {
            tracing::warn!(%error, "the original cannot be had");
            Attempt::HandBack("store_unavailable", COME_AGAIN)
        }
    }
}

/// Says that the document is being read, if the job is still ours.
async fn begin(bench: &Bench, claim: &Claim) -> Result<(), AnalysisError> {
    let mut connection = db::connection(&bench.pool).await?;
    let tx = db::begin_for(&mut connection, claim.clinic).await?;
    queue::check(&tx, claim).await?;
    documents::start_reading(&tx, claim.document).await?;
    Ok(tx.commit().await?)
}

/// Where the original is, if the job is still ours.
async fn find(bench: &Bench, claim: &Claim) -> Result<Found, AnalysisError> {
    let mut connection = db::connection(&bench.pool).await?;
    let tx = db::begin_for(&mut connection, claim.clinic).await?;
    queue::check(&tx, claim).await?;
    let statement = tx.prepare_cached(FIND_ORIGINAL).await?;
    let row = tx.query_one(&statement, &[&claim.document.0]).await?;
    let found = Found {
        object: ObjectId(row.get("object_id")),
        name: row.get("file_name"),
        media_type: row.get("media_type"),
        bytes: row.get::<_, i64>("size_bytes").unsigned_abs(),
        sha256: hexadecimal(row.get("sha256")),
        scan: row.get("scan"),
    };
    tx.commit().await?;
    Ok(found)
}

async fn read(
    bench: &Bench,
    claim: &Claim,
    found: &Found,
    page: watch::Sender<(u32, u32)>,
) -> Result<Reading, Unread<StorageError>> {
    let (_, bytes) = bench
        .originals
        .read(claim.clinic, found.object)
        .await
        .map_err(Unread::Source)?;
    let original = Original {
        name: &found.name,
        bytes: Some(found.bytes),
        request_id: claim.request_id.clone(),
    };
    original::read(
        &bench.cage,
        original,
        bench.max_bytes,
        bytes,
        |number, of| {
            page.send_replace((number, of));
        },
    )
    .await
}

/// Writes the page that is being read into the document, now and then, for whoever watches.
async fn report(
    bench: &Bench,
    claim: &Claim,
    mut pages: watch::Receiver<(u32, u32)>,
) -> std::convert::Infallible {
    while pages.changed().await.is_ok() {
        let (page, of) = *pages.borrow_and_update();
        // A report that is lost is made up for by the next one.
        if let Err(error) = report_page(bench, claim, page, of).await {
            tracing::debug!(%error, "the page was not reported");
        }
        sleep(REPORT_EVERY).await;
    }
    std::future::pending().await
}

async fn report_page(
    bench: &Bench,
    claim: &Claim,
    page: u32,
    of: u32,
) -> Result<(), AnalysisError> {
    let mut connection = db::connection(&bench.pool).await?;
    let tx = db::begin_for(&mut connection, claim.clinic).await?;
    queue::check(&tx, claim).await?;
    documents::progress(&tx, claim.document, page, of).await?;
    Ok(tx.commit().await?)
}

/// Writes down how the attempt ended and names it for the metrics. What cannot be written is left
/// to the rescuer: the lease runs out.
async fn write_down(bench: &Bench, claim: &Claim, attempt: &Attempt) -> &'static str {
    if let Attempt::LeaseLost = attempt {
        return "lease_lost";
    }
    let mut tried = 0;
    loop {
        tried += 1;
        let error = match write_once(bench, claim, attempt).await {
            Ok(()) => {
                return match attempt {
                    Attempt::Read(_) => "done",
                    Attempt::Failed(code) | Attempt::HandBack(code, _) | Attempt::Wait(code, _) => {
                        code
                    }
                    Attempt::LeaseLost => "lease_lost",
                };
            }
            Err(error) if error.is_lease_lost() => return "lease_lost",
            Err(error) => error,
        };
        match error.db() {
            Some(DbError::Conflict(_) | DbError::Unavailable(_)) if tried < TRIES => {
                tracing::warn!(%error, "the end of the attempt is written down again");
            }
            Some(DbError::Conflict(_) | DbError::Unavailable(_)) => {
                tracing::error!(%error, "the end of the attempt is not written down");
                return "unrecorded";
            }
            // A result that the tables refuse is refused every time: the attempt has failed.
            _ => {
                tracing::error!(%error, "the result cannot be recorded");
                return match write_once(bench, claim, &Attempt::Failed("unrecordable")).await {
                    Ok(()) => "unrecordable",
                    Err(_) => "unrecorded",
                };
            }
        }
    }
}

async fn write_once(bench: &Bench, claim: &Claim, attempt: &Attempt) -> Result<(), AnalysisError> {
    let mut connection = db::connection(&bench.pool).await?;
    let tx = db::begin_for(&mut connection, claim.clinic).await?;
    match attempt {
        Attempt::Read(reading) => finish(&tx, claim, reading).await?,
        Attempt::Failed(code) => give_up(bench, &tx, claim, code).await?,
        Attempt::HandBack(because, pause) => {
            queue::hand_back(&tx, claim, because, *pause).await?;
            release(&tx, claim).await?;
        }
        Attempt::Wait(because, pause) => {
            queue::hand_back(&tx, claim, because, *pause).await?;
            documents::wait(&tx, claim.document, because).await?;
        }
        Attempt::LeaseLost => {}
    }
    fail_point!("analysis.before_result");
    tx.commit().await?;
    fail_point!("analysis.after_result");
    Ok(())
}

/// The fence first, so that a worker that came back from the dead writes nothing at all.
async fn finish(tx: &Tx<'_>, claim: &Claim, reading: &Reading) -> Result<(), AnalysisError> {
    queue::complete(tx, claim).await?;
    let recorded = observations::record(
        tx,
        claim.clinic,
        claim.document,
        &reading.analysis,
        &reading.pages,
    )
    .await?;
    documents::settle(
        tx,
        actor(claim),
        claim.document,
        &reading.analysis,
        recorded.analysis,
    )
    .await?;
    metrics::counter!("fertidoc_observations_recorded_total")
        .increment(recorded.observations as u64);
    Ok(())
}

async fn give_up(
    bench: &Bench,
    tx: &Tx<'_>,
    claim: &Claim,
    code: &str,
) -> Result<(), AnalysisError> {
    match queue::fail(tx, claim, code, &bench.queue).await? {
        Failed::Retried => release(tx, claim).await,
        Failed::Dead => Ok(documents::fail(tx, actor(claim), claim.document, code).await?),
    }
}

async fn release(tx: &Tx<'_>, claim: &Claim) -> Result<(), AnalysisError> {
    let statement = tx.prepare_cached(RELEASE_DOCUMENT).await?;
    tx.execute(&statement, &[&claim.document.0]).await?;
    Ok(())
}

fn actor(claim: &Claim) -> Actor<'_> {
    Actor::System {
        clinic: claim.clinic,
        request_id: claim.request_id.as_deref(),
    }
}
