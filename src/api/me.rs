//! `/me`: who asks, as the server knows them.

use super::{Caller, problem::ApiError, responses::Common};
use crate::{
    access::{self, Agent, Role, Scope, Scopes},
    db::Pools,
    domain::ids::{AgentId, ClinicId},
};
use actix_web::{HttpResponse, get, http::header, web};
use serde::Serialize;
use utoipa::ToSchema;

/// Whoever asks.
#[derive(Serialize, ToSchema)]
pub struct Me {
    /// What the record names as who did something.
    pub id: AgentId,
    pub kind: AgentKind,
    pub clinic: ClinicId,
    pub clinic_name: String,
    /// Of a person; a token has none.
    pub roles: Vec<Role>,
    /// What may be done.
    #[schema(value_type = Vec<Scope>)]
    pub scopes: Scopes,
}

/// What asks.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AgentKind {
    User,
    Token,
}

/// Tells who asks, for which clinic, and what they may do.
#[utoipa::path(tag = "tokens", operation_id = "whoAmI", responses(
    (status = 200, description = "Whoever asks", body = Me), Common,
))]
#[get("/api/v1/me")]
pub async fn read(caller: Caller, pools: web::Data<Pools>) -> Result<HttpResponse, ApiError> {
    let viewer = caller.0;
    let (kind, roles) = match viewer.agent {
        Agent::Token(_) => (AgentKind::Token, Vec::new()),
        Agent::User(user) => {
            let places = access::clinics_of(&pools.app, user).await?;
            let here = places.into_iter().find(|place| place.id == viewer.clinic);
            (
                AgentKind::User,
                here.map(|place| place.roles).unwrap_or_default(),
            )
        }
    };
    let me = Me {
        id: viewer.agent.id(),
        kind,
        clinic: viewer.clinic,
        clinic_name: access::clinic_name(&pools.app, &viewer).await?,
        roles,
        scopes: viewer.scopes,
    };
    Ok(HttpResponse::Ok()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(me))
}
