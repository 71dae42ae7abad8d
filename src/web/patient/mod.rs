//! The summary of a patient, beside that of the present partner.

mod view;

use super::{
    answer,
    document_words::{self, TrayItem},
    failure::WebError,
    session::Visitor,
    shell::{DroppedFor, Section},
};
use crate::{
    documents::{self, Filter},
    domain::ids::PatientId,
    summary::{Summaries, Summary},
};
use actix_web::{HttpResponse, web};
use jiff::{Timestamp, tz::TimeZone};
use view::{PaperLine, PatientPage};

/// Documents of the patient that are looked at for what is still being read.
const DOCUMENTS: u16 = 50;

pub fn routes(config: &mut web::ServiceConfig) {
    config.route("/patients/{id}", web::get().to(show));
}

async fn show(
    visitor: Visitor,
    summaries: web::Data<Summaries>,
    id: web::Path<PatientId>,
) -> Result<HttpResponse, WebError> {
    let today = Timestamp::now().to_zoned(TimeZone::system()).date();
    let mut sides = vec![summary(&summaries, &visitor, *id).await?];
    if let Some(partner) = sides[0]
        .content
        .patient
        .partner_on(today)
        .and_then(|link| link.patient_id)
    {
        sides.push(summary(&summaries, &visitor, partner).await?);
    }
    let mut shell = visitor.shell(Section::Patients, "Summary").await?;
    let mut pending = Vec::new();
    let mut papers = Vec::new();
    for side in &sides {
        let filter = Filter {
            patient: Some(side.content.patient.id),
            ..Filter::default()
        };
        let (pool, viewer) = (&visitor.pools.app, &visitor.viewer);
        let found = documents::list(pool, viewer, &filter, None, DOCUMENTS).await?;
        let moving = found
            .documents
            .iter()
            .filter(|document| document_words::is_moving(document));
        pending.extend(moving.map(TrayItem::new));
        if sides.len() == 1 {
            papers = found.documents.iter().map(PaperLine::new).collect();
        }
    }
    if shell.may_upload {
        let patient = &sides[0].content.patient;
        shell.dropped_for = Some(DroppedFor {
            patient: patient.id.to_string(),
            name: super::words::name(&patient.given_names, &patient.family_name),
        });
    }
    answer::page(&PatientPage::new(shell, &sides, today, pending, papers))
}

async fn summary(
    summaries: &Summaries,
    visitor: &Visitor,
    id: PatientId,
) -> Result<Summary, WebError> {
    Ok(summaries.read(&visitor.viewer, id, None).await?.summary()?)
}
