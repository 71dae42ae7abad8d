//! SEC23: whatever stands in a path, a query, a header or a body, the answer is one of ours, and
//! tells nothing of what is within.
//!
//! The routes and their fields come from the OpenAPI document that the house serves, those of the
//! pages out of the sources that register them. Each field gets hostile values in turn while the
//! rest of the request is as the matrix sends it, over sockets, because clients refuse to send most
//! of it. Each kind of spoiling must have been sent for each route that has such a part.

mod fields;
mod pages;
mod requests;
mod values;
mod wire;

use super::{
    headers,
    surface::{self, Place},
};
use crate::matrix::{Whose, routes, world::World};
use futures_util::{StreamExt as _, stream};
use serde_json::Value;
use std::collections::BTreeMap;
use wire::{Answer, Request};

/// Requests under way at once: fewer than the house has connections to its database, so that none
/// waits in vain for one on a slow machine.
const AT_ONCE: usize = 6;

/// A request with one part spoilt.
pub struct Spoilt {
    pub place: Place,
    /// What is spoilt, as `query limit`.
    pub what: String,
    pub request: Request,
}

/// What is wrong with an answer.
fn wrong_with(place: &Place, request: &Request, answer: &Answer) -> Vec<String> {
    let mut wrong = headers::wrong_with(place, answer.status, &answer.headers);
    let status = answer.status.as_u16();
    if status < 400 {
        // What may be kept of an answer that shows something is told by `headers`.
        wrong.retain(|fault| !fault.starts_with("cache-control: private"));
    }
    if status >= 500 {
        wrong.push("a fault of ours".into());
    }
    let lowered = answer.body.to_lowercase();
    for word in ["panicked", "stack backtrace", "syntax error at", "sqlstate"] {
        if lowered.contains(word) {
            wrong.push(format!("tells {word:?}"));
        }
    }
    if status >= 400 && request.method != "HEAD" {
        let media_type = answer.headers.get("content-type");
        let media_type = media_type
            .and_then(|it| it.to_str().ok())
            .unwrap_or_default();
        wrong.extend(surface::wrong_with(place, status, media_type, &answer.body));
    }
    wrong
}

/// Sends all of them; how many there were of each place and kind.
async fn send(address: &str, all: Vec<Spoilt>) -> BTreeMap<String, usize> {
    let mut counted = BTreeMap::new();
    let mut wrong = Vec::new();
    let mut answers = stream::iter(all)
        .map(|spoilt| async move {
            let answer = wire::ask(address, &spoilt.request).await;
            (spoilt, answer)
        })
        .buffer_unordered(AT_ONCE);
    while let Some((spoilt, answer)) = answers.next().await {
        let kind = spoilt.what.split(' ').next().unwrap_or_default();
        let Spoilt { place, request, .. } = &spoilt;
        let key = format!("{} {} {kind}", request.method, place.path);
        *counted.entry(key).or_default() += 1;
        let words = format!(
            "{} {}: {}: {request:?}",
            request.method, place.path, spoilt.what
        );
        match answer {
            Ok(answer) => {
                for fault in wrong_with(place, request, &answer) {
                    let start: String = answer.body.chars().take(200).collect();
                    wrong.push(format!("{words}: {} {fault}: {start}", answer.status));
                }
            }
            Err(error) => wrong.push(format!("{words}: no answer: {error}")),
        }
    }
    let shown: Vec<&str> = wrong.iter().take(40).map(String::as_str).collect();
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        shown.join("\n")
    );
    counted
}

#[actix_web::test]
async fn sec23_every_part_of_every_route_takes_hostile_values_and_tells_nothing() {
    let mut world = World::open().await;
    let document: Value = world.house.get("/api/openapi.json").await;
    let address = world.house.url.trim_start_matches("http://").to_owned();
    let token = world.house.token.clone();
    let mut expected = Vec::new();
    let mut all = Vec::new();
    let mut turns = values::Turns::default();
    let table = routes::all();
    for route in &table {
        let asked = world.prepare(route, Whose::Own).await;
        let spoilt = requests::of(route, &asked, &document, &token, &mut turns);
        let described = fields::of(&document, route);
        let mut kinds = vec!["header", "body", "query"];
        if route.path.contains('{') {
            kinds.push("path");
        }
        if !described.body.is_empty() {
            kinds.push("field");
        }
        for kind in kinds {
            expected.push(format!("{} {} {kind}", route.method, route.path));
        }
        for name in described.query.iter().map(|name| format!("query {name}")) {
            assert!(
                spoilt.iter().any(|it| it.what == name),
                "{}: {name}",
                route.path
            );
        }
        for name in described.body.iter().map(|name| format!("field {name}")) {
            assert!(
                spoilt.iter().any(|it| it.what == name),
                "{}: {name}",
                route.path
            );
        }
        all.extend(spoilt);
    }
    assert!(
        table.len() > 40 && all.len() > 2000,
        "{} requests",
        all.len()
    );
    let counted = send(&address, all).await;
    for kind in &expected {
        assert!(
            counted.get(kind).is_some_and(|asked| *asked > 0),
            "{kind}: asked nothing"
        );
    }
    // The house that was hammered still answers as before.
    let (route, whose) = (&table[3], Whose::Own);
    let asked = world.prepare(route, whose).await;
    let answer = asked.ask(&world.house.http, &world.house.url).await;
    assert_eq!(answer.status, asked.success);
    world.house.close().await;
}

#[actix_web::test]
async fn sec23_every_page_takes_hostile_values_and_tells_nothing() {
    let mut world = World::open().await;
    let address = world.house.url.trim_start_matches("http://").to_owned();
    let (all, expected) = pages::all(&world).await;
    assert!(all.len() > 800, "{} requests", all.len());
    let counted = send(&address, all).await;
    for page in &expected {
        assert!(
            counted.get(page).is_some_and(|asked| *asked > 0),
            "{page}: asked nothing"
        );
    }
    assert!(expected.len() > 60, "{} pages", expected.len());
    world.house.close().await;
}
