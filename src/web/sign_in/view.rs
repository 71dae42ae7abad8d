//! What the pages of signing in show.

use crate::access::{Ended, Offer, Oidc, SignInError};
use crate::web::answer;
use askama::Template;

#[derive(Template)]
#[template(path = "sign_in.html")]
pub struct SignInPage {
    next: String,
    /// What the identity provider is called, where there is one.
    provider: Option<String>,
    user: String,
    ended: Option<&'static str>,
    problem: Option<&'static str>,
}

impl SignInPage {
    pub fn new(next: Option<&str>, provider: Option<&Oidc>) -> Self {
        Self {
            provider: provider.map(|provider| provider.name().to_owned()),
            next: local(next).to_owned(),
            user: String::new(),
            ended: None,
            problem: None,
        }
    }

    /// The way to the provider, and from there on.
    fn elsewhere(&self) -> String {
        format!("/sign-in/idp?{}", answer::query(&[("next", &self.next)]))
    }

    /// Says why somebody who was signed in is so no more.
    pub fn because(mut self, ended: Option<Ended>) -> Self {
        self.ended = ended.and_then(|ended| {
            Some(match ended {
                Ended::Idle => "Your session ended because nobody used it for a while. Sign in to go on where you were.",
                Ended::Absolute => "Your session ended because it lasted as long as one may. Sign in to go on where you were.",
                Ended::Revoked => "Your session was ended from a list of sessions.",
                Ended::Disabled => "Your account was disabled. Ask the administrator of your clinic.",
                Ended::NoRole => "You have no role in this clinic any more. Ask its administrator.",
                Ended::Changed => "Your password or second factor was changed, so your sessions ended.",
                Ended::SignedOut | Ended::Replaced | Ended::Unknown => return None,
            })
        });
        self
    }

    pub fn refusing(mut self, user: &str, problem: &'static str) -> Self {
        user.clone_into(&mut self.user);
        self.problem = Some(problem);
        self
    }

    /// The password was set just now.
    pub fn welcoming(mut self, user: &str) -> Self {
        user.clone_into(&mut self.user);
        self.ended = Some("Your password is set. Sign in with it.");
        self
    }
}

#[derive(Template)]
#[template(path = "sign_in_code.html")]
pub struct CodePage {
    csrf: String,
    next: String,
    problem: Option<&'static str>,
}

impl CodePage {
    pub fn new(csrf: String, next: Option<&str>) -> Self {
        Self {
            csrf,
            next: local(next).to_owned(),
            problem: None,
        }
    }

    pub fn refusing(mut self) -> Self {
        self.problem =
            Some("The code is wrong or was used already. Wait for the next one and enter it.");
        self
    }
}

#[derive(Template)]
#[template(path = "second_factor.html")]
pub struct SecondFactorPage {
    offer: Offer,
    action: &'static str,
    asked_for: bool,
    csrf: String,
    next: String,
    problem: Option<&'static str>,
}

impl SecondFactorPage {
    /// At sign-in, because a role asks for it.
    pub fn asked_for(offer: Offer, csrf: String, next: Option<&str>) -> Self {
        Self {
            offer,
            action: "/sign-in/second-factor",
            asked_for: true,
            csrf,
            next: local(next).to_owned(),
            problem: None,
        }
    }

    /// From the page of the account.
    pub fn chosen(offer: Offer, csrf: String) -> Self {
        Self {
            offer,
            action: "/account/second-factor",
            asked_for: false,
            csrf,
            next: "/account".into(),
            problem: None,
        }
    }

    pub fn refusing(mut self) -> Self {
        self.problem = Some(
            "The code does not fit this key. Check the clock of your device and enter the code that the app shows now.",
        );
        self
    }
}

#[derive(Template)]
#[template(path = "recovery_codes.html")]
pub struct RecoveryCodesPage {
    codes: Vec<String>,
    next: String,
}

impl RecoveryCodesPage {
    pub fn new(codes: Vec<String>, next: &str) -> Self {
        Self {
            codes,
            next: next.to_owned(),
        }
    }
}

#[derive(Template)]
#[template(path = "sign_in_again.html")]
pub struct AgainPage {
    csrf: String,
    next: String,
    problem: Option<&'static str>,
}

impl AgainPage {
    pub fn new(csrf: String, next: Option<&str>) -> Self {
        Self {
            csrf,
            next: local(next).to_owned(),
            problem: None,
        }
    }

    pub fn refusing(mut self) -> Self {
        self.problem = Some("That was not right, or the code was used already.");
        self
    }
}

#[derive(Template)]
#[template(path = "welcome.html")]
pub struct WelcomePage {
    link: String,
    problem: Option<String>,
}

impl WelcomePage {
    pub fn new() -> Self {
        Self {
            link: String::new(),
            problem: None,
        }
    }

    pub fn refusing(link: &str, problem: &SignInError) -> Self {
        Self {
            link: link.to_owned(),
            problem: Some(match problem {
                SignInError::Link => "This link is not good any more: it was used, it is too old, or a newer one was made. Ask for another one.".into(),
                other => other.to_string(),
            }),
        }
    }
}

/// An address of this house to go on to; everything else leads to the door. A second slash or a
/// backslash would lead to another house.
pub fn local(next: Option<&str>) -> &str {
    next.filter(|next| {
        next.starts_with('/')
            && !next.starts_with("//")
            && !next.contains('\\')
            && !next.chars().any(char::is_control)
            && *next != "/"
    })
    .unwrap_or("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_on_never_leads_out_of_the_house() {
        assert_eq!(local(Some("/patients?q=x")), "/patients?q=x");
        for elsewhere in [
            "https://evil.example",
            "//evil.example",
            "/\\evil.example",
            "",
            "/",
            "/a\nb",
        ] {
            assert_eq!(local(Some(elsewhere)), "/", "{elsewhere:?}");
        }
        assert_eq!(local(None), "/");
    }
}
