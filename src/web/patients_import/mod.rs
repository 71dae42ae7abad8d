//! Many patients at once, from a CSV file.

mod view;

use super::{answer, failure::WebError, session::Visitor, shell::Section};
use crate::access::Scope;
use crate::documents;
use crate::patients::{self, PatientsError};
use actix_multipart::Multipart;
use actix_web::{HttpResponse, http::StatusCode, web};
use futures_util::TryStreamExt as _;
use view::{ImportPage, Report};

/// A line is some hundred bytes; this holds the patients of any clinic.
const LARGEST: usize = 32 << 20;

pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/patients/import", web::get().to(show))
        .route("/patients/import", web::post().to(import));
}

async fn show(visitor: Visitor) -> Result<HttpResponse, WebError> {
    visitor.may(Scope::Write)?;
    answer::page(&ImportPage::new(
        visitor.shell(Section::Patients, "Import patients").await?,
    ))
}

async fn import(visitor: Visitor, form: Multipart) -> Result<HttpResponse, WebError> {
    visitor.may(Scope::Write)?;
    let sent = read(form).await?;
    let mut page = ImportPage::new(visitor.shell(Section::Patients, "Import patients").await?);
    let pool = &visitor.pools.app;
    match patients::import_csv(pool, &visitor.viewer, &sent.file, sent.check_only).await {
        Ok(report) => {
            if report.created > 0 && !report.dry_run {
                documents::register_changed(pool, &visitor.viewer).await;
            }
            page.report = Some(Report::new(&report));
            answer::page(&page)
        }
        Err(PatientsError::Unimportable(problem)) => {
            page.problem = Some(format!("The file cannot be imported: {problem}"));
            answer::page_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
        Err(error) => Err(error.into()),
    }
}

struct Sent {
    file: Vec<u8>,
    check_only: bool,
}

async fn read(mut form: Multipart) -> Result<Sent, WebError> {
    let broken = |_| {
        WebError::Unusable(
            "The file did not arrive whole. Choose it again and send it once more.".into(),
        )
    };
    let mut sent = Sent {
        file: Vec::new(),
        check_only: false,
    };
    while let Some(mut field) = form.try_next().await.map_err(broken)? {
        let name = field.name().map(ToOwned::to_owned);
        let mut value = Vec::new();
        while let Some(chunk) = field.try_next().await.map_err(broken)? {
            if value.len() + chunk.len() > LARGEST {
                return Err(WebError::Unusable(
                    "The file is larger than 32 MB. Import it in parts.".into(),
                ));
            }
            value.extend_from_slice(&chunk);
        }
        match name.as_deref() {
            Some("file") => sent.file = value,
            Some("check") => sent.check_only = true,
            _ => {}
        }
    }
    Ok(sent)
}
