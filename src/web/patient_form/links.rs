//! With whom a patient is linked: partners with their consent, and donors.

use super::{sentence, with_patient};
use crate::domain::ids::{DonationId, PartnershipId, PatientId};
use crate::patients::{self, DonationKind, NewDonation, PatientsError};
use crate::web::{answer::to, failure::WebError, session::Visitor};
use actix_web::{HttpResponse, web};
use jiff::civil::Date;
use serde::Deserialize;

pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/patients/{id}/partners", web::post().to(link))
        .route("/patients/{id}/partners/{link}/end", web::post().to(end))
        .route(
            "/patients/{id}/partners/{link}/consent",
            web::post().to(consent),
        )
        .route(
            "/patients/{id}/partners/{link}/withdraw",
            web::post().to(withdraw),
        )
        .route("/patients/{id}/donations", web::post().to(donate))
        .route(
            "/patients/{id}/donations/{donation}/end",
            web::post().to(end_donation),
        );
}

/// A day that a form may leave empty.
fn day(written: Option<&str>) -> Result<Option<Date>, WebError> {
    match written.map(str::trim).filter(|text| !text.is_empty()) {
        None => Ok(None),
        Some(text) => text.parse().map(Some).map_err(|_| {
            WebError::Unusable(
                "A date is needed, written as 2024-08-12. Go back and correct it.".into(),
            )
        }),
    }
}

async fn done(
    visitor: &Visitor,
    id: PatientId,
    outcome: Result<patients::Patient, PatientsError>,
    way: &str,
) -> Result<HttpResponse, WebError> {
    match outcome {
        Ok(_) => Ok(to(way)),
        Err(error) => with_patient(visitor, id, sentence(error)?).await,
    }
}

#[derive(Deserialize)]
struct Link {
    partner: PatientId,
    since: Date,
    /// Empty where nobody consented yet.
    consented_on: Option<String>,
}

async fn link(
    visitor: Visitor,
    id: web::Path<PatientId>,
    link: web::Form<Link>,
) -> Result<HttpResponse, WebError> {
    let consented_on = day(link.consented_on.as_deref())?;
    let pool = &visitor.pools.app;
    let outcome = patients::link_partner(
        pool,
        &visitor.viewer,
        *id,
        link.partner,
        link.since,
        consented_on,
    )
    .await;
    done(
        &visitor,
        *id,
        outcome,
        &format!("/patients/{id}?said=linked"),
    )
    .await
}

#[derive(Deserialize)]
struct End {
    until: Date,
}

async fn end(
    visitor: Visitor,
    path: web::Path<(PatientId, PartnershipId)>,
    end: web::Form<End>,
) -> Result<HttpResponse, WebError> {
    let (id, link) = path.into_inner();
    let pool = &visitor.pools.app;
    let outcome = patients::end_partnership(pool, &visitor.viewer, id, link.0, end.until).await;
    done(
        &visitor,
        id,
        outcome,
        &format!("/patients/{id}/edit?said=ended"),
    )
    .await
}

#[derive(Deserialize)]
struct Consent {
    consented_on: Date,
}

async fn consent(
    visitor: Visitor,
    path: web::Path<(PatientId, PartnershipId)>,
    consent: web::Form<Consent>,
) -> Result<HttpResponse, WebError> {
    let (id, link) = path.into_inner();
    let given = Some(consent.consented_on);
    let outcome = patients::consent(&visitor.pools.app, &visitor.viewer, id, link.0, given).await;
    done(
        &visitor,
        id,
        outcome,
        &format!("/patients/{id}/edit?said=consented"),
    )
    .await
}

async fn withdraw(
    visitor: Visitor,
    path: web::Path<(PatientId, PartnershipId)>,
) -> Result<HttpResponse, WebError> {
    let (id, link) = path.into_inner();
    let outcome = patients::consent(&visitor.pools.app, &visitor.viewer, id, link.0, None).await;
    done(
        &visitor,
        id,
        outcome,
        &format!("/patients/{id}/edit?said=withdrawn"),
    )
    .await
}

#[derive(Deserialize)]
struct Donate {
    donor_code: String,
    kind: DonationKind,
    since: Date,
    couple: Option<String>,
}

async fn donate(
    visitor: Visitor,
    id: web::Path<PatientId>,
    form: web::Form<Donate>,
) -> Result<HttpResponse, WebError> {
    let form = form.into_inner();
    let donation = NewDonation {
        donor_code: form.donor_code,
        kind: form.kind,
        since: form.since,
        couple: form.couple.is_some(),
    };
    let outcome = patients::link_donor(&visitor.pools.app, &visitor.viewer, *id, donation).await;
    let way = format!("/patients/{id}/edit?said=donation-linked");
    done(&visitor, *id, outcome, &way).await
}

async fn end_donation(
    visitor: Visitor,
    path: web::Path<(PatientId, DonationId)>,
    end: web::Form<End>,
) -> Result<HttpResponse, WebError> {
    let (id, donation) = path.into_inner();
    let pool = &visitor.pools.app;
    let outcome = patients::end_donation(pool, &visitor.viewer, id, donation, end.until).await;
    let way = format!("/patients/{id}/edit?said=donation-ended");
    done(&visitor, id, outcome, &way).await
}
