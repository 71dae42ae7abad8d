//! What the list of documents shows, and its rows by themselves.

use crate::documents::{Document, DocumentPage as Found};
use crate::domain::ids::DocumentId;
use crate::patients::Patient;
use crate::web::{
    answer,
    document_words::{self, DocumentRow, PersonLink, Step, TrayItem},
    shell::Shell,
    words,
};
use askama::Template;

#[derive(Template)]
#[template(path = "documents.html")]
pub struct DocumentsPage {
    shell: Shell,
    person: Option<PersonLink>,
    rows: Vec<DocumentRow>,
    next: Option<String>,
}

impl DocumentsPage {
    pub fn new(shell: Shell, person: Option<&Patient>, found: &Found) -> Self {
        let next = found.next_cursor.map(|after| {
            let mut query = vec![("after", after.to_string())];
            query.extend(person.map(|person| ("patient", person.id.to_string())));
            let query: Vec<(&str, &str)> = query
                .iter()
                .map(|(name, value)| (*name, value.as_str()))
                .collect();
            format!("/documents?{}", answer::query(&query))
        });
        Self {
            shell,
            person: person.map(|person| PersonLink {
                id: person.id,
                name: words::name(&person.given_names, &person.family_name),
            }),
            rows: found.documents.iter().map(DocumentRow::new).collect(),
            next,
        }
    }
}

/// A row by itself.
#[derive(Template)]
#[template(path = "row.html")]
pub struct Row {
    row: DocumentRow,
}

impl Row {
    pub fn new(document: &Document) -> Self {
        Self {
            row: DocumentRow::new(document),
        }
    }
}

/// An item of the tray by itself.
#[derive(Template)]
#[template(path = "tray.html")]
pub struct Tray {
    item: TrayItem,
}

impl Tray {
    pub fn new(document: &Document) -> Self {
        Self {
            item: TrayItem::new(document),
        }
    }
}

/// The line of states by itself.
#[derive(Template)]
#[template(path = "parts/states.html")]
pub struct States {
    id: DocumentId,
    moving: bool,
    steps: Vec<Step>,
}

impl States {
    pub fn new(document: &Document) -> Self {
        Self {
            id: document.id,
            moving: document_words::is_moving(document),
            steps: document_words::steps(document),
        }
    }
}
