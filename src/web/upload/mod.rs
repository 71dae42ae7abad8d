//! Handing in: a form that works by itself, and with script one tray for many files.

mod view;

use super::{
    answer::{self, to},
    document_words::TrayItem,
    failure::WebError,
    session::Visitor,
    shell::Section,
};
use crate::{
    access::Scope,
    api::problem::{ApiError, come_again},
    config::Config,
    documents,
    domain::ids::{DocumentId, PatientId},
    patients,
    upload::{Desk, Outcome, Problem, receive},
};
use actix_multipart::Multipart;
use actix_web::{HttpResponse, http::StatusCode, http::header, web};
use view::{Refusal, UploadPage};

/// Documents that the tray shows after a form was sent.
const TRAY: usize = 50;

pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/upload", web::get().to(show))
        .route("/upload", web::post().to(take));
}

/// `patient` once, `just` for every document that has just come.
type Wanted = web::Query<Vec<(String, String)>>;

async fn show(
    visitor: Visitor,
    config: web::Data<Config>,
    wanted: Wanted,
) -> Result<HttpResponse, WebError> {
    visitor.may(Scope::Upload)?;
    let all = |name: &str| -> Vec<&str> {
        wanted
            .iter()
            .filter(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
            .collect()
    };
    let person: Option<PatientId> = all("patient").first().and_then(|id| id.parse().ok());
    let just: Vec<DocumentId> = all("just")
        .into_iter()
        .filter_map(|id| id.parse().ok())
        .collect();
    answer::page(&page(&visitor, &config, person, &just).await?)
}

async fn take(
    visitor: Visitor,
    config: web::Data<Config>,
    desk: web::Data<Desk>,
    form: Multipart,
) -> Result<HttpResponse, WebError> {
    let viewer = visitor.may(Scope::Upload)?;
    let received = match receive(&desk, form, viewer, None).await {
        Ok(received) => received,
        Err(problem) => {
            let mut page = page(&visitor, &config, None, &[]).await?;
            page.refusals = vec![Refusal::of_all(&problem)];
            return refused(&page, problem);
        }
    };
    let stored: Vec<DocumentId> = received
        .files
        .iter()
        .filter_map(|file| file.outcome.document())
        .collect();
    let refusals = Refusal::of_files(&received);
    if refusals.is_empty() {
        let just: Vec<String> = stored.iter().map(|id| format!("just={id}")).collect();
        return Ok(to(&format!("/upload?{}", just.join("&"))));
    }
    let mut page = page(&visitor, &config, None, &stored).await?;
    page.refusals = refusals;
    let first = received
        .files
        .into_iter()
        .find_map(|file| match file.outcome {
            Outcome::Refused(problem) => Some(problem),
            Outcome::Stored(_) | Outcome::Existing(_) => None,
        });
    match first {
        Some(problem) if stored.is_empty() => refused(&page, problem),
        _ => answer::page_with(StatusCode::UNPROCESSABLE_ENTITY, &page),
    }
}

/// The page where nothing was kept. What passes by itself says when to come again.
fn refused(page: &UploadPage, problem: Problem) -> Result<HttpResponse, WebError> {
    let problem = ApiError::from(problem);
    let Some(seconds) = problem.retry_after else {
        return answer::page_with(StatusCode::UNPROCESSABLE_ENTITY, page);
    };
    let mut answer = answer::page_with(problem.status, page)?;
    let seconds = come_again(problem.status, seconds);
    answer
        .headers_mut()
        .insert(header::RETRY_AFTER, seconds.into());
    Ok(answer)
}

async fn page(
    visitor: &Visitor,
    config: &Config,
    person: Option<PatientId>,
    just: &[DocumentId],
) -> Result<UploadPage, WebError> {
    let (pool, viewer) = (&visitor.pools.app, &visitor.viewer);
    let person = match person {
        Some(id) => Some(patients::read(pool, viewer, id).await?),
        None => None,
    };
    let mut items = Vec::new();
    for &id in just.iter().take(TRAY) {
        items.push(TrayItem::new(
            &documents::read(pool, viewer, id).await?.document,
        ));
    }
    let shell = visitor.shell(Section::Upload, "Upload").await?;
    Ok(UploadPage::new(
        shell,
        person.as_ref(),
        items,
        config.upload.max_file_bytes,
    ))
}
