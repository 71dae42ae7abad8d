//! The question whose a document is: what the page says beside what the register says.

use crate::documents::{Document, Filing, HoldReason, InboxItem, OfferedPatient};
use crate::domain::ids::PatientId;
use crate::patients::Agrees;
use crate::web::{document_words, patients::PatientRow, words};

/// The bar above the paper.
#[derive(Debug)]
pub struct Gate {
    pub title: &'static str,
    pub therefore: String,
    pub reasons: Vec<&'static str>,
    pub people: Vec<Person>,
    pub lines: Vec<Line>,
    pub newcomer: Option<String>,
    pub who: String,
    pub searched: bool,
    pub found: Vec<PatientRow>,
    pub revision: i64,
}

/// Somebody whom the document may be about.
#[derive(Debug, PartialEq, Eq)]
pub struct Person {
    pub id: PatientId,
    pub name: String,
    pub how: &'static str,
    /// The one filled button of the page.
    pub primary: bool,
}

/// One line of the comparison.
#[derive(Debug, PartialEq, Eq)]
pub struct Line {
    pub what: &'static str,
    pub printed: String,
    pub cells: Vec<Cell>,
}

/// What the register says to one line, with the sign between.
#[derive(Debug, PartialEq, Eq)]
pub struct Cell {
    pub value: String,
    pub sign: &'static str,
    pub said: &'static str,
}

impl Cell {
    pub fn differs(&self) -> bool {
        self.sign == "≠"
    }
}

/// Whether somebody has to decide whose it is.
pub fn is_needed(document: &Document) -> bool {
    document.filing == Filing::Held
}

/// Those beside whom a comparison stays readable.
const PEOPLE: usize = 3;

impl Gate {
    pub fn new(item: &InboxItem, who: Option<&str>, found: Vec<PatientRow>) -> Self {
        let offers = &item.offers[..item.offers.len().min(PEOPLE)];
        let right = offers.iter().position(|offer| offer.contradicts.is_empty());
        let values = words::count(item.document.values as usize, "value is", "values are");
        Self {
            title: document_words::reason(item.document.held_because.first()),
            therefore: format!(
                "{values} held back and in no summary until you decide. Your decision is recorded."
            ),
            reasons: item.reasons.iter().map(|reason| reason.words).collect(),
            lines: lines(item, offers),
            people: offers
                .iter()
                .enumerate()
                .map(|(at, offer)| Person {
                    id: offer.id,
                    name: words::name(&offer.given_names, &offer.family_name),
                    how: how(offer, item),
                    primary: right == Some(at),
                })
                .collect(),
            newcomer: newcomer(item),
            who: who.unwrap_or_default().to_owned(),
            searched: who.is_some_and(|who| !who.is_empty()),
            found,
            revision: item.document.revision,
        }
    }

    /// Whether creating the patient is the next right thing.
    pub fn newcomer_is_right(&self) -> bool {
        !self.people.iter().any(|person| person.primary)
    }
}

/// A patient is made of the paper only where nobody in the register is that person already.
pub fn newcomer(item: &InboxItem) -> Option<String> {
    let known = |offer: &OfferedPatient| offer.contradicts.is_empty() && offer.agrees.len() > 1;
    let newcomer = item.newcomer.as_ref()?;
    (!item.offers.iter().any(known))
        .then(|| words::name(&newcomer.given_names, &newcomer.family_name))
}

fn how(offer: &OfferedPatient, item: &InboxItem) -> &'static str {
    if offer.partner_of.is_some() {
        "Linked partner"
    } else if item.document.stated_patient_id == Some(offer.id) {
        "Named by the sender"
    } else {
        "Found here"
    }
}

fn lines(item: &InboxItem, offers: &[OfferedPatient]) -> Vec<Line> {
    let printed = item.printed.clone().unwrap_or_default();
    let silent = || "not printed".to_owned();
    let numbers: Vec<String> = printed
        .identifiers
        .iter()
        .map(|identifier| identifier.value.clone())
        .chain(printed.mrn.clone())
        .fold(Vec::new(), |mut all, number| {
            if !all.contains(&number) {
                all.push(number);
            }
            all
        });
    let line = |what, printed: Option<String>, cell: &dyn Fn(&OfferedPatient) -> Cell| Line {
        what,
        printed: printed.unwrap_or_else(silent),
        cells: offers.iter().map(cell).collect(),
    };
    vec![
        line("Name", printed.name.clone(), &|offer| {
            let name = words::name(&offer.given_names, &offer.family_name);
            cell(offer, name, Agrees::Name, HoldReason::NameDiffers)
        }),
        line("Born", printed.dob.map(words::date), &|offer| {
            let born = offer.birth_date.map(words::date).unwrap_or_default();
            cell(offer, born, Agrees::BirthDate, HoldReason::BirthDateDiffers)
        }),
        line(
            "Sex",
            printed.sex.map(|sex| words::sex(sex).to_owned()),
            &|offer| {
                let value = offer.sex.map(words::sex).unwrap_or_default().to_owned();
                let differs = offer.contradicts.contains(&HoldReason::SexDiffers);
                signed(
                    value,
                    printed.sex.is_some() && printed.sex == offer.sex,
                    differs,
                )
            },
        ),
        line(
            "Number",
            (!numbers.is_empty()).then(|| numbers.join(", ")),
            &|offer| {
                let held: Vec<&str> = offer
                    .identifiers
                    .iter()
                    .map(|known| known.value.as_str())
                    .collect();
                cell(
                    offer,
                    held.join(", "),
                    Agrees::Identifier,
                    HoldReason::IdentifierDiffers,
                )
            },
        ),
    ]
}

fn cell(offer: &OfferedPatient, value: String, agrees: Agrees, differs: HoldReason) -> Cell {
    signed(
        value,
        offer.agrees.contains(&agrees),
        offer.contradicts.contains(&differs),
    )
}

fn signed(value: String, agrees: bool, differs: bool) -> Cell {
    let (sign, said) = match (agrees, differs) {
        (_, true) => ("≠", "differs"),
        (true, _) => ("=", "agrees"),
        _ => ("·", "neither agrees nor differs"),
    };
    Cell { value, sign, said }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::documents::Reason;
    use crate::domain::analysis::{Identity, Sex};
    use crate::patients::NewPatient;
    use crate::web::document_words::tests::filed;
    use jiff::civil::date;

    fn held(offers: Vec<OfferedPatient>) -> InboxItem {
        let mut document = filed();
        document.filing = Filing::Held;
        document.patient = None;
        document.held_because = vec![HoldReason::NameDiffers];
        InboxItem {
            document,
            reasons: vec![Reason {
                code: HoldReason::NameDiffers,
                words: HoldReason::NameDiffers.words(),
            }],
            message: None,
            printed: Some(Identity {
                name: Some("O'CONNELL, Declan Patrick".into()),
                dob: Some(date(1989, 8, 14)),
                sex: Some(Sex::Male),
                ..Identity::default()
            }),
            offers,
            newcomer: Some(NewPatient {
                family_name: "O'Connell".into(),
                given_names: "Declan Patrick".into(),
                ..NewPatient::default()
            }),
        }
    }

    fn offer(contradicts: Vec<HoldReason>, agrees: Vec<Agrees>) -> OfferedPatient {
        OfferedPatient {
            id: PatientId::fresh(),
            family_name: "O'Connor".into(),
            given_names: "Declan".into(),
            birth_date: Some(date(1989, 8, 4)),
            sex: Some(Sex::Male),
            identifiers: Vec::new(),
            agrees,
            contradicts,
            partner_of: None,
        }
    }

    #[test]
    fn what_differs_is_signed_so_and_what_is_silent_is_not() {
        let wrong = offer(
            vec![HoldReason::NameDiffers, HoldReason::BirthDateDiffers],
            Vec::new(),
        );
        let gate = Gate::new(&held(vec![wrong]), None, Vec::new());
        let signs: Vec<&str> = gate.lines.iter().map(|line| line.cells[0].sign).collect();
        assert_eq!(signs, ["≠", "≠", "=", "·"]);
        assert_eq!(gate.lines[3].printed, "not printed");
        assert!(gate.therefore.starts_with("16 values are held back"));
    }

    #[test]
    fn the_filled_button_never_files_against_a_contradiction() {
        let wrong = offer(vec![HoldReason::NameDiffers], Vec::new());
        let right = offer(Vec::new(), vec![Agrees::Name, Agrees::BirthDate]);
        let gate = Gate::new(&held(vec![wrong.clone(), right]), None, Vec::new());
        let primary: Vec<bool> = gate.people.iter().map(|person| person.primary).collect();
        assert_eq!(primary, [false, true]);
        assert_eq!(gate.newcomer, None, "that person is here already");
        let gate = Gate::new(&held(vec![wrong]), None, Vec::new());
        assert!(gate.newcomer_is_right());
        assert_eq!(gate.newcomer.as_deref(), Some("Declan Patrick O'Connell"));
    }
}
