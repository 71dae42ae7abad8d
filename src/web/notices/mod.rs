//! Emergency access: opened and ended by who needs it, taken note of by who watches over the clinic.

mod view;

use super::{answer, failure::WebError, session::Visitor, shell::Section};
use crate::access::{self, Authenticator, EmergencyError, Scope};
use crate::domain::ids::NoticeId;
use actix_web::{HttpResponse, http::StatusCode, web};
use serde::Deserialize;
use view::{EmergencyPage, NoticesPage};

/// Rows of one page.
const ROWS: i64 = 50;

pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/emergency", web::get().to(show))
        .route("/emergency", web::post().to(open))
        .route("/emergency/end", web::post().to(end))
        .route("/notices", web::get().to(list))
        .route("/notices/{id}/acknowledge", web::post().to(acknowledge));
}

async fn show(visitor: Visitor) -> Result<HttpResponse, WebError> {
    answer::page(&page(&visitor).await?)
}

#[derive(Deserialize)]
struct Reason {
    reason: String,
}

async fn open(
    visitor: Visitor,
    form: web::Form<Reason>,
    authenticator: web::Data<Authenticator>,
) -> Result<HttpResponse, WebError> {
    match authenticator
        .open_emergency(&visitor.viewer, &form.reason)
        .await
    {
        Ok(_) => Ok(answer::to("/emergency?said=emergency-open")),
        Err(EmergencyError::Access(error)) => Err(error.into()),
        Err(error) => {
            let mut page = page(&visitor).await?;
            page.refused(form.into_inner().reason, error.to_string());
            answer::page_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

async fn end(
    visitor: Visitor,
    authenticator: web::Data<Authenticator>,
) -> Result<HttpResponse, WebError> {
    match authenticator.end_emergency(&visitor.viewer).await {
        Ok(()) => Ok(answer::to("/emergency?said=emergency-ended")),
        Err(EmergencyError::Access(error)) => Err(error.into()),
        // It ended by itself meanwhile.
        Err(_) => Ok(answer::to("/emergency")),
    }
}

async fn page(visitor: &Visitor) -> Result<EmergencyPage, WebError> {
    let viewer = visitor.may(Scope::Read)?;
    let shell = visitor
        .shell(Section::Emergency, "Emergency access")
        .await?;
    Ok(EmergencyPage::new(shell, viewer))
}

#[derive(Deserialize)]
struct Wanted {
    after: Option<NoticeId>,
}

async fn list(visitor: Visitor, wanted: web::Query<Wanted>) -> Result<HttpResponse, WebError> {
    let pool = &visitor.pools.app;
    match access::notices(pool, &visitor.viewer, wanted.after, ROWS + 1).await {
        Ok(found) => {
            let shell = visitor.shell(Section::Notices, "Notices").await?;
            answer::page(&NoticesPage::new(shell, &found, ROWS as usize))
        }
        Err(error) => Err(failure(error)),
    }
}

async fn acknowledge(visitor: Visitor, id: web::Path<NoticeId>) -> Result<HttpResponse, WebError> {
    access::acknowledge(&visitor.pools.app, &visitor.viewer, *id)
        .await
        .map_err(failure)?;
    Ok(answer::to("/notices?said=noted"))
}

fn failure(error: EmergencyError) -> WebError {
    match error {
        EmergencyError::Access(error) => error.into(),
        EmergencyError::NoNotice => WebError::NotFound,
        other => WebError::broken(&other),
    }
}
