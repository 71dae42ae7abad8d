//! What the pages of emergency access show.

use crate::access::{Notice, Viewer};
use crate::domain::ids::NoticeId;
use crate::web::{shell::Shell, words};
use askama::Template;
use jiff::Timestamp;

#[derive(Template)]
#[template(path = "emergency.html")]
pub struct EmergencyPage {
    shell: Shell,
    /// Whether there is anything to open.
    withheld: bool,
    reason: String,
    problem: Option<String>,
}

impl EmergencyPage {
    pub fn new(shell: Shell, viewer: &Viewer) -> Self {
        Self {
            shell,
            withheld: viewer.is_something_withheld(),
            reason: String::new(),
            problem: None,
        }
    }

    /// Keeps what was entered and says what was wrong with it.
    pub fn refused(&mut self, reason: String, problem: String) {
        self.reason = reason;
        self.problem = Some(problem);
    }
}

#[derive(Template)]
#[template(path = "notices.html")]
pub struct NoticesPage {
    shell: Shell,
    rows: Vec<Row>,
    next: Option<NoticeId>,
}

struct Row {
    id: NoticeId,
    by: String,
    reason: String,
    opened: String,
    ends: String,
    noted: Option<String>,
}

impl NoticesPage {
    pub fn new(shell: Shell, found: &[Notice], rows: usize) -> Self {
        let shown = &found[..found.len().min(rows)];
        let now = Timestamp::now();
        Self {
            shell,
            rows: shown.iter().map(|notice| Row::new(notice, now)).collect(),
            next: shown.last().filter(|_| found.len() > rows).map(|it| it.id),
        }
    }
}

impl Row {
    fn new(notice: &Notice, now: Timestamp) -> Self {
        let ends = words::moment(notice.ends_at);
        Self {
            id: notice.id,
            by: notice.by.clone(),
            reason: notice.reason.clone(),
            opened: words::moment(notice.opened_at),
            ends: if notice.ends_at > now {
                format!("open until {ends}")
            } else {
                format!("ended {ends}")
            },
            noted: notice.acknowledged_at.map(words::moment),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::EmergencyId;
    use crate::web::shell::Section;

    #[test]
    fn a_notice_waits_until_it_is_taken_note_of() {
        let mut notice = Notice {
            id: NoticeId::fresh(),
            emergency: EmergencyId::fresh(),
            by: "Ada <Nurse>".into(),
            reason: "bleeding in theatre".into(),
            opened_at: Timestamp::UNIX_EPOCH,
            ends_at: Timestamp::UNIX_EPOCH,
            acknowledged_at: None,
        };
        let page = |notice: &Notice| {
            let shell = Shell::of_somebody(Section::Notices, "Notices");
            NoticesPage::new(shell, std::slice::from_ref(notice), 10)
                .render()
                .unwrap()
        };
        let html = page(&notice);
        assert!(html.contains("Ada &#60;Nurse&#62;") && html.contains("ended 1 Jan 1970"));
        assert!(html.contains("/acknowledge"));
        notice.acknowledged_at = Some(Timestamp::UNIX_EPOCH);
        assert!(!page(&notice).contains("/acknowledge"));
    }
}
