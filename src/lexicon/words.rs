//! The words around the values, and the results that are words themselves.

use std::collections::HashMap;

use serde::Deserialize;

use super::LexiconError;
use super::phrases::Phrases;
use crate::domain::analysis::{AbsentReason, Flag, Kind, ReportStatus};

/// What stands in a column of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    Test,
    Result,
    Flag,
    Unit,
    Reference,
    /// Earlier results: never read.
    Previous,
    Other,
    /// Persons of a table that sets a couple side by side: only the patient is read.
    Patient,
    Partner,
    Female,
    Male,
    /// Semen as it was produced.
    Native,
    /// Semen after preparation.
    Prepared,
}

/// A heading that ends the results.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aside {
    Notes,
    History,
}

/// What a column or a row of a chart or of an embryo table holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Head {
    Ploidy,
    Findings,
    Fate,
    Fragmentation,
    Cells,
    Expansion,
    Icm,
    Te,
    Grade,
    Pattern,
    Endometrium,
    RightFollicles,
    LeftFollicles,
    Date,
    DayOf,
    Specimen,
    Result,
}

/// Whose values follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Person {
    First,
    Second,
}

/// What a page says about all its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Context {
    Semen,
    Embryology,
    Ultrasound,
    Fasting,
    WhoFifth,
    WhoSixth,
    /// A word of countries that write the day first.
    DayFirst,
    MonthFirst,
}

/// A field of the head of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    Name,
    FamilyName,
    GivenName,
    Dob,
    Sex,
    AgeSex,
    Age,
    Mrn,
    /// An identifier of the state or of a health service.
    National,
    ReportId,
    /// A number that is a patient's in some houses and a report's in others.
    WeakMrn,
    Collected,
    Received,
    Reported,
    Corrected,
    Printed,
    Status,
    /// Fields that are none of ours but end the one before.
    PersonOther,
}

/// How a field is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldName {
    pub field: Field,
    /// Only with a colon or a gap behind it.
    pub needs_colon: bool,
}

/// The phrases of `words.toml` and `results.toml`.
#[derive(Debug)]
pub struct Words {
    pub columns: Phrases<Column>,
    pub flags: Phrases<Flag>,
    pub absent: Phrases<AbsentReason>,
    pub asides: Phrases<Aside>,
    pub persons: Phrases<Person>,
    pub contexts: Phrases<Context>,
    pub statuses: Phrases<ReportStatus>,
    pub fields: Phrases<FieldName>,
    /// What a word says about the kind of its document, and how much.
    pub kinds: Phrases<(Kind, u32)>,
    /// What the columns of charts and embryo tables hold.
    pub heads: Phrases<Head>,
    results: HashMap<String, Phrases<String>>,
}

#[derive(Deserialize)]
struct FieldTable {
    fields: HashMap<Field, String>,
}

#[derive(Deserialize)]
struct Table {
    columns: HashMap<String, String>,
    flags: HashMap<String, String>,
    absent: HashMap<String, String>,
    notes: HashMap<String, String>,
    person: HashMap<String, String>,
    context: HashMap<String, String>,
    who: HashMap<String, String>,
    dates: HashMap<String, String>,
    status: HashMap<String, String>,
}

impl Words {
    pub(super) fn load(
        words: &str,
        results: &str,
        fields: &str,
        kinds: &str,
        heads: &str,
    ) -> Result<Self, LexiconError> {
        let table: Table = toml::from_str(words)?;
        let coded: HashMap<String, HashMap<String, String>> = toml::from_str(results)?;
        let results = coded
            .iter()
            .map(|(vocabulary, codes)| {
                let mut phrases = Phrases::default();
                for (code, list) in codes {
                    phrases.insert_all(list, code);
                }
                (vocabulary.clone(), phrases)
            })
            .collect();
        let mut contexts = collect(&table.context, |name| match name {
            "semen" => Some(Context::Semen),
            "embryology" => Some(Context::Embryology),
            "ultrasound" => Some(Context::Ultrasound),
            "fasting" => Some(Context::Fasting),
            _ => None,
        })?;
        for (name, list) in &table.who {
            let edition = if name == "fifth" {
                Context::WhoFifth
            } else {
                Context::WhoSixth
            };
            contexts.insert_all(list, &edition);
        }
        for (name, list) in &table.dates {
            let order = if name == "day_first" {
                Context::DayFirst
            } else {
                Context::MonthFirst
            };
            contexts.insert_all(list, &order);
        }
        Ok(Self {
            statuses: collect(&table.status, |name| match name {
                "preliminary" => Some(ReportStatus::Preliminary),
                "final" => Some(ReportStatus::Final),
                "corrected" => Some(ReportStatus::Corrected),
                "cancelled" => Some(ReportStatus::Cancelled),
                _ => None,
            })?,
            columns: collect(&table.columns, column)?,
            flags: collect(&table.flags, |name| match name {
                "high" => Some(Flag::High),
                "low" => Some(Flag::Low),
                "abnormal" => Some(Flag::Abnormal),
                "normal" => Some(Flag::Normal),
                _ => None,
            })?,
            absent: collect(&table.absent, |name| match name {
                "pending" => Some(AbsentReason::Pending),
                "not_done" => Some(AbsentReason::NotDone),
                "insufficient" => Some(AbsentReason::Insufficient),
                "cancelled" => Some(AbsentReason::Cancelled),
                _ => None,
            })?,
            asides: collect(&table.notes, |name| match name {
                "stop" => Some(Aside::Notes),
                "history" => Some(Aside::History),
                _ => None,
            })?,
            persons: collect(&table.person, |name| match name {
                "first" => Some(Person::First),
                "second" => Some(Person::Second),
                _ => None,
            })?,
            contexts,
            fields: load_fields(fields)?,
            kinds: load_kinds(kinds)?,
            heads: load_heads(heads)?,
            results,
        })
    }

    /// The results that a vocabulary (`viscosity`, `serology`, ...) knows.
    #[must_use]
    pub fn results(&self, vocabulary: &str) -> Option<&Phrases<String>> {
        self.results.get(vocabulary)
    }
}

fn load_fields(text: &str) -> Result<Phrases<FieldName>, LexiconError> {
    let table: FieldTable = toml::from_str(text)?;
    let mut phrases = Phrases::default();
    let mut lists: Vec<_> = table.fields.into_iter().collect();
    lists.sort_by_key(|(field, _)| *field as u8);
    for (field, list) in lists {
        for spelled in list.split(',') {
            let spelled = spelled.trim();
            let needs_colon = spelled.starts_with('=');
            phrases.insert(
                spelled.trim_start_matches('='),
                FieldName { field, needs_colon },
            );
        }
    }
    Ok(phrases)
}

fn load_heads(text: &str) -> Result<Phrases<Head>, LexiconError> {
    let table: HashMap<String, HashMap<String, String>> = toml::from_str(text)?;
    collect(table.get("heads").unwrap_or(&HashMap::new()), |name| {
        Some(match name {
            "specimen" => Head::Specimen,
            "cells" => Head::Cells,
            "fragmentation" => Head::Fragmentation,
            "grade" => Head::Grade,
            "expansion" => Head::Expansion,
            "icm" => Head::Icm,
            "te" => Head::Te,
            "fate" => Head::Fate,
            "ploidy" => Head::Ploidy,
            "result" => Head::Result,
            "findings" => Head::Findings,
            "day_of" => Head::DayOf,
            "date" => Head::Date,
            "right_follicles" => Head::RightFollicles,
            "left_follicles" => Head::LeftFollicles,
            "endometrium" => Head::Endometrium,
            "pattern" => Head::Pattern,
            _ => return None,
        })
    })
}

fn load_kinds(text: &str) -> Result<Phrases<(Kind, u32)>, LexiconError> {
    let table: HashMap<Kind, HashMap<String, String>> = toml::from_str(text)?;
    let mut phrases = Phrases::default();
    let mut kinds: Vec<_> = table.into_iter().collect();
    kinds.sort_by_key(|(kind, _)| *kind);
    for (kind, lists) in kinds {
        for (weight, list) in lists {
            let weight = weight.parse().map_err(|_| LexiconError::Name {
                name: weight.clone(),
            })?;
            phrases.insert_all(&list, &(kind, weight));
        }
    }
    Ok(phrases)
}

fn column(name: &str) -> Option<Column> {
    Some(match name {
        "test" => Column::Test,
        "result" => Column::Result,
        "flag" => Column::Flag,
        "unit" => Column::Unit,
        "reference" => Column::Reference,
        "previous" => Column::Previous,
        "other" => Column::Other,
        "patient" => Column::Patient,
        "partner" => Column::Partner,
        "female" => Column::Female,
        "male" => Column::Male,
        "native" => Column::Native,
        "prepared" => Column::Prepared,
        _ => return None,
    })
}

fn collect<T: Clone>(
    lists: &HashMap<String, String>,
    meaning: impl Fn(&str) -> Option<T>,
) -> Result<Phrases<T>, LexiconError> {
    let mut phrases = Phrases::default();
    let mut names: Vec<_> = lists.iter().collect();
    names.sort();
    for (name, list) in names {
        let meaning = meaning(name).ok_or_else(|| LexiconError::Name { name: name.clone() })?;
        phrases.insert_all(list, &meaning);
    }
    Ok(phrases)
}
