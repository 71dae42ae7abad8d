//! Which fields a route has, as the OpenAPI document says.

use crate::matrix::routes::Route;
use serde_json::Value;
use std::collections::BTreeSet;

/// Names of what may be sent.
#[derive(Default)]
pub struct Fields {
    pub query: BTreeSet<String>,
    /// Properties of the JSON of the body.
    pub body: BTreeSet<String>,
}

pub fn of(document: &Value, route: &Route) -> Fields {
    let described = &document["paths"][route.path][route.method.to_lowercase()];
    assert!(described.is_object(), "{} {}", route.method, route.path);
    let mut fields = Fields::default();
    for parameter in described["parameters"].as_array().into_iter().flatten() {
        if parameter["in"] == "query" {
            fields
                .query
                .insert(parameter["name"].as_str().unwrap().to_owned());
        }
    }
    let body = &described["requestBody"]["content"]["application/json"]["schema"];
    properties(document, body, &mut fields.body);
    fields
}

fn properties(document: &Value, schema: &Value, found: &mut BTreeSet<String>) {
    if let Some(name) = schema["$ref"].as_str() {
        let name = name.rsplit('/').next().unwrap();
        properties(document, &document["components"]["schemas"][name], found);
    }
    for kind in ["allOf", "oneOf", "anyOf"] {
        for part in schema[kind].as_array().into_iter().flatten() {
            properties(document, part, found);
        }
    }
    found.extend(
        schema["properties"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, _)| name.clone()),
    );
}
