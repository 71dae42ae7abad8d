//! What is said of a document in lists: how far it has come, whose it is, and why it is not read.

use super::words;
use crate::documents::{Document, Filing, HoldReason, State};
use crate::domain::ids::{DocumentId, PatientId};

/// A patient to go to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersonLink {
    pub id: PatientId,
    pub name: String,
}

/// A state: the class and sign that draw it, its word, and a reason where there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateShown {
    pub class: &'static str,
    pub mark: &'static str,
    pub word: String,
    pub why: Option<&'static str>,
}

/// A document as a row of a list.
#[derive(Debug)]
pub struct DocumentRow {
    pub id: DocumentId,
    pub kind: &'static str,
    pub dated: String,
    pub person: Option<PersonLink>,
    pub state: StateShown,
    pub values: String,
    pub file: String,
    pub size: String,
    pub received: String,
    pub received_exact: String,
    /// Whether it will change by itself.
    pub moving: bool,
}

/// A document as an item of the tray.
#[derive(Debug)]
pub struct TrayItem {
    pub id: DocumentId,
    pub file: String,
    pub size: String,
    pub pages: Option<String>,
    pub thumb: Thumb,
    pub moving: bool,
    /// `reading page 2 of 3`.
    pub reading: Option<String>,
    pub flag: Option<(&'static str, &'static str)>,
    pub what: String,
    pub person: Option<PersonLink>,
    pub detail: Option<String>,
    pub held: bool,
}

/// What stands for a document in the tray.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thumb {
    /// Its first page.
    Page,
    /// A file that asks for a password.
    Lock,
    File,
}

impl Thumb {
    /// The sign, where there is no page to show.
    pub fn icon(self) -> &'static str {
        match self {
            Self::Lock => "lock",
            Self::Page | Self::File => "file",
        }
    }
}

fn thumb(document: &Document) -> Thumb {
    if document.state == State::Read && has_pages(&document.media_type) {
        Thumb::Page
    } else if document.error_code.as_deref() == Some("encrypted") {
        Thumb::Lock
    } else {
        Thumb::File
    }
}

impl DocumentRow {
    pub fn new(document: &Document) -> Self {
        Self {
            id: document.id,
            kind: kind(document),
            dated: dated(document),
            person: person(document),
            state: state(document),
            values: values(document).unwrap_or_default(),
            file: document.file_name.clone(),
            size: words::size(document.size_bytes),
            received: words::short_moment(document.created_at),
            received_exact: document.created_at.to_string(),
            moving: is_moving(document),
        }
    }
}

impl TrayItem {
    pub fn new(document: &Document) -> Self {
        let refused = matches!(document.state, State::Refused | State::Failed);
        let held = document.filing == Filing::Held;
        Self {
            id: document.id,
            file: document.file_name.clone(),
            size: words::size(document.size_bytes),
            pages: document
                .pages
                .map(|pages| words::count(pages as usize, "page", "pages")),
            thumb: thumb(document),
            moving: is_moving(document),
            reading: (document.state == State::Reading).then(|| state(document).word),
            flag: match (refused, held) {
                (true, _) => Some(("missing", "not read")),
                (_, true) => Some(("held", "held back")),
                _ => None,
            },
            what: if refused {
                not_read(document.error_code.as_deref()).to_owned()
            } else {
                kind(document).to_owned()
            },
            person: person(document),
            detail: match (refused, held) {
                (true, _) => None,
                (_, true) => {
                    values(document).map(|values| format!("{values} · {}", first_reason(document)))
                }
                _ => values(document),
            },
            held,
        }
    }
}

/// What it is, or that nobody knows yet.
pub fn kind(document: &Document) -> &'static str {
    match (document.kind, document.state) {
        (Some(kind), _) => words::kind(kind),
        (None, State::Stored | State::Reading) => "Not read yet",
        (None, _) => "Could not be read",
    }
}

/// The day of the sample, else that of the report.
fn dated(document: &Document) -> String {
    match (document.collected_on, document.reported_on) {
        (Some(day), _) => format!("collected {}", words::date(day)),
        (None, Some(day)) => format!("reported {}", words::date(day)),
        (None, None) => String::new(),
    }
}

/// Whose it is.
pub fn person(document: &Document) -> Option<PersonLink> {
    let patient = document.patient.as_ref()?;
    Some(PersonLink {
        id: patient.id,
        name: patient.name.clone(),
    })
}

/// Whether it will change by itself.
pub fn is_moving(document: &Document) -> bool {
    matches!(document.state, State::Stored | State::Reading)
}

/// Whether the malware scanner has to look at it first, and could not yet.
fn waits_for_scan(document: &Document) -> bool {
    matches!(
        document.error_code.as_deref(),
        Some("scan_unavailable" | "scan_too_large")
    )
}

/// Whether nobody gets its bytes.
pub fn is_quarantined(document: &Document) -> bool {
    document.error_code.as_deref() == Some("malware")
}

/// Whether its pages can be looked at as images.
pub fn has_pages(media_type: &str) -> bool {
    media_type == "application/pdf"
}

/// How far it has come.
pub fn state(document: &Document) -> StateShown {
    let shown = |class, mark, word: &str, why| StateShown {
        class,
        mark,
        word: word.to_owned(),
        why,
    };
    match (document.state, document.filing) {
        (State::Stored, _) if waits_for_scan(document) => shown(
            "wait",
            "wait",
            "waiting for the malware scan",
            Some(match document.error_code.as_deref() {
                Some("scan_too_large") => {
                    "It is larger than the scanner takes: tell whoever runs the server."
                }
                _ => "The scanner does not answer. It is asked again and again.",
            }),
        ),
        (State::Stored, _) => shown("wait", "wait", "waiting to be read", None),
        (State::Reading, _) => {
            let word = match (document.page, document.pages) {
                (Some(page), Some(pages)) => format!("reading page {page} of {pages}"),
                _ => "reading".to_owned(),
            };
            shown("run", "run", &word, None)
        }
        (State::Refused | State::Failed, _) => shown(
            "bad",
            "no",
            "not read",
            Some(not_read(document.error_code.as_deref())),
        ),
        (State::Read, Filing::Held) => {
            shown("hold", "hold", "held back", Some(first_reason(document)))
        }
        (State::Read, _) => shown("done", "done", "filed", None),
    }
}

/// One step of a document's way: the class that draws it, and its word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    pub class: &'static str,
    pub word: String,
}

/// The way of a document from its arrival to where it is.
pub fn steps(document: &Document) -> Vec<Step> {
    let step = |class, word: &str| Step {
        class,
        word: word.to_owned(),
    };
    let mut steps = vec![step("past", "received")];
    match (document.state, document.filing) {
        (State::Stored | State::Reading, _) => {
            steps.push(Step {
                class: "now",
                word: state(document).word,
            });
            steps.push(step("todo", "filed"));
        }
        (State::Refused | State::Failed, _) => steps.push(step("bad", "not read")),
        (State::Read, Filing::Held) => {
            steps.push(step("past", "read"));
            steps.push(step("bad", "held back"));
        }
        (State::Read, _) => {
            steps.push(step("past", "read"));
            steps.push(step("now", "filed"));
        }
    }
    steps
}

fn first_reason(document: &Document) -> &'static str {
    reason(document.held_because.first())
}

/// Why it waits, in one line; what to do stands where it is decided.
pub fn reason(reason: Option<&HoldReason>) -> &'static str {
    match reason {
        Some(HoldReason::NoIdentity) => "The page names nobody",
        Some(HoldReason::NoPatient) => "Nobody here has this name and birth date",
        Some(HoldReason::SeveralPatients) => "More than one patient fits",
        Some(HoldReason::IdentityIncomplete | HoldReason::IdentityDoubtful) => {
            "The page does not say enough to be sure"
        }
        Some(HoldReason::KindDoesNotFit) => "This kind of report does not fit the patient",
        Some(HoldReason::SecondPerson) => "A second person is on the page",
        Some(HoldReason::SeveralReports) => "The file holds several reports",
        Some(HoldReason::AlreadyFiled) => "The same file is filed already",
        Some(HoldReason::TakenBack) => "A person took it back",
        _ => "The page names another person",
    }
}

fn values(document: &Document) -> Option<String> {
    if document.state != State::Read {
        return None;
    }
    let all = words::count(document.values as usize, "value", "values");
    Some(if document.values_waiting > 0 {
        format!(
            "{all}, {} {}",
            document.values_waiting,
            if document.values_waiting == 1 {
                "waits"
            } else {
                "wait"
            }
        )
    } else {
        all
    })
}

/// What was wrong with a file, what became of it, and what to do.
pub fn not_read(code: Option<&str>) -> &'static str {
    match code {
        Some("empty") => "The file is empty. Scan the page again and upload it.",
        Some("unsupported_type") => {
            "This type of file is not read yet. It is kept exactly as it came. Upload the report as a PDF."
        }
        Some("encrypted") => {
            "The PDF is locked with a password. It is kept exactly as it came. Ask the sender for an unlocked copy."
        }
        Some("too_large") => {
            "The file has more pages or more text than can be read. It is kept exactly as it came. Upload the report alone."
        }
        Some("timed_out" | "out_of_memory") => {
            "Reading took too long and was stopped. The file is kept exactly as it came. Upload the report alone, or print it to a new PDF."
        }
        Some("malware") => {
            "The malware scanner found something in this file. It was not read and nobody can download it. Tell the sender and whoever runs the server."
        }
        Some("unreadable") => {
            "The file is damaged and could not be opened. It is kept exactly as it came. Ask the sender for a new copy."
        }
        _ => {
            "Reading failed. The file is kept exactly as it came. Print it to a new PDF and upload that, or tell whoever runs the server."
        }
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::documents::DocumentPatient;
    use crate::domain::analysis::Kind;
    use jiff::Timestamp;

    /// A document that was read and filed without a doubt.
    pub fn filed() -> Document {
        Document {
            id: DocumentId::fresh(),
            file_name: "report.pdf".into(),
            media_type: "application/pdf".into(),
            size_bytes: 71_000,
            sha256: String::new(),
            state: State::Read,
            page: None,
            pages: Some(1),
            kind: Some(Kind::SemenAnalysis),
            filing: Filing::Filed,
            held_because: Vec::new(),
            error_code: None,
            collected_on: Some(jiff::civil::date(2026, 2, 3)),
            reported_on: None,
            patient: Some(DocumentPatient {
                id: PatientId::fresh(),
                name: "Declan O’Connell".into(),
            }),
            stated_patient_id: None,
            values: 16,
            values_waiting: 0,
            filed_by: None,
            filed_at: None,
            withheld_because: None,
            revision: 3,
            created_at: Timestamp::UNIX_EPOCH,
            updated_at: Timestamp::UNIX_EPOCH,
        }
    }

    fn words_of(document: &Document) -> Vec<String> {
        steps(document)
            .into_iter()
            .map(|step| format!("{}:{}", step.class, step.word))
            .collect()
    }

    #[test]
    fn a_document_says_how_far_it_has_come() {
        let mut document = filed();
        assert_eq!(
            words_of(&document),
            ["past:received", "past:read", "now:filed"]
        );
        assert!(!DocumentRow::new(&document).moving);
        document.filing = Filing::Unread;
        document.patient = None;
        document.kind = None;
        document.state = State::Reading;
        document.page = Some(2);
        document.pages = Some(3);
        assert_eq!(words_of(&document)[1], "now:reading page 2 of 3");
        let row = DocumentRow::new(&document);
        assert!(row.moving);
        assert_eq!((row.kind, row.values.as_str()), ("Not read yet", ""));
    }

    #[test]
    fn a_held_document_says_why_and_offers_no_values_as_usable() {
        let mut document = filed();
        document.filing = Filing::Held;
        document.patient = None;
        document.held_because = vec![HoldReason::NameDiffers];
        let row = DocumentRow::new(&document);
        assert_eq!(
            (row.state.word.as_str(), row.state.class),
            ("held back", "hold")
        );
        assert_eq!(row.state.why, Some("The page names another person"));
        let item = TrayItem::new(&document);
        assert!(item.held);
        assert_eq!(item.flag, Some(("held", "held back")));
    }

    #[test]
    fn a_refused_file_says_what_became_of_it_and_what_to_do() {
        let mut document = filed();
        document.state = State::Refused;
        document.error_code = Some("encrypted".into());
        document.kind = None;
        let item = TrayItem::new(&document);
        assert_eq!(item.thumb, Thumb::Lock);
        assert!(
            item.what.contains("kept exactly as it came"),
            "{}",
            item.what
        );
        assert_eq!(item.detail, None);
    }

    #[test]
    fn a_document_says_that_it_waits_for_the_scan_or_is_in_quarantine() {
        let mut document = filed();
        document.state = State::Stored;
        document.kind = None;
        document.error_code = Some("scan_unavailable".into());
        let row = DocumentRow::new(&document);
        assert_eq!(row.state.word, "waiting for the malware scan");
        assert!(row.state.why.is_some() && row.moving);
        document.state = State::Refused;
        document.error_code = Some("malware".into());
        assert!(is_quarantined(&document));
        let said = TrayItem::new(&document).what;
        assert!(
            said.starts_with("The malware scanner found something"),
            "{said}"
        );
    }

    #[test]
    fn values_that_wait_are_counted() {
        let mut document = filed();
        assert_eq!(DocumentRow::new(&document).values, "16 values");
        document.values_waiting = 3;
        assert_eq!(DocumentRow::new(&document).values, "16 values, 3 wait");
        document.values = 1;
        document.values_waiting = 1;
        assert_eq!(DocumentRow::new(&document).values, "1 value, 1 waits");
    }
}
