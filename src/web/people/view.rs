//! What the page of people shows.

use crate::access::{Link, Member, NewAccount, PeopleError, Role, Viewer};
use crate::domain::ids::UserId;
use crate::web::{shell::Shell, words};
use askama::Template;

#[derive(Template)]
#[template(path = "people.html")]
pub struct PeoplePage {
    shell: Shell,
    rows: Vec<Row>,
    given: Option<Given>,
    pub problem: Option<String>,
    name: String,
    user: String,
    choices: Vec<Choice>,
}

struct Given {
    name: String,
    address: String,
    until: String,
}

struct Choice {
    role: Role,
    word: &'static str,
    held: bool,
}

struct Row {
    id: UserId,
    name: String,
    user: String,
    roles: String,
    second_factor: bool,
    disabled: bool,
    seen: String,
    choices: Vec<Choice>,
    /// Address and words of what can be done.
    acts: Vec<(&'static str, &'static str)>,
}

/// What a role is called.
pub fn role_word(role: Role) -> &'static str {
    match role {
        Role::Clinician => "clinician",
        Role::Nurse => "nurse",
        Role::Embryologist => "embryologist",
        Role::Andrologist => "andrologist",
        Role::LabManager => "laboratory manager",
        Role::ClinicAdmin => "administrator of the clinic",
        Role::Ops => "operations",
        Role::Auditor => "auditor",
        Role::Integration => "partner system",
    }
}

fn choices(held: &[Role]) -> Vec<Choice> {
    Role::ALL
        .into_iter()
        .map(|role| Choice {
            role,
            word: role_word(role),
            held: held.contains(&role),
        })
        .collect()
}

impl PeoplePage {
    pub fn new(shell: Shell, viewer: &Viewer, members: &[Member]) -> Self {
        Self {
            shell,
            rows: members
                .iter()
                .map(|member| Row::new(viewer, member))
                .collect(),
            given: None,
            problem: None,
            name: String::new(),
            user: String::new(),
            choices: choices(&[]),
        }
    }

    /// Shows a one-time link, this once.
    pub fn given(&mut self, name: &str, link: &Link, url: &str) {
        self.given = Some(Given {
            name: name.to_owned(),
            address: link.address(url),
            until: words::moment(link.expires_at),
        });
    }

    /// Keeps what was entered and says what was wrong with it.
    pub fn refused(&mut self, new: NewAccount<'_>, roles: &[Role], error: &PeopleError) {
        new.display_name.clone_into(&mut self.name);
        new.user_name.clone_into(&mut self.user);
        self.choices = choices(roles);
        self.problem = Some(error.to_string());
    }
}

impl Row {
    fn new(viewer: &Viewer, member: &Member) -> Self {
        let mut roles: Vec<String> = member
            .roles
            .iter()
            .map(|&role| role_word(role).to_owned())
            .collect();
        let laboratory = member.laboratory_roles.iter();
        roles.extend(laboratory.map(|&role| format!("{} (laboratory)", role_word(role))));
        let own = viewer.agent.id().0 == member.id.0;
        let mut acts = vec![
            ("sessions", "End the sessions"),
            ("link", "New one-time link"),
        ];
        if member.second_factor {
            acts.push(("second-factor", "Reset the second factor"));
        }
        if member.disabled {
            acts.push(("enable", "Enable the account"));
        } else if !own {
            acts.push(("disable", "Disable the account"));
        }
        Self {
            id: member.id,
            name: member.display_name.clone(),
            user: member.user_name.clone(),
            roles: if roles.is_empty() {
                "left".into()
            } else {
                roles.join(", ")
            },
            second_factor: member.second_factor,
            disabled: member.disabled,
            seen: member
                .last_seen_at
                .map_or_else(|| "never".into(), words::moment),
            choices: choices(&member.roles),
            acts,
        }
    }
}
