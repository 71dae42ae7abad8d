//! What the analysis of one document yields: the one shape that the reader prints, the database
//! keeps and the API returns.
//!
//! Every field that a document does not state stays empty. Nothing here is ever a default.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Everything that was read from one file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Analysis {
    /// The name that the file was given.
    pub file: String,
    /// Lower-case hexadecimal SHA-256 of the bytes as uploaded.
    pub sha256: String,
    /// Found from the content, never from the name.
    pub media_type: String,
    /// Pages of the document; images count one a frame.
    pub pages: u32,
    /// Width and height of each page as a viewer shows it: points for PDF, pixels for images.
    pub page_sizes: Vec<[f64; 2]>,
    pub text_source: TextSource,
    /// `None` only when the file was refused.
    pub kind: Option<Kind>,
    pub patient: Identity,
    pub report: Report,
    #[schema(value_type = Option<String>, format = Date)]
    pub collected_on: Option<Date>,
    /// Date and time of collection (`2026-01-27T10:05`), where the time is printed.
    pub collected_at: Option<String>,
    #[schema(value_type = Option<String>, format = Date)]
    pub reported_on: Option<Date>,
    pub observations: Vec<Observation>,
    pub absent: Vec<Absent>,
    /// What a reader of the result must know: `second_person`, `several_reports`, `partly_read`, ...
    pub warnings: Vec<String>,
    pub versions: Versions,
    /// Set when the file was refused or could not be read.
    pub error: Option<Refusal>,
}

/// Where the text of a document came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TextSource {
    TextLayer,
    Ocr,
    Mixed,
    Structured,
    None,
}

/// What a document is; of a mixed file the kind with most observations, of equals the first.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    SemenAnalysis,
    HormonePanel,
    Ultrasound,
    Embryology,
    Genetics,
    InfectiousScreen,
    Imaging,
    BloodPanel,
    Letter,
    Consent,
    Other,
}

/// Administrative sex as printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sex {
    Female,
    Male,
}

/// Who the document says it is about.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Identity {
    pub name: Option<String>,
    /// The medical record number, the identifier that the issuing house uses for the person.
    pub mrn: Option<String>,
    #[schema(value_type = Option<String>, format = Date)]
    pub dob: Option<Date>,
    pub sex: Option<Sex>,
    pub identifiers: Vec<PrintedIdentifier>,
}

/// An identifier as it stands on the paper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PrintedIdentifier {
    pub value: String,
    /// FHIR identifier type where it is clear: `MR`, `NH`, `PI`, ...
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// Who issued it, where the document says: `NHS`, the name of the laboratory, ...
    pub authority: Option<String>,
}

/// The report as a piece of paper: its number, its house, its standing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Report {
    /// Report or accession number.
    pub id: Option<String>,
    pub laboratory: Option<String>,
    pub status: Option<ReportStatus>,
    /// Number of the report that this one says it replaces.
    pub supersedes: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReportStatus {
    Preliminary,
    Final,
    Corrected,
    Cancelled,
}

/// One reported value with its place on the page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Observation {
    /// Code of the lexicon.
    pub analyte: String,
    /// The number as printed, in the unit as printed; `None` for text and code results.
    pub value: Option<f64>,
    /// Exactly as printed.
    pub value_text: String,
    /// UCUM spelling of the unit as printed.
    pub unit: Option<String>,
    pub comparator: Option<Comparator>,
    pub text: Option<String>,
    pub canonical_value: Option<f64>,
    pub canonical_unit: Option<String>,
    pub alternate: Option<Alternate>,
    pub ref_low: Option<f64>,
    pub ref_high: Option<f64>,
    pub flag: Option<Flag>,
    pub flag_source: Option<FlagSource>,
    /// Names a built-in limit with its edition, population and method.
    pub limit_id: Option<String>,
    pub site: Option<Site>,
    pub specimen: Option<String>,
    pub day: Option<i32>,
    pub scheme: Option<String>,
    pub method: Option<String>,
    pub preparation: Option<Preparation>,
    /// Only where the row or column carries a date of its own.
    #[schema(value_type = Option<String>, format = Date)]
    pub observed_on: Option<Date>,
    /// Counted from 1.
    pub page: Option<u32>,
    /// `[x0, y0, x1, y1]` on the page as a viewer shows it, origin top left, unit of `page_sizes`.
    #[serde(rename = "box")]
    pub bounds: Option<[f64; 4]>,
    /// For structured input instead of page and box.
    pub path: Option<String>,
    pub source_text: String,
    /// Calibrated share of right values, 0 to 1.
    pub confidence: f64,
    /// `false` only where the value may be used without a person having looked.
    pub needs_review: bool,
    pub warnings: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub enum Comparator {
    #[serde(rename = "<")]
    Less,
    #[serde(rename = "<=")]
    AtMost,
    #[serde(rename = ">")]
    Greater,
    #[serde(rename = ">=")]
    AtLeast,
}

/// The same result printed in a second unit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Alternate {
    pub value: f64,
    /// UCUM.
    pub unit: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Flag {
    Low,
    High,
    Normal,
    Abnormal,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FlagSource {
    /// The printed flag or the printed range.
    Report,
    /// A limit of the lexicon, named by `limit_id`.
    BuiltIn,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Site {
    Left,
    Right,
}

/// Semen before or after preparation; the two are never one trend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Preparation {
    Native,
    PostPreparation,
}

/// What the document says it does not yet or cannot report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Absent {
    pub analyte: String,
    pub reason: AbsentReason,
    pub source_text: String,
    pub page: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AbsentReason {
    Pending,
    NotDone,
    Insufficient,
    Cancelled,
}

/// What derived the result, so that a better lexicon can read the archive again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Versions {
    pub extractor: String,
    pub lexicon: String,
}

/// Why a file was refused, for a person; never with text of the patient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Refusal {
    pub code: RefusalCode,
    pub message: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RefusalCode {
    Empty,
    UnsupportedType,
    Encrypted,
    Unreadable,
    TooLarge,
    TimedOut,
    OutOfMemory,
    Crashed,
    /// The malware scanner found something; the file is kept from everybody.
    Malware,
}
