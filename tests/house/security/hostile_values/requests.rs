//! The requests of one route of the API, each with one part spoilt.

use super::{
    Spoilt, fields,
    values::{self, Turns},
    wire::Request,
};
use crate::matrix::{routes::Route, world::Asked};
use crate::security::surface::Place;
use serde_json::Value;

/// How many values each part gets.
const PATHS: usize = 10;
const QUERIES: usize = 14;
const HEADERS: usize = 16;
const BODIES: usize = 10;
const FIELDS: usize = 22;

pub fn of(
    route: &Route,
    asked: &Asked,
    document: &Value,
    token: &str,
    turns: &mut Turns,
) -> Vec<Spoilt> {
    let (method, target, json, more) = asked.parts();
    let mut request = Request {
        method: method.to_string(),
        target: target.to_owned(),
        ..Request::default()
    }
    .with("authorization", format!("Bearer {token}"));
    for (name, value) in more {
        request = request.with(name, value.clone());
    }
    if let Some(json) = json {
        request = request.sending("application/json", json.to_string());
    }
    let place = Place {
        path: route.path.to_owned(),
        api: true,
    };
    let mut all = Vec::new();
    let mut add = |what: String, request: Request| {
        all.push(Spoilt {
            place: place.clone(),
            what,
            request,
        });
    };
    let described = fields::of(document, route);
    for (name, target) in paths(route.path, &request.target, turns, PATHS) {
        add(name, request.to(target));
    }
    for (name, target) in queries(&described.query, &request.target, turns, QUERIES) {
        add(name, request.to(target));
    }
    for (name, value) in turns.some(&values::headers(), HEADERS) {
        add(format!("header {name}"), request.with(name, value));
    }
    for (media_type, body) in turns.some(&values::bodies(), BODIES) {
        add("body".into(), request.sending(media_type, body));
    }
    for name in &described.body {
        for value in turns.some(&values::json(), FIELDS) {
            let body = with_field(json, name, &value);
            add(
                format!("field {name}"),
                request.sending("application/json", body),
            );
        }
    }
    all
}

/// The path with each of its parts that is no word of ours spoilt.
pub fn paths(
    template: &str,
    target: &str,
    turns: &mut Turns,
    number: usize,
) -> Vec<(String, String)> {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let parts: Vec<&str> = path.split('/').collect();
    let mut spoilt = Vec::new();
    for (at, name) in template.split('/').enumerate() {
        if name.starts_with('{') {
            for value in turns.some(&values::escaped(), number) {
                let mut parts = parts.clone();
                parts[at] = &value;
                spoilt.push((
                    format!("path {name}"),
                    format!("{}?{query}", parts.join("/")),
                ));
            }
        }
    }
    spoilt
}

/// The query with each field spoilt, twice there, and no query at all.
pub fn queries<'a>(
    names: impl IntoIterator<Item = &'a String>,
    target: &str,
    turns: &mut Turns,
    number: usize,
) -> Vec<(String, String)> {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut spoilt = Vec::new();
    for name in names {
        let others: Vec<&str> = query
            .split('&')
            .filter(|pair| !pair.starts_with(&format!("{name}=")))
            .collect();
        let others = others.join("&");
        for value in turns.some(&values::escaped(), number) {
            spoilt.push((
                format!("query {name}"),
                format!("{path}?{others}&{name}={value}"),
            ));
        }
        spoilt.push((
            format!("query {name}"),
            format!("{path}?{others}&{name}=1&{name}=2"),
        ));
    }
    for query in turns.some(&values::queries(), 3) {
        spoilt.push(("query".into(), format!("{path}?{query}")));
    }
    spoilt
}

/// A sensible body with one field that is not; `value` is JSON, or meant to look like it.
fn with_field(json: Option<&Value>, name: &str, value: &str) -> String {
    let mut body = json.and_then(Value::as_object).cloned().unwrap_or_default();
    body.remove(name);
    let mut text = Value::Object(body).to_string();
    text.truncate(text.len() - 1);
    let comma = if text.len() > 1 { "," } else { "" };
    format!("{text}{comma}\"{name}\":{value}}}")
}
