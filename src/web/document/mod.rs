//! A document: the paper on the left with a box around each value, what was read on the right, and
//! where it waits for a person the question whose it is.

pub mod gate;
pub mod view;

use super::{
    answer::{self, to},
    failure::WebError,
    patients_found,
    session::Visitor,
    shell::Section,
};
use crate::{
    documents::{self, DocumentsError, Withheld},
    domain::ids::{DocumentId, ObservationId, PatientId},
    observations::{self, ObservationsError},
};
use actix_web::{HttpResponse, web};
use serde::Deserialize;
use view::DocumentPage;

pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/documents/{id}", web::get().to(show))
        .route("/documents/{id}/patient", web::post().to(assign))
        .route("/documents/{id}/newcomer", web::post().to(register))
        .route("/documents/{id}/take-back", web::post().to(take_back));
}

#[derive(Deserialize)]
struct Wanted {
    value: Option<ObservationId>,
    who: Option<String>,
}

async fn show(
    visitor: Visitor,
    id: web::Path<DocumentId>,
    wanted: web::Query<Wanted>,
) -> Result<HttpResponse, WebError> {
    let (pool, viewer) = (&visitor.pools.app, &visitor.viewer);
    let read = documents::read(pool, viewer, *id).await?;
    let values = observations::of_document(pool, viewer, *id).await?;
    let who = wanted.who.as_deref().map(str::trim);
    let gate = if gate::is_needed(&read.document) {
        let item = documents::inbox_item(pool, viewer, *id).await?;
        let found = patients_found(&visitor, who.unwrap_or_default(), None).await?;
        Some(gate::Gate::new(&item, who, found))
    } else {
        None
    };
    let shell = visitor.shell(Section::Documents, "Document").await?;
    answer::page(&DocumentPage::new(
        shell,
        &read,
        &values,
        wanted.value,
        gate,
    ))
}

#[derive(Deserialize)]
struct Assigned {
    patient: PatientId,
    /// The revision that was looked at when it was decided.
    revision: i64,
    back: Option<String>,
}

async fn assign(
    visitor: Visitor,
    id: web::Path<DocumentId>,
    form: web::Form<Assigned>,
) -> Result<HttpResponse, WebError> {
    let pool = &visitor.pools.app;
    documents::assign(
        pool,
        &visitor.viewer,
        *id,
        form.patient,
        Some(form.revision),
    )
    .await?;
    Ok(to(&after(form.back.as_deref(), form.patient, "filed")))
}

#[derive(Deserialize)]
struct Back {
    back: Option<String>,
}

async fn register(
    visitor: Visitor,
    id: web::Path<DocumentId>,
    form: web::Form<Back>,
) -> Result<HttpResponse, WebError> {
    let pool = &visitor.pools.app;
    let patient = documents::register_patient(pool, &visitor.viewer, *id, None).await?;
    Ok(to(&after(form.back.as_deref(), patient, "created-filed")))
}

#[derive(Deserialize)]
struct Seen {
    revision: i64,
}

async fn take_back(
    visitor: Visitor,
    id: web::Path<DocumentId>,
    seen: web::Form<Seen>,
) -> Result<HttpResponse, WebError> {
    documents::unassign(
        &visitor.pools.app,
        &visitor.viewer,
        *id,
        Some(seen.revision),
    )
    .await?;
    Ok(to(&format!("/documents/{id}?said=taken-back")))
}

/// From the inbox back to the inbox, else to the summary that now has the values.
fn after(back: Option<&str>, patient: PatientId, said: &str) -> String {
    match back {
        Some("/inbox") => format!("/inbox?said={said}"),
        _ => format!("/patients/{patient}?said={said}"),
    }
}

/// Why a paper is withheld, for a page.
fn sentence(because: Withheld) -> String {
    format!("The paper is withheld: {}.", because.words())
}

impl From<ObservationsError> for WebError {
    fn from(error: ObservationsError) -> Self {
        match error {
            ObservationsError::NotFound(_) => Self::NotFound,
            ObservationsError::Withheld(because) => Self::Unusable(sentence(because).into()),
            ObservationsError::Access(error) => error.into(),
            ObservationsError::Db(error) => error.into(),
            other => Self::broken(&other),
        }
    }
}

impl From<DocumentsError> for WebError {
    fn from(error: DocumentsError) -> Self {
        match error {
            DocumentsError::NotFound(_) => Self::NotFound,
            DocumentsError::Withheld(because) => Self::Unusable(sentence(because).into()),
            DocumentsError::Stale { .. } => Self::Unusable(
                "Somebody decided about this document meanwhile, so nothing was changed. Open it again to see what it says now.".into(),
            ),
            DocumentsError::NotReadYet => {
                Self::Unusable("The document is still being read. Wait until it is done, then decide.".into())
            }
            DocumentsError::Quarantined => Self::Unusable(
                "Malware was found in this document. Nobody can have its bytes.".into(),
            ),
            DocumentsError::NotScanned => Self::Unusable(
                "The malware scanner has not looked at this document yet. Come again shortly.".into(),
            ),
            DocumentsError::FiledAlready => Self::Unusable(
                "The document is filed already, so nothing was changed. Open it again to see for whom.".into(),
            ),
            DocumentsError::NamesNobody => Self::Unusable(
                "The document names nobody, so no patient can be made of it. Create the patient by hand, then file the document.".into(),
            ),
            DocumentsError::Patient(error) => error.into(),
            DocumentsError::Analysis(error) => Self::broken(&error),
            DocumentsError::Access(error) => error.into(),
            DocumentsError::Db(error) => error.into(),
        }
    }
}
