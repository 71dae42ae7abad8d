//! What a page says when it cannot be shown: what was wrong and what to do, in plain words.

use super::people::role_word;
use crate::access::limit::Exceeded;
use crate::access::{AccessError, Ended, PeopleError, Role, Scope, SignInError, Stage};
use crate::api::problem::come_again;
use crate::db::DbError;
use crate::patients::PatientsError;
use crate::summary::SummaryError;
use crate::telemetry::REQUEST_ID;
use actix_web::{HttpResponse, ResponseError, http::StatusCode, http::header};
use askama::Template;
use std::borrow::Cow;

/// Why there is no page.
#[derive(Debug, thiserror::Error)]
pub enum WebError {
    /// Nobody is signed in; afterwards the way leads on to `next`.
    #[error("not signed in")]
    SignIn { next: String, ended: Ended },
    /// The second factor is still due, or still to be set up.
    #[error("signing in is not done yet")]
    Halfway(Stage),
    /// Who it is must be proven once more; afterwards the way leads on to `next`.
    #[error("the last proof of who it is is too old")]
    ConfirmAgain { next: String },
    #[error("nothing is here that this viewer may see")]
    NotFound,
    #[error("the token lacks the scope `{0}`")]
    Forbidden(Scope),
    #[error("sent from another site")]
    ForeignOrigin,
    /// The request made no sense; the sentences are for the person who sent it.
    #[error("the request was not usable")]
    Unusable(Cow<'static, str>),
    #[error("asked for too often")]
    TooMany(Exceeded),
    #[error("a part of the house does not answer")]
    Unavailable,
    /// A fault of ours. What it was is in the log only.
    #[error("a fault of the server")]
    Broken,
}

impl WebError {
    /// Logs a fault of ours and keeps its words from the page.
    pub fn broken(cause: &(dyn std::error::Error + 'static)) -> Self {
        tracing::error!(cause = %cause, "a page could not be made");
        Self::Broken
    }

    /// Where the person is led instead of a page.
    fn way(&self) -> Option<String> {
        let query = |pairs: &[(&str, &str)]| super::answer::query(pairs);
        Some(match self {
            Self::SignIn { next, ended } => match ended {
                // Nobody had been signed in, or has just left: there is nothing to explain.
                Ended::Unknown | Ended::SignedOut | Ended::Replaced => {
                    format!("/sign-in?{}", query(&[("next", next)]))
                }
                ended => format!(
                    "/sign-in?{}",
                    query(&[("next", next), ("ended", ended.as_str())])
                ),
            },
            Self::Halfway(Stage::Enrol) => "/sign-in/second-factor".into(),
            Self::Halfway(_) => "/sign-in/code".into(),
            Self::ConfirmAgain { next } => {
                format!("/sign-in/again?{}", query(&[("next", next)]))
            }
            _ => return None,
        })
    }

    /// The same, with the way back to where the person was.
    #[must_use]
    pub fn leading_back_to(self, address: &str) -> Self {
        match self {
            Self::SignIn { ended, .. } => Self::SignIn {
                next: address.to_owned(),
                ended,
            },
            Self::ConfirmAgain { .. } => Self::ConfirmAgain {
                next: address.to_owned(),
            },
            other => other,
        }
    }

    fn words(&self) -> (&'static str, Cow<'static, str>) {
        match self {
            Self::SignIn { .. } | Self::Halfway(_) => ("Sign in first", "Nobody is signed in here.".into()),
            Self::ConfirmAgain { .. } => ("Prove who you are", "This is asked for before something sensitive.".into()),
            Self::NotFound => (
                "Nothing is here",
                "There is no page at this address, or it belongs to something that your clinic does not hold.".into(),
            ),
            Self::Forbidden(scope) => ("This is not for you", forbidden(*scope).into()),
            Self::ForeignOrigin => (
                "This did not come from here",
                "Another site, or a page that had been open for long, sent this, so nothing was changed. Load the page again and repeat what you did.".into(),
            ),
            Self::Unusable(what_now) => ("This could not be done", what_now.clone()),
            Self::TooMany(exceeded) => (
                "That was a little fast",
                format!("More was asked for than one person or address may ask for at once, so nothing was done. Try again in {} s.", exceeded.seconds()).into(),
            ),
            Self::Unavailable => (
                "The server is busy with itself",
                "A part of it does not answer at the moment. Nothing was lost or changed. Try again in a few seconds.".into(),
            ),
            Self::Broken => (
                "Something went wrong on our side",
                "Nothing that you stored is lost. Try again; if it happens once more, tell whoever runs the server.".into(),
            ),
        }
    }
}

impl ResponseError for WebError {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::SignIn { .. } | Self::Halfway(_) | Self::ConfirmAgain { .. } => {
                StatusCode::SEE_OTHER
            }
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Forbidden(_) | Self::ForeignOrigin => StatusCode::FORBIDDEN,
            Self::Unusable(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Broken => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        if let Some(way) = self.way() {
            return response.insert_header((header::LOCATION, way)).finish();
        }
        if matches!(self, Self::Unavailable) {
            let seconds = come_again(self.status_code(), 5);
            response.insert_header((header::RETRY_AFTER, seconds));
        }
        if let Self::TooMany(exceeded) = self {
            response.insert_header((header::RETRY_AFTER, exceeded.seconds()));
        }
        let (title, what_now) = self.words();
        let page = FailurePage::new(title, what_now, vec![("/", "Go on".into())]);
        response
            .content_type("text/html; charset=utf-8")
            .body(page.render().unwrap_or_else(|_| title.to_owned()))
    }
}

/// What a right is for, and who has it.
fn forbidden(scope: Scope) -> String {
    let doing = match scope {
        Scope::Upload => "upload documents",
        Scope::Read => "look at patients and documents",
        Scope::Write => "change patients and decide about documents",
        Scope::Ops => "see the state of the server",
        Scope::Audit => "see who did what",
        Scope::Admin => "decide who may do what",
        Scope::Donors => "see donors",
        Scope::Genetics => "see sex chromosomes",
    };
    // A partner system looks at no page.
    let roles = Role::ALL.into_iter().filter(|&it| it != Role::Integration);
    let open: Vec<&str> = roles
        .filter(|role| role.scopes().contains(scope))
        .map(role_word)
        .collect();
    let open = match open.split_last() {
        Some((last, others)) if !others.is_empty() => format!("{} or {last}", others.join(", ")),
        _ => open.concat(),
    };
    format!(
        "Your roles in this clinic do not allow you to {doing}. That takes one of these roles: {open}. Ask the administrator of your clinic if you should have one."
    )
}

impl From<DbError> for WebError {
    fn from(error: DbError) -> Self {
        match error {
            DbError::Unavailable(_) | DbError::Conflict(_) => {
                tracing::warn!(cause = %error, "the database did not answer");
                Self::Unavailable
            }
            DbError::Unstorable => Self::Unusable(
                "Nothing was changed: a text holds a character that cannot be stored. Enter it without.".into(),
            ),
            other => Self::broken(&other),
        }
    }
}

impl From<AccessError> for WebError {
    fn from(error: AccessError) -> Self {
        match error {
            AccessError::Unauthenticated => Self::SignIn {
                next: String::new(),
                ended: Ended::Unknown,
            },
            AccessError::SessionEnded(ended) => Self::SignIn {
                next: String::new(),
                ended,
            },
            AccessError::Halfway(stage) => Self::Halfway(stage),
            AccessError::ConfirmAgain => Self::ConfirmAgain {
                next: String::new(),
            },
            AccessError::Forbidden(scope) => Self::Forbidden(scope),
            AccessError::Db(error) => error.into(),
        }
    }
}

impl From<SignInError> for WebError {
    fn from(error: SignInError) -> Self {
        match error {
            SignInError::Access(error) => error.into(),
            other => Self::Unusable(format!("Nothing was changed: {other}.").into()),
        }
    }
}

impl From<PeopleError> for WebError {
    fn from(error: PeopleError) -> Self {
        match error {
            PeopleError::Access(error) => error.into(),
            PeopleError::NotFound => Self::NotFound,
            other => Self::Unusable(format!("Nothing was changed: {other}.").into()),
        }
    }
}

impl From<PatientsError> for WebError {
    fn from(error: PatientsError) -> Self {
        match error {
            PatientsError::NotFound(_) => Self::NotFound,
            PatientsError::Access(error) => error.into(),
            PatientsError::Db(error) => error.into(),
            PatientsError::Stale { .. } => Self::Unusable(
                "Somebody changed this patient meanwhile. Load the page again and repeat your change.".into(),
            ),
            other => Self::Unusable(format!("Nothing was changed: {other}.").into()),
        }
    }
}

impl From<SummaryError> for WebError {
    fn from(error: SummaryError) -> Self {
        match error {
            SummaryError::NotFound => Self::NotFound,
            SummaryError::Access(error) => error.into(),
            SummaryError::Db(error) => error.into(),
            SummaryError::Unreadable(error) => Self::broken(&error),
        }
    }
}

impl From<Exceeded> for WebError {
    fn from(exceeded: Exceeded) -> Self {
        Self::TooMany(exceeded)
    }
}

impl From<askama::Error> for WebError {
    fn from(error: askama::Error) -> Self {
        Self::broken(&error)
    }
}

/// A page that stands alone and says what was wrong, and where to go on.
#[derive(Template)]
#[template(path = "failure.html")]
pub struct FailurePage {
    title: Cow<'static, str>,
    what_now: Cow<'static, str>,
    /// Addresses with words; the first is the next right thing.
    ways: Vec<(&'static str, String)>,
    /// The id that stands in the log beside this request.
    request_id: String,
}

impl FailurePage {
    pub fn new(
        title: impl Into<Cow<'static, str>>,
        what_now: Cow<'static, str>,
        ways: Vec<(&'static str, String)>,
    ) -> Self {
        Self {
            title: title.into(),
            what_now,
            ways,
            request_id: REQUEST_ID.try_with(ToString::to_string).unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::body::to_bytes;

    #[actix_web::test]
    async fn a_failure_names_the_request_and_never_its_cause() {
        let failure = WebError::broken(&std::io::Error::other("relation patient, secret words"));
        let response = REQUEST_ID.sync_scope("the-request".into(), || failure.error_response());
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let body = to_bytes(response.into_body()).await.unwrap();
        let body = std::str::from_utf8(&body).unwrap();
        assert!(body.contains("the-request"));
        assert!(!body.contains("secret words"));
    }

    #[test]
    fn who_may_not_is_told_which_role_may() {
        assert!(forbidden(Scope::Admin).contains("roles: administrator of the clinic. Ask"));
        let readers = "clinician, nurse, embryologist, andrologist or laboratory manager";
        assert!(forbidden(Scope::Read).contains(readers));
        assert!(!forbidden(Scope::Read).contains("operations"));
    }

    #[test]
    fn signing_in_leads_back_to_where_one_wanted_to_go() {
        let response = WebError::SignIn {
            next: "/patients?q=a&b".into(),
            ended: Ended::Unknown,
        }
        .error_response();
        assert_eq!(response.status(), StatusCode::SEE_OTHER);
        assert_eq!(
            response.headers().get("location").unwrap(),
            "/sign-in?next=%2Fpatients%3Fq%3Da%26b"
        );
    }
}
