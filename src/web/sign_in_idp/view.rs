//! What is shown to who comes back from the identity provider.

use crate::access::OidcError;
use crate::web::failure::FailurePage;
use askama::Template;

/// Leads on from a page of ours.
#[derive(Template)]
#[template(path = "sign_in_idp_on.html")]
pub struct OnPage {
    /// An address of this house.
    pub next: String,
}

/// Says why nobody was signed in, and whom to ask.
pub fn refused(error: &OidcError, provider: &str) -> FailurePage {
    let (title, what_now) = match error {
        OidcError::NoRole => (
            "You have no role here",
            format!("{provider} knows you, but none of your groups there gives a role in a clinic here. Ask the administrator of your clinic to have you added to the right group, or to give you a role here."),
        ),
        OidcError::Disabled => (
            "Your account is disabled",
            "Ask the administrator of your clinic to enable it again.".into(),
        ),
        OidcError::SecondFactor => (
            "A second factor is needed",
            format!("Your role needs one, and {provider} did not say that it asked for one. Set one up there and sign in again, or ask whoever runs {provider}."),
        ),
        OidcError::Provider(_) => (
            "The identity provider does not answer",
            format!("{provider} does not answer at the moment. Try again in a few minutes; if it stays so, tell whoever runs this server."),
        ),
        OidcError::Denied(_) => (
            "You were not signed in",
            format!("{provider} did not sign you in. Try again; if it happens once more, ask whoever runs {provider}."),
        ),
        OidcError::Refused(_) | OidcError::Access(_) => (
            "Signing in was not completed",
            "What came back does not belong to a sign-in that this browser began within the last ten minutes, so nothing was done. Begin again.".into(),
        ),
    };
    let ways = vec![
        ("/sign-in/idp", format!("Sign in with {provider}")),
        ("/sign-in", "Other ways to sign in".into()),
    ];
    FailurePage::new(title, what_now.into(), ways)
}
