//! The requests of every page, each with one part spoilt. What a page takes is read in its sources:
//! the fields of everything that is deserialized in the folder that registers it.

use super::{
    Spoilt,
    requests::{paths, queries},
    values::{self, Turns},
    wire::Request,
};
use crate::house::Person;
use crate::matrix::{Whose, pages::registered, world::World};
use crate::security::surface::Place;
use fertidoc::access::Role;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// How many values each part gets.
const PATHS: usize = 4;
const QUERIES: usize = 1;
const HEADERS: usize = 5;
const BODIES: usize = 4;
const FIELDS: usize = 1;

/// All of them, and what must have been asked.
pub async fn all(world: &World) -> (Vec<Spoilt>, Vec<String>) {
    let fields = fields();
    let mut turns = Turns::default();
    let (mut all, mut expected) = (Vec::new(), Vec::new());
    for (method, path) in registered() {
        // Whoever signs out or disables somebody does so in a session of their own.
        let person = world.house.person(&Role::ALL).await;
        let none = BTreeSet::new();
        let names = fields.get(&path).unwrap_or(&none);
        all.extend(of(world, &person, &method, &path, names, &mut turns));
        for kind in ["query", "header"] {
            expected.push(format!("{method} {path} {kind}"));
        }
        if method == "POST" {
            expected.push(format!("{method} {path} body"));
        }
    }
    (all, expected)
}

fn of(
    world: &World,
    person: &Person,
    method: &str,
    path: &str,
    names: &BTreeSet<String>,
    turns: &mut Turns,
) -> Vec<Spoilt> {
    let asked = world.page(path, Whose::Own);
    let (_, target, ..) = asked.parts();
    let somebody = person.user.to_string();
    let target = path_of(target, &somebody);
    let request = Request {
        method: method.to_owned(),
        target,
        ..Request::default()
    }
    .with("cookie", format!("fertidoc={}", person.secret))
    .with("sec-fetch-site", "same-origin")
    .with("x-csrf-token", person.csrf.clone());
    let mut all = Vec::new();
    let mut add = |what: String, request: Request| {
        all.push(Spoilt {
            place: Place {
                path: path.to_owned(),
                api: false,
            },
            what,
            request,
        });
    };
    for (name, target) in paths(path, &request.target, turns, PATHS) {
        add(name, request.to(target));
    }
    for (name, target) in queries(names, &request.target, turns, QUERIES) {
        add(name, request.to(target));
    }
    for (name, value) in turns.some(&values::headers(), HEADERS) {
        if name != "sec-fetch-site" {
            add(format!("header {name}"), request.with(name, value));
        }
    }
    if method == "POST" {
        for (media_type, body) in turns.some(&values::bodies(), BODIES) {
            add("body".into(), request.sending(media_type, body));
        }
        let csrf = &person.csrf;
        let form = "application/x-www-form-urlencoded";
        for name in names {
            let others: Vec<String> = names
                .iter()
                .filter(|other| *other != name)
                .map(|other| format!("&{other}={}", sensible(other)))
                .collect();
            let others = others.concat();
            for value in turns.some(&values::escaped(), FIELDS) {
                let body = format!("csrf={csrf}{others}&{name}={value}");
                add(format!("body {name}"), request.sending(form, body));
            }
        }
    }
    all
}

/// What is left of names in the path is somebody.
fn path_of(target: &str, somebody: &str) -> String {
    let parts = target.split('/').map(|part| {
        if part.starts_with('{') {
            somebody
        } else {
            part
        }
    });
    parts.collect::<Vec<_>>().join("/")
}

/// What a person would enter.
fn sensible(name: &str) -> &'static str {
    match name {
        "birth_date" | "since" | "until" | "consented_on" | "from" | "to" => "2001-02-03",
        "sex" => "female",
        "revision" | "number" => "1",
        "days" => "30",
        "role" => "nurse",
        "kind" => "oocyte",
        _ => "somebody",
    }
}

/// By path, the fields that the folder of its page deserializes.
fn fields() -> BTreeMap<String, BTreeSet<String>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src/web")];
    while let Some(folder) = folders.pop() {
        let mut sources = String::new();
        for path in entries(&folder) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "rs") {
                sources.push_str(&std::fs::read_to_string(path).unwrap());
            }
        }
        let names = deserialized(&sources);
        let joined: String = sources.split_whitespace().collect();
        for route in joined.split(".route(\"").skip(1) {
            let path = route.split_once('"').unwrap().0.to_owned();
            found
                .entry(path)
                .or_insert_with(BTreeSet::new)
                .extend(names.clone());
        }
    }
    let all: BTreeSet<&String> = found.values().flatten().collect();
    for name in ["q", "family_name", "password", "reason"] {
        assert!(
            all.contains(&name.to_owned()),
            "{name} is not among {all:?}"
        );
    }
    found
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

/// Names of fields behind each `Deserialize`, and of pairs that are looked for by name.
fn deserialized(sources: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for rest in sources.split("Deserialize)]").skip(1) {
        let body = rest.split_once('{').map_or("", |(_, body)| body);
        let body = body.split_once('}').map_or("", |(body, _)| body);
        for line in body.lines() {
            let line = line.trim().trim_start_matches("pub ");
            if let Some((name, _)) = line.split_once(": ")
                && name
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
            {
                names.insert(name.to_owned());
            }
        }
    }
    // Forms whose fields come as pairs are looked into by name: `one("family_name")`.
    for rest in sources.split("(\"").skip(1) {
        if let Some((name, _)) = rest.split_once("\")")
            && !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
        {
            names.insert(name.to_owned());
        }
    }
    names
}
