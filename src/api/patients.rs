//! `/patients`: the register.

use super::{
    Caller,
    paging::{self, Page, Paging},
    problem::{ApiError, FieldError},
    responses::{Common, Guarded, Missing},
    revision,
};
use crate::{
    access::Scope,
    db::Pools,
    documents,
    domain::ids::{DonationId, PatientId},
    patients::{
        self, ImportReport, ListedPatient, NewDonation, NewPatient, Patient, PatientChange,
        PatientsError,
    },
};
use actix_web::{
    HttpRequest, HttpResponse, delete, get,
    http::{StatusCode, header},
    patch, post, put, web,
};
use jiff::civil::Date;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Which patients are asked for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Search {
    /// Words of names in any order and spelling, a number, or a birth date.
    pub q: Option<String>,
}

/// A link between two people who are treated together.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPartner {
    pub partner_id: PatientId,
    #[schema(value_type = String, format = Date)]
    pub since: Date,
    /// The day on which both consented to be shown together, if they did.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub consented_on: Option<Date>,
}

/// The consent of a couple to be shown together.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Consent {
    #[schema(value_type = String, format = Date)]
    pub consented_on: Date,
}

/// The last day of a link.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Until {
    #[param(value_type = String, format = Date)]
    pub until: Date,
}

/// Whether an import only says what it would do.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Rehearsal {
    #[serde(default)]
    pub dry_run: bool,
}

/// Registers a patient.
#[utoipa::path(tag = "patients", operation_id = "createPatient", request_body = NewPatient, responses(
    (status = 201, description = "The patient", body = Patient, headers(("ETag" = String), ("Location" = String))),
    Common, Guarded,
))]
#[post("/api/v1/patients")]
pub async fn create(
    caller: Caller,
    patient: web::Json<NewPatient>,
    pools: web::Data<Pools>,
) -> Result<HttpResponse, ApiError> {
    let viewer = caller.may(Scope::Write)?;
    let patient = patients::create(&pools.app, &viewer, patient.into_inner()).await?;
    documents::register_changed(&pools.app, &viewer).await;
    Ok(HttpResponse::Created()
        .insert_header((header::LOCATION, format!("/api/v1/patients/{}", patient.id)))
        .insert_header(revision::etag(patient.revision))
        .json(patient))
}

/// Finds patients by names, numbers and birth dates.
#[utoipa::path(tag = "patients", operation_id = "listPatients", params(Search, Paging), responses(
    (status = 200, description = "A page of patients", body = Page<ListedPatient>), Common,
))]
#[get("/api/v1/patients")]
pub async fn list(
    caller: Caller,
    search: web::Query<Search>,
    paging: web::Query<Paging>,
    pools: web::Data<Pools>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let viewer = caller.may(Scope::Read)?;
    let query = search.q.as_deref().unwrap_or_default();
    let limit = paging.limit()? as u16;
    let page = patients::list(&pools.app, &viewer, query, paging.after()?, limit).await?;
    Ok(paging::answer(&request, page.patients, page.next_cursor))
}

/// Reads a patient.
#[utoipa::path(tag = "patients", operation_id = "readPatient", params(("id" = PatientId, Path)), responses(
    (status = 200, description = "The patient", body = Patient, headers(("ETag" = String))), Common, Missing,
))]
#[get("/api/v1/patients/{id}")]
pub async fn read(
    caller: Caller,
    id: web::Path<PatientId>,
    pools: web::Data<Pools>,
) -> Result<HttpResponse, ApiError> {
    let viewer = caller.may(Scope::Read)?;
    let patient = patients::read(&pools.app, &viewer, *id).await?;
    Ok(HttpResponse::Ok()
        .insert_header(revision::etag(patient.revision))
        .json(patient))
}

/// Changes a patient who still is as `If-Match` says.
#[utoipa::path(
    tag = "patients", operation_id = "changePatient", request_body = PatientChange,
    params(("id" = PatientId, Path), ("If-Match" = Option<String>, Header, description = "ETag of the revision that was read; needed")),
    responses(
        (status = 200, description = "The patient as it is now", body = Patient, headers(("ETag" = String))),
        Common, Missing, Guarded,
    )
)]
#[patch("/api/v1/patients/{id}")]
pub async fn change(
    caller: Caller,
    id: web::Path<PatientId>,
    change: web::Json<PatientChange>,
    pools: web::Data<Pools>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let viewer = caller.may(Scope::Write)?;
    let known = revision::if_match(&request)?;
    let change = change.into_inner();
    let patient = patients::change(&pools.app, &viewer, *id, known, change).await?;
    documents::register_changed(&pools.app, &viewer).await;
    Ok(HttpResponse::Ok()
        .insert_header(revision::etag(patient.revision))
        .json(patient))
}

/// Links a partner from a day on.
#[utoipa::path(tag = "patients", operation_id = "linkPartner", params(("id" = PatientId, Path)), request_body = NewPartner, responses(
    (status = 201, description = "The patient with the partner", body = Patient), Common, Missing, Guarded,
))]
#[post("/api/v1/patients/{id}/partners")]
pub async fn link_partner(
    caller: Caller,
    id: web::Path<PatientId>,
    link: web::Json<NewPartner>,
    pools: web::Data<Pools>,
) -> Result<HttpResponse, ApiError> {
    let viewer = caller.may(Scope::Write)?;
    let link = link.into_inner();
    let (partner, since, consented_on) = (link.partner_id, link.since, link.consented_on);
    let patient =
        patients::link_partner(&pools.app, &viewer, *id, partner, since, consented_on).await?;
    Ok(HttpResponse::Created().json(patient))
}

/// Ends a link on a day; it stays in the record.
#[utoipa::path(
    tag = "patients", operation_id = "endPartnership",
    params(("id" = PatientId, Path), ("partner_id" = Uuid, Path, description = "The link's own id, or the partner's"), Until),
    responses((status = 200, description = "The patient", body = Patient), Common, Missing, Guarded)
)]
#[delete("/api/v1/patients/{id}/partners/{partner_id}")]
pub async fn end_partnership(
    caller: Caller,
    ids: web::Path<(PatientId, Uuid)>,
    until: web::Query<Until>,
    pools: web::Data<Pools>,
) -> Result<HttpResponse, ApiError> {
    let viewer = caller.may(Scope::Write)?;
    let (id, link) = ids.into_inner();
    let patient = patients::end_partnership(&pools.app, &viewer, id, link, until.until).await?;
    Ok(HttpResponse::Ok().json(patient))
}

/// Records the day on which a couple consented to be shown together.
#[utoipa::path(
    tag = "patients", operation_id = "recordConsent", request_body = Consent,
    params(("id" = PatientId, Path), ("partner_id" = Uuid, Path, description = "The link's own id, or the partner's")),
    responses((status = 200, description = "The patient with the partner", body = Patient), Common, Missing, Guarded)
)]
#[put("/api/v1/patients/{id}/partners/{partner_id}/consent")]
pub async fn record_consent(
    caller: Caller,
    ids: web::Path<(PatientId, Uuid)>,
    consent: web::Json<Consent>,
    pools: web::Data<Pools>,
) -> Result<HttpResponse, ApiError> {
    let viewer = caller.may(Scope::Write)?;
    let (id, link) = ids.into_inner();
    let day = Some(consent.consented_on);
    let patient = patients::consent(&pools.app, &viewer, id, link, day).await?;
    Ok(HttpResponse::Ok().json(patient))
}

/// Takes the consent of a couple back: from now on neither is shown with the other.
#[utoipa::path(
    tag = "patients", operation_id = "withdrawConsent",
    params(("id" = PatientId, Path), ("partner_id" = Uuid, Path, description = "The link's own id, or the partner's")),
    responses((status = 200, description = "The patient", body = Patient), Common, Missing, Guarded)
)]
#[delete("/api/v1/patients/{id}/partners/{partner_id}/consent")]
pub async fn withdraw_consent(
    caller: Caller,
    ids: web::Path<(PatientId, Uuid)>,
    pools: web::Data<Pools>,
) -> Result<HttpResponse, ApiError> {
    let viewer = caller.may(Scope::Write)?;
    let (id, link) = ids.into_inner();
    let patient = patients::consent(&pools.app, &viewer, id, link, None).await?;
    Ok(HttpResponse::Ok().json(patient))
}

/// Links a recipient, or the couple, with a donor. Needs the scope `donors` too.
#[utoipa::path(tag = "patients", operation_id = "linkDonor", params(("id" = PatientId, Path)), request_body = NewDonation, responses(
    (status = 201, description = "The recipient with the donation", body = Patient), Common, Missing, Guarded,
))]
#[post("/api/v1/patients/{id}/donations")]
pub async fn link_donor(
    caller: Caller,
    id: web::Path<PatientId>,
    donation: web::Json<NewDonation>,
    pools: web::Data<Pools>,
) -> Result<HttpResponse, ApiError> {
    let viewer = caller.may(Scope::Write)?;
    let donation = donation.into_inner();
    let patient = patients::link_donor(&pools.app, &viewer, *id, donation).await?;
    Ok(HttpResponse::Created().json(patient))
}

/// Ends a donation on a day; it stays in the record. Needs the scope `donors` too.
#[utoipa::path(
    tag = "patients", operation_id = "endDonation",
    params(("id" = PatientId, Path), ("donation_id" = DonationId, Path), Until),
    responses((status = 200, description = "The patient", body = Patient), Common, Missing, Guarded)
)]
#[delete("/api/v1/patients/{id}/donations/{donation_id}")]
pub async fn end_donation(
    caller: Caller,
    ids: web::Path<(PatientId, DonationId)>,
    until: web::Query<Until>,
    pools: web::Data<Pools>,
) -> Result<HttpResponse, ApiError> {
    let viewer = caller.may(Scope::Write)?;
    let (id, donation) = ids.into_inner();
    let patient = patients::end_donation(&pools.app, &viewer, id, donation, until.until).await?;
    Ok(HttpResponse::Ok().json(patient))
}

/// Imports patients from a CSV file, with a report for every line.
///
/// Columns in any order: `family_name`, `given_names`, `birth_date`, `sex`, `mrn` with
/// `mrn_authority`, and `identifier:NAME` for numbers of any other issuer. A line that cannot be
/// used is refused with its reason; the others are made.
#[utoipa::path(
    tag = "patients", operation_id = "importPatients", params(Rehearsal),
    request_body(content = String, content_type = "text/csv"),
    responses((status = 200, description = "What became of each line", body = ImportReport), Common)
)]
#[post("/api/v1/patients/import")]
pub async fn import(
    caller: Caller,
    rehearsal: web::Query<Rehearsal>,
    file: Result<web::Bytes, actix_web::Error>,
    pools: web::Data<Pools>,
) -> Result<HttpResponse, ApiError> {
    let viewer = caller.may(Scope::Write)?;
    let file = file.map_err(|error| not_received(&error))?;
    let report = patients::import_csv(&pools.app, &viewer, &file, rehearsal.dry_run).await?;
    if report.created > 0 && !report.dry_run {
        documents::register_changed(&pools.app, &viewer).await;
    }
    Ok(HttpResponse::Ok().json(report))
}

/// Why a whole body is not here.
fn not_received(error: &actix_web::Error) -> ApiError {
    match error.as_response_error().status_code() {
        status @ StatusCode::PAYLOAD_TOO_LARGE => ApiError::new(
            status,
            "file-too-large",
            "The file is larger than is taken at once. Send it in several, each with the titles of \
             the columns.",
        ),
        _ => ApiError::new(
            StatusCode::BAD_REQUEST,
            "unusable-body",
            "The file did not arrive completely, so nothing was registered. Send it again.",
        ),
    }
}

impl From<PatientsError> for ApiError {
    fn from(error: PatientsError) -> Self {
        let detail = error.to_string();
        let conflict = |code| Self::new(StatusCode::CONFLICT, code, detail.clone());
        match error {
            PatientsError::NotFound(_) | PatientsError::NotPartners => Self::not_found(),
            PatientsError::Stale { .. } => revision::stale(detail),
            PatientsError::Invalid(fields) => Self {
                errors: fields
                    .into_iter()
                    .map(|field| FieldError {
                        field: field.field,
                        detail: field.message.into(),
                    })
                    .collect(),
                ..Self::new(
                    StatusCode::BAD_REQUEST,
                    "unusable-field",
                    "Some fields cannot be used; `errors` says which and why.",
                )
            },
            PatientsError::IdentifierTaken { .. } => conflict("identifier-taken"),
            PatientsError::UnnamedAuthority => Self::field("identifiers", detail),
            PatientsError::OwnPartner => Self::field("partner_id", detail),
            PatientsError::AlreadyPartners => conflict("already-partners"),
            PatientsError::DonorCodeTaken => conflict("donor-code-taken"),
            PatientsError::DonorLinked => conflict("donor-linked"),
            PatientsError::AlreadyDonor => conflict("already-donor"),
            PatientsError::NoDonor | PatientsError::OwnDonor => Self::field("donor_code", detail),
            PatientsError::Unimportable(_) => {
                Self::new(StatusCode::BAD_REQUEST, "unusable-file", detail)
            }
            PatientsError::Access(error) => error.into(),
            PatientsError::Db(error) => error.into(),
        }
    }
}
