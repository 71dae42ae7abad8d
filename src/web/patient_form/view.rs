//! What the form of a patient shows, and what it sends.

use crate::domain::analysis::Sex;
use crate::domain::ids::{DonationId, PartnershipId, PatientId};
use crate::patients::{
    Authority, DonationKind, Identifier, NewPatient, Patient, PatientChange, donors::Linked,
};
use crate::web::{patients::PatientRow, shell::Shell, words};
use askama::Template;
use jiff::civil::Date;

/// Empty lines for further numbers.
const SPARE_LINES: usize = 2;

#[derive(Template)]
#[template(path = "patient_form.html")]
pub struct FormPage {
    shell: Shell,
    heading: String,
    verb: &'static str,
    action: String,
    id: Option<PatientId>,
    pub problem: Option<String>,
    form: Entered,
    authorities: Vec<Authority>,
    partners: Vec<PartnerRow>,
    donations: Vec<DonationRow>,
    /// Whom somebody looks for to link as a partner.
    pub who: String,
    pub found: Vec<PatientRow>,
}

/// A partner with dates; who it is only with consent.
pub struct PartnerRow {
    link: PartnershipId,
    patient: Option<PatientId>,
    name: String,
    since: String,
    until: Option<String>,
    consented: Option<String>,
}

/// A donation, as the viewer may see it.
pub struct DonationRow {
    id: DonationId,
    /// The donor's code, or the recipient where the patient is the donor.
    name: String,
    /// Where the other side is, for those who may know.
    other: Option<PatientId>,
    kind: &'static str,
    since: String,
    until: Option<String>,
}

/// What stands in the fields.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Entered {
    pub family_name: String,
    pub given_names: String,
    pub birth_date: String,
    pub sex: String,
    pub identifiers: Vec<Identifier>,
    /// `None` where the form has no such field.
    pub donor_code: Option<String>,
    /// The revision that was shown when somebody began to change it.
    pub revision: Option<i64>,
}

impl FormPage {
    pub fn new(
        shell: Shell,
        patient: Option<&Patient>,
        mut form: Entered,
        authorities: Vec<Authority>,
    ) -> Self {
        let empty = Identifier {
            authority: String::new(),
            value: String::new(),
        };
        form.donor_code = shell
            .sees_donors
            .then(|| form.donor_code.unwrap_or_default());
        form.identifiers
            .extend(std::iter::repeat_n(empty, SPARE_LINES));
        Self {
            shell,
            heading: patient.map_or_else(
                || "New patient".into(),
                |patient| words::name(&patient.given_names, &patient.family_name),
            ),
            verb: if patient.is_some() {
                "Save"
            } else {
                "Create the patient"
            },
            action: patient.map_or_else(
                || "/patients".into(),
                |patient| format!("/patients/{}", patient.id),
            ),
            id: patient.map(|patient| patient.id),
            problem: None,
            form,
            authorities,
            partners: patient.map(partners).unwrap_or_default(),
            donations: patient.map(donations).unwrap_or_default(),
            who: String::new(),
            found: Vec::new(),
        }
    }
}

fn partners(patient: &Patient) -> Vec<PartnerRow> {
    patient
        .partners
        .iter()
        .map(|partner| PartnerRow {
            link: partner.link,
            patient: partner.patient_id,
            name: match (&partner.given_names, &partner.family_name) {
                (Some(given), Some(family)) => words::name(given, family),
                _ => "A partner, without consent to be shown".into(),
            },
            since: words::date(partner.since),
            until: partner.until.map(words::date),
            consented: partner.consented_on.map(words::date),
        })
        .collect()
}

fn donations(patient: &Patient) -> Vec<DonationRow> {
    let name = |side: &Linked| words::name(&side.given_names, &side.family_name);
    patient
        .donations
        .iter()
        .map(|donation| {
            let receives = donation.recipient.id == patient.id;
            let other = if receives {
                donation.donor.as_ref()
            } else {
                Some(&donation.recipient)
            };
            DonationRow {
                id: donation.id,
                name: match other.map(name) {
                    Some(name) if receives => format!("Donor {} · {name}", donation.donor_code),
                    Some(name) => format!("Recipient {name}"),
                    None => format!("Donor {}", donation.donor_code),
                },
                other: other.map(|side| side.id),
                kind: kind(donation.kind),
                since: words::date(donation.since),
                until: donation.until.map(words::date),
            }
        })
        .collect()
}

fn kind(kind: DonationKind) -> &'static str {
    match kind {
        DonationKind::Sperm => "sperm",
        DonationKind::Oocyte => "oocytes",
        DonationKind::Embryo => "embryo",
    }
}

impl Entered {
    pub fn from_patient(patient: &Patient) -> Self {
        Self {
            family_name: patient.family_name.clone(),
            given_names: patient.given_names.clone(),
            birth_date: patient
                .birth_date
                .map(|day| day.to_string())
                .unwrap_or_default(),
            sex: patient.sex.map(words::sex).unwrap_or_default().to_owned(),
            identifiers: patient.identifiers.clone(),
            donor_code: patient.donor_code.clone(),
            revision: Some(patient.revision),
        }
    }

    /// Reads what was sent; `authority` and `number` come in pairs, empty ones are left out.
    pub fn from_fields(fields: &[(String, String)]) -> Self {
        let one = |name: &str| {
            let found = fields.iter().find(|(field, _)| field == name);
            found
                .map(|(_, value)| value.trim().to_owned())
                .unwrap_or_default()
        };
        let all = |name: &'static str| {
            fields
                .iter()
                .filter(move |(field, _)| field == name)
                .map(|(_, value)| value.trim())
        };
        Self {
            family_name: one("family_name"),
            given_names: one("given_names"),
            birth_date: one("birth_date"),
            sex: one("sex"),
            identifiers: all("authority")
                .zip(all("number"))
                .filter(|(_, number)| !number.is_empty())
                .map(|(authority, value)| Identifier {
                    authority: authority.to_owned(),
                    value: value.to_owned(),
                })
                .collect(),
            donor_code: all("donor_code").next().map(str::to_owned),
            revision: one("revision").parse().ok(),
        }
    }

    fn is_donor(&self) -> bool {
        self.donor_code
            .as_ref()
            .is_some_and(|code| !code.is_empty())
    }

    /// A patient to be registered.
    pub fn patient(&self) -> Result<NewPatient, String> {
        Ok(NewPatient {
            family_name: self.family_name.clone(),
            given_names: self.given_names.clone(),
            birth_date: self.born()?,
            sex: self.sex(),
            identifiers: self.identifiers.clone(),
            donor_code: self.donor_code.clone().filter(|code| !code.is_empty()),
        })
    }

    /// All fields as they are to be.
    pub fn change(&self) -> Result<PatientChange, String> {
        Ok(PatientChange {
            family_name: Some(self.family_name.clone()),
            given_names: Some(self.given_names.clone()),
            birth_date: Some(self.born()?),
            sex: Some(self.sex()),
            identifiers: Some(self.identifiers.clone()),
            donor_code: self
                .donor_code
                .clone()
                .map(|code| Some(code).filter(|code| !code.is_empty())),
        })
    }

    fn born(&self) -> Result<Option<Date>, String> {
        if self.birth_date.is_empty() {
            return Ok(None);
        }
        self.birth_date
            .parse()
            .map(Some)
            .map_err(|_| "The birth date is no date: write it as 1988-01-13".into())
    }

    fn sex(&self) -> Option<Sex> {
        match self.sex.as_str() {
            "female" => Some(Sex::Female),
            "male" => Some(Sex::Male),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn numbers_keep_their_issuer_and_empty_lines_are_left_out() {
        let entered = Entered::from_fields(&fields(&[
            ("family_name", " Prosser "),
            ("authority", "Clinic"),
            ("number", "KB20933"),
            ("authority", "NHS"),
            ("number", "  "),
            ("authority", "Lab"),
            ("number", "77"),
            ("revision", "4"),
        ]));
        assert_eq!(entered.family_name, "Prosser");
        assert_eq!(entered.revision, Some(4));
        let numbers: Vec<(&str, &str)> = entered
            .identifiers
            .iter()
            .map(|identifier| (identifier.authority.as_str(), identifier.value.as_str()))
            .collect();
        assert_eq!(numbers, [("Clinic", "KB20933"), ("Lab", "77")]);
    }

    #[test]
    fn what_was_not_said_stays_unknown() {
        let patient = Entered::from_fields(&fields(&[("family_name", "Prosser"), ("sex", "")]))
            .patient()
            .unwrap();
        assert_eq!((patient.birth_date, patient.sex), (None, None));
        assert!(patient.identifiers.is_empty());
        let wrong =
            Entered::from_fields(&fields(&[("family_name", "P"), ("birth_date", "13/1/88")]));
        assert!(wrong.patient().is_err());
    }
}
