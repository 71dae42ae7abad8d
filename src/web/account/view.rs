//! What the page of an account shows.

use crate::access::{Account, ClinicOfUser, OpenSession, Role, Viewer};
use crate::domain::ids::{ClinicId, SessionId};
use crate::web::{people::role_word, shell::Shell, words};
use askama::Template;

#[derive(Template)]
#[template(path = "account.html")]
pub struct AccountPage {
    shell: Shell,
    name: String,
    user: String,
    roles: String,
    second_factor: bool,
    codes_left: String,
    sessions: Vec<Row>,
    clinics: Vec<ClinicOfUser>,
    here: ClinicId,
    pub problem: Option<String>,
}

struct Row {
    id: SessionId,
    browser: String,
    clinic: String,
    since: String,
    seen: String,
    own: bool,
}

impl AccountPage {
    pub fn new(
        shell: Shell,
        viewer: &Viewer,
        account: &Account,
        clinics: Vec<ClinicOfUser>,
        sessions: &[OpenSession],
        codes_left: i64,
    ) -> Self {
        let here = clinics.iter().find(|clinic| clinic.id == viewer.clinic);
        let roles: Vec<&str> = here
            .map(|clinic| {
                clinic
                    .roles
                    .iter()
                    .map(|&role: &Role| role_word(role))
                    .collect()
            })
            .unwrap_or_default();
        Self {
            shell,
            name: account.display_name.clone(),
            user: account.user_name.clone(),
            roles: roles.join(", "),
            second_factor: account.has_second_factor(),
            codes_left: match codes_left {
                0 => "No recovery code is left: make new ones.".into(),
                1 => "One recovery code is left: make new ones.".into(),
                left => format!("{left} recovery codes are left."),
            },
            sessions: sessions
                .iter()
                .map(|session| Row {
                    id: session.id,
                    browser: browser(session.browser.as_deref()).to_owned(),
                    clinic: session.clinic.clone(),
                    since: words::moment(session.created_at),
                    seen: words::moment(session.last_seen_at),
                    own: viewer.session == Some(session.id),
                })
                .collect(),
            here: viewer.clinic,
            clinics,
            problem: None,
        }
    }
}

/// What a person calls the browser that calls itself so. Later names contain the earlier ones.
fn browser(agent: Option<&str>) -> &'static str {
    let agent = agent.unwrap_or_default();
    [
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ]
    .into_iter()
    .find(|(mark, _)| agent.contains(mark))
    .map_or("another program", |(_, name)| name)
}
