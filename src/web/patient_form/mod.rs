//! A patient is registered, changed, and linked with partners.

mod links;
mod view;

use super::{
    answer::{self, to},
    failure::WebError,
    patients_found,
    session::Visitor,
    shell::Section,
};
use crate::access::Scope;
use crate::documents;
use crate::domain::ids::PatientId;
use crate::patients::{self, PatientsError};
use actix_web::{HttpResponse, http::StatusCode, web};
use serde::Deserialize;
use view::{Entered, FormPage};

pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/patients/new", web::get().to(new))
        .route("/patients", web::post().to(create))
        .route("/patients/{id}/edit", web::get().to(edit))
        .route("/patients/{id}", web::post().to(change))
        .configure(links::routes);
}

/// Fields come as pairs, because numbers come several times.
type Fields = web::Form<Vec<(String, String)>>;

async fn new(visitor: Visitor) -> Result<HttpResponse, WebError> {
    visitor.may(Scope::Write)?;
    let page = form(&visitor, None, Entered::default()).await?;
    answer::page(&page)
}

async fn create(visitor: Visitor, fields: Fields) -> Result<HttpResponse, WebError> {
    let entered = Entered::from_fields(&fields);
    let wanted = match entered.patient() {
        Ok(patient) => patients::create(&visitor.pools.app, &visitor.viewer, patient).await,
        Err(problem) => return refused(form(&visitor, None, entered).await?, problem),
    };
    match wanted {
        Ok(patient) => {
            documents::register_changed(&visitor.pools.app, &visitor.viewer).await;
            Ok(to(&format!("/patients/{}?said=created", patient.id)))
        }
        Err(error) => refused(form(&visitor, None, entered).await?, sentence(error)?),
    }
}

#[derive(Deserialize)]
struct Looking {
    who: Option<String>,
}

async fn edit(
    visitor: Visitor,
    id: web::Path<PatientId>,
    looking: web::Query<Looking>,
) -> Result<HttpResponse, WebError> {
    visitor.may(Scope::Write)?;
    let patient = patients::read(&visitor.pools.app, &visitor.viewer, *id).await?;
    let entered = Entered::from_patient(&patient);
    let who = looking.who.as_deref().unwrap_or_default().trim();
    let mut page = form(&visitor, Some(&patient), entered).await?;
    page.found = patients_found(&visitor, who, Some(*id)).await?;
    who.clone_into(&mut page.who);
    answer::page(&page)
}

async fn change(
    visitor: Visitor,
    id: web::Path<PatientId>,
    fields: Fields,
) -> Result<HttpResponse, WebError> {
    let entered = Entered::from_fields(&fields);
    let problem = match (entered.change(), entered.revision) {
        (Ok(change), Some(revision)) => {
            let pool = &visitor.pools.app;
            match patients::change(pool, &visitor.viewer, *id, revision, change).await {
                Ok(_) => {
                    documents::register_changed(pool, &visitor.viewer).await;
                    return Ok(to(&format!("/patients/{id}?said=saved")));
                }
                Err(error) => sentence(error)?,
            }
        }
        (Err(problem), _) => problem,
        (_, None) => {
            return Err(WebError::Unusable(
                "The form came here incomplete. Load the page again.".into(),
            ));
        }
    };
    let patient = patients::read(&visitor.pools.app, &visitor.viewer, *id).await?;
    refused(form(&visitor, Some(&patient), entered).await?, problem)
}

async fn form(
    visitor: &Visitor,
    patient: Option<&patients::Patient>,
    entered: Entered,
) -> Result<FormPage, WebError> {
    let title = if patient.is_some() {
        "Details and partners"
    } else {
        "New patient"
    };
    let shell = visitor.shell(Section::Patients, title).await?;
    let authorities = patients::list_authorities(&visitor.pools.app, &visitor.viewer).await?;
    Ok(FormPage::new(shell, patient, entered, authorities))
}

async fn with_patient(
    visitor: &Visitor,
    id: PatientId,
    problem: String,
) -> Result<HttpResponse, WebError> {
    let patient = patients::read(&visitor.pools.app, &visitor.viewer, id).await?;
    let entered = Entered::from_patient(&patient);
    refused(form(visitor, Some(&patient), entered).await?, problem)
}

fn refused(mut page: FormPage, problem: String) -> Result<HttpResponse, WebError> {
    page.problem = Some(problem);
    answer::page_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

/// What the form says about a refusal; what is no matter of the form has a page of its own.
fn sentence(error: PatientsError) -> Result<String, WebError> {
    Ok(match error {
        PatientsError::Invalid(wrong) => {
            let said: Vec<&str> = wrong.iter().map(|wrong| wrong.message).collect();
            capital(&said.join("; "))
        }
        PatientsError::Stale { .. } => {
            "Somebody changed this patient meanwhile. Load the page again and repeat your change"
                .into()
        }
        PatientsError::IdentifierTaken { authority, .. } => {
            format!("Another patient already has this number of “{authority}”")
        }
        PatientsError::UnnamedAuthority
        | PatientsError::OwnPartner
        | PatientsError::AlreadyPartners
        | PatientsError::NotPartners
        | PatientsError::DonorCodeTaken
        | PatientsError::DonorLinked
        | PatientsError::NoDonor
        | PatientsError::OwnDonor
        | PatientsError::AlreadyDonor => capital(&error.to_string()),
        other => return Err(other.into()),
    })
}

fn capital(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}
