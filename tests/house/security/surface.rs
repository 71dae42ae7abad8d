//! Everything that can be asked for, for tests that ask for all of it.

use crate::house::TestHouse;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;

/// One address, with `{names}` where ids stand.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub path: String,
    /// Whether it is answered with problems rather than with pages.
    pub api: bool,
}

impl Place {
    /// The path with this in the place of every name.
    pub fn with(&self, word: &str) -> String {
        let mut path = String::new();
        for part in self.path.split('/').skip(1) {
            path.push('/');
            path.push_str(if part.starts_with('{') { word } else { part });
        }
        path
    }
}

/// Every route of the OpenAPI document, every page, and what is nowhere.
pub async fn places(house: &TestHouse) -> Vec<Place> {
    let document: Value = house.get("/api/openapi.json").await;
    let place = |path: &str, api| Place {
        path: path.to_owned(),
        api,
    };
    let mut places: BTreeSet<Place> = document["paths"]
        .as_object()
        .unwrap()
        .keys()
        .map(|path| place(path, true))
        .collect();
    places.insert(place("/api/openapi.json", true));
    places.insert(place("/api/v1/nowhere", true));
    let pages = pages();
    assert!(pages.len() > 15, "{pages:?}");
    places.extend(pages.iter().map(|path| place(path, false)));
    places.insert(place("/nowhere", false));
    places.into_iter().collect()
}

/// Every path that a page is served at, out of the code that says so.
fn pages() -> BTreeSet<String> {
    fn look(folder: &Path, found: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                look(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(path).unwrap();
                for opening in [".route(", "web::resource("] {
                    for rest in text.split(opening).skip(1) {
                        let path = rest.trim_start().strip_prefix('"');
                        let path = path.and_then(|rest| rest.split('"').next());
                        found.extend(path.map(ToOwned::to_owned));
                    }
                }
            }
        }
    }
    let mut found = BTreeSet::new();
    look(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src/web"),
        &mut found,
    );
    found
}

/// A page of the house that cannot be shown, or a problem with a code: what every answer of 400
/// and above must be. What is wrong with it otherwise.
pub fn wrong_with(place: &Place, status: u16, media_type: &str, body: &str) -> Option<String> {
    let lowered = body.to_lowercase();
    let checkout = env!("CARGO_MANIFEST_DIR").to_lowercase();
    let inside = [
        &checkout,
        "panicked",
        "unwrap",
        "src/",
        "/home/",
        "/usr/",
        ".rs:",
        "select ",
        "insert into",
        "relation \"",
        "fertidoc.",
        "tokio",
        "actix",
        "serde",
        "postgres",
        "backtrace",
    ];
    if let Some(word) = inside.iter().find(|word| lowered.contains(**word)) {
        return Some(format!("{status} tells {word:?}: {body}"));
    }
    if place.api {
        let problem: Value = serde_json::from_str(body).unwrap_or_default();
        let code = problem["code"].as_str().unwrap_or_default();
        let known = !code.is_empty()
            && code
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'-' || byte.is_ascii_digit());
        (media_type != "application/problem+json"
            || !known
            || problem["type"] != format!("/problems/{code}")
            || problem["status"] != status)
            .then(|| format!("{status} is no problem: {media_type} {body}"))
    } else {
        (!media_type.starts_with("text/html") || !body.contains("<h1"))
            .then(|| format!("{status} is no page: {media_type} {body}"))
    }
}
