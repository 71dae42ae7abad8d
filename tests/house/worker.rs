//! A worker on a real Postgres and a real store: what becomes of a stored document.

use crate::{
    cage::settings,
    hostile,
    house::{Database, eventually},
    storage::Endpoint,
};
use bytes::Bytes;
use fertidoc::{
    access::{self, Authenticator, Scopes, Viewer},
    analysis::{PageImageError, PageImages, Worker},
    config::Config,
    db,
    domain::ids::{ClinicId, DocumentId, JobId, ObjectId},
    queue::{self, JobKind},
    storage::{FrameWriter, Originals, StorageError, Store},
};
use futures_util::stream;
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use sha2::{Digest, Sha256};
use std::time::Duration;

struct Bench {
    database: Database,
    pools: db::Pools,
    endpoint: Endpoint,
    store: Store,
    config: Config,
    clinic: ClinicId,
    viewer: Viewer,
}

/// How a document stands: its state, its error, its job's state and attempts.
type Standing = (String, Option<String>, String, i32);

impl Bench {
    async fn open() -> Self {
        let database = Database::fresh().await;
        let pools = database.pools();
        let endpoint = Endpoint::start().await;
        let store = endpoint.store().await;
        let mut config = database.config();
        config.analysis = settings();
        config.analysis.slots = 1;
        config.queue.lease = Duration::from_secs(2);
        config.queue.heartbeat = Duration::from_millis(200);
        config.queue.rescue_every = Duration::from_millis(100);
        config.queue.poll_every = Duration::from_millis(200);
        config.queue.backoff = Duration::from_millis(1);
        let clinic = access::create_clinic(&pools.app, "Test clinic")
            .await
            .unwrap();
        let token = access::create_token(&pools.app, clinic, "test", Scopes::all(), None)
            .await
            .unwrap();
        let viewer = Authenticator::new(pools.app.clone())
            .authenticate(&token.secret, "request-1")
            .await
            .unwrap();
        Self {
            database,
            pools,
            endpoint,
            store,
            config,
            clinic,
            viewer,
        }
    }

    async fn worker(&self) -> Worker {
        let originals = Originals::new(self.store.clone(), self.pools.worker.clone());
        Worker::start(&self.config, self.pools.worker.clone(), originals)
            .await
            .unwrap()
    }

    /// Keeps a document as an upload does; `claimed` is the hash that its row states.
    async fn keep(&self, bytes: &[u8], claimed: Option<[u8; 32]>) -> (DocumentId, JobId) {
        let (object, document) = (ObjectId::fresh(), DocumentId::fresh());
        let (mut frames, mut body) = (FrameWriter::default(), Vec::new());
        frames.push(bytes, &mut body);
        let index = frames.finish(&mut body).unwrap();
        self.store.put(object, body.into()).await.unwrap();
        let hash = claimed.unwrap_or_else(|| Sha256::digest(bytes).into());
        let mut connection = db::connection(&self.pools.app).await.unwrap();
        let tx = db::begin_for(&mut connection, self.clinic).await.unwrap();
        tx.execute(
            "INSERT INTO fertidoc.stored_object (object_id, clinic_id, state, sha256, size_bytes, frames)
             VALUES ($1, $2, 'complete', $3, $4, $5)",
            &[&object.0, &self.clinic.0, &&hash[..], &(bytes.len() as i64), &index.frames()],
        )
        .await
        .unwrap();
        tx.execute(
            "INSERT INTO fertidoc.document (document_id, clinic_id, object_id, sha256, size_bytes,
                                            file_name, media_type, uploaded_by)
             VALUES ($1, $2, $3, $4, $5, 'report.pdf', 'application/pdf', $6)",
            &[
                &document.0,
                &self.clinic.0,
                &object.0,
                &&hash[..],
                &(bytes.len() as i64),
                &self.viewer.agent.id().0,
            ],
        )
        .await
        .unwrap();
        let job = queue::enqueue(
            &tx,
            self.clinic,
            JobKind::Analyze,
            document,
            Some("request-1"),
            3,
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();
        (document, job)
    }

    async fn standing(&self, document: DocumentId) -> Standing {
        let row = self
            .database
            .admin()
            .await
            .query_one(
                "SELECT d.state, d.error_code, j.state, j.attempt
                   FROM fertidoc.document d JOIN fertidoc.job j USING (document_id)
                  WHERE document_id = $1",
                &[&document.0],
            )
            .await
            .unwrap();
        (row.get(0), row.get(1), row.get(2), row.get(3))
    }

    /// Waits until the job has ended for good.
    async fn ended(&self, document: DocumentId) -> Standing {
        eventually(Duration::from_mins(1), "the end of the job", || async {
            let standing = self.standing(document).await;
            (standing.2 == "done" || standing.2 == "dead").then_some(standing)
        })
        .await
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
}

#[actix_web::test]
async fn a_stored_document_is_read_and_its_pages_are_kept() {
    let bench = Bench::open().await;
    let worker = bench.worker().await;
    let (document, job) = bench
        .keep(&hostile::plain(&["Dear colleague,"]), None)
        .await;
    let (state, error, job_state, attempt) = bench.ended(document).await;
    assert_eq!((&*state, error), ("read", None));
    assert_eq!((&*job_state, attempt), ("done", 1));
    assert_eq!(bench.outcomes(job).await, ["done"]);
    let kept = bench
        .database
        .admin()
        .await
        .query_one(
            "SELECT p.text, a.result->>'file' FROM fertidoc.document d
               JOIN fertidoc.analysis a USING (analysis_id)
               JOIN fertidoc.document_page p USING (analysis_id)
              WHERE d.document_id = $1",
            &[&document.0],
        )
        .await
        .unwrap();
    assert_eq!(kept.get::<_, &str>(0), "Dear colleague,");
    assert_eq!(kept.get::<_, &str>(1), "report.pdf");
    let status = worker.status().await.unwrap();
    assert!(!status.draining);
}

#[actix_web::test]
async fn a_file_that_says_no_is_refused_at_once() {
    let bench = Bench::open().await;
    let _worker = bench.worker().await;
    let (document, job) = bench.keep(b"%PDF-1.7\nnothing of it is there", None).await;
    let (state, error, job_state, _) = bench.ended(document).await;
    assert_eq!((&*state, error.as_deref()), ("refused", Some("unreadable")));
    assert_eq!(job_state, "done");
    assert_eq!(bench.outcomes(job).await, ["done"]);
}

#[actix_web::test]
async fn a_document_that_breaks_its_reader_is_tried_three_times_and_waits_for_a_person() {
    let mut bench = Bench::open().await;
    // More than a reader that holds the whole file can have.
    bench.config.analysis.address_space = 160 << 20;
    let _worker = bench.worker().await;
    let mut large = hostile::plain(&["text"]);
    large.resize(128 << 20, b' ');
    let (document, job) = bench.keep(&large, None).await;
    let (state, error, job_state, attempt) = bench.ended(document).await;
    assert_eq!((&*state, &*job_state, attempt), ("failed", "dead", 3));
    assert_eq!(error.as_deref(), Some("out_of_memory"));
    assert_eq!(bench.outcomes(job).await, ["out_of_memory"; 3]);
}

#[actix_web::test]
async fn an_original_that_changed_in_the_store_is_never_read() {
    let bench = Bench::open().await;
    let _worker = bench.worker().await;
    let (document, _) = bench.keep(&hostile::plain(&["text"]), Some([7; 32])).await;
    let (state, error, job_state, _) = bench.ended(document).await;
    assert_eq!((&*state, &*job_state), ("failed", "dead"));
    assert_eq!(error.as_deref(), Some("corrupt_original"));
}

#[actix_web::test]
async fn a_store_that_is_down_costs_no_attempt() {
    let mut bench = Bench::open().await;
    let (document, job) = bench.keep(&hostile::plain(&["text"]), None).await;
    bench.endpoint.stop().await;
    let _worker = bench.worker().await;
    eventually(Duration::from_secs(30), "the job handed back", || async {
        let outcomes = bench.outcomes(job).await;
        (outcomes.first()? == "store_unavailable").then_some(())
    })
    .await;
    bench.endpoint.again().await;
    let (state, _, job_state, attempt) = bench.ended(document).await;
    assert_eq!((&*state, &*job_state, attempt), ("read", "done", 1));
}

#[actix_web::test]
async fn a_job_left_by_a_dead_worker_is_taken_over() {
    let bench = Bench::open().await;
    let (document, job) = bench.keep(&hostile::plain(&["text"]), None).await;
    let dead = queue::claim(
        &bench.pools.worker,
        JobKind::Analyze,
        "dead",
        Duration::from_millis(1),
    )
    .await
    .unwrap();
    assert!(dead.is_some());
    let _worker = bench.worker().await;
    let (state, _, _, attempt) = bench.ended(document).await;
    assert_eq!((&*state, attempt), ("read", 2));
    assert_eq!(bench.outcomes(job).await, ["lease_lost", "done"]);
}

/// A worker in a process of its own whose store answers nothing, so that it stays at its job.
struct Stuck {
    process: std::process::Child,
    _silence: tokio::net::TcpListener,
}

impl Stuck {
    async fn at_work(bench: &Bench, document: DocumentId) -> Self {
        let silence = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let store = format!("http://{}", silence.local_addr().unwrap());
        let process = std::process::Command::new(env!("CARGO_BIN_EXE_fertidoc"))
            .arg("work")
            .env("FERTIDOC__DB__WORKER_URL", &bench.config.db.worker_url)
            .env(
                "FERTIDOC__DB__REFRESHER_URL",
                &bench.config.db.refresher_url,
            )
            .env("FERTIDOC__DB__APP_URL", &bench.config.db.app_url)
            .env("FERTIDOC__DB__SEALER_URL", &bench.config.db.sealer_url)
            .env("FERTIDOC__ACCESS__KEY", &bench.config.access.key)
            .env("FERTIDOC__HTTP__OPS_BIND", "127.0.0.1:0")
            .env("FERTIDOC__STORE__ENDPOINT", store)
            .env("FERTIDOC__STORE__ACCESS_KEY", "test")
            .env("FERTIDOC__STORE__SECRET_KEY", "test-secret-key")
            .env("FERTIDOC__QUEUE__LEASE", "2000")
            .env("FERTIDOC__QUEUE__HEARTBEAT", "200")
            .env("FERTIDOC__QUEUE__DRAIN", "200")
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        eventually(Duration::from_mins(1), "a claim", || async {
            (bench.standing(document).await.2 == "running").then_some(())
        })
        .await;
        Self {
            process,
            _silence: silence,
        }
    }

    fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.process.id() as i32), signal).unwrap();
    }
}

impl Drop for Stuck {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[actix_web::test]
async fn a_killed_workers_document_is_taken_over() {
    let bench = Bench::open().await;
    let (document, job) = bench.keep(&hostile::plain(&["text"]), None).await;
    let stuck = Stuck::at_work(&bench, document).await;
    stuck.signal(Signal::SIGKILL);
    let _worker = bench.worker().await;
    let (state, _, _, attempt) = bench.ended(document).await;
    assert_eq!((&*state, attempt), ("read", 2));
    assert_eq!(bench.outcomes(job).await, ["lease_lost", "done"]);
}

#[actix_web::test]
async fn a_frozen_worker_that_comes_back_changes_nothing() {
    let bench = Bench::open().await;
    let (document, job) = bench.keep(&hostile::plain(&["text"]), None).await;
    let stuck = Stuck::at_work(&bench, document).await;
    stuck.signal(Signal::SIGSTOP);
    let worker = bench.worker().await;
    assert_eq!(bench.ended(document).await.0, "read");
    worker.drain(Duration::from_secs(5)).await;
    stuck.signal(Signal::SIGCONT);
    // It is well again when it has taken the next document.
    let (next, _) = bench.keep(&hostile::plain(&["another"]), None).await;
    eventually(Duration::from_mins(1), "its next claim", || async {
        (bench.standing(next).await.2 == "running").then_some(())
    })
    .await;
    let (state, error, job_state, attempt) = bench.standing(document).await;
    assert_eq!((&*state, error), ("read", None));
    assert_eq!((&*job_state, attempt), ("done", 2));
    assert_eq!(bench.outcomes(job).await, ["lease_lost", "done"]);
}

#[actix_web::test]
async fn a_worker_told_to_end_hands_back_what_takes_too_long() {
    let bench = Bench::open().await;
    let (document, job) = bench.keep(&hostile::plain(&["text"]), None).await;
    let mut stuck = Stuck::at_work(&bench, document).await;
    stuck.signal(Signal::SIGTERM);
    eventually(Duration::from_mins(1), "the worker to end", || {
        let ended = stuck.process.try_wait().unwrap();
        async move { ended }
    })
    .await;
    let (state, _, job_state, attempt) = bench.standing(document).await;
    assert_eq!((&*state, &*job_state, attempt), ("stored", "ready", 0));
    let _worker = bench.worker().await;
    let (state, _, _, attempt) = bench.ended(document).await;
    assert_eq!((&*state, attempt), ("read", 1));
    assert_eq!(bench.outcomes(job).await, ["handed_back", "done"]);
}

#[actix_web::test]
async fn the_values_of_a_report_are_kept_with_their_place() {
    let bench = Bench::open().await;
    let _worker = bench.worker().await;
    let report = include_bytes!("../corpus/semen_nhs_andrology_who5.pdf");
    let (document, _) = bench.keep(report, None).await;
    assert_eq!(bench.ended(document).await.0, "read");
    let row = bench
        .database
        .admin()
        .await
        .query_one(
            "SELECT d.kind, count(*), count(o.box) FROM fertidoc.document d
               JOIN fertidoc.observation o USING (document_id, analysis_id)
              WHERE document_id = $1 GROUP BY d.kind",
            &[&document.0],
        )
        .await
        .unwrap();
    assert_eq!(row.get::<_, &str>(0), "semen_analysis");
    assert!(row.get::<_, i64>(1) > 5);
    assert_eq!(row.get::<_, i64>(1), row.get::<_, i64>(2));
}

#[actix_web::test]
async fn a_worker_that_drains_takes_nothing_more() {
    let bench = Bench::open().await;
    let worker = bench.worker().await;
    worker.drain(Duration::from_secs(5)).await;
    assert!(worker.status().await.unwrap().draining);
    let (document, _) = bench.keep(&hostile::plain(&["text"]), None).await;
    assert_eq!(bench.standing(document).await.2, "ready");
    let second = bench.worker().await;
    bench.ended(document).await;
    assert_eq!(second.status().await.unwrap().reading, 0);
}

#[actix_web::test]
async fn pages_are_drawn_behind_the_same_wall() {
    let images = PageImages::new(&settings());
    images.prove().await.unwrap();
    let file = Bytes::from(hostile::plain(&["text"]));
    let draw = |page| {
        let document = stream::iter([Ok::<_, StorageError>(file.clone())]);
        images.draw(document, file.len() as u64, page, 300)
    };
    let picture = draw(1).await.unwrap();
    assert!(picture.starts_with(b"\x89PNG"));
    assert!(matches!(draw(2).await, Err(PageImageError::NoPicture)));
}
