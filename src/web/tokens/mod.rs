//! API tokens: listed, made, ended.

mod view;

use super::{answer, failure::WebError, session::Visitor, shell::Section};
use crate::access::{self, AccessError, Scope, TokenWish, TokensError};
use crate::domain::ids::TokenId;
use actix_web::{HttpResponse, http::StatusCode, web};
use view::TokensPage;

/// Rows of one page.
const ROWS: i64 = 100;

pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/tokens", web::get().to(show))
        .route("/tokens", web::post().to(make))
        .route("/tokens/{id}/revoke", web::post().to(revoke));
}

#[derive(serde::Deserialize)]
struct Wanted {
    after: Option<TokenId>,
}

/// Fields come as pairs, because scopes come several times.
type Fields = web::Form<Vec<(String, String)>>;

async fn show(visitor: Visitor, wanted: web::Query<Wanted>) -> Result<HttpResponse, WebError> {
    answer::page(&page(&visitor, wanted.after).await?)
}

async fn make(visitor: Visitor, fields: Fields) -> Result<HttpResponse, WebError> {
    visitor.may(Scope::Admin)?;
    let said = |name: &str| fields.iter().find(|(key, _)| key == name);
    let wish = TokenWish {
        name: said("name")
            .map(|(_, name)| name.clone())
            .unwrap_or_default(),
        scopes: fields
            .iter()
            .filter(|(key, _)| key == "scope")
            .filter_map(|(_, scope)| scope.parse().ok())
            .collect(),
        days: said("days")
            .and_then(|(_, days)| days.trim().parse().ok())
            .unwrap_or_default(),
    };
    match access::give_token(&visitor.pools.app, &visitor.viewer, &wish).await {
        Ok(token) => {
            let mut page = page(&visitor, None).await?;
            page.given(wish.name.trim(), token.secret);
            answer::page_with(StatusCode::CREATED, &page)
        }
        Err(TokensError::Access(error)) => Err(back(error)),
        Err(error) => {
            let mut page = page(&visitor, None).await?;
            page.refused(wish, error.to_string());
            answer::page_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

async fn revoke(visitor: Visitor, id: web::Path<TokenId>) -> Result<HttpResponse, WebError> {
    visitor.may(Scope::Admin)?;
    match access::take_token(&visitor.pools.app, &visitor.viewer, *id).await {
        Ok(()) => Ok(answer::to("/tokens?said=token-ended")),
        Err(TokensError::Access(error)) => Err(back(error)),
        Err(_) => Err(WebError::NotFound),
    }
}

/// Whoever must prove who they are comes back here.
fn back(error: AccessError) -> WebError {
    WebError::from(error).leading_back_to(Section::Tokens.address())
}

async fn page(visitor: &Visitor, after: Option<TokenId>) -> Result<TokensPage, WebError> {
    let viewer = visitor.may(Scope::Admin)?;
    let found = access::tokens(&visitor.pools.app, viewer, after, ROWS + 1).await;
    let found = match found {
        Ok(found) => found,
        Err(TokensError::Access(error)) => return Err(error.into()),
        Err(error) => return Err(WebError::broken(&error)),
    };
    let shell = visitor.shell(Section::Tokens, "Tokens").await?;
    Ok(TokensPage::new(shell, &found, ROWS as usize))
}
