//! Who may what: every route of the OpenAPI document, times everybody who may ask, times a thing of
//! the own clinic and one of another.
//!
//! The routes come from the document that the server itself serves. What each of them needs is said
//! once, in [`routes`]; a route that is not said there fails the test, and so does a line there
//! that no route answers to. What is expected follows from four rules:
//!
//! 1. without credentials 401;
//! 2. without the scope that the route needs 403, whatever is asked for;
//! 3. with it, a thing of another clinic is 404, as if it were not there;
//! 4. with it, a thing of the own clinic is answered as the route promises; what lists things holds
//!    no id of the other clinic.

pub mod pages;
mod record;
pub mod routes;
pub mod world;

use fertidoc::access::{Role, Scope, Scopes};
use routes::{Needs, Route};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use world::{Asked, World};

/// Somebody who asks.
struct Asker {
    name: String,
    http: reqwest::Client,
    /// `None` for who has no credentials.
    scopes: Option<Scopes>,
}

/// Whose thing is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    Own,
    Foreign,
}

impl Asker {
    fn nobody() -> Self {
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
        Self {
            name: "nobody".into(),
            http: http.build().unwrap(),
            scopes: None,
        }
    }
}

/// One person of each role, signed in.
async fn people(world: &World) -> Vec<Asker> {
    let mut people = Vec::new();
    for role in Role::ALL {
        let person = world.house.person(&[role]).await;
        people.push(Asker {
            name: format!("role {role}"),
            http: person.http.clone(),
            scopes: Some(role.scopes()),
        });
    }
    people
}

async fn askers(world: &World) -> Vec<Asker> {
    let mut askers = vec![Asker::nobody()];
    askers.append(&mut people(world).await);
    for scope in Scope::ALL {
        let scopes: Scopes = [scope].into_iter().collect();
        askers.push(Asker {
            name: format!("token {scope}"),
            http: world.token(scopes).await,
            scopes: Some(scopes),
        });
    }
    askers
}

/// Method and path of every route of the document.
async fn described(world: &World) -> BTreeSet<(String, String)> {
    let document: Value = world.house.get("/api/openapi.json").await;
    let mut described = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys() {
            if ["get", "put", "post", "delete", "patch", "head", "options"]
                .contains(&method.as_str())
            {
                described.insert((method.to_uppercase(), path.clone()));
            }
        }
    }
    described
}

/// What the rules say of one asking.
fn expected(asker: &Asker, route: &Route, asked: &Asked, whose: Whose) -> u16 {
    match (route.needs, asker.scopes, whose) {
        (Needs::Nobody, _, _) => asked.success,
        (_, None, _) => 401,
        (needs, Some(scopes), _) if !allows(needs, scopes) => 403,
        (_, _, Whose::Foreign) if asked.names_a_thing => 404,
        _ => asked.success,
    }
}

fn allows(needs: Needs, scopes: Scopes) -> bool {
    match needs {
        Needs::Nobody | Needs::Anybody => true,
        Needs::One(scope) => scopes.contains(scope),
        Needs::Either(one, other) => scopes.contains(one) || scopes.contains(other),
        Needs::Both(one, other) => scopes.contains(one) && scopes.contains(other),
    }
}

#[actix_web::test]
async fn everybody_gets_what_is_theirs_and_nothing_else() {
    let mut world = World::open().await;
    let table = routes::all();
    let said: BTreeSet<(String, String)> = table
        .iter()
        .map(|route| (route.method.to_owned(), route.path.to_owned()))
        .collect();
    assert_eq!(said.len(), table.len(), "a route stands twice in the table");
    assert_eq!(
        described(&world).await,
        said,
        "left: the routes of the document; right: those of the table in matrix/routes.rs"
    );

    let askers = askers(&world).await;
    let mut wrong = Vec::new();
    let mut counted: BTreeMap<u16, usize> = BTreeMap::new();
    for route in &table {
        for asker in &askers {
            for whose in [Whose::Own, Whose::Foreign] {
                let asked = world.prepare(route, whose).await;
                let expected = expected(asker, route, &asked, whose);
                let answer = asked.ask(&asker.http, &world.house.url).await;
                *counted.entry(answer.status).or_default() += 1;
                let words = format!(
                    "{} {} by {} ({whose:?}): {} instead of {expected}",
                    route.method, route.path, asker.name, answer.status
                );
                if expected != answer.status {
                    wrong.push(format!("{words} {}", answer.start()));
                }
                if asker.scopes.is_some() && world.names_the_other_clinic(&answer.body, &asked) {
                    wrong.push(format!("{words}: it names what another clinic holds"));
                }
            }
        }
    }
    let cells: usize = counted.values().sum();
    println!(
        "{} routes x {} askers x 2 clinics = {cells} answers: {counted:?}",
        table.len(),
        askers.len()
    );
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    world.house.close().await;
}
