//! `/tokens`: what partner systems hold.

use super::{
    Caller,
    paging::{self, Page, Paging},
    problem::ApiError,
    responses::{Common, Missing},
};
use crate::{
    access::{self, Scope, Token, TokenWish, TokensError},
    db::Pools,
    domain::ids::TokenId,
};
use actix_web::{HttpRequest, HttpResponse, delete, get, http::header, post, web};
use serde::Serialize;
use utoipa::ToSchema;

/// A token at its birth.
#[derive(Serialize, ToSchema)]
pub struct GivenToken {
    pub id: TokenId,
    /// Send it as `Authorization: Bearer ...`. It is shown this once and kept nowhere.
    pub token: String,
}

/// Lists the tokens of the clinic, newest first; no secret is among it.
#[utoipa::path(tag = "tokens", operation_id = "listTokens", params(Paging), responses(
    (status = 200, description = "A page of tokens", body = Page<Token>), Common,
))]
#[get("/api/v1/tokens")]
pub async fn list(
    caller: Caller,
    paging: web::Query<Paging>,
    pools: web::Data<Pools>,
    request: HttpRequest,
) -> Result<HttpResponse, ApiError> {
    let viewer = caller.may(Scope::Admin)?;
    let limit = paging.limit()?;
    let tokens = access::tokens(&pools.app, &viewer, paging.after()?, limit + 1).await?;
    let (tokens, next) = paging::cut(tokens, limit, |token| token.id);
    Ok(paging::answer(&request, tokens, next))
}

/// Makes a token. Its secret is in this answer and nowhere else.
#[utoipa::path(tag = "tokens", operation_id = "createToken", request_body = TokenWish, responses(
    (status = 201, description = "The token", body = GivenToken), Common,
))]
#[post("/api/v1/tokens")]
pub async fn create(
    caller: Caller,
    wish: web::Json<TokenWish>,
    pools: web::Data<Pools>,
) -> Result<HttpResponse, ApiError> {
    let viewer = caller.may(Scope::Admin)?;
    let token = access::give_token(&pools.app, &viewer, &wish).await?;
    Ok(HttpResponse::Created()
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .json(GivenToken {
            id: token.id,
            token: token.secret,
        }))
}

/// Ends a token, on every instance within five seconds.
#[utoipa::path(tag = "tokens", operation_id = "revokeToken", params(("id" = TokenId, Path)), responses(
    (status = 204, description = "The token opens nothing any more"), Common, Missing,
))]
#[delete("/api/v1/tokens/{id}")]
pub async fn revoke(
    caller: Caller,
    id: web::Path<TokenId>,
    pools: web::Data<Pools>,
) -> Result<HttpResponse, ApiError> {
    let viewer = caller.may(Scope::Admin)?;
    access::take_token(&pools.app, &viewer, *id).await?;
    Ok(HttpResponse::NoContent().finish())
}

impl From<TokensError> for ApiError {
    fn from(error: TokensError) -> Self {
        let field = match error {
            TokensError::Name => "name",
            TokensError::NoScope => "scopes",
            TokensError::Days => "days",
            TokensError::NotFound => return Self::not_found(),
            TokensError::Access(error) => return error.into(),
        };
        Self::field(field, error.to_string())
    }
}
