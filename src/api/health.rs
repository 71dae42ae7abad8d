//! Health that does not lie: alive is about this process alone, ready about whether this instance
//! can serve anybody, and every dependency is named with what its loss means.

use actix_web::{HttpResponse, get, web};
use serde::{Deserialize, Serialize};
use std::{
    sync::{Arc, PoisonError},
    time::Duration,
};
use tokio::sync::{Mutex, watch};
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
    /// Without it new documents wait unread and originals that were not scanned are refused;
    /// `absent` says that nothing is scanned at all.
    pub scanner: Standing,
    /// The cage around untrusted files; without it nothing is read or drawn here.
    pub cage: Standing,
}

impl Readiness {
    /// As figures; of a part that is not set up there is none.
    fn tell(&self) {
        metrics::gauge!("fertidoc_ready").set(f64::from(u8::from(self.ready)));
        for (part, standing) in [
            ("database", self.database),
            ("store", self.store),
            ("redis", self.redis),
            ("scanner", self.scanner),
            ("cage", self.cage),
        ] {
            let up = match standing {
                Standing::Up => 1.0,
                Standing::Down => 0.0,
                Standing::Absent => continue,
            };
            metrics::gauge!("fertidoc_part_up", "part" => part).set(up);
        }
    }
}

impl Standing {
    /// Of a part that is set up.
    #[must_use]
    pub const fn of(answers: bool) -> Self {
        if answers { Self::Up } else { Self::Down }
    }
}

type Asked = futures_util::future::LocalBoxFuture<'static, Standing>;

/// One question.
pub type Probe = Box<dyn Fn() -> Asked + Send + Sync>;

/// Asks the parts of the house how they are.
pub struct Health {
    draining: watch::Sender<bool>,
    probes: Probes,
    /// Every cage that this process reads or draws in.
    cages: std::sync::Mutex<Vec<Arc<Probe>>>,
    last: Mutex<Option<(tokio::time::Instant, Readiness)>>,
}

/// One question for each dependency.
pub struct Probes {
    pub database: Probe,
    pub store: Probe,
    pub redis: Probe,
    pub scanner: Probe,
}

impl Health {
    #[must_use]
    pub fn new(probes: Probes) -> Arc<Self> {
        Arc::new(Self {
            draining: watch::Sender::new(false),
            probes,
            cages: std::sync::Mutex::default(),
            last: Mutex::new(None),
        })
    }

    /// From now on this instance asks not to be sent anything.
    pub fn drain(&self) {
        self.draining.send_replace(true);
    }

    #[must_use]
    pub fn is_draining(&self) -> bool {
        *self.draining.borrow()
    }

    /// Comes back when this instance drains.
    pub(super) async fn drained(&self) {
        let _ = self
            .draining
            .subscribe()
            .wait_for(|draining| *draining)
            .await;
    }

    /// From now on this instance is ready only while this cage holds, too.
    pub fn also_ask(&self, cage: Probe) {
        let mut cages = self.cages.lock().unwrap_or_else(PoisonError::into_inner);
        cages.push(Arc::new(cage));
    }

    async fn cage(&self) -> Standing {
        let cages = self
            .cages
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let mut standing = Standing::Absent;
        for cage in cages {
            standing = patiently(cage()).await;
            if standing == Standing::Down {
                break;
            }
        }
        standing
    }

    pub(super) async fn readiness(&self) -> Readiness {
        let mut last = self.last.lock().await;
        let draining = self.is_draining();
        if let Some((at, known)) = last.as_ref()
            && at.elapsed() < KEPT
            && known.draining == draining
        {
            return known.clone();
        }
        let (database, store, redis, scanner, cage) = tokio::join!(
            patiently((self.probes.database)()),
            patiently((self.probes.store)()),
            patiently((self.probes.redis)()),
            patiently((self.probes.scanner)()),
            self.cage(),
        );
        let ready = database == Standing::Up && cage != Standing::Down && !draining;
        let found = Readiness {
            ready,
            draining,
            database,
            store,
            redis,
            scanner,
            cage,
        };
        found.tell();
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
    (status = 503, description = "Not ready: the database is down, the cage does not hold, or the instance is draining", body = Readiness),
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
