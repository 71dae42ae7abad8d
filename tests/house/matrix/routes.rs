//! What each route of the API needs. One line for each; who adds a route adds its line.

use fertidoc::access::Scope;

/// Who may ask.
#[derive(Debug, Clone, Copy)]
pub enum Needs {
    /// Credentials do not matter.
    Nobody,
    /// Whoever is known.
    Anybody,
    One(Scope),
    Either(Scope, Scope),
    Both(Scope, Scope),
}

/// One route.
#[derive(Debug, Clone, Copy)]
pub struct Route {
    pub method: &'static str,
    /// As it stands in the OpenAPI document.
    pub path: &'static str,
    pub needs: Needs,
}

const fn route(method: &'static str, path: &'static str, needs: Needs) -> Route {
    Route {
        method,
        path,
        needs,
    }
}

/// The whole table.
pub fn all() -> Vec<Route> {
    use Needs::{Anybody, Both, Either, Nobody, One};
    use Scope::{Admin, Audit, Donors, Ops, Read, Upload, Write};
    vec![
        route("GET", "/livez", Nobody),
        route("GET", "/readyz", Nobody),
        route("GET", "/api/v1/me", Anybody),
        route("POST", "/api/v1/documents", One(Upload)),
        route("GET", "/api/v1/documents", One(Read)),
        route("GET", "/api/v1/inbox", One(Read)),
        route("GET", "/api/v1/documents/{id}", One(Read)),
        route("PUT", "/api/v1/documents/{id}/patient", One(Write)),
        route("DELETE", "/api/v1/documents/{id}/patient", One(Write)),
        route("POST", "/api/v1/documents/{id}/patient", One(Write)),
        route("GET", "/api/v1/documents/{id}/original", One(Read)),
        route("HEAD", "/api/v1/documents/{id}/original", One(Read)),
        route("POST", "/api/v1/uploads", One(Upload)),
        route("HEAD", "/api/v1/uploads/{id}", One(Upload)),
        route("PATCH", "/api/v1/uploads/{id}", One(Upload)),
        route("GET", "/api/v1/uploads/{id}", One(Upload)),
        route("DELETE", "/api/v1/uploads/{id}", One(Upload)),
        route("OPTIONS", "/api/v1/uploads", Nobody),
        route("GET", "/api/v1/documents/{id}/pages/{page}", One(Read)),
        route(
            "GET",
            "/api/v1/documents/{id}/pages/{page}/image",
            One(Read),
        ),
        route("GET", "/api/v1/documents/{id}/events", One(Read)),
        route("GET", "/api/v1/jobs", Either(Read, Ops)),
        route("GET", "/api/v1/jobs/{id}", Either(Read, Ops)),
        route("POST", "/api/v1/jobs/{id}/retry", Either(Write, Ops)),
        route("POST", "/api/v1/emergency", One(Read)),
        route("DELETE", "/api/v1/emergency", One(Read)),
        route("GET", "/api/v1/notices", Either(Audit, Admin)),
        route(
            "POST",
            "/api/v1/notices/{id}/acknowledgement",
            Either(Audit, Admin),
        ),
        route("GET", "/api/v1/tokens", One(Admin)),
        route("POST", "/api/v1/tokens", One(Admin)),
        route("DELETE", "/api/v1/tokens/{id}", One(Admin)),
        route("GET", "/api/v1/audit", One(Audit)),
        route("GET", "/api/v1/audit.csv", One(Audit)),
        route("GET", "/api/v1/audit.ndjson", One(Audit)),
        route("GET", "/api/v1/patients/{id}/audit", Either(Read, Audit)),
        route("POST", "/api/v1/patients/import", One(Write)),
        route("POST", "/api/v1/patients", One(Write)),
        route("GET", "/api/v1/patients", One(Read)),
        route("GET", "/api/v1/patients/{id}", One(Read)),
        route("PATCH", "/api/v1/patients/{id}", One(Write)),
        route("GET", "/api/v1/patients/{id}/summary", One(Read)),
        route("POST", "/api/v1/patients/{id}/partners", One(Write)),
        route(
            "DELETE",
            "/api/v1/patients/{id}/partners/{partner_id}",
            One(Write),
        ),
        route("GET", "/api/v1/clinic/policy", One(Admin)),
        route("PUT", "/api/v1/clinic/policy", One(Admin)),
        route(
            "PUT",
            "/api/v1/patients/{id}/partners/{partner_id}/consent",
            One(Write),
        ),
        route(
            "DELETE",
            "/api/v1/patients/{id}/partners/{partner_id}/consent",
            One(Write),
        ),
        route(
            "POST",
            "/api/v1/patients/{id}/donations",
            Both(Write, Donors),
        ),
        route(
            "DELETE",
            "/api/v1/patients/{id}/donations/{donation_id}",
            Both(Write, Donors),
        ),
    ]
}
