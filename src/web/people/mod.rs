//! The people of a clinic: added with a one-time link, given roles, disabled.

mod view;

pub use view::role_word;

use super::{answer, answer::to, failure::WebError, session::Visitor, shell::Section};
use crate::access::{
    self, Authenticator, By, Ended, Link, NewAccount, PeopleError, Place, Role, Scope, SignIn,
};
use crate::config::Config;
use crate::domain::ids::UserId;
use actix_web::{HttpRequest, HttpResponse, http::StatusCode, http::header, web};
use view::PeoplePage;

pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/people", web::get().to(show))
        .route("/people", web::post().to(add))
        .route("/people/{id}/roles", web::post().to(roles))
        .route("/people/{id}/link", web::post().to(link))
        .route("/people/{id}/disable", web::post().to(disable))
        .route("/people/{id}/enable", web::post().to(enable))
        .route("/people/{id}/second-factor", web::post().to(reset))
        .route("/people/{id}/sessions", web::post().to(end_sessions));
}

/// Fields come as pairs, because roles come several times.
type Fields = web::Form<Vec<(String, String)>>;

fn said<'a>(fields: &'a [(String, String)], name: &str) -> &'a str {
    fields
        .iter()
        .find(|(key, _)| key == name)
        .map_or("", |(_, value)| value.as_str())
}

fn chosen(fields: &[(String, String)]) -> Vec<Role> {
    fields
        .iter()
        .filter(|(key, _)| key == "role")
        .filter_map(|(_, role)| role.parse().ok())
        .collect()
}

async fn show(visitor: Visitor) -> Result<HttpResponse, WebError> {
    answer::page(&page(&visitor).await?)
}

async fn page(visitor: &Visitor) -> Result<PeoplePage, WebError> {
    let viewer = visitor.may(Scope::Admin)?;
    let members = access::people(&visitor.pools.app, viewer).await?;
    let shell = visitor.shell(Section::People, "People").await?;
    Ok(PeoplePage::new(shell, viewer, &members))
}

/// Refuses who may not decide about people, or proved too long ago who they are.
fn decider(visitor: &Visitor) -> Result<By<'_>, WebError> {
    visitor.may(Scope::Admin)?;
    let recent = visitor.viewer.require_recent();
    recent.map_err(|error| WebError::from(error).leading_back_to("/people"))?;
    Ok(By::Viewer(&visitor.viewer))
}

/// The person, where they work or worked in the viewer's clinic.
async fn member(visitor: &Visitor, id: UserId) -> Result<access::Member, WebError> {
    let members = access::list_people(&visitor.pools.app, visitor.viewer.clinic).await?;
    let found = members.into_iter().find(|member| member.id == id);
    found.ok_or(WebError::NotFound)
}

async fn refused(visitor: &Visitor, error: PeopleError) -> Result<HttpResponse, WebError> {
    if let PeopleError::Access(error) = error {
        return Err(WebError::from(error).leading_back_to("/people"));
    }
    let mut page = page(visitor).await?;
    page.problem = Some(error.to_string());
    answer::page_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
}

async fn add(
    request: HttpRequest,
    visitor: Visitor,
    fields: Fields,
    sign_in: web::Data<SignIn>,
    config: web::Data<Config>,
) -> Result<HttpResponse, WebError> {
    let by = decider(&visitor)?;
    let new = NewAccount {
        user_name: said(&fields, "user"),
        display_name: said(&fields, "name"),
        identity: None,
    };
    let roles = chosen(&fields);
    let place = Place::Clinic(visitor.viewer.clinic);
    match access::add_person(&visitor.pools.app, by, new, place, &roles).await {
        Ok(user) => {
            let link = sign_in.link(by, user).await?;
            let mut page = page(&visitor).await?;
            page.given(new.display_name, &link, &address(&request, &config));
            answer::page_with(StatusCode::CREATED, &page)
        }
        Err(PeopleError::Access(error)) => Err(error.into()),
        Err(error) => {
            let mut page = page(&visitor).await?;
            page.refused(new, &roles, &error);
            answer::page_with(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

async fn roles(
    visitor: Visitor,
    id: web::Path<UserId>,
    fields: Fields,
    authenticator: web::Data<Authenticator>,
) -> Result<HttpResponse, WebError> {
    let by = decider(&visitor)?;
    let member = member(&visitor, *id).await?;
    let wanted = chosen(&fields);
    let own = visitor.viewer.agent.id().0 == member.id.0;
    if own && !wanted.contains(&Role::ClinicAdmin) && member.roles.contains(&Role::ClinicAdmin) {
        return refused(&visitor, PeopleError::Oneself).await;
    }
    let (pool, place) = (&visitor.pools.app, Place::Clinic(visitor.viewer.clinic));
    for role in Role::ALL {
        match (member.roles.contains(&role), wanted.contains(&role)) {
            (false, true) => access::grant(pool, by, member.id, place, role).await?,
            (true, false) => {
                access::revoke(pool, by, member.id, place, role).await?;
            }
            _ => {}
        }
    }
    if wanted.is_empty() && member.laboratory_roles.is_empty() {
        let here = Some(visitor.viewer.clinic);
        authenticator
            .end_sessions_of(member.id, Ended::NoRole, here, None, by)
            .await?;
    }
    Ok(to("/people?said=saved"))
}

async fn link(
    request: HttpRequest,
    visitor: Visitor,
    id: web::Path<UserId>,
    sign_in: web::Data<SignIn>,
    config: web::Data<Config>,
) -> Result<HttpResponse, WebError> {
    let by = decider(&visitor)?;
    let member = member(&visitor, *id).await?;
    if let Err(error) = access::require_account(&visitor.pools.app, by, member.id).await {
        return refused(&visitor, error).await;
    }
    let link: Link = sign_in.link(by, member.id).await?;
    let mut page = page(&visitor).await?;
    page.given(&member.display_name, &link, &address(&request, &config));
    answer::page(&page)
}

async fn disable(
    visitor: Visitor,
    id: web::Path<UserId>,
    authenticator: web::Data<Authenticator>,
) -> Result<HttpResponse, WebError> {
    let by = decider(&visitor)?;
    let member = member(&visitor, *id).await?;
    if visitor.viewer.agent.id().0 == member.id.0 {
        return refused(&visitor, PeopleError::Oneself).await;
    }
    match access::disable(&visitor.pools.app, &authenticator, by, member.id).await {
        Ok(()) => Ok(to("/people?said=disabled")),
        Err(error) => refused(&visitor, error).await,
    }
}

async fn enable(visitor: Visitor, id: web::Path<UserId>) -> Result<HttpResponse, WebError> {
    let by = decider(&visitor)?;
    let member = member(&visitor, *id).await?;
    match access::enable(&visitor.pools.app, by, member.id).await {
        Ok(()) => Ok(to("/people?said=enabled")),
        Err(error) => refused(&visitor, error).await,
    }
}

async fn reset(
    visitor: Visitor,
    id: web::Path<UserId>,
    sign_in: web::Data<SignIn>,
) -> Result<HttpResponse, WebError> {
    let by = decider(&visitor)?;
    let member = member(&visitor, *id).await?;
    if let Err(error) = access::require_account(&visitor.pools.app, by, member.id).await {
        return refused(&visitor, error).await;
    }
    sign_in.reset_second_factor(by, member.id).await?;
    Ok(to("/people?said=factor-reset"))
}

async fn end_sessions(
    visitor: Visitor,
    id: web::Path<UserId>,
    authenticator: web::Data<Authenticator>,
) -> Result<HttpResponse, WebError> {
    let by = decider(&visitor)?;
    let member = member(&visitor, *id).await?;
    let here = Some(visitor.viewer.clinic);
    authenticator
        .end_sessions_of(member.id, Ended::Revoked, here, visitor.viewer.session, by)
        .await?;
    Ok(to("/people?said=sessions-ended"))
}

/// Where the house is reached: as set, or as the form that was sent says.
fn address(request: &HttpRequest, config: &Config) -> String {
    if !config.http.public_url.is_empty() {
        return config.http.public_url.clone();
    }
    let origin = request.headers().get(header::ORIGIN);
    origin
        .and_then(|origin| origin.to_str().ok())
        .unwrap_or_default()
        .to_owned()
}
