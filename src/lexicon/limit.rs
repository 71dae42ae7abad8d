//! Built-in limits: a labelled fallback for reports that print no range of their own.

use super::LexiconError;
use super::analyte::Status;

/// One row of `limits.csv`.
#[derive(Debug, Clone)]
pub struct Limit {
    /// Names edition and analyte, `who2021:semen_volume`.
    pub id: String,
    pub analyte: String,
    pub low: Option<f64>,
    pub high: Option<f64>,
    /// UCUM.
    pub unit: String,
    pub method: Option<String>,
    pub edition: String,
    pub population: String,
    pub source: String,
    pub status: Status,
}

/// Editions of the WHO laboratory manual that a report may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhoEdition {
    Fifth2010,
    Sixth2021,
}

impl WhoEdition {
    pub(super) fn prefix(self) -> &'static str {
        match self {
            Self::Fifth2010 => "who2010:",
            Self::Sixth2021 => "who2021:",
        }
    }
}

pub(super) fn load(text: &str) -> Result<Vec<Limit>, LexiconError> {
    csv::Reader::from_reader(text.as_bytes())
        .records()
        .map(|row| {
            let row = row?;
            let bad = || LexiconError::Row {
                file: "limits.csv",
                row: row.iter().collect::<Vec<_>>().join(","),
            };
            let number = |text: &str| match text {
                "" => Ok(None),
                text => text.parse().map(Some).map_err(|_| bad()),
            };
            Ok(Limit {
                id: row[0].into(),
                analyte: row[1].into(),
                low: number(&row[2])?,
                high: number(&row[3])?,
                unit: row[4].into(),
                method: (!row[5].is_empty()).then(|| row[5].into()),
                edition: row[6].into(),
                population: row[7].into(),
                source: row[8].into(),
                status: Status::parse(&row[9]).ok_or_else(bad)?,
            })
        })
        .collect()
}
