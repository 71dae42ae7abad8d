//! `GET /documents/{id}/events`: how far a document has come, as server-sent events.
//!
//! Any instance answers, because what is told is read from the row. Events are `received`,
//! `stored`, `reading` (page n of m) and `done`; each carries the whole standing, so a reader that
//! missed one has missed nothing. The id of an event is the row's revision; `Last-Event-ID` skips
//! what was seen. A comment every 15 seconds keeps the line open. An instance that drains ends its
//! streams and says that the reader is to come again soon: another one goes on where it ended.

use super::{
    Caller, Health,
    problem::ApiError,
    responses::{Common, Missing},
};
use crate::{
    access::{Scope, Viewer, audit::Event},
    db::{DbError, Pools},
    documents::{self, Standing, Watch, Watched},
    domain::ids::{DocumentId, PatientId},
};
use actix_web::{HttpRequest, HttpResponse, get, http::header, web};
use bytes::Bytes;
use futures_util::stream;
use std::time::Duration;
use tokio::time::Instant;

const HEARTBEAT: Duration = Duration::from_secs(15);

/// The last words of an instance that drains: milliseconds until the reader comes again.
const COME_AGAIN: &[u8] = b"retry: 500\n\n";

/// One event of the stream.
#[derive(utoipa::ToSchema)]
#[allow(
    dead_code,
    reason = "described to readers of the OpenAPI document, never built"
)]
struct ToldEvent {
    /// `received`, `stored`, `reading` or `done`.
    event: String,
    /// The standing of the document as JSON.
    data: String,
}

/// Follows a document from upload to its values.
#[utoipa::path(
    tag = "documents", operation_id = "followDocument",
    params(("id" = DocumentId, Path, description = "The document")),
    responses(
        (status = 200, description = "Events `received`, `stored`, `reading`, `done`; `data` is the standing of the document as JSON", body = ToldEvent, content_type = "text/event-stream"),
        Common, Missing,
    )
)]
#[get("/api/v1/documents/{id}/events")]
pub async fn follow(
    caller: Caller,
    id: web::Path<DocumentId>,
    pools: web::Data<Pools>,
    watch: web::Data<Watch>,
    health: web::Data<Health>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let viewer = caller.may(Scope::Read)?;
    let document = id.into_inner();
    let watched = watch.document(document);
    // Looked up before the first byte, so that a stranger gets 404 and not an empty stream.
    let first = documents::standing(&pools.app, &viewer, document)
        .await?
        .ok_or_else(ApiError::not_found)?;
    record(&viewer, &first).await?;
    let seen = request
        .headers()
        .get("last-event-id")
        .and_then(|id| id.to_str().ok())
        .and_then(|id| id.parse().ok());
    let following = Following {
        viewer,
        pools,
        health,
        document,
        watched,
        seen,
        recorded: first.patient_id,
        told_receipt: seen.is_some(),
        next: Some(first),
        spoken: Instant::now(),
        ended: false,
    };
    Ok(HttpResponse::Ok()
        .content_type("text/event-stream")
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header(("x-accel-buffering", "no"))
        .streaming(stream::unfold(following, Following::speak)))
}

/// Recorded once at the opening, and again where it turns out whose the document is: how far the
/// reading has come is no news of a patient.
async fn record(viewer: &Viewer, standing: &Standing) -> Result<(), DbError> {
    let event = Event::new("document.watch").on(standing.document_id.0);
    viewer.saw(event.of(standing.patient_id)).await
}

struct Following {
    viewer: Viewer,
    pools: web::Data<Pools>,
    health: web::Data<Health>,
    document: DocumentId,
    watched: Watched,
    /// The revision that the reader saw last.
    seen: Option<i64>,
    /// Whose it was when that was last recorded.
    recorded: Option<PatientId>,
    told_receipt: bool,
    next: Option<Standing>,
    spoken: Instant,
    ended: bool,
}

impl Following {
    async fn speak(mut self) -> Option<(Result<Bytes, ApiError>, Self)> {
        if self.ended {
            return None;
        }
        loop {
            let standing = if let Some(first) = self.next.take() {
                first
            } else {
                tokio::select! {
                    () = self.watched.changed() => {}
                    () = self.health.drained() => {
                        self.ended = true;
                        return Some((Ok(Bytes::from_static(COME_AGAIN)), self));
                    }
                }
                let now = documents::standing(&self.pools.app, &self.viewer, self.document).await;
                // Gone or unreachable: the reader comes again by itself and is told then.
                let Ok(Some(now)) = now else { return None };
                if now.patient_id != self.recorded {
                    record(&self.viewer, &now).await.ok()?;
                    self.recorded = now.patient_id;
                }
                now
            };
            if self.seen != Some(standing.revision) {
                return Some((Ok(self.tell(&standing)), self));
            }
            if standing.is_done() {
                return None;
            }
            if self.spoken.elapsed() >= HEARTBEAT {
                self.spoken = Instant::now();
                return Some((Ok(Bytes::from_static(b": still here\n\n")), self));
            }
        }
    }

    fn tell(&mut self, standing: &Standing) -> Bytes {
        let mut text = String::new();
        let data = serde_json::to_string(standing).unwrap_or_default();
        if !self.told_receipt {
            self.told_receipt = true;
            text.push_str(&event("received", None, &data));
            if standing.name() != "stored" {
                text.push_str(&event("stored", None, &data));
            }
        }
        text.push_str(&event(standing.name(), Some(standing.revision), &data));
        self.seen = Some(standing.revision);
        self.ended = standing.is_done();
        self.spoken = Instant::now();
        text.into()
    }
}

fn event(name: &str, id: Option<i64>, data: &str) -> String {
    let id = id.map(|id| format!("id: {id}\n")).unwrap_or_default();
    format!("event: {name}\n{id}data: {data}\n\n")
}
