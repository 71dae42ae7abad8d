//! `/audit`: who did what, for auditors; and who looked at one patient, for those who treat her or
//! him.

use super::{
    Caller,
    paging::{self, Page, Paging},
    problem::ApiError,
    responses::{Common, Missing},
};
use crate::{
    access::audit::{self, AuditRow, Outcome, Place},
    access::{Scope, Viewer},
    db::Pools,
    domain::ids::{AgentId, PatientId},
};
use actix_web::{HttpRequest, HttpResponse, get, http::header, web};
use bytes::Bytes;
use futures_util::stream;
use jiff::Timestamp;
use serde::Deserialize;
use std::fmt::Write as _;
use utoipa::IntoParams;

/// Which rows are asked for.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AuditFilter {
    /// Whose record was touched, by a list too.
    pub patient: Option<PatientId>,
    /// Who did it.
    pub agent: Option<AgentId>,
    /// How the action begins, as `document.`.
    pub action: Option<String>,
    pub outcome: Option<Outcome>,
    /// From this moment on.
    #[param(value_type = Option<String>, format = DateTime)]
    pub from: Option<Timestamp>,
    /// Before this moment.
    #[param(value_type = Option<String>, format = DateTime)]
    pub to: Option<Timestamp>,
}

impl From<AuditFilter> for audit::Filter {
    fn from(filter: AuditFilter) -> Self {
        Self {
            patient: filter.patient,
            agent: filter.agent,
            // The database keeps no NUL in text, so no action begins with one either.
            action: filter.action.map(|action| action.replace('\0', "\u{1}")),
            outcome: filter.outcome,
            from: filter.from,
            to: filter.to,
        }
    }
}

/// Lists what was done in the clinic, the newest first. Asking is recorded too.
#[utoipa::path(tag = "audit", operation_id = "listAudit", params(AuditFilter, Paging), responses(
    (status = 200, description = "A page of the record", body = Page<AuditRow>), Common,
))]
#[get("/api/v1/audit")]
pub async fn list(
    caller: Caller,
    filter: web::Query<AuditFilter>,
    paging: web::Query<Paging>,
    pools: web::Data<Pools>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let viewer = caller.may(Scope::Audit)?;
    let limit = paging.limit()? as u16;
    let filter = filter.into_inner().into();
    let (rows, more) = audit::list(&pools.app, &viewer, &filter, paging.after()?, limit).await?;
    Ok(page(&request, rows, more))
}

/// Lists who did what with a patient's record, the newest first: who read it, changed it, or was
/// shown it in a list.
#[utoipa::path(tag = "audit", operation_id = "whoLooked",
    params(("id" = PatientId, Path, description = "The patient"), Paging), responses(
    (status = 200, description = "A page of the record", body = Page<AuditRow>), Common, Missing,
))]
#[get("/api/v1/patients/{id}/audit")]
pub async fn who_looked(
    caller: Caller,
    id: web::Path<PatientId>,
    paging: web::Query<Paging>,
    pools: web::Data<Pools>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let viewer = caller.may_any(&[Scope::Read, Scope::Audit])?;
    let limit = paging.limit()? as u16;
    let (rows, more) = audit::who_looked(&pools.app, &viewer, *id, paging.after()?, limit)
        .await?
        .ok_or_else(ApiError::not_found)?;
    Ok(page(&request, rows, more))
}

fn page(request: &HttpRequest, rows: Vec<AuditRow>, more: bool) -> HttpResponse {
    let next: Option<Place> = rows.last().filter(|_| more).map(|row| (row.at, row.id));
    paging::answer(request, rows, next)
}

/// The whole record, or what the filter leaves of it, as comma-separated values.
#[utoipa::path(tag = "audit", operation_id = "exportAuditCsv", params(AuditFilter), responses(
    (status = 200, description = "One line a row, the newest first", body = String, content_type = "text/csv"), Common,
))]
#[get("/api/v1/audit.csv")]
pub async fn csv(
    caller: Caller,
    filter: web::Query<AuditFilter>,
    pools: web::Data<Pools>,
) -> Result<HttpResponse, ApiError> {
    export(caller, filter, pools, Format::Csv).await
}

/// The whole record, or what the filter leaves of it, as one JSON object a line.
#[utoipa::path(tag = "audit", operation_id = "exportAuditNdjson", params(AuditFilter), responses(
    (status = 200, description = "One line a row, the newest first", body = String, content_type = "application/x-ndjson"), Common,
))]
#[get("/api/v1/audit.ndjson")]
pub async fn ndjson(
    caller: Caller,
    filter: web::Query<AuditFilter>,
    pools: web::Data<Pools>,
) -> Result<HttpResponse, ApiError> {
    export(caller, filter, pools, Format::Ndjson).await
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Csv,
    Ndjson,
}

async fn export(
    caller: Caller,
    filter: web::Query<AuditFilter>,
    pools: web::Data<Pools>,
    format: Format,
) -> Result<HttpResponse, ApiError> {
    let viewer = caller.may(Scope::Audit)?;
    let filter = audit::Filter::from(filter.into_inner());
    let (name, media_type) = match format {
        Format::Csv => ("csv", "text/csv; charset=utf-8"),
        Format::Ndjson => ("ndjson", "application/x-ndjson"),
    };
    audit::export_begins(&viewer, &filter, name).await?;
    let export = Export {
        viewer,
        pools,
        filter,
        format,
        begun: false,
        after: None,
        ended: false,
    };
    Ok(HttpResponse::Ok()
        .content_type(media_type)
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header((
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"audit.{name}\""),
        ))
        .streaming(stream::try_unfold(export, Export::next)))
}

/// An export that is under way; a page of rows at a time, each in a transaction of its own.
struct Export {
    viewer: Viewer,
    pools: web::Data<Pools>,
    filter: audit::Filter,
    format: Format,
    begun: bool,
    after: Option<Place>,
    ended: bool,
}

impl Export {
    async fn next(mut self) -> Result<Option<(Bytes, Self)>, ApiError> {
        if self.ended {
            return Ok(None);
        }
        let (rows, more) =
            audit::export_page(&self.pools.app, &self.viewer, &self.filter, self.after).await?;
        self.ended = !more;
        self.after = rows.last().map(|row| (row.at, row.id)).or(self.after);
        let lines = match self.format {
            Format::Csv => {
                csv_lines(&rows, !self.begun).map_err(|error| ApiError::internal(&error))?
            }
            Format::Ndjson => json_lines(&rows),
        };
        self.begun = true;
        Ok(Some((lines.into(), self)))
    }
}

fn json_lines(rows: &[AuditRow]) -> Vec<u8> {
    let lines = rows.iter().fold(String::new(), |mut lines, row| {
        let _ = writeln!(lines, "{}", serde_json::to_string(row).unwrap_or_default());
        lines
    });
    lines.into_bytes()
}

fn csv_lines(rows: &[AuditRow], with_head: bool) -> Result<Vec<u8>, ::csv::Error> {
    let mut lines = ::csv::Writer::from_writer(Vec::new());
    if with_head {
        lines.write_record([
            "id",
            "at",
            "agent_id",
            "agent",
            "session_id",
            "client",
            "action",
            "outcome",
            "subject",
            "patient_id",
            "patients",
            "request_id",
            "detail",
        ])?;
    }
    let text = |value: Option<String>| value.unwrap_or_default();
    for row in rows {
        let patients: Vec<String> = row.patients.iter().map(ToString::to_string).collect();
        let cells = [
            row.id.to_string(),
            row.at.to_string(),
            text(row.agent_id.map(|id| id.to_string())),
            text(row.agent.clone()),
            text(row.session_id.map(|id| id.to_string())),
            text(row.client.clone()),
            row.action.clone(),
            row.outcome.as_str().to_owned(),
            text(row.subject.map(|id| id.to_string())),
            text(row.patient_id.map(|id| id.to_string())),
            patients.join(" "),
            text(row.request_id.clone()),
            row.detail.to_string(),
        ];
        lines.write_record(cells.map(harmless))?;
    }
    lines
        .into_inner()
        .map_err(|error| error.into_error().into())
}

/// A cell that a spreadsheet would take for a formula is marked as text.
fn harmless(cell: String) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{cell}")
    } else {
        cell
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_name_that_is_a_formula_stays_a_name() {
        let row = AuditRow {
            id: 7,
            at: "2026-01-02T03:04:05Z".parse().unwrap(),
            agent_id: None,
            agent: Some("=HYPERLINK(\"https://evil.example\")".into()),
            session_id: None,
            client: None,
            action: "patient.read".into(),
            outcome: Outcome::Success,
            subject: None,
            patient_id: None,
            patients: Vec::new(),
            request_id: None,
            detail: json!({ "shown": 2 }),
        };
        let lines = String::from_utf8(csv_lines(&[row], true).unwrap()).unwrap();
        let mut lines = lines.lines();
        assert!(lines.next().unwrap().starts_with("id,at,agent_id,agent,"));
        assert_eq!(
            lines.next().unwrap(),
            "7,2026-01-02T03:04:05Z,,\"'=HYPERLINK(\"\"https://evil.example\"\")\",,,patient.read,success,,,,,\"{\"\"shown\"\":2}\""
        );
    }
}
