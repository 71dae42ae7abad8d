//! `/clinic/policy`: what the clinic decided to mask.

use super::{Caller, problem::ApiError, responses::Common};
use crate::{
    access::{self, Policy, Scope},
    db::Pools,
};
use actix_web::{HttpResponse, get, put, web};

/// Reads what the clinic decided to mask.
#[utoipa::path(tag = "clinic", operation_id = "readPolicy", responses(
    (status = 200, description = "What holds", body = Policy), Common,
))]
#[get("/api/v1/clinic/policy")]
pub async fn read_policy(
    caller: Caller,
    pools: web::Data<Pools>,
) -> Result<HttpResponse, ApiError> {
    let viewer = caller.may(Scope::Admin)?;
    Ok(HttpResponse::Ok().json(access::policy(&pools.app, &viewer).await?))
}

/// Decides what the clinic masks; in force everywhere within five seconds.
#[utoipa::path(tag = "clinic", operation_id = "changePolicy", request_body = Policy, responses(
    (status = 204, description = "Decided"), Common,
))]
#[put("/api/v1/clinic/policy")]
pub async fn change_policy(
    caller: Caller,
    policy: web::Json<Policy>,
    pools: web::Data<Pools>,
) -> Result<HttpResponse, ApiError> {
    let viewer = caller.may(Scope::Admin)?;
    access::change_policy(&pools.app, &viewer, *policy).await?;
    Ok(HttpResponse::NoContent().finish())
}
