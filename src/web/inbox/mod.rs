//! What waits for a person, with the way to decide it in one step.

pub mod view;

use super::{answer, failure::WebError, session::Visitor, shell::Section};
use crate::{documents, domain::ids::DocumentId};
use actix_web::{HttpResponse, web};
use jiff::Timestamp;
use serde::Deserialize;
use view::InboxPage;

/// Rows of one page; each is weighed against the register anew.
const ROWS: u16 = 25;

pub fn routes(config: &mut web::ServiceConfig) {
    config.route("/inbox", web::get().to(show));
}

#[derive(Deserialize)]
struct Wanted {
    after: Option<DocumentId>,
}

async fn show(visitor: Visitor, wanted: web::Query<Wanted>) -> Result<HttpResponse, WebError> {
    let waiting = documents::inbox(&visitor.pools.app, &visitor.viewer, wanted.after, ROWS).await?;
    let shell = visitor.shell(Section::Inbox, "Inbox").await?;
    answer::page(&InboxPage::new(shell, &waiting, Timestamp::now()))
}
