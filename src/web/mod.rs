//! Pages for people, drawn on the server.
//!
//! The life of a page: [`guard`] refuses what another site sends; [`session::Visitor`] turns the cookie into a viewer, or the request into the way
//! to the sign-in page; the handler of the page asks the stages for what it shows and hands it to
//! its view, a plain struct of finished words that an askama template writes down. Views are made
//! by pure functions, so that what a page says is tested without a browser; that it looks and acts
//! so is tested with one.
//!
//! Every page works without script. Script moves the box on the paper when another value is chosen,
//! sends files with progress, and asks the server to draw a row again when its document has moved:
//! it never builds a row itself, so there is one place that decides what is said about a document.
//!
//! Each folder is one page, of the same inner shape: the handlers in `mod.rs`, the view in
//! `view.rs`, the template of the same name below `templates`.

mod account;
mod answer;
mod assets;
mod audit;
mod clinic;
mod csrf;
mod document;
mod document_words;
mod documents;
mod failure;
mod guard;
mod in_words;
mod inbox;
mod notices;
mod patient;
mod patient_form;
mod patients;
mod patients_import;
mod people;
mod session;
mod shell;
mod sign_in;
mod sign_in_idp;
mod tokens;
mod trend;
mod upload;
mod values;
mod words;

use crate::access::Scope;
use crate::domain::ids::PatientId;
use actix_web::{HttpResponse, guard as actix_guard, middleware::from_fn, web};
use failure::WebError;
pub use in_words::in_words;

/// What the API does not know at its own addresses is answered by the API.
fn is_of_the_api(path: &str) -> bool {
    path.starts_with("/api/") || matches!(path, "/livez" | "/readyz")
}

/// Every page. Mount it behind the API: what else no route knows ends here, on a page that says so.
pub fn routes(config: &mut web::ServiceConfig) {
    config.service(
        web::scope("")
            .guard(actix_guard::fn_guard(|request| !is_of_the_api(request.head().uri.path())))
            .wrap(from_fn(csrf::check))
            .wrap(from_fn(guard::guard))
            .app_data(web::PathConfig::default().error_handler(|_, _| WebError::NotFound.into()))
            .app_data(web::QueryConfig::default().error_handler(|_, _| WebError::NotFound.into()))
            .app_data(web::FormConfig::default().error_handler(|_, _| {
                WebError::Unusable("The form came here incomplete. Go back, load the page again and send it once more.".into()).into()
            }))
            .route("/assets/{name}", web::get().to(assets::serve))
            .route("/", web::get().to(door))
            .configure(sign_in::routes)
            .configure(sign_in_idp::routes)
            .configure(account::routes)
            .configure(people::routes)
            .configure(tokens::routes)
            .configure(clinic::routes)
            .configure(notices::routes)
            .configure(inbox::routes)
            .configure(documents::routes)
            .configure(document::routes)
            .configure(upload::routes)
            .configure(patients_import::routes)
            .configure(audit::routes)
            .configure(patient_form::routes)
            .configure(patient::routes)
            .configure(patients::routes)
            .default_service(web::to(nowhere)),
    );
}

/// Patients who fit what somebody looks for, but for the one that it is done for.
async fn patients_found(
    visitor: &session::Visitor,
    who: &str,
    but: Option<PatientId>,
) -> Result<Vec<patients::PatientRow>, WebError> {
    /// More than these are told apart by a longer search.
    const FOUND: u16 = 10;
    if who.is_empty() {
        return Ok(Vec::new());
    }
    let pool = &visitor.pools.app;
    let found = crate::patients::list(pool, &visitor.viewer, who, None, FOUND).await?;
    let others = found
        .patients
        .iter()
        .filter(|patient| Some(patient.id) != but);
    Ok(others.map(patients::PatientRow::new).collect())
}

/// Leads to where somebody's work begins.
async fn door(visitor: session::Visitor) -> HttpResponse {
    answer::to(if visitor.may(Scope::Read).is_ok() {
        "/inbox"
    } else if visitor.may(Scope::Upload).is_ok() {
        "/upload"
    } else if visitor.may(Scope::Admin).is_ok() {
        "/people"
    } else if visitor.may(Scope::Audit).is_ok() {
        "/audit"
    } else {
        "/account"
    })
}

async fn nowhere() -> Result<HttpResponse, WebError> {
    Err(WebError::NotFound)
}
