//! What is answered: the shapes, and the words that are put to what the views hold.

use super::SummaryError;
use crate::domain::analysis::{Alternate, Comparator, Flag, FlagSource, Preparation, Sex, Site};
use crate::domain::ids::{DocumentId, ObservationId, PartnershipId, PatientId};
use crate::domain::sex_chromosomes::{Context, RULES, redact_in_place};
use bytes::Bytes;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;
use utoipa::ToSchema;

/// Raised whenever [`Summary`] changes its shape or meaning.
const LAYOUT: u32 = 2;
/// Another one as well where other rules mask: what was kept under older ones is computed again.
pub(super) const SHAPE: u32 = LAYOUT * 1000 + RULES.unsigned_abs();

/// A patient at one moment: the latest usable value of everything measured, and what waits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Summary {
    /// The moment, by the clock of the database, at which this was the newest state.
    #[schema(value_type = String, format = DateTime)]
    pub as_of: Timestamp,
    #[serde(flatten)]
    pub content: Content,
}

/// All of a summary that depends on its version alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Content {
    /// Raised by every transaction that changes anything below.
    pub version: i64,
    pub patient: SummaryPatient,
    /// Documents filed under this patient.
    pub documents: i64,
    /// Documents that are not read yet; their values are missing below.
    pub documents_pending: i64,
    /// Documents handed in for this patient that wait for a person to say whose they are.
    pub documents_held: i64,
    /// Documents that could not be read.
    pub documents_failed: i64,
    /// Collected, or else reported, on this day.
    #[schema(value_type = Option<String>, format = Date)]
    pub newest_document_on: Option<Date>,
    /// Values that enter nothing below before a person has looked at them.
    pub values_waiting: i64,
    /// One for each analyte, side, preparation and specimen.
    pub values: Vec<Series>,
}

/// Who the summary is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SummaryPatient {
    pub id: PatientId,
    pub family_name: String,
    pub given_names: String,
    #[schema(value_type = Option<String>, format = Date)]
    pub birth_date: Option<Date>,
    pub sex: Option<Sex>,
    pub identifiers: Vec<SummaryIdentifier>,
    /// Set where the patient is a donor.
    pub donor_code: Option<String>,
    /// All there were, the newest first; which is the present one depends on the day.
    pub partners: Vec<Partner>,
    /// What the patient received from donors, the newest first. Who they are stands nowhere here.
    pub donations: Vec<Received>,
}

/// A number of the patient, and the house that issued it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SummaryIdentifier {
    /// Code of the issuing house.
    pub authority: String,
    pub value: String,
}

/// A donation on the recipient's side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Received {
    pub donor_code: String,
    /// `sperm`, `oocyte` or `embryo`.
    pub kind: String,
    #[schema(value_type = String, format = Date)]
    pub since: Date,
    #[schema(value_type = Option<String>, format = Date)]
    pub until: Option<Date>,
}

/// A link to a partner. Who that is stands here only with the couple's consent, and is read, and
/// recorded as read, under the partner's own id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Partner {
    /// Names the link itself.
    pub link: PartnershipId,
    pub patient_id: Option<PatientId>,
    #[schema(value_type = String, format = Date)]
    pub since: Date,
    #[schema(value_type = Option<String>, format = Date)]
    pub until: Option<Date>,
    /// The day on which both consented to be shown together.
    #[schema(value_type = Option<String>, format = Date)]
    pub consented_on: Option<Date>,
}

impl SummaryPatient {
    /// The partner of that day, if there is one.
    #[must_use]
    pub fn partner_on(&self, day: Date) -> Option<&Partner> {
        self.partners
            .iter()
            .find(|link| link.since <= day && link.until.is_none_or(|until| day < until))
    }
}

/// The latest value of one thing with its place, and the earlier ones.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Series {
    pub observation_id: ObservationId,
    pub document_id: DocumentId,
    /// Code of the lexicon.
    pub analyte: String,
    /// The lexicon's name for it, or the code where this lexicon has none.
    #[serde(default)]
    pub label: String,
    /// The group that the lexicon puts it in: `semen`, `hormone`, ...
    #[serde(default)]
    pub topic: Option<String>,
    #[serde(default)]
    pub loinc: Option<String>,
    pub site: Option<Site>,
    pub preparation: Option<Preparation>,
    pub specimen: Option<String>,
    /// Day of embryo development.
    pub day: Option<i32>,
    pub scheme: Option<String>,
    pub method: Option<String>,
    pub value: Option<f64>,
    /// Exactly as printed.
    pub value_text: String,
    pub comparator: Option<Comparator>,
    /// UCUM, as printed.
    pub unit: Option<String>,
    /// Text and code results.
    pub text: Option<String>,
    /// In the lexicon's unit: what series are compared in.
    pub canonical_value: Option<f64>,
    pub canonical_unit: Option<String>,
    pub alternate: Option<Alternate>,
    /// Printed beside the value, in its unit.
    pub ref_low: Option<f64>,
    pub ref_high: Option<f64>,
    pub flag: Option<Flag>,
    pub flag_source: Option<FlagSource>,
    /// The built-in limit behind a flag, with edition and population.
    pub limit_id: Option<String>,
    #[schema(value_type = Option<String>, format = Date)]
    pub observed_on: Option<Date>,
    /// Where it stands: page (from 1) and box in the page's own unit from its top left; or a path
    /// in structured input; or the reason that a person entered it with.
    pub page: Option<i32>,
    #[serde(rename = "box")]
    pub bounds: Option<[f64; 4]>,
    pub path: Option<String>,
    pub entered_because: Option<String>,
    /// The line it was read from.
    pub source_text: String,
    pub confidence: f64,
    /// Whether a person has confirmed or corrected it.
    pub verified: bool,
    pub warnings: Vec<String>,
    /// Versions of what read it.
    pub extractor: String,
    pub lexicon: String,
    /// Earlier usable values of the same thing, the newest first, at most 24.
    pub trend: Vec<Trend>,
}

impl Series {
    /// Those that its values come from.
    pub(super) fn documents(&self) -> impl Iterator<Item = DocumentId> {
        let earlier = self.trend.iter().map(|earlier| earlier.document_id);
        std::iter::once(self.document_id).chain(earlier)
    }

    /// Masks sex chromosomes, in full in values of documents that `may_tell` them. Each field is
    /// named, so that a new one cannot be added without a decision about it here.
    pub(super) fn mask(&mut self, may_tell: &impl Fn(DocumentId) -> bool) {
        let Self {
            observation_id: _,
            document_id,
            analyte,
            label: _,
            topic: _,
            loinc: _,
            site: _,
            preparation: _,
            specimen,
            day: _,
            scheme,
            method,
            value: _,
            value_text,
            comparator: _,
            unit: _,
            text,
            canonical_value: _,
            canonical_unit: _,
            alternate: _,
            ref_low: _,
            ref_high: _,
            flag: _,
            flag_source: _,
            limit_id: _,
            observed_on: _,
            page: _,
            bounds: _,
            path: _,
            entered_because,
            source_text,
            confidence: _,
            verified: _,
            warnings,
            extractor: _,
            lexicon: _,
            trend,
        } = self;
        let context = Context::of_value(analyte, may_tell(*document_id));
        let optional = [specimen, scheme, method, text, entered_because];
        let texts = optional.into_iter().flatten();
        for text in texts.chain([value_text, source_text]).chain(warnings) {
            redact_in_place(text, context);
        }
        for earlier in trend {
            let context = Context::of_value(analyte, may_tell(earlier.document_id));
            let Trend {
                observation_id: _,
                document_id: _,
                observed_on: _,
                value_text,
                comparator: _,
                text,
                canonical_value: _,
                canonical_unit: _,
                verified: _,
            } = earlier;
            for text in text.iter_mut().chain([value_text]) {
                redact_in_place(text, context);
            }
        }
    }
}

/// An earlier value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Trend {
    pub observation_id: ObservationId,
    pub document_id: DocumentId,
    #[schema(value_type = Option<String>, format = Date)]
    pub observed_on: Option<Date>,
    pub value_text: String,
    pub comparator: Option<Comparator>,
    pub text: Option<String>,
    pub canonical_value: Option<f64>,
    pub canonical_unit: Option<String>,
    pub verified: bool,
}

/// What a list shows of a summary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Snippet {
    pub patient_id: PatientId,
    pub version: i64,
    pub documents: i64,
    pub documents_pending: i64,
    pub documents_held: i64,
    pub documents_failed: i64,
    #[schema(value_type = Option<String>, format = Date)]
    pub newest_document_on: Option<Date>,
    pub values_waiting: i64,
    /// How many different things have a usable value.
    pub values_shown: i64,
}

/// A summary as it goes out.
#[derive(Debug, Clone)]
pub struct SummaryAnswer {
    /// [`Summary`] as JSON.
    pub body: Bytes,
    /// Strong, with its quotes; the same as long as nothing but `as_of` differs.
    pub etag: String,
    pub version: i64,
    /// As in the body.
    pub as_of: Timestamp,
}

impl SummaryAnswer {
    /// `content` is a [`Content`] as JSON, which begins with a brace.
    pub(super) fn new(content: &[u8], version: i64, as_of: Timestamp, etag: String) -> Self {
        let mut head = String::with_capacity(48);
        // Writing to a String cannot fail.
        let _ = write!(head, "{{\"as_of\":\"{as_of}\",");
        let rest = content.get(1..).unwrap_or_default();
        let body = [head.as_bytes(), rest].concat();
        Self {
            body: body.into(),
            etag,
            version,
            as_of,
        }
    }

    /// The version that an ETag of a summary was made at; `None` of any other.
    #[must_use]
    pub fn version_of(etag: &str) -> Option<i64> {
        let inner = etag.trim().trim_start_matches("W/").trim_matches('"');
        inner.split_once('-')?.0.parse().ok()
    }

    /// The answer with its fields.
    pub fn summary(&self) -> Result<Summary, SummaryError> {
        Ok(serde_json::from_slice(&self.body)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patient(partners: Vec<Partner>) -> SummaryPatient {
        SummaryPatient {
            id: PatientId::fresh(),
            family_name: "Moss".into(),
            given_names: "Ada".into(),
            birth_date: None,
            sex: Some(Sex::Female),
            identifiers: Vec::new(),
            donor_code: None,
            partners,
            donations: Vec::new(),
        }
    }

    #[test]
    fn the_body_is_the_content_with_its_moment_before_it() {
        let content = Content {
            version: 3,
            patient: patient(Vec::new()),
            documents: 1,
            documents_pending: 0,
            documents_held: 0,
            documents_failed: 0,
            newest_document_on: None,
            values_waiting: 2,
            values: Vec::new(),
        };
        let as_of: Timestamp = "2026-01-27T10:05:00.123456Z".parse().unwrap();
        let body = serde_json::to_vec(&content).unwrap();
        let answer = SummaryAnswer::new(&body, 3, as_of, "\"3\"".into());
        assert_eq!(answer.summary().unwrap(), Summary { as_of, content });
    }

    #[test]
    fn an_etag_tells_its_version() {
        assert_eq!(SummaryAnswer::version_of("\"17-plain-2\""), Some(17));
        assert_eq!(
            SummaryAnswer::version_of("W/\"17-donors+genetics-2\""),
            Some(17)
        );
        assert_eq!(SummaryAnswer::version_of("*"), None);
        assert_eq!(SummaryAnswer::version_of("\"a-b\""), None);
    }

    #[test]
    fn the_partner_of_a_day_is_the_one_whose_time_it_is() {
        let link = |since: &str, until: Option<&str>| Partner {
            link: PartnershipId::fresh(),
            patient_id: Some(PatientId::fresh()),
            since: since.parse().unwrap(),
            until: until.map(|day| day.parse().unwrap()),
            consented_on: Some(since.parse().unwrap()),
        };
        let present = link("2024-05-01", None);
        let former = link("2019-01-01", Some("2023-03-03"));
        let patient = patient(vec![present.clone(), former.clone()]);
        let on = |day: &str| patient.partner_on(day.parse().unwrap());
        assert_eq!(on("2025-01-01"), Some(&present));
        assert_eq!(on("2020-01-01"), Some(&former));
        assert_eq!(on("2023-03-03"), None);
        assert_eq!(on("2018-12-31"), None);
    }
}
