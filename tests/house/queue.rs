//! The queue on a real Postgres: who gets a job, who may write its result, and what becomes of it
//! when its worker dies, freezes or is deaf.

use crate::house::{Database, eventually};
use actix::prelude::*;
use fertidoc::{
    access::{self, Authenticator, Scopes, Viewer},
    config, db,
    domain::ids::{ClinicId, DocumentId, JobId, ObjectId},
    queue::{self, Claim, Failed, JobKind, JobState, QueueError},
};
use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

struct Bench {
    database: Database,
    pools: db::Pools,
    clinic: ClinicId,
    viewer: Viewer,
    config: config::Queue,
}

const LEASE: Duration = Duration::from_secs(20);
/// A lease that has run out by the time the next statement is there.
const NO_LEASE: Duration = Duration::ZERO;

impl Bench {
    async fn open() -> Self {
        let database = Database::fresh().await;
        let pools = database.pools();
        let clinic = access::create_clinic(&pools.app, "Test clinic")
            .await
            .unwrap();
        let token = access::create_token(&pools.app, clinic, "test", Scopes::all(), None)
            .await
            .unwrap();
        let viewer = Authenticator::new(pools.app.clone())
            .authenticate(&token.secret, "request-2")
            .await
            .unwrap();
        Self {
            database,
            pools,
            clinic,
            viewer,
            config: config::Queue {
                backoff: Duration::from_millis(1),
                ..config::Queue::default()
            },
        }
    }

    /// A stored document with its job, as an upload leaves them.
    async fn job(&self, max_attempts: i32) -> (DocumentId, JobId) {
        let mut connection = db::connection(&self.pools.app).await.unwrap();
        let tx = db::begin_for(&mut connection, self.clinic).await.unwrap();
        let document = document(&tx, &self.viewer).await;
        let job = queue::enqueue(
            &tx,
            self.clinic,
            JobKind::Analyze,
            document,
            Some("request-1"),
            max_attempts,
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();
        (document, job)
    }

    async fn claim(&self, lease: Duration) -> Option<Claim> {
        queue::claim(&self.pools.worker, JobKind::Analyze, "worker", lease)
            .await
            .unwrap()
    }

    async fn claim_soon(&self, lease: Duration) -> Claim {
        eventually(Duration::from_secs(10), "a job that may run", || {
            self.claim(lease)
        })
        .await
    }

    async fn complete(&self, claim: &Claim) -> Result<(), QueueError> {
        let mut connection = db::connection(&self.pools.worker).await?;
        let tx = db::begin_for(&mut connection, claim.clinic).await?;
        queue::complete(&tx, claim).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn fail(&self, claim: &Claim, code: &str) -> Failed {
        let mut connection = db::connection(&self.pools.worker).await.unwrap();
        let tx = db::begin_for(&mut connection, claim.clinic).await.unwrap();
        let failed = queue::fail(&tx, claim, code, &self.config).await.unwrap();
        tx.commit().await.unwrap();
        failed
    }

    async fn read(&self, job: JobId) -> queue::Job {
        let mut connection = db::connection(&self.pools.app).await.unwrap();
        let tx = db::begin_for(&mut connection, self.clinic).await.unwrap();
        queue::job(&tx, &self.viewer, job).await.unwrap()
    }

    async fn outcomes(&self, job: JobId) -> Vec<String> {
        let mut connection = db::connection(&self.pools.app).await.unwrap();
        let tx = db::begin_for(&mut connection, self.clinic).await.unwrap();
        let attempts = queue::attempts(&tx, &self.viewer, job).await.unwrap();
        attempts
            .into_iter()
            .map(|attempt| attempt.outcome.unwrap_or_default())
            .collect()
    }

    async fn document_state(&self, document: DocumentId) -> (String, Option<String>) {
        let row = self
            .database
            .admin()
            .await
            .query_one(
                "SELECT state, error_code FROM fertidoc.document WHERE document_id = $1",
                &[&document.0],
            )
            .await
            .unwrap();
        (row.get(0), row.get(1))
    }
}

async fn document(tx: &db::Tx<'_>, viewer: &Viewer) -> DocumentId {
    let object = ObjectId::fresh();
    let document = DocumentId::fresh();
    let hash = [object.0.into_bytes(), object.0.into_bytes()].concat();
    tx.execute(
        "INSERT INTO fertidoc.stored_object (object_id, clinic_id, state, sha256, size_bytes, frames)
         VALUES ($1, $2, 'complete', $3, 1, '{1}')",
        &[&object.0, &viewer.clinic.0, &hash],
    )
    .await
    .unwrap();
    tx.execute(
        "INSERT INTO fertidoc.document (document_id, clinic_id, object_id, sha256, size_bytes,
                                        file_name, media_type, uploaded_by)
         VALUES ($1, $2, $3, $4, 1, 'report.pdf', 'application/pdf', $5)",
        &[
            &document.0,
            &viewer.clinic.0,
            &object.0,
            &hash,
            &viewer.agent.id().0,
        ],
    )
    .await
    .unwrap();
    document
}

#[actix_web::test]
async fn a_job_exists_only_with_the_commit_that_causes_it() {
    let bench = Bench::open().await;
    let mut connection = db::connection(&bench.pools.app).await.unwrap();
    let tx = db::begin_for(&mut connection, bench.clinic).await.unwrap();
    let document = document(&tx, &bench.viewer).await;
    queue::enqueue(&tx, bench.clinic, JobKind::Analyze, document, None, 3)
        .await
        .unwrap();
    assert!(bench.claim(LEASE).await.is_none());
    tx.rollback().await.unwrap();
    assert!(bench.claim(LEASE).await.is_none());
}

#[actix_web::test]
async fn work_that_waits_already_is_not_queued_twice() {
    let bench = Bench::open().await;
    let (document, job) = bench.job(3).await;
    let mut connection = db::connection(&bench.pools.app).await.unwrap();
    let tx = db::begin_for(&mut connection, bench.clinic).await.unwrap();
    let again = queue::enqueue(&tx, bench.clinic, JobKind::Analyze, document, None, 3)
        .await
        .unwrap();
    assert_eq!(again, job);
}

#[actix_web::test]
async fn many_workers_share_the_queue_and_no_job_has_two() {
    let bench = Bench::open().await;
    for _ in 0..40 {
        bench.job(3).await;
    }
    let worker = async || {
        let mut mine = Vec::new();
        while let Some(claim) = bench.claim(LEASE).await {
            mine.push(claim.job);
        }
        mine
    };
    let (a, b, c, d) = tokio::join!(worker(), worker(), worker(), worker());
    let claimed = [a, b, c, d].concat();
    assert_eq!(claimed.len(), 40);
    assert_eq!(claimed.into_iter().collect::<HashSet<_>>().len(), 40);
}

#[actix_web::test]
async fn a_claim_knows_what_it_needs_and_a_done_job_is_done_once() {
    let bench = Bench::open().await;
    let (document, job) = bench.job(3).await;
    let claim = bench.claim(LEASE).await.unwrap();
    assert_eq!((claim.job, claim.document), (job, document));
    assert_eq!((claim.attempt, claim.max_attempts), (1, 3));
    assert_eq!(claim.request_id.as_deref(), Some("request-1"));
    bench.complete(&claim).await.unwrap();
    assert_eq!(bench.read(job).await.state, JobState::Done);
    assert_eq!(bench.outcomes(job).await, ["done"]);
    assert!(matches!(
        bench.complete(&claim).await,
        Err(QueueError::LeaseLost(lost)) if lost == job
    ));
}

#[actix_web::test]
async fn a_silent_worker_loses_its_job_and_cannot_overwrite_when_it_comes_back() {
    let bench = Bench::open().await;
    let (_, job) = bench.job(3).await;
    let frozen = bench.claim(NO_LEASE).await.unwrap();
    let rescued = queue::rescue(&bench.pools.worker, &bench.config)
        .await
        .unwrap();
    assert_eq!(rescued.len(), 1);
    assert!(!rescued[0].died);

    let second = bench.claim_soon(LEASE).await;
    assert!(second.fence > frozen.fence);
    assert!(
        !queue::renew(&bench.pools.worker, &frozen, LEASE)
            .await
            .unwrap()
    );
    assert!(matches!(
        bench.complete(&frozen).await,
        Err(QueueError::LeaseLost(_))
    ));
    assert!(
        queue::renew(&bench.pools.worker, &second, LEASE)
            .await
            .unwrap()
    );
    bench.complete(&second).await.unwrap();
    assert_eq!(bench.outcomes(job).await, ["lease_lost", "done"]);
}

#[actix_web::test]
async fn a_lease_that_is_renewed_is_not_rescued() {
    let bench = Bench::open().await;
    bench.job(3).await;
    let claim = bench.claim(NO_LEASE).await.unwrap();
    assert!(
        queue::renew(&bench.pools.worker, &claim, LEASE)
            .await
            .unwrap()
    );
    let rescued = queue::rescue(&bench.pools.worker, &bench.config)
        .await
        .unwrap();
    assert!(rescued.is_empty());
    bench.complete(&claim).await.unwrap();
}

#[actix_web::test]
async fn the_heartbeat_ends_when_another_took_the_job() {
    let bench = Bench::open().await;
    bench.job(3).await;
    let claim = bench.claim(NO_LEASE).await.unwrap();
    queue::rescue(&bench.pools.worker, &bench.config)
        .await
        .unwrap();
    let config = config::Queue {
        heartbeat: Duration::from_millis(1),
        ..bench.config.clone()
    };
    queue::hold(&bench.pools.worker, &claim, &config).await;
}

#[actix_web::test]
async fn a_job_that_keeps_failing_is_set_aside_with_every_attempt_kept() {
    let bench = Bench::open().await;
    let (_, job) = bench.job(3).await;
    for code in ["crashed", "timed_out"] {
        let claim = bench.claim_soon(LEASE).await;
        assert_eq!(bench.fail(&claim, code).await, Failed::Retried);
    }
    let claim = bench.claim_soon(LEASE).await;
    assert_eq!(bench.fail(&claim, "out_of_memory").await, Failed::Dead);
    assert!(bench.claim(LEASE).await.is_none());
    let dead = bench.read(job).await;
    assert_eq!(dead.state, JobState::Dead);
    assert_eq!(dead.error_code.as_deref(), Some("out_of_memory"));
    assert_eq!(
        bench.outcomes(job).await,
        ["crashed", "timed_out", "out_of_memory"]
    );
}

#[actix_web::test]
async fn a_job_whose_last_worker_dies_is_dead_and_its_document_says_so() {
    let bench = Bench::open().await;
    let (document, job) = bench.job(1).await;
    bench.claim(NO_LEASE).await.unwrap();
    let rescued = queue::rescue(&bench.pools.worker, &bench.config)
        .await
        .unwrap();
    assert!(rescued[0].died);
    assert_eq!(bench.read(job).await.state, JobState::Dead);
    assert_eq!(
        bench.document_state(document).await,
        ("failed".to_owned(), Some("crashed".to_owned()))
    );
}

#[actix_web::test]
async fn a_person_starts_a_dead_job_again_with_all_its_attempts() {
    let bench = Bench::open().await;
    let (document, job) = bench.job(1).await;
    bench.claim(NO_LEASE).await.unwrap();
    queue::rescue(&bench.pools.worker, &bench.config)
        .await
        .unwrap();

    let mut connection = db::connection(&bench.pools.app).await.unwrap();
    let tx = db::begin_for(&mut connection, bench.clinic).await.unwrap();
    let of = queue::requeue(&tx, &bench.viewer, job).await.unwrap();
    assert_eq!(of, document);
    assert!(matches!(
        queue::requeue(&tx, &bench.viewer, job).await,
        Err(QueueError::NotFound)
    ));
    tx.commit().await.unwrap();

    assert_eq!(
        bench.document_state(document).await,
        ("stored".to_owned(), None)
    );
    let claim = bench.claim(LEASE).await.unwrap();
    assert_eq!(claim.attempt, 1);
    bench.complete(&claim).await.unwrap();
    assert_eq!(bench.outcomes(job).await, ["lease_lost", "done"]);
}

#[actix_web::test]
async fn a_job_that_is_handed_back_has_used_no_attempt() {
    let bench = Bench::open().await;
    let (_, job) = bench.job(1).await;
    let claim = bench.claim(LEASE).await.unwrap();
    let mut connection = db::connection(&bench.pools.worker).await.unwrap();
    let tx = db::begin_for(&mut connection, claim.clinic).await.unwrap();
    queue::hand_back(&tx, &claim, "handed_back", Duration::ZERO)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let claim = bench.claim(LEASE).await.unwrap();
    assert_eq!(claim.attempt, 1);
    bench.complete(&claim).await.unwrap();
    assert_eq!(bench.outcomes(job).await, ["handed_back", "done"]);
}

#[actix_web::test]
async fn a_pause_is_told_to_whoever_asks_when_to_look_again() {
    let bench = Bench::open().await;
    assert!(
        queue::next_run(&bench.pools.worker, JobKind::Analyze)
            .await
            .unwrap()
            .is_none()
    );
    bench.job(3).await;
    let claim = bench.claim(LEASE).await.unwrap();
    let slow = config::Queue {
        backoff: Duration::from_secs(100),
        ..bench.config.clone()
    };
    let mut connection = db::connection(&bench.pools.worker).await.unwrap();
    let tx = db::begin_for(&mut connection, claim.clinic).await.unwrap();
    queue::fail(&tx, &claim, "crashed", &slow).await.unwrap();
    tx.commit().await.unwrap();
    assert!(bench.claim(LEASE).await.is_none());
    let next = queue::next_run(&bench.pools.worker, JobKind::Analyze)
        .await
        .unwrap()
        .unwrap();
    // Between half and the whole of the pause, by chance.
    assert!(next > Duration::from_secs(20) && next <= Duration::from_secs(100));
}

#[actix_web::test]
async fn a_clinic_sees_only_its_own_jobs_newest_first() {
    let bench = Bench::open().await;
    let (_, first) = bench.job(3).await;
    let (_, second) = bench.job(3).await;
    let mut connection = db::connection(&bench.pools.app).await.unwrap();
    let tx = db::begin_for(&mut connection, bench.clinic).await.unwrap();
    let page = queue::jobs(&tx, &bench.viewer, None, None, 1)
        .await
        .unwrap();
    assert_eq!(page.iter().map(|job| job.id).collect::<Vec<_>>(), [second]);
    let page = queue::jobs(&tx, &bench.viewer, Some(JobState::Ready), Some(second), 10)
        .await
        .unwrap();
    assert_eq!(page.iter().map(|job| job.id).collect::<Vec<_>>(), [first]);
    tx.commit().await.unwrap();

    let other = access::create_clinic(&bench.pools.app, "Other")
        .await
        .unwrap();
    let token = access::create_token(&bench.pools.app, other, "other", Scopes::all(), None)
        .await
        .unwrap();
    let stranger = Authenticator::new(bench.pools.app.clone())
        .authenticate(&token.secret, "request-3")
        .await
        .unwrap();
    let tx = db::begin_for(&mut connection, other).await.unwrap();
    assert!(
        queue::jobs(&tx, &stranger, None, None, 10)
            .await
            .unwrap()
            .is_empty()
    );
    assert!(matches!(
        queue::job(&tx, &stranger, first).await,
        Err(QueueError::NotFound)
    ));
}

#[actix_web::test]
async fn a_notice_wakes_the_listener_and_a_cut_connection_comes_back() {
    let bench = Bench::open().await;
    let woken = Arc::new(AtomicUsize::new(0));
    let count = woken.clone();
    let listener = queue::QueueListener::new(&bench.database.url("fertidoc_worker"), move || {
        count.fetch_add(1, Ordering::SeqCst);
    })
    .start();
    let more_than = |seen: usize| {
        let woken = &woken;
        eventually(Duration::from_secs(10), "a wake-up", move || async move {
            let now = woken.load(Ordering::SeqCst);
            (now > seen).then_some(now)
        })
    };
    let seen = more_than(0).await;
    assert!(listener.send(queue::Listening).await.unwrap());
    bench.job(3).await;
    let seen = more_than(seen).await;
    bench
        .database
        .admin()
        .await
        .execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
              WHERE datname = current_database() AND query LIKE 'LISTEN%'",
            &[],
        )
        .await
        .unwrap();
    let seen = more_than(seen).await;
    bench.job(3).await;
    more_than(seen).await;
}
