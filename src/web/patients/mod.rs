//! The register: finding somebody.

pub mod view;

use super::{answer, failure::WebError, session::Visitor, shell::Section};
use crate::{domain::ids::PatientId, patients};
use actix_web::{HttpResponse, web};
use serde::Deserialize;
pub use view::PatientRow;
use view::PatientsPage;

/// Rows of one page of the list; more are reached by looking for somebody.
const ROWS: u16 = 50;

pub fn routes(config: &mut web::ServiceConfig) {
    config.route("/patients", web::get().to(list));
}

#[derive(Deserialize)]
struct Search {
    q: Option<String>,
    after: Option<PatientId>,
}

async fn list(visitor: Visitor, search: web::Query<Search>) -> Result<HttpResponse, WebError> {
    let query = search.q.as_deref().unwrap_or_default().trim();
    let found = patients::list(
        &visitor.pools.app,
        &visitor.viewer,
        query,
        search.after,
        ROWS,
    )
    .await?;
    let shell = visitor
        .shell(Section::Patients, "Patients")
        .await?
        .looking_for(query);
    answer::page(&PatientsPage::new(shell, &found))
}
