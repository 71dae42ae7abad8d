//! How much of this an agent may still ask for: taken when the agent is known, told by headers
//! (draft-ietf-httpapi-ratelimit-headers-10).

use super::problem::ApiError;
use crate::access::Viewer;
use crate::access::limit::{Class, Exceeded, Left, Limits};
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpMessage as _, HttpRequest, web};

/// What of the house costs much for one answer, by the last word of a route.
const DEAR: [&str; 4] = ["image", "original", "import", "export"];

/// What is about people, rights and tokens, by the first word of a route.
const ADMINISTRATION: [&str; 8] = [
    "people",
    "users",
    "tokens",
    "account",
    "clinic",
    "laboratory",
    "audit",
    "emergency",
];

/// Where bytes of a file that was counted are appended.
const UPLOAD: &str = "/api/v1/uploads/{id}";

/// Takes one of what the viewer may ask for, and leaves how much that is beside the request.
pub async fn admit(request: &HttpRequest, viewer: &Viewer) -> Result<(), Exceeded> {
    let Some(limits) = request.app_data::<web::Data<Limits>>() else {
        return Ok(());
    };
    let route = request.match_pattern().unwrap_or_default();
    // The file was counted when its upload began; in how many pieces it comes is the line's doing.
    if route == UPLOAD && request.method() == Method::PATCH {
        return Ok(());
    }
    let taken = limits.take(class_of(&route), viewer.agent.id()).await;
    match taken {
        Ok(Some(left)) => tell(request, left),
        Ok(None) => {}
        Err(exceeded) => {
            tell(request, exceeded.into());
            return Err(exceeded);
        }
    }
    Ok(())
}

/// Has the answer say how much is left.
pub fn tell(request: &HttpRequest, left: Left) {
    request.extensions_mut().insert(left);
}

fn class_of(route: &str) -> Class {
    let mut words = route
        .strip_prefix("/api/v1")
        .unwrap_or(route)
        .split('/')
        .filter(|word| !word.is_empty());
    let first = words.next().unwrap_or_default();
    if DEAR.contains(&words.next_back().unwrap_or(first)) {
        Class::Report
    } else if ADMINISTRATION.contains(&first) {
        Class::Admin
    } else {
        Class::Read
    }
}

/// Writes the headers.
pub(super) fn write(left: Left, headers: &mut HeaderMap) {
    let (class, rate) = (left.class.as_str(), left.rate);
    let window = rate.window().as_secs().max(1);
    let policy = format!("\"{class}\";q={};w={window}", rate.burst);
    let reset = left.full_in().as_secs_f64().ceil();
    let now = format!("\"{class}\";r={};t={reset}", left.remaining);
    for (name, value) in [("ratelimit-policy", policy), ("ratelimit", now)] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
}

impl From<Exceeded> for ApiError {
    fn from(exceeded: Exceeded) -> Self {
        let seconds = exceeded.seconds();
        Self {
            retry_after: Some(seconds),
            ..Self::new(
                StatusCode::TOO_MANY_REQUESTS,
                "too-many-requests",
                format!("This was asked for too often. Please come again in {seconds} s."),
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::limit::Rate;

    #[test]
    fn a_route_says_what_it_costs() {
        for (route, class) in [
            ("/api/v1/patients", Class::Read),
            ("/api/v1/documents/{id}/pages/{page}", Class::Read),
            ("/api/v1/documents/{id}/pages/{page}/image", Class::Report),
            ("/api/v1/documents/{id}/original", Class::Report),
            ("/api/v1/patients/import", Class::Report),
            ("/patients/import", Class::Report),
            ("/audit/export", Class::Report),
            ("/api/v1/audit", Class::Admin),
            ("/people/{id}", Class::Admin),
            ("/inbox", Class::Read),
            ("/", Class::Read),
        ] {
            assert_eq!(class_of(route), class, "{route}");
        }
    }

    #[test]
    fn headers_say_the_limit_and_what_is_left_of_it() {
        let mut headers = HeaderMap::new();
        let rate = Rate {
            burst: 100,
            per_minute: 60,
        };
        let left = Left {
            class: Class::Upload,
            rate,
            remaining: 98,
        };
        write(left, &mut headers);
        assert_eq!(
            headers.get("ratelimit-policy").unwrap(),
            "\"upload\";q=100;w=100"
        );
        assert_eq!(headers.get("ratelimit").unwrap(), "\"upload\";r=98;t=2");
    }
}
