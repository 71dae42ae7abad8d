//! What the upload page shows.

use crate::patients::Patient;
use crate::upload::{Outcome, Problem, Received};
use crate::web::{
    document_words::{PersonLink, TrayItem},
    shell::Shell,
    words,
};
use askama::Template;

#[derive(Template)]
#[template(path = "upload.html")]
pub struct UploadPage {
    shell: Shell,
    /// The patient that somebody has chosen for the files.
    person: Option<PersonLink>,
    items: Vec<TrayItem>,
    pub refusals: Vec<Refusal>,
    largest: String,
}

/// A file that was not taken, with what was wrong and what to do.
#[derive(Debug, PartialEq, Eq)]
pub struct Refusal {
    pub file: String,
    pub problem: String,
}

impl UploadPage {
    pub fn new(
        shell: Shell,
        person: Option<&Patient>,
        items: Vec<TrayItem>,
        max_file_bytes: u64,
    ) -> Self {
        Self {
            shell,
            person: person.map(|person| PersonLink {
                id: person.id,
                name: words::name(&person.given_names, &person.family_name),
            }),
            items,
            refusals: Vec::new(),
            largest: words::size(i64::try_from(max_file_bytes).unwrap_or(i64::MAX)),
        }
    }
}

impl Refusal {
    /// Nothing of the request was stored.
    pub fn of_all(problem: &Problem) -> Self {
        Self {
            file: "What you sent".into(),
            problem: problem.to_string(),
        }
    }

    /// The files of a request that were not stored.
    pub fn of_files(received: &Received) -> Vec<Self> {
        received
            .files
            .iter()
            .filter_map(|file| match &file.outcome {
                Outcome::Refused(problem) => Some(Self {
                    file: file.file.clone(),
                    problem: problem.to_string(),
                }),
                Outcome::Stored(_) | Outcome::Existing(_) => None,
            })
            .collect()
    }
}
