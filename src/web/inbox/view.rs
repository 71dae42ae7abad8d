//! What the inbox shows.

use crate::documents::{HoldReason, InboxItem, InboxPage as Waiting, OfferedPatient, State};
use crate::domain::ids::{DocumentId, PatientId};
use crate::web::{document::gate, document_words, shell::Shell, words};
use askama::Template;
use jiff::Timestamp;

#[derive(Template)]
#[template(path = "inbox.html")]
pub struct InboxPage {
    shell: Shell,
    groups: Vec<Group>,
    counted: String,
    oldest: Option<String>,
    first: Option<DocumentId>,
    next: Option<String>,
}

/// Documents that wait for the same reason.
#[derive(Debug)]
pub struct Group {
    pub shape: &'static str,
    pub name: &'static str,
    pub hint: &'static str,
    pub rows: Vec<Row>,
}

/// A document that waits.
#[derive(Debug)]
pub struct Row {
    pub id: DocumentId,
    pub printed: String,
    pub printed_more: String,
    pub kind: &'static str,
    pub file: String,
    pub why: &'static str,
    pub why_more: Option<String>,
    pub values: String,
    pub since: String,
    pub waits: String,
    pub revision: i64,
    pub offers: Vec<Offer>,
    pub newcomer: Option<String>,
}

/// Somebody to whom it can be given with one button.
#[derive(Debug, PartialEq, Eq)]
pub struct Offer {
    pub patient: PatientId,
    pub name: String,
    pub because: String,
}

impl InboxPage {
    pub fn new(shell: Shell, waiting: &Waiting, now: Timestamp) -> Self {
        let groups = groups(&waiting.items, now);
        Self {
            shell,
            counted: format!(
                "{} {} for a person",
                waiting.waiting,
                if waiting.waiting == 1 {
                    "waits"
                } else {
                    "wait"
                }
            ),
            oldest: waiting
                .items
                .first()
                .map(|item| words::waits(item.document.created_at, now)),
            first: groups
                .first()
                .and_then(|group| group.rows.first())
                .map(|row| row.id),
            groups,
            next: waiting
                .next_cursor
                .map(|after| format!("/inbox?after={after}")),
        }
    }
}

const GROUPS: [(&str, &str, &str); 4] = [
    (
        "held",
        "Another person on the page",
        "nothing of it reaches a summary before somebody decides",
    ),
    (
        "abnormal",
        "No patient yet",
        "the page names nobody whom the register knows for certain",
    ),
    (
        "doubt",
        "Something else to decide",
        "put aside by a rule or by a person",
    ),
    (
        "missing",
        "Could not be read",
        "kept as it came, nothing was taken from it",
    ),
];

fn groups(items: &[InboxItem], now: Timestamp) -> Vec<Group> {
    let mut rows: [Vec<Row>; GROUPS.len()] = Default::default();
    for item in items {
        rows[place(item)].push(Row::new(item, now));
    }
    GROUPS
        .into_iter()
        .zip(rows)
        .filter(|(_, rows)| !rows.is_empty())
        .map(|((shape, name, hint), rows)| Group {
            shape,
            name,
            hint,
            rows,
        })
        .collect()
}

fn place(item: &InboxItem) -> usize {
    if is_unread(item) {
        return 3;
    }
    match item.document.held_because.first() {
        Some(
            HoldReason::NameDiffers
            | HoldReason::BirthDateDiffers
            | HoldReason::SexDiffers
            | HoldReason::IdentifierDiffers
            | HoldReason::FitsAnother
            | HoldReason::KindDoesNotFit
            | HoldReason::SecondPerson,
        ) => 0,
        Some(HoldReason::SeveralReports | HoldReason::AlreadyFiled | HoldReason::TakenBack) => 2,
        _ => 1,
    }
}

fn is_unread(item: &InboxItem) -> bool {
    matches!(item.document.state, State::Refused | State::Failed)
}

impl Row {
    fn new(item: &InboxItem, now: Timestamp) -> Self {
        let document = &item.document;
        let printed = item.printed.clone().unwrap_or_default();
        let more = [
            printed.dob.map(words::date),
            printed.sex.map(|sex| words::sex(sex).to_owned()),
            printed
                .mrn
                .clone()
                .or_else(|| printed.identifiers.first().map(|known| known.value.clone())),
        ];
        let unread = is_unread(item);
        Self {
            id: document.id,
            printed: printed
                .name
                .unwrap_or_else(|| if unread { "Not known" } else { "Names nobody" }.into()),
            printed_more: more.into_iter().flatten().collect::<Vec<_>>().join(" · "),
            kind: document_words::kind(document),
            file: document.file_name.clone(),
            why: if unread {
                document_words::not_read(document.error_code.as_deref())
            } else {
                document_words::reason(document.held_because.first())
            },
            why_more: item.offers.first().filter(|_| !unread).map(nearest),
            values: if unread {
                String::new()
            } else {
                format!("{} held back", document.values)
            },
            since: document.created_at.to_string(),
            waits: words::waits(document.created_at, now),
            revision: document.revision,
            offers: item
                .offers
                .iter()
                .filter(|offer| offer.contradicts.is_empty())
                .take(1)
                .map(Offer::new)
                .collect(),
            newcomer: gate::newcomer(item),
        }
    }
}

/// Whom it comes closest to, and what speaks against that.
fn nearest(offer: &OfferedPatient) -> String {
    let name = words::name(&offer.given_names, &offer.family_name);
    match offer.contradicts.first() {
        Some(against) => format!("Nearest here: {name}. {}", against.words()),
        None if offer.partner_of.is_some() => format!("{name} is the linked partner and fits."),
        None => format!("{name} fits; nothing speaks against it."),
    }
}

impl Offer {
    fn new(offer: &OfferedPatient) -> Self {
        let because = if offer.partner_of.is_some() {
            "the linked partner".to_owned()
        } else {
            offer
                .birth_date
                .map(|born| format!("born {}", words::date(born)))
                .unwrap_or_default()
        };
        Self {
            patient: offer.id,
            name: words::name(&offer.given_names, &offer.family_name),
            because,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documents::{Filing, Reason};
    use crate::patients::Agrees;
    use crate::web::document_words::tests::filed;

    fn item(reason: HoldReason, offers: Vec<OfferedPatient>) -> InboxItem {
        let mut document = filed();
        document.filing = Filing::Held;
        document.patient = None;
        document.held_because = vec![reason];
        InboxItem {
            document,
            reasons: vec![Reason {
                code: reason,
                words: reason.words(),
            }],
            message: None,
            printed: None,
            offers,
            newcomer: None,
        }
    }

    fn offer(contradicts: Vec<HoldReason>, partner_of: Option<PatientId>) -> OfferedPatient {
        OfferedPatient {
            id: PatientId::fresh(),
            family_name: "Prosser".into(),
            given_names: "Gareth".into(),
            birth_date: None,
            sex: None,
            identifiers: Vec::new(),
            agrees: vec![Agrees::Name],
            contradicts,
            partner_of,
        }
    }

    #[test]
    fn only_whom_nothing_contradicts_is_a_button_away() {
        let her = offer(vec![HoldReason::KindDoesNotFit], None);
        let him = offer(Vec::new(), Some(her.id));
        let row = Row::new(
            &item(HoldReason::KindDoesNotFit, vec![her, him.clone()]),
            Timestamp::UNIX_EPOCH,
        );
        let offered: Vec<PatientId> = row.offers.iter().map(|offer| offer.patient).collect();
        assert_eq!(offered, [him.id]);
        assert_eq!(row.offers[0].because, "the linked partner");
        assert_eq!(row.printed, "Names nobody");
    }

    #[test]
    fn what_waits_for_one_reason_stands_together() {
        let mut unread = item(HoldReason::NoPatient, Vec::new());
        unread.document.state = State::Refused;
        unread.document.error_code = Some("encrypted".into());
        let groups = groups(
            &[
                unread,
                item(HoldReason::NoPatient, Vec::new()),
                item(HoldReason::NameDiffers, Vec::new()),
            ],
            Timestamp::UNIX_EPOCH,
        );
        let names: Vec<&str> = groups.iter().map(|group| group.name).collect();
        assert_eq!(
            names,
            [
                "Another person on the page",
                "No patient yet",
                "Could not be read"
            ]
        );
        assert_eq!(groups[2].rows[0].values, "");
    }
}
