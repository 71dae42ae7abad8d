//! Which methods an address takes, for the `Allow` header that an answer 405 must carry.

use actix_web::http::Method;
use std::collections::BTreeMap;
use utoipa::openapi::OpenApi;

/// Where the document itself is, which it does not describe.
pub(super) const DOCUMENT: &str = "/api/openapi.json";

/// By route, the methods that the OpenAPI document describes: `GET, PATCH`.
#[derive(Debug, Clone, Default)]
pub struct Methods(BTreeMap<String, String>);

impl Methods {
    /// Collects them from the generated document, so that they are those of the handlers.
    #[must_use]
    pub fn described_in(document: &OpenApi) -> Self {
        let routes = document.paths.paths.iter().map(|(route, item)| {
            let described = [
                (Method::GET, &item.get),
                (Method::HEAD, &item.head),
                (Method::OPTIONS, &item.options),
                (Method::PUT, &item.put),
                (Method::POST, &item.post),
                (Method::DELETE, &item.delete),
                (Method::PATCH, &item.patch),
            ];
            let methods: Vec<_> = described
                .iter()
                .filter(|(_, operation)| operation.is_some())
                .map(|(method, _)| method.as_str())
                .collect();
            (route.clone(), methods.join(", "))
        });
        let itself = (DOCUMENT.to_owned(), Method::GET.to_string());
        Self(routes.chain([itself]).collect())
    }

    /// The methods of a route, as they stand in `Allow`.
    #[must_use]
    pub fn of(&self, route: &str) -> Option<&str> {
        self.0.get(route).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use utoipa::openapi::path::{HttpMethod, Operation, PathItem};
    use utoipa::openapi::{OpenApiBuilder, PathsBuilder};

    #[test]
    fn a_route_names_what_its_handlers_take() {
        let mut item = PathItem::new(HttpMethod::Get, Operation::new());
        item.merge_operations(PathItem::new(HttpMethod::Patch, Operation::new()));
        let paths = PathsBuilder::new().path("/patients/{id}", item).build();
        let methods = Methods::described_in(&OpenApiBuilder::new().paths(paths).build());
        assert_eq!(methods.of("/patients/{id}"), Some("GET, PATCH"));
        assert_eq!(methods.of("/elsewhere"), None);
    }
}
