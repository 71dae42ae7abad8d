//! Analytes: what can be reported, with its code, canonical unit and the bounds of belief.

use super::LexiconError;

/// One row of `analytes.csv` with its row of `plausible.csv`.
#[derive(Debug, Clone)]
pub struct Analyte {
    pub code: String,
    pub label: String,
    pub group: Group,
    /// Canonical UCUM unit; `None` for text and code results.
    pub unit: Option<String>,
    pub shape: Shape,
    pub loinc: Option<Loinc>,
    pub plausible: Option<Plausible>,
}

/// Which report an analyte belongs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Group {
    Semen,
    Hormone,
    Metabolic,
    Blood,
    Infectious,
    Ultrasound,
    Embryology,
    Genetics,
    Imaging,
}

impl Group {
    /// As it stands in `analytes.csv`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Semen => "semen",
            Self::Hormone => "hormone",
            Self::Metabolic => "metabolic",
            Self::Blood => "blood",
            Self::Infectious => "infectious",
            Self::Ultrasound => "ultrasound",
            Self::Embryology => "embryology",
            Self::Genetics => "genetics",
            Self::Imaging => "imaging",
        }
    }
}

/// What a result of an analyte looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    Quantity,
    Text,
    Code,
}

/// A LOINC number and how far it was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loinc {
    pub code: String,
    pub status: Status,
}

/// How far a fact was checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// `V`: a primary or two independent sources.
    Verified,
    /// `V2`: a secondary source.
    Secondary,
    /// `C`: the code exists and its component matches.
    Component,
    /// `M`: from memory, to be checked before it is used.
    Memory,
    /// `?`: open.
    Open,
}

impl Status {
    pub(super) fn parse(mark: &str) -> Option<Self> {
        Some(match mark {
            "V" => Self::Verified,
            "V2" => Self::Secondary,
            "C" => Self::Component,
            "M" => Self::Memory,
            "?" => Self::Open,
            _ => return None,
        })
    }

    /// Whether a limit with this mark may flag a value.
    #[must_use]
    pub fn may_flag(self) -> bool {
        matches!(self, Self::Verified | Self::Secondary)
    }
}

/// Bounds in the canonical unit: beyond `low..=high` a value is not believed, and a printed range
/// that ends beyond `usual_high` is not in this unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plausible {
    pub low: f64,
    pub high: f64,
    pub usual_high: f64,
}

/// Whether the last digit of a LOINC number is the mod-10 check digit of the others.
#[must_use]
pub fn loinc_is_valid(code: &str) -> bool {
    let Some((number, check)) = code.split_once('-') else {
        return false;
    };
    let mut sum = 0;
    for (place, digit) in number.bytes().rev().enumerate() {
        if !digit.is_ascii_digit() {
            return false;
        }
        let digit = u32::from(digit - b'0');
        sum += match (place % 2, digit * 2) {
            (1, _) => digit,
            (_, double) if double > 9 => double - 9,
            (_, double) => double,
        };
    }
    !number.is_empty() && check.parse() == Ok((10 - sum % 10) % 10)
}

pub(super) fn load(analytes: &str, plausible: &str) -> Result<Vec<Analyte>, LexiconError> {
    let mut all = Vec::new();
    for row in csv::Reader::from_reader(analytes.as_bytes()).records() {
        let row = row?;
        let analyte = parse(&row).ok_or_else(|| LexiconError::Row {
            file: "analytes.csv",
            row: row.iter().collect::<Vec<_>>().join(","),
        })?;
        all.push(analyte);
    }
    for row in csv::Reader::from_reader(plausible.as_bytes()).records() {
        let row = row?;
        let bad = || LexiconError::Row {
            file: "plausible.csv",
            row: row.iter().collect::<Vec<_>>().join(","),
        };
        let number = |at: usize| row[at].parse::<f64>().map_err(|_| bad());
        let bounds = Plausible {
            low: number(1)?,
            high: number(2)?,
            usual_high: number(3)?,
        };
        let analyte: &mut Analyte = all
            .iter_mut()
            .find(|analyte| analyte.code == row[0])
            .ok_or_else(bad)?;
        analyte.plausible = Some(bounds);
    }
    Ok(all)
}

fn parse(row: &csv::StringRecord) -> Option<Analyte> {
    let group = match &row[2] {
        "semen" => Group::Semen,
        "hormone" => Group::Hormone,
        "metabolic" => Group::Metabolic,
        "blood" => Group::Blood,
        "infectious" => Group::Infectious,
        "ultrasound" => Group::Ultrasound,
        "embryology" => Group::Embryology,
        "genetics" => Group::Genetics,
        "imaging" => Group::Imaging,
        _ => return None,
    };
    let shape = match &row[4] {
        "quantity" => Shape::Quantity,
        "text" => Shape::Text,
        "code" => Shape::Code,
        _ => return None,
    };
    let loinc = match (&row[5], &row[6]) {
        ("", "-") => None,
        (code, mark) if loinc_is_valid(code) => Some(Loinc {
            code: code.to_owned(),
            status: Status::parse(mark)?,
        }),
        _ => return None,
    };
    Some(Analyte {
        code: row[0].to_owned(),
        label: row[1].to_owned(),
        group,
        unit: (!row[3].is_empty()).then(|| row[3].to_owned()),
        shape,
        loinc,
        plausible: None,
    })
}
