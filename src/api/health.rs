//! Health that does not lie: alive is about this process alone, ready about whether this instance
//! can serve anybody, and every dependency is named with what its loss means.

use actix_web::{HttpResponse, get, web};
use serde::{Deserialize, Serialize};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::sync::Mutex;
use utoipa::ToSchema;

/// How long an answer about the dependencies is given again before they are asked anew.
const KEPT: Duration = Duration::from_secs(2);
/// How long a dependency may think before it counts as down.
const PATIENCE: Duration = Duration::from_secs(1);

/// Whether a part of the house answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    Up,
    Down,
    /// It is not set up; the house works without it.
    Absent,
}

/// What stands and what does not.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Readiness {
    /// Whether this instance can serve anybody.
    pub ready: bool,
    pub draining: bool,
    /// Without it nothing can be served.
    pub database: Standing,
    /// Without it uploads and originals are refused; summaries go on.
    pub store: Standing,
    /// Without it reading from memory is slower; nothing is refused.
    pub redis: Standing,
}

type Asked = futures_util::future::LocalBoxFuture<'static, Standing>;

/// Asks the parts of the house how they are.
pub struct Health {
    draining: AtomicBool,
    probes: Probes,
    last: Mutex<Option<(tokio::time::Instant, Readiness)>>,
}

/// One question for each dependency.
pub struct Probes {
    pub database: Box<dyn Fn() -> Asked + Send + Sync>,
    pub store: Box<dyn Fn() -> Asked + Send + Sync>,
    pub redis: Box<dyn Fn() -> Asked + Send + Sync>,
}

impl Health {
    #[must_use]
    pub fn new(probes: Probes) -> Arc<Self> {
        Arc::new(Self {
            draining: AtomicBool::new(false),
            probes,
            last: Mutex::new(None),
        })
    }

    /// From now on this instance asks not to be sent anything.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    async fn readiness(&self) -> Readiness {
        let mut last = self.last.lock().await;
        let draining = self.draining.load(Ordering::Relaxed);
        if let Some((at, known)) = last.as_ref()
            && at.elapsed() < KEPT
            && known.draining == draining
        {
            return known.clone();
        }
        let (database, store, redis) = tokio::join!(
            patiently((self.probes.database)()),
            patiently((self.probes.store)()),
            patiently((self.probes.redis)()),
        );
        let ready = database == Standing::Up && !draining;
        let found = Readiness {
            ready,
            draining,
            database,
            store,
            redis,
        };
        *last = Some((tokio::time::Instant::now(), found.clone()));
        found
    }
}

async fn patiently(asked: Asked) -> Standing {
    tokio::time::timeout(PATIENCE, asked)
        .await
        .unwrap_or(Standing::Down)
}

/// Whether this process lives.
#[utoipa::path(tag = "operations", security(()), responses((status = 200, description = "This process answers", body = String, content_type = "text/plain")))]
#[get("/livez")]
pub async fn livez() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/plain; charset=utf-8")
        .body("alive\n")
}

/// Whether this instance can serve anybody, and what stands around it.
#[utoipa::path(tag = "operations", security(()), responses(
    (status = 200, description = "Ready", body = Readiness),
    (status = 503, description = "Not ready: the database is down, or the instance is draining", body = Readiness),
))]
#[get("/readyz")]
pub async fn readyz(health: web::Data<Health>) -> HttpResponse {
    let readiness = health.readiness().await;
    let mut answer = if readiness.ready {
        HttpResponse::Ok()
    } else {
        HttpResponse::ServiceUnavailable()
    };
    answer.json(readiness)
}
