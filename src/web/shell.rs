//! The frame around every page of somebody who is signed in.
//!
//! It leads to what the viewer's roles open and to nothing else. What does not fit beside each other
//! stands in the person's menu, with the account, the other clinics and the way out.

use super::{answer, people::role_word, words};
use crate::access::{ClinicOfUser, Presence, Scope, Scopes, Viewer};

/// Links that fit beside the find box on a window of 1200 px.
const BAR: usize = 6;

/// The part of the house that a page belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    Inbox,
    Patients,
    Documents,
    Upload,
    Emergency,
    Notices,
    Audit,
    People,
    Tokens,
    Clinic,
    Account,
}

impl Section {
    /// Those that the frame leads to, the daily ones first.
    const WAYS: [Self; 10] = [
        Self::Inbox,
        Self::Patients,
        Self::Documents,
        Self::Upload,
        Self::Emergency,
        Self::Notices,
        Self::Audit,
        Self::People,
        Self::Tokens,
        Self::Clinic,
    ];

    /// Where it begins.
    pub fn address(self) -> &'static str {
        match self {
            Self::Inbox => "/inbox",
            Self::Patients => "/patients",
            Self::Documents => "/documents",
            Self::Upload => "/upload",
            Self::Emergency => "/emergency",
            Self::Notices => "/notices",
            Self::Audit => "/audit",
            Self::People => "/people",
            Self::Tokens => "/tokens",
            Self::Clinic => "/clinic",
            Self::Account => "/account",
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Inbox => "Inbox",
            Self::Patients => "Patients",
            Self::Documents => "Documents",
            Self::Upload => "Upload",
            Self::Emergency => "Emergency access",
            Self::Notices => "Notices",
            Self::Audit => "Record",
            Self::People => "People",
            Self::Tokens => "Tokens",
            Self::Clinic => "Clinic",
            Self::Account => "Account",
        }
    }
}

/// A link of the frame.
pub struct Way {
    pub address: &'static str,
    pub word: &'static str,
    /// What waits there.
    pub waiting: i64,
    /// Whether it waits for this viewer alone.
    pub urgent: bool,
    pub current: bool,
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
    /// What the person is called, and is in this clinic; a token is nobody.
    pub person: Option<String>,
    pub roles: String,
    /// Where else the person may work.
    pub elsewhere: Vec<ClinicOfUser>,
    /// What every form sends along.
    pub csrf: String,
    /// Documents that wait for a person.
    pub waiting: i64,
    /// What the find box holds.
    pub query: String,
    /// What was just done.
    pub said: Option<&'static str>,
    pub may_read: bool,
    pub may_upload: bool,
    pub may_write: bool,
    scopes: Scopes,
    /// Whether donors are shown, and may be linked.
    pub sees_donors: bool,
    /// Notices that wait; `None` for who gets none.
    pub notices: Option<i64>,
    /// Until when emergency access is open.
    pub emergency: Option<String>,
    /// Whether emergency access would show more.
    may_break_glass: bool,
    /// Whether the person is asked for a proof before something sensitive.
    proof_due: bool,
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
        presence: Presence,
        waiting: i64,
        viewer: &Viewer,
        csrf: &str,
    ) -> Self {
        let (here, elsewhere): (Vec<_>, Vec<_>) = presence
            .clinics
            .into_iter()
            .partition(|clinic| clinic.id == viewer.clinic);
        let roles = here.iter().flat_map(|clinic| &clinic.roles);
        let roles: Vec<&str> = roles.map(|&role| role_word(role)).collect();
        Self {
            title: title.into(),
            section,
            clinic: presence.clinic,
            person: presence.person,
            roles: roles.join(", "),
            elsewhere,
            csrf: csrf.to_owned(),
            waiting,
            query: String::new(),
            said: None,
            may_read: viewer.scopes.contains(Scope::Read),
            may_upload: viewer.scopes.contains(Scope::Upload),
            may_write: viewer.scopes.contains(Scope::Write),
            scopes: viewer.scopes,
            sees_donors: viewer.sight.donors,
            notices: None,
            emergency: viewer
                .emergency
                .map(|emergency| words::moment(emergency.ends_at)),
            may_break_glass: viewer.is_something_withheld(),
            proof_due: viewer.require_recent().is_err(),
            dropped_for: None,
        }
    }

    fn opens(&self, section: Section) -> bool {
        match section {
            Section::Inbox | Section::Patients | Section::Documents => self.may_read,
            Section::Upload => self.may_upload,
            Section::Emergency => self.may_break_glass,
            Section::Notices => self.notices.is_some(),
            Section::Audit => self.scopes.contains(Scope::Audit),
            Section::People | Section::Tokens | Section::Clinic => {
                self.scopes.contains(Scope::Admin)
            }
            Section::Account => self.person.is_some(),
        }
    }

    fn ways(&self) -> impl Iterator<Item = Way> {
        let open = Section::WAYS.into_iter().filter(|&it| self.opens(it));
        open.map(|section| self.way(section))
    }

    fn way(&self, section: Section) -> Way {
        Way {
            address: section.address(),
            word: section.word(),
            waiting: match section {
                Section::Inbox => self.waiting,
                Section::Notices => self.notices.unwrap_or_default(),
                _ => 0,
            },
            urgent: section == Section::Notices,
            current: section == self.section,
        }
    }

    /// What stands in the bar.
    pub fn bar(&self) -> Vec<Way> {
        self.ways().take(BAR).collect()
    }

    /// What stands in the menu of the person.
    pub fn menu(&self) -> Vec<Way> {
        let account = self.opens(Section::Account).then_some(Section::Account);
        let account = account.map(|section| self.way(section));
        self.ways().skip(BAR).chain(account).collect()
    }

    /// Where to prove who one is before filling in what asks for it, and back here.
    pub fn proof(&self) -> Option<String> {
        let back = answer::query(&[("next", self.section.address())]);
        self.proof_due.then(|| format!("/sign-in/again?{back}"))
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
            person: Some("Ada Example".into()),
            roles: "nurse".into(),
            elsewhere: Vec::new(),
            csrf: "the-csrf-token".into(),
            waiting: 3,
            query: String::new(),
            said: None,
            may_read: true,
            may_upload: true,
            may_write: true,
            scopes: Scopes::all(),
            sees_donors: true,
            notices: Some(1),
            emergency: None,
            may_break_glass: false,
            proof_due: false,
            dropped_for: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(ways: &[Way]) -> Vec<&'static str> {
        ways.iter().map(|way| way.word).collect()
    }

    #[test]
    fn who_may_everything_finds_the_rest_in_the_menu() {
        let shell = Shell::of_somebody(Section::Clinic, "Clinic");
        let daily = [
            "Inbox",
            "Patients",
            "Documents",
            "Upload",
            "Notices",
            "Record",
        ];
        assert_eq!(words(&shell.bar()), daily);
        assert_eq!(
            words(&shell.menu()),
            ["People", "Tokens", "Clinic", "Account"]
        );
        assert_eq!(shell.menu().iter().filter(|way| way.current).count(), 1);
        assert_eq!(shell.bar()[0].waiting, 3);
    }

    #[test]
    fn the_frame_leads_only_where_the_roles_lead() {
        let shell = Shell {
            may_read: false,
            may_upload: false,
            scopes: [Scope::Ops].into_iter().collect(),
            notices: None,
            ..Shell::of_somebody(Section::Account, "Account")
        };
        assert!(shell.bar().is_empty());
        assert_eq!(words(&shell.menu()), ["Account"]);
        let shell = Shell {
            scopes: [Scope::Audit].into_iter().collect(),
            notices: Some(0),
            ..shell
        };
        assert_eq!(words(&shell.bar()), ["Notices", "Record"]);
    }

    #[test]
    fn a_proof_that_is_due_leads_back_to_the_page() {
        let mut shell = Shell::of_somebody(Section::People, "People");
        assert_eq!(shell.proof(), None);
        shell.proof_due = true;
        assert_eq!(
            shell.proof().as_deref(),
            Some("/sign-in/again?next=%2Fpeople")
        );
    }
}
