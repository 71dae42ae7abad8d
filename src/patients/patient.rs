//! A patient of the register, and what may be written into it.

use super::donors::{self, Donation};
use super::paper::fold_identifier;
use super::{PatientsError, candidates::sex};
use crate::domain::analysis::Sex;
use crate::domain::ids::{PartnershipId, PatientId};
use crate::domain::name;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Deserializer, Serialize};
use tokio_postgres::Row;
use tokio_postgres::types::Json;
use utoipa::ToSchema;

/// A patient as the register shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Patient {
    pub id: PatientId,
    pub family_name: String,
    pub given_names: String,
    #[schema(value_type = Option<String>, format = Date)]
    pub birth_date: Option<Date>,
    pub sex: Option<Sex>,
    pub identifiers: Vec<Identifier>,
    /// Newest first; those without `until` are the partners of today.
    pub partners: Vec<Partner>,
    /// Set where the patient is a donor.
    pub donor_code: Option<String>,
    /// From either side, newest first.
    pub donations: Vec<Donation>,
    /// Raised by every change of the row, its numbers and its links.
    pub revision: i64,
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
}

/// A number with the house that issued it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Identifier {
    /// Code of the issuer; on the way in also its name or an alias. One that is not known yet is
    /// registered.
    pub authority: String,
    /// As it is written; compared by letters and digits only.
    pub value: String,
}

/// A linked partner. Who it is stands here only with the couple's consent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Partner {
    /// Names the link itself, to end it or to record consent.
    pub link: PartnershipId,
    #[serde(default)]
    pub patient_id: Option<PatientId>,
    #[serde(default)]
    pub family_name: Option<String>,
    #[serde(default)]
    pub given_names: Option<String>,
    #[schema(value_type = String, format = Date)]
    pub since: Date,
    #[schema(value_type = Option<String>, format = Date)]
    pub until: Option<Date>,
    /// The day on which both consented to be shown together.
    #[schema(value_type = Option<String>, format = Date)]
    pub consented_on: Option<Date>,
}

/// A patient in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ListedPatient {
    pub id: PatientId,
    pub family_name: String,
    pub given_names: String,
    #[schema(value_type = Option<String>, format = Date)]
    pub birth_date: Option<Date>,
    pub sex: Option<Sex>,
    pub identifiers: Vec<Identifier>,
    /// Set where the patient is a donor.
    pub donor_code: Option<String>,
    pub revision: i64,
}

/// What is known of a patient who is to be registered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPatient {
    pub family_name: String,
    #[serde(default)]
    pub given_names: String,
    #[serde(default)]
    #[schema(value_type = Option<String>, format = Date)]
    pub birth_date: Option<Date>,
    #[serde(default)]
    pub sex: Option<Sex>,
    #[serde(default)]
    pub identifiers: Vec<Identifier>,
    /// Makes the patient a donor, whom only those see who see donors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub donor_code: Option<String>,
}

/// A change: what is absent stays, `null` empties, `identifiers` replaces all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PatientChange {
    #[serde(default)]
    pub family_name: Option<String>,
    #[serde(default)]
    pub given_names: Option<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>, format = Date)]
    pub birth_date: Option<Option<Date>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<Sex>)]
    pub sex: Option<Option<Sex>>,
    #[serde(default)]
    pub identifiers: Option<Vec<Identifier>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(value_type = Option<String>)]
    pub donor_code: Option<Option<String>>,
}

// Tells `null` from absent.
#[expect(
    clippy::option_option,
    reason = "absent, null and a value are three things"
)]
fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    field: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(field).map(Some)
}

/// A field that was refused; the message never repeats what was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Invalid {
    /// `birth_date`, `identifiers[0].value`, ...
    pub field: String,
    pub message: &'static str,
}

/// Names longer than this are something else.
const LONGEST_NAME: usize = 200;
/// Numbers and names of issuers longer than this are something else.
const LONGEST_NUMBER: usize = 100;

impl NewPatient {
    /// Trims the texts and says all that is wrong with them. `today` is the latest birth date.
    pub(super) fn checked(mut self, today: Date) -> Result<Self, PatientsError> {
        let mut wrong = Vec::new();
        let mut refuse = |field: &str, message| {
            wrong.push(Invalid {
                field: field.to_owned(),
                message,
            });
        };
        self.family_name = single_spaced(&self.family_name);
        self.given_names = single_spaced(&self.given_names);
        if name::fold(&self.family_name).is_empty() {
            refuse("family_name", "a family name is needed");
        }
        for (field, text) in [
            ("family_name", &self.family_name),
            ("given_names", &self.given_names),
        ] {
            if text.chars().count() > LONGEST_NAME {
                refuse(field, "the name is too long");
            }
            if text.chars().any(char::is_control) {
                refuse(field, "the name holds characters that cannot be printed");
            }
        }
        if let Some(day) = self.birth_date {
            if day > today {
                refuse("birth_date", "the birth date lies in the future");
            } else if day.year() < 1900 {
                refuse("birth_date", "the birth date lies before 1900");
            }
        }
        for (at, identifier) in self.identifiers.iter_mut().enumerate() {
            identifier.value = single_spaced(&identifier.value);
            identifier.authority = single_spaced(&identifier.authority);
            let value = format!("identifiers[{at}].value");
            let authority = format!("identifiers[{at}].authority");
            if fold_identifier(&identifier.value).is_empty() {
                refuse(&value, "a number needs letters or digits");
            }
            if identifier.value.chars().count() > LONGEST_NUMBER {
                refuse(&value, "the number is too long");
            }
            if super::authority::code_of(&identifier.authority).is_none() {
                refuse(
                    &authority,
                    "say who issued the number, in Latin letters or digits",
                );
            }
            if identifier.authority.chars().count() > LONGEST_NUMBER {
                refuse(&authority, "the name of the issuer is too long");
            }
            if [&identifier.value, &identifier.authority]
                .iter()
                .any(|text| text.chars().any(char::is_control))
            {
                refuse(&value, "the number holds characters that cannot be printed");
            }
        }
        self.donor_code = self.donor_code.as_deref().map(donors::donor_code);
        if let Some(code) = &self.donor_code
            && !donors::is_donor_code(code)
        {
            refuse(
                "donor_code",
                "a donor code is made of letters, digits, dots and dashes, with a digit among them",
            );
        }
        if wrong.is_empty() {
            Ok(self)
        } else {
            Err(PatientsError::Invalid(wrong))
        }
    }

    /// The words of all names in every spelling.
    pub(super) fn name_words(&self) -> Vec<String> {
        let mut words = name::search_words(&self.family_name);
        words.extend(name::search_words(&self.given_names));
        words
    }

    /// What a search looks through: names, numbers, birth date.
    pub(super) fn search_text(&self) -> String {
        let mut words = self.name_words();
        words.extend(
            self.identifiers
                .iter()
                .map(|i| fold_identifier(&i.value).to_lowercase()),
        );
        words.extend(
            self.donor_code
                .iter()
                .map(|code| fold_identifier(code).to_lowercase()),
        );
        words.extend(self.birth_date.map(|day| day.to_string()));
        words.join(" ")
    }
}

impl Patient {
    pub(super) fn of(row: &Row) -> Self {
        let Json(partners) = row.get("partners");
        let Json(donations) = row.get("donations");
        Self {
            id: PatientId(row.get("patient_id")),
            family_name: row.get("family_name"),
            given_names: row.get("given_names"),
            birth_date: row.get("birth_date"),
            sex: sex(row.get("sex")),
            identifiers: identifiers(row),
            partners,
            donor_code: row.get("donor_code"),
            donations,
            revision: row.get("revision"),
            created_at: row.get("created_at"),
            updated_at: row.get("updated_at"),
        }
    }

    /// Who else is named beside the patient, for the record: partners who consented, and the other
    /// sides of donations.
    pub(super) fn beside(&self) -> impl Iterator<Item = PatientId> {
        let partners = self.partners.iter().filter_map(|link| link.patient_id);
        let donations = self.donations.iter().flat_map(|donation| {
            let donor = donation.donor.as_ref().map(|donor| donor.id);
            donor.into_iter().chain([donation.recipient.id])
        });
        partners.chain(donations).filter(|&other| other != self.id)
    }

    /// The patient after `change`.
    pub(super) fn changed(self, change: PatientChange) -> NewPatient {
        NewPatient {
            family_name: change.family_name.unwrap_or(self.family_name),
            given_names: change.given_names.unwrap_or(self.given_names),
            birth_date: change.birth_date.unwrap_or(self.birth_date),
            sex: change.sex.unwrap_or(self.sex),
            identifiers: change.identifiers.unwrap_or(self.identifiers),
            donor_code: change.donor_code.unwrap_or(self.donor_code),
        }
    }
}

impl ListedPatient {
    pub(super) fn of(row: &Row) -> Self {
        Self {
            id: PatientId(row.get("patient_id")),
            family_name: row.get("family_name"),
            given_names: row.get("given_names"),
            birth_date: row.get("birth_date"),
            sex: sex(row.get("sex")),
            identifiers: identifiers(row),
            donor_code: row.get("donor_code"),
            revision: row.get("revision"),
        }
    }
}

fn identifiers(row: &Row) -> Vec<Identifier> {
    let authorities: Vec<String> = row.get("authorities");
    let numbers: Vec<String> = row.get("numbers");
    authorities
        .into_iter()
        .zip(numbers)
        .map(|(authority, value)| Identifier { authority, value })
        .collect()
}

/// The sex as the database spells it.
pub(super) fn sex_code(sex: Option<Sex>) -> Option<&'static str> {
    sex.map(|sex| match sex {
        Sex::Female => "female",
        Sex::Male => "male",
    })
}

fn single_spaced(text: &str) -> String {
    text.split(' ')
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
        .trim()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn fields(patient: NewPatient) -> Vec<String> {
        match patient.checked(date(2026, 3, 1)) {
            Err(PatientsError::Invalid(wrong)) => wrong.into_iter().map(|w| w.field).collect(),
            _ => Vec::new(),
        }
    }

    #[test]
    fn what_cannot_be_is_refused_field_by_field() {
        let good = NewPatient {
            family_name: "  Núñez   Arosemena ".into(),
            given_names: "Gabriela".into(),
            birth_date: Some(date(1986, 3, 30)),
            sex: Some(Sex::Female),
            identifiers: vec![Identifier {
                authority: "NHS".into(),
                value: "999 000 3344".into(),
            }],
            donor_code: None,
        };
        assert!(fields(good.clone()).is_empty());
        let checked = good.clone().checked(date(2026, 3, 1)).unwrap();
        assert_eq!(checked.family_name, "Núñez Arosemena");
        assert_eq!(
            checked.search_text(),
            "nunez arosemena gabriela 9990003344 1986-03-30"
        );
        let with = |change: &dyn Fn(&mut NewPatient)| {
            let mut patient = good.clone();
            change(&mut patient);
            fields(patient)
        };
        assert_eq!(with(&|p| p.family_name = " - ".into()), ["family_name"]);
        assert_eq!(with(&|p| p.given_names = "A\0".into()), ["given_names"]);
        assert_eq!(
            with(&|p| p.birth_date = Some(date(2026, 3, 2))),
            ["birth_date"]
        );
        assert_eq!(
            with(&|p| p.birth_date = Some(date(1899, 12, 31))),
            ["birth_date"]
        );
        assert!(with(&|p| p.birth_date = Some(date(2026, 3, 1))).is_empty());
        assert_eq!(
            with(&|p| p.identifiers[0].value = "--".into()),
            ["identifiers[0].value"]
        );
        assert_eq!(
            with(&|p| p.identifiers[0].authority = String::new()),
            ["identifiers[0].authority"]
        );
    }

    #[test]
    fn a_donor_code_is_no_name() {
        let with = |code: &str| NewPatient {
            family_name: "Moss".into(),
            donor_code: Some(code.into()),
            ..NewPatient::default()
        };
        for code in ["D-1042", " d-1042 ", "7", "SP.2024/12"] {
            let checked = with(code).checked(date(2026, 3, 1)).unwrap();
            assert_eq!(checked.donor_code, Some(code.trim().to_uppercase()));
        }
        for code in ["", "MOSS", "D 1042", "D-1042 Moss", "-1", "Ü1"] {
            assert_eq!(fields(with(code)), ["donor_code"], "{code}");
        }
    }

    #[test]
    fn null_empties_and_absent_stays() {
        let change: PatientChange = serde_json::from_str(r#"{"birth_date":null}"#).unwrap();
        assert_eq!(change.birth_date, Some(None));
        assert_eq!(change.sex, None);
        let change: PatientChange = serde_json::from_str(r#"{"sex":"male"}"#).unwrap();
        assert_eq!(change.sex, Some(Some(Sex::Male)));
    }
}
