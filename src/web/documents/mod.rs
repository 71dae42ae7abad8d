//! The documents of the clinic with their states live, and the rows that a page asks for again.

mod view;

use super::{answer, failure::WebError, session::Visitor, shell::Section};
use crate::{
    documents::{self, Filter},
    domain::ids::{DocumentId, PatientId},
    patients,
};
use actix_web::{HttpResponse, web};
use serde::Deserialize;
use view::{DocumentsPage, Row, States, Tray};

/// Rows of one page of the list.
const ROWS: u16 = 50;

pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/documents", web::get().to(list))
        .route("/documents/{id}/row", web::get().to(row))
        .route("/documents/{id}/tray", web::get().to(tray))
        .route("/documents/{id}/states", web::get().to(states));
}

#[derive(Deserialize)]
struct Wanted {
    patient: Option<PatientId>,
    after: Option<DocumentId>,
}

async fn list(visitor: Visitor, wanted: web::Query<Wanted>) -> Result<HttpResponse, WebError> {
    let (pool, viewer) = (&visitor.pools.app, &visitor.viewer);
    let person = match wanted.patient {
        Some(id) => Some(patients::read(pool, viewer, id).await?),
        None => None,
    };
    let filter = Filter {
        patient: wanted.patient,
        ..Filter::default()
    };
    let found = documents::list(pool, viewer, &filter, wanted.after, ROWS).await?;
    let shell = visitor.shell(Section::Documents, "Documents").await?;
    answer::page(&DocumentsPage::new(shell, person.as_ref(), &found))
}

async fn row(visitor: Visitor, id: web::Path<DocumentId>) -> Result<HttpResponse, WebError> {
    let read = documents::read(&visitor.pools.app, &visitor.viewer, *id).await?;
    answer::page(&Row::new(&read.document))
}

async fn tray(visitor: Visitor, id: web::Path<DocumentId>) -> Result<HttpResponse, WebError> {
    let read = documents::read(&visitor.pools.app, &visitor.viewer, *id).await?;
    answer::page(&Tray::new(&read.document))
}

async fn states(visitor: Visitor, id: web::Path<DocumentId>) -> Result<HttpResponse, WebError> {
    let read = documents::read(&visitor.pools.app, &visitor.viewer, *id).await?;
    answer::page(&States::new(&read.document))
}
