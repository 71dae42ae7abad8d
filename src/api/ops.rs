//! What operators read; served on a listener of its own, not to the world.

use super::Health;
use crate::{db::Pools, telemetry::Metrics};
use actix_web::{HttpResponse, get, web};

/// The figures of this process in the Prometheus text format, its health among them.
#[get("/metrics")]
pub async fn figures(
    metrics: web::Data<Metrics>,
    health: web::Data<Health>,
    pools: web::Data<Pools>,
) -> HttpResponse {
    health.readiness().await;
    pools.tell();
    HttpResponse::Ok()
        .content_type("text/plain; version=0.0.4; charset=utf-8")
        .body(metrics.render())
}
