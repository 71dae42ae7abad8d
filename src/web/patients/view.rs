//! What the list of patients shows.

use crate::domain::ids::PatientId;
use crate::patients::{ListedPatient, PatientPage as Found};
use crate::web::{answer, shell::Shell, words};
use askama::Template;

#[derive(Template)]
#[template(path = "patients.html")]
pub struct PatientsPage {
    shell: Shell,
    rows: Vec<PatientRow>,
    next: Option<String>,
}

/// A patient in a list.
#[derive(Debug, PartialEq, Eq)]
pub struct PatientRow {
    pub id: PatientId,
    pub name: String,
    pub born: String,
    pub sex: &'static str,
    pub numbers: String,
}

impl PatientsPage {
    pub fn new(shell: Shell, found: &Found) -> Self {
        let next = found.next_cursor.map(|after| {
            let query = [("q", shell.query.as_str()), ("after", &after.to_string())];
            format!("/patients?{}", answer::query(&query))
        });
        Self {
            shell,
            rows: found.patients.iter().map(PatientRow::new).collect(),
            next,
        }
    }
}

impl PatientRow {
    pub fn new(patient: &ListedPatient) -> Self {
        Self {
            id: patient.id,
            name: words::name(&patient.given_names, &patient.family_name),
            born: patient.birth_date.map(words::date).unwrap_or_default(),
            sex: patient.sex.map(words::sex).unwrap_or_default(),
            numbers: numbers(patient),
        }
    }

    /// What tells one namesake from another.
    pub fn ids(&self) -> String {
        [self.sex, &self.born, &self.numbers]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(" · ")
    }
}

fn numbers(patient: &ListedPatient) -> String {
    let donor = patient
        .donor_code
        .iter()
        .map(|code| format!("donor {code}"));
    patient
        .identifiers
        .iter()
        .map(|identifier| identifier.value.clone())
        .chain(donor)
        .collect::<Vec<_>>()
        .join(" · ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::analysis::Sex;
    use crate::patients::Identifier;
    use crate::web::shell::Section;
    use jiff::civil::date;

    #[test]
    fn a_row_shows_what_the_register_holds_and_nothing_more() {
        let mut patient = ListedPatient {
            id: PatientId::fresh(),
            family_name: "Prosser".into(),
            given_names: "Siân".into(),
            birth_date: Some(date(1988, 1, 13)),
            sex: Some(Sex::Female),
            identifiers: vec![Identifier {
                authority: "clinic".into(),
                value: "KB20933".into(),
            }],
            donor_code: None,
            revision: 1,
        };
        let row = PatientRow::new(&patient);
        assert_eq!(row.name, "Siân Prosser");
        assert_eq!(row.ids(), "female · 13 Jan 1988 · KB20933");
        patient.given_names = String::new();
        patient.birth_date = None;
        patient.sex = None;
        patient.identifiers.clear();
        let row = PatientRow::new(&patient);
        assert_eq!((row.name.as_str(), row.ids().as_str()), ("Prosser", ""));
    }

    #[test]
    fn what_somebody_looked_for_is_text_and_never_markup() {
        let found = Found {
            patients: Vec::new(),
            next_cursor: None,
        };
        let shell = Shell::of_somebody(Section::Patients, "Patients");
        let page = PatientsPage::new(shell.looking_for(r#""><script>alert(1)</script>"#), &found);
        let html = page.render().unwrap();
        assert!(!html.contains("<script>alert"));
        assert!(html.contains("Nobody here fits"));
    }
}
