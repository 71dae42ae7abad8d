//! What was refused is recorded in one place, around every route of the API and the pages.
//!
//! Recorded are: every 403 and 404 that somebody known was answered on an address that names a
//! thing, every 403 besides, and whoever showed a token or cookie that is not good. A request
//! without any is not: nobody claimed to be anybody. Nothing is given out with such an answer, so it
//! stands even where it could not be recorded. The patient whose address was asked for is named, so
//! that the attempt stands in the patient's own record, where it is one of that clinic.

use super::problem::REQUEST_ID;
use crate::access::{
    AccessError, Authenticator, ClientAddress, Ended, Viewer,
    audit::{Entry, Event, Outcome},
};
use crate::domain::ids::PatientId;
use actix_web::{
    Error, HttpMessage as _, HttpRequest,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::StatusCode,
    middleware::Next,
    web,
};
use serde_json::json;
use uuid::Uuid;

/// Who a request said that it comes from, left beside it by whoever looked it up.
#[derive(Debug, Clone)]
pub enum Claim {
    /// It does.
    Good(Box<Viewer>),
    /// It does not, or not any more; `account` is the one that was named, where there is one.
    Bad { account: Option<Uuid> },
}

impl Claim {
    /// What came of looking up somebody who showed a token or a session.
    #[must_use]
    pub fn of(found: &Result<Viewer, AccessError>) -> Option<Self> {
        match found {
            Ok(viewer) => Some(Self::Good(Box::new(viewer.clone()))),
            Err(AccessError::Unauthenticated | AccessError::SessionEnded(Ended::Unknown)) => {
                Some(Self::Bad { account: None })
            }
            Err(_) => None,
        }
    }

    /// Leaves it beside the request, where there is one.
    pub fn leave(claim: Option<Self>, request: &HttpRequest) {
        if let Some(claim) = claim {
            request.extensions_mut().insert(claim);
        }
    }
}

/// The middleware.
pub async fn record_refusals(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let response = next.call(request).await?;
    let request = response.request();
    let authenticator = request.app_data::<web::Data<Authenticator>>();
    if let (Some(entry), Some(authenticator)) = (refusal(&response), authenticator)
        && let Err(error) = authenticator.record(entry).await
    {
        tracing::warn!(cause = %error, "a refusal was not recorded");
    }
    Ok(response)
}

fn refusal<B>(response: &ServiceResponse<B>) -> Option<Entry> {
    let request = response.request();
    let extensions = request.extensions();
    let claim = extensions.get::<Claim>()?;
    let named = request.match_info().iter().next().map(|(_, value)| value);
    let refused = match (claim, response.status()) {
        (Claim::Bad { .. }, _) | (_, StatusCode::FORBIDDEN) => true,
        (_, StatusCode::NOT_FOUND) => named.is_some(),
        _ => false,
    };
    if !refused {
        return None;
    }
    // Not before: it is dear to find, and most answers refuse nothing.
    let route = request.match_pattern()?;
    let of_patient = route.contains("/patients/{id}");
    let detail = json!({
        "route": route, "method": request.method().as_str(), "status": response.status().as_u16()
    });
    let event = |outcome| Event::new("access.refuse").ended(outcome).with(detail);
    match claim {
        Claim::Good(viewer) => {
            let subject = named.and_then(|name| Uuid::parse_str(name).ok());
            let event = Event {
                subject,
                patient: subject.filter(|_| of_patient).map(PatientId),
                ..event(Outcome::Refused)
            };
            Some(Entry::of_a_viewer(viewer, event))
        }
        Claim::Bad { account } => {
            let client = extensions.get::<ClientAddress>().map(|address| address.0);
            let id = REQUEST_ID.try_with(ToString::to_string).unwrap_or_default();
            let event = Event {
                subject: *account,
                ..event(Outcome::Failed)
            };
            Some(Entry::of_a_stranger(client, &id, event))
        }
    }
}
