//! What the clinic decided to mask, for its administrators.

mod view;

use super::{answer, failure::WebError, session::Visitor, shell::Section};
use crate::access::{self, Policy, Scope, SexChromosomes};
use actix_web::{HttpResponse, web};
use view::ClinicPage;

pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/clinic", web::get().to(show))
        .route("/clinic/policy", web::post().to(decide));
}

async fn show(visitor: Visitor) -> Result<HttpResponse, WebError> {
    let viewer = visitor.may(Scope::Admin)?;
    let policy = access::policy(&visitor.pools.app, viewer).await?;
    let shell = visitor.shell(Section::Clinic, "Clinic").await?;
    answer::page(&ClinicPage::new(shell, policy))
}

#[derive(serde::Deserialize)]
struct Decided {
    sex_chromosomes: SexChromosomes,
}

async fn decide(visitor: Visitor, decided: web::Form<Decided>) -> Result<HttpResponse, WebError> {
    let viewer = visitor.may(Scope::Admin)?;
    let policy = Policy {
        sex_chromosomes: decided.sex_chromosomes,
    };
    access::change_policy(&visitor.pools.app, viewer, policy).await?;
    Ok(answer::to("/clinic?said=policy-decided"))
}
