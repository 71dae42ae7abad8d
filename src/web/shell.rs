//! The frame around every page of somebody who is signed in.

use super::words;
use crate::access::{Scope, Scopes, Viewer};

/// The part of the house that a page belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    Inbox,
    Patients,
    Documents,
    Upload,
    People,
    Account,
    Tokens,
    Audit,
    Clinic,
    Notices,
    Emergency,
}

/// What the frame shows.
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one thing that a template asks"
)]
pub struct Shell {
    /// Of the browser's tab: never a name of a patient.
    pub title: String,
    section: Section,
    pub clinic: String,
    /// What every form sends along.
    pub csrf: String,
    /// Documents that wait for a person.
    pub waiting: i64,
    /// What the find box holds.
    pub query: String,
    /// What was just done.
    pub said: Option<&'static str>,
    pub may_upload: bool,
    pub may_write: bool,
    pub may_admin: bool,
    scopes: Scopes,
    /// Whether donors are shown, and may be linked.
    pub sees_donors: bool,
    /// Notices that wait; `None` for who gets none.
    pub notices: Option<i64>,
    /// Until when emergency access is open.
    pub emergency: Option<String>,
    /// Whether emergency access would show more.
    pub may_break_glass: bool,
    /// The patient whose page this is: files dropped on it are theirs.
    pub dropped_for: Option<DroppedFor>,
}

/// Whose files those are that are dropped on a page.
#[derive(Debug)]
pub struct DroppedFor {
    pub patient: String,
    pub name: String,
}

impl Shell {
    pub fn new(
        section: Section,
        title: impl Into<String>,
        clinic: String,
        waiting: i64,
        viewer: &Viewer,
        csrf: &str,
    ) -> Self {
        Self {
            title: title.into(),
            section,
            clinic,
            csrf: csrf.to_owned(),
            waiting,
            query: String::new(),
            said: None,
            may_upload: viewer.scopes.contains(Scope::Upload),
            may_write: viewer.scopes.contains(Scope::Write),
            may_admin: viewer.scopes.contains(Scope::Admin),
            scopes: viewer.scopes,
            sees_donors: viewer.sight.donors,
            notices: None,
            emergency: viewer
                .emergency
                .map(|emergency| words::moment(emergency.ends_at)),
            may_break_glass: viewer.is_something_withheld(),
            dropped_for: None,
        }
    }

    /// Whether the record of who did what is for this viewer.
    pub fn may_audit(&self) -> bool {
        self.scopes.contains(Scope::Audit)
    }

    /// Marks the link to where one is.
    pub fn current(&self, section: Section) -> &'static str {
        if self.section == section {
            r#" aria-current="page""#
        } else {
            ""
        }
    }

    /// Keeps what somebody looked for in the find box.
    pub fn looking_for(mut self, query: &str) -> Self {
        query.clone_into(&mut self.query);
        self
    }

    /// Answers what was just done, from the code in the address.
    pub fn saying(mut self, code: Option<&str>) -> Self {
        self.said = code.and_then(|code| {
            Some(match code {
                "filed" => "Filed. Its values are in the summary now.",
                "created" => "The patient was created.",
                "created-filed" => "The patient was created and the document filed.",
                "taken-back" => "Taken back. Its values left the summary.",
                "saved" => "Saved.",
                "linked" => "The partner was linked.",
                "emergency-open" => {
                    "Emergency access is open. Those who watch over your clinic were told."
                }
                "emergency-ended" => "Emergency access was ended.",
                "noted" => "You took note of it.",
                "token-ended" => "The token was revoked. It ends within five seconds.",
                "policy-decided" => "Decided. It is in force within five seconds.",
                "password" => "The password was changed. Your other sessions ended.",
                "session-ended" => "The session was ended.",
                "sessions-ended" => "The sessions of this clinic were ended.",
                "disabled" => "The account was disabled; its sessions end within seconds.",
                "enabled" => "The account was enabled.",
                "factor-reset" => {
                    "The second factor was reset; the next sign-in sets up another one."
                }
                "ended" => "The partnership was ended.",
                "consented" => "The consent was recorded. Each is shown beside the other now.",
                "withdrawn" => "The consent was taken back. Neither is shown with the other now.",
                "donation-linked" => "The donation was recorded.",
                "donation-ended" => "The donation was ended.",
                _ => return None,
            })
        });
        self
    }
}

#[cfg(test)]
impl Shell {
    /// The frame of somebody who may do everything.
    pub fn of_somebody(section: Section, title: &str) -> Self {
        Self {
            title: title.to_owned(),
            section,
            clinic: "Kestrel Bay Fertility".into(),
            csrf: "the-csrf-token".into(),
            waiting: 3,
            query: String::new(),
            said: None,
            may_upload: true,
            may_write: true,
            may_admin: true,
            scopes: Scopes::all(),
            sees_donors: true,
            notices: Some(1),
            emergency: None,
            may_break_glass: false,
            dropped_for: None,
        }
    }
}
