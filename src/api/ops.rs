//! What operators read; served on a listener of its own, not to the world.

use crate::telemetry::Metrics;
use actix_web::{HttpResponse, get, web};

/// The figures of this process in the Prometheus text format.
#[get("/metrics")]
pub async fn figures(metrics: web::Data<Metrics>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/plain; version=0.0.4; charset=utf-8")
        .body(metrics.render())
}
