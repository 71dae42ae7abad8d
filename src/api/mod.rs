//! JSON over HTTP, below `/api/v1`.
//!
//! The life of a request: [`observe`] gives it an id and a span, [`Caller`] turns its token into a
//! viewer, the handler turns the rest of it into domain values on its first lines, asks a stage,
//! and turns the answer into JSON or the error into a [`problem::Problem`]. The handlers know
//! status codes and nothing else does; they hold no SQL and no rule.
//!
//! The OpenAPI document is generated from the handlers: a route that is registered here is in it.

mod audit;
mod caller;
mod clinic;
mod deadline;
mod documents;
mod downloads;
mod emergency;
mod events;
mod headers;
mod health;
mod jobs;
mod lame_duck;
mod limited;
mod me;
mod methods;
mod observe;
mod ops;
mod paging;
mod paper;
mod patients;
pub mod problem;
mod range;
mod refusals;
mod responses;
mod revision;
mod summary;
mod tokens;
mod tus;
mod upload;
mod uploads;

pub use caller::{COOKIE, CSRF_HEADER, Caller, PLAIN_COOKIE, asking, bearer, same_origin};
pub use deadline::deadline;
pub use downloads::Downloads;
pub use headers::headers;
pub use health::{Health, Probe, Probes, Standing};
pub use lame_duck::lame_duck;
pub use limited::admit;
pub use methods::Methods;
pub use observe::{Routes, observe, panicked};
pub use ops::figures;
pub use refusals::{Claim, record_refusals};

use actix_web::{
    HttpRequest, HttpResponse, ResponseError as _,
    http::{StatusCode, header},
    web,
};
use problem::ApiError;
use utoipa::{
    Modify, OpenApi,
    openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
};
use utoipa_actix_web::service_config::ServiceConfig;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "fertidoc",
        description = "The document server of a fertility laboratory. Errors are \
                       `application/problem+json` with a stable `code`.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0")
    ),
    modifiers(&Bearer),
    security(("token" = [])),
    components(schemas(problem::Problem, problem::FieldError)),
    servers((url = "/"))
)]
struct Document;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        document
            .components
            .get_or_insert_default()
            .add_security_scheme("token", SecurityScheme::Http(scheme));
    }
}

/// The part of the OpenAPI document that no route says.
#[must_use]
pub fn document() -> utoipa::openapi::OpenApi {
    Document::openapi()
}

/// Every route of the API.
pub fn routes(config: &mut ServiceConfig<'_>) {
    // They are tried one after the other: what is asked for most stands first.
    config
        .configure(health)
        .service(patients::import)
        .service(patients::create)
        .service(patients::list)
        .service(patients::read)
        .service(summary::read)
        .service(patients::change)
        .service(patients::link_partner)
        .service(patients::end_partnership)
        .service(patients::record_consent)
        .service(patients::withdraw_consent)
        .service(patients::link_donor)
        .service(patients::end_donation)
        .service(me::read)
        .service(upload::receive)
        .service(uploads::describe)
        .service(uploads::create)
        .service(uploads::find_offset)
        .service(uploads::append)
        .service(uploads::read)
        .service(uploads::terminate)
        .service(documents::list)
        .service(documents::inbox)
        .service(documents::read)
        .service(documents::assign)
        .service(documents::unassign)
        .service(documents::register_patient)
        .service(paper::download)
        .service(paper::describe)
        .service(paper::image)
        .service(paper::text)
        .service(events::follow)
        .service(jobs::list)
        .service(jobs::read)
        .service(jobs::retry)
        .service(emergency::open)
        .service(emergency::end)
        .service(emergency::notices)
        .service(emergency::acknowledge)
        .service(tokens::list)
        .service(tokens::create)
        .service(tokens::revoke)
        .service(audit::list)
        .service(audit::csv)
        .service(audit::ndjson)
        .service(audit::who_looked)
        .service(clinic::read_policy)
        .service(clinic::change_policy);
}

/// Settings of extractors, so that what they refuse is a problem too.
pub fn extractors(config: &mut web::ServiceConfig) {
    config
        .app_data(
            web::JsonConfig::default()
                .limit(1 << 20)
                .error_handler(|error, _| {
                    ApiError::new(
                        StatusCode::BAD_REQUEST,
                        "unusable-body",
                        format!(
                            "The body is not the JSON that this address takes: {}",
                            plain(&error)
                        ),
                    )
                    .into()
                }),
        )
        // A file of patients; as the page takes it.
        .app_data(web::PayloadConfig::new(32 << 20))
        .app_data(web::QueryConfig::default().error_handler(|_, _| {
            ApiError::new(
                StatusCode::BAD_REQUEST,
                "unusable-query",
                "The query string holds a field that this address cannot use; see the OpenAPI \
                 document at /api/openapi.json.",
            )
            .into()
        }))
        .app_data(web::PathConfig::default().error_handler(|_, _| ApiError::not_found().into()));
}

/// Where and why JSON was not usable, without a word of the JSON itself.
fn plain(error: &actix_web::error::JsonPayloadError) -> String {
    use actix_web::error::JsonPayloadError as E;
    match error {
        E::ContentType => "send it as application/json".into(),
        E::Overflow { limit } | E::OverflowKnownLength { limit, .. } => {
            format!("it is longer than {limit} bytes")
        }
        E::Deserialize(error) => format!(
            "line {}, column {}: {}",
            error.line(),
            error.column(),
            match error.classify() {
                serde_json::error::Category::Data =>
                    "a field is missing, unknown or of the wrong type",
                serde_json::error::Category::Eof => "it ends too early",
                _ => "it is not JSON",
            }
        ),
        _ => "it could not be read".into(),
    }
}

/// The answer where no route fits: nothing is here, or not for this method.
pub async fn nowhere(
    request: HttpRequest,
    methods: web::Data<Methods>,
) -> Result<HttpResponse, ApiError> {
    let Some(route) = request.resource_map().match_pattern(request.path()) else {
        return Err(ApiError::not_found());
    };
    let mut answer = ApiError::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method-not-allowed",
        "This address takes other methods; see the OpenAPI document at /api/openapi.json.",
    )
    .error_response();
    if let Some(allowed) = methods.of(&route).and_then(|names| names.parse().ok()) {
        answer.headers_mut().insert(header::ALLOW, allowed);
    }
    Ok(answer)
}

/// The OpenAPI 3.1 document, rendered once, at `/api/openapi.json`.
pub fn openapi(document: &utoipa::openapi::OpenApi) -> actix_web::Resource {
    let body: bytes::Bytes = document.to_json().unwrap_or_default().into();
    web::resource(methods::DOCUMENT)
        .get(move || {
            let body = body.clone();
            async move {
                HttpResponse::Ok()
                    .content_type("application/json")
                    .body(body)
            }
        })
        .default_service(web::to(nowhere))
}

/// The routes of health alone, for the listener of operators.
pub fn health(config: &mut ServiceConfig<'_>) {
    config.service(health::livez).service(health::readyz);
}
