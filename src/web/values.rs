//! A value as a row of a table says it: name, number, unit, flag, limit and the way to its place.

use super::words;
use crate::domain::analysis::{Comparator, Flag, FlagSource, Observation, Preparation, Site};
use crate::domain::ids::{DocumentId, ObservationId};
use crate::lexicon::{Group, Lexicon, Limit, WhoEdition};
use crate::summary::Series;
use jiff::civil::Date;

/// What a summary and a document both know of a value.
#[derive(Debug, Clone, Copy)]
pub struct Said<'a> {
    pub id: ObservationId,
    pub document: DocumentId,
    pub analyte: &'a str,
    pub value: Option<f64>,
    pub value_text: &'a str,
    pub comparator: Option<Comparator>,
    pub unit: Option<&'a str>,
    pub text: Option<&'a str>,
    pub ref_low: Option<f64>,
    pub ref_high: Option<f64>,
    pub flag: Option<Flag>,
    pub flag_source: Option<FlagSource>,
    pub limit_id: Option<&'a str>,
    pub site: Option<Site>,
    pub specimen: Option<&'a str>,
    pub day: Option<i32>,
    pub preparation: Option<Preparation>,
    pub observed_on: Option<Date>,
    pub page: Option<u32>,
    pub path: Option<&'a str>,
    pub verified: bool,
}

impl<'a> Said<'a> {
    /// A value of a summary.
    pub fn in_summary(series: &'a Series) -> Self {
        Self {
            id: series.observation_id,
            document: series.document_id,
            analyte: &series.analyte,
            value: series.value,
            value_text: &series.value_text,
            comparator: series.comparator,
            unit: series.unit.as_deref(),
            text: series.text.as_deref(),
            ref_low: series.ref_low,
            ref_high: series.ref_high,
            flag: series.flag,
            flag_source: series.flag_source,
            limit_id: series.limit_id.as_deref(),
            site: series.site,
            specimen: series.specimen.as_deref(),
            day: series.day,
            preparation: series.preparation,
            observed_on: series.observed_on,
            page: series.page.and_then(|page| page.try_into().ok()),
            path: series.path.as_deref(),
            verified: series.verified,
        }
    }

    /// A value of a document.
    pub fn in_document(
        id: ObservationId,
        document: DocumentId,
        observation: &'a Observation,
        verified: bool,
    ) -> Self {
        Self {
            id,
            document,
            analyte: &observation.analyte,
            value: observation.value,
            value_text: &observation.value_text,
            comparator: observation.comparator,
            unit: observation.unit.as_deref(),
            text: observation.text.as_deref(),
            ref_low: observation.ref_low,
            ref_high: observation.ref_high,
            flag: observation.flag,
            flag_source: observation.flag_source,
            limit_id: observation.limit_id.as_deref(),
            site: observation.site,
            specimen: observation.specimen.as_deref(),
            day: observation.day,
            preparation: observation.preparation,
            observed_on: observation.observed_on,
            page: observation.page,
            path: observation.path.as_deref(),
            verified,
        }
    }
}

/// A row.
#[derive(Debug, Clone, PartialEq)]
pub struct ValueRow {
    pub id: ObservationId,
    pub analyte: String,
    /// As short as its topic allows: `Concentration` below `Semen, native`.
    pub name: String,
    /// By itself: `Sperm concentration`.
    pub full_name: String,
    /// With its comparator; empty for text results.
    pub number: String,
    pub unit: String,
    pub text: Option<String>,
    pub flag: Option<FlagMark>,
    pub limit: Option<LimitShown>,
    pub trend: Option<super::trend::Trend>,
    pub day: Option<String>,
    /// Leads to the document with this value selected.
    pub href: String,
    /// `page 2 of the document`.
    pub place: String,
    /// `p 2`.
    pub place_short: String,
    pub verified: bool,
}

/// A flag: its shape, its word and what it says in full.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlagMark {
    pub shape: &'static str,
    pub word: &'static str,
    pub meaning: String,
}

/// A limit with where it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitShown {
    pub range: String,
    pub edition: String,
    pub source: String,
}

impl ValueRow {
    /// Whether the row carries weight: below, above or marked by the report.
    pub fn outside(&self) -> bool {
        self.flag
            .as_ref()
            .is_some_and(|flag| flag.shape != "normal")
    }

    pub fn new(said: &Said) -> Self {
        let built_in = built_in(said);
        let (place, place_short) = place(said);
        Self {
            id: said.id,
            analyte: said.analyte.to_owned(),
            name: with_part(short_name(said.analyte), said),
            full_name: with_part(long_name(said.analyte), said),
            number: if said.value.is_some() {
                number(said)
            } else {
                String::new()
            },
            unit: said.unit.map(words::unit).unwrap_or_default(),
            text: match (said.value, said.text) {
                (None, Some(text)) => Some(text.replace('_', " ")),
                (None, None) => Some(said.value_text.to_owned()),
                _ => None,
            },
            flag: said.flag.map(|flag| flag_mark(flag, said, built_in)),
            limit: limit(said, built_in),
            trend: None,
            day: said.observed_on.map(words::date),
            href: format!(
                "/documents/{}?value={id}#box-{id}",
                said.document,
                id = said.id
            ),
            place,
            place_short,
            verified: said.verified,
        }
    }
}

/// As printed where that is a plain number, so that `5.0` keeps its zero; with its comparator.
fn number(said: &Said) -> String {
    let Some(value) = said.value else {
        return String::new();
    };
    let printed = said
        .value_text
        .trim()
        .trim_start_matches(['<', '>', '=', '≤', '≥'])
        .trim();
    let number = if printed.parse() == Ok(value) {
        printed.to_owned()
    } else {
        words::number(value)
    };
    match said.comparator {
        None => number,
        Some(Comparator::Less) => format!("< {number}"),
        Some(Comparator::AtMost) => format!("≤ {number}"),
        Some(Comparator::Greater) => format!("> {number}"),
        Some(Comparator::AtLeast) => format!("≥ {number}"),
    }
}

fn place(said: &Said) -> (String, String) {
    match (said.page, said.path) {
        (Some(page), _) => (format!("page {page} of the document"), format!("p {page}")),
        (None, Some(path)) => (format!("at {path} of the file"), "file".into()),
        (None, None) => ("entered by a person".into(), "person".into()),
    }
}

/// The limit of the lexicon that the value was flagged by.
fn built_in(said: &Said) -> Option<&'static Limit> {
    let id = said.limit_id?;
    let lexicon = Lexicon::built_in();
    let analyte = lexicon.find(said.analyte)?;
    [WhoEdition::Sixth2021, WhoEdition::Fifth2010]
        .into_iter()
        .filter_map(|edition| lexicon.limit(analyte, edition))
        .find(|limit| limit.id == id)
}

fn limit(said: &Said, built_in: Option<&Limit>) -> Option<LimitShown> {
    if let Some(range) = words::range(said.ref_low, said.ref_high) {
        return Some(LimitShown {
            range,
            edition: "printed".into(),
            source: "The range that the report prints beside the value".into(),
        });
    }
    built_in.map(show_limit)
}

/// A limit of the lexicon with its edition.
pub fn show_limit(limit: &Limit) -> LimitShown {
    LimitShown {
        range: words::range(limit.low, limit.high).unwrap_or_default(),
        edition: edition(limit),
        source: format!("{}, {}", limit.edition, limit.population),
    }
}

fn edition(limit: &Limit) -> String {
    if limit.id.starts_with("who2021:") {
        "WHO 2021".into()
    } else if limit.id.starts_with("who2010:") {
        "WHO 2010".into()
    } else {
        limit.edition.clone()
    }
}

fn flag_mark(flag: Flag, said: &Said, built_in: Option<&Limit>) -> FlagMark {
    let word = words::flag(flag);
    let meaning = match (flag, said.flag_source, built_in) {
        (_, Some(FlagSource::BuiltIn), Some(limit)) => {
            // `5th centile of men whose ...`: the first half says which line was crossed.
            let line = limit.population.split(" of ").next().unwrap_or_default();
            format!("{word} {} {line}", edition(limit))
        }
        (Flag::Abnormal, ..) => "the report marks this result".into(),
        (Flag::Normal, ..) => "within the range that the report prints".into(),
        _ => format!("{word} the range that the report prints"),
    };
    FlagMark {
        shape: words::flag_shape(flag),
        word,
        meaning,
    }
}

fn with_part(name: String, said: &Said) -> String {
    let site = said.site.map(|site| match site {
        Site::Left => "left",
        Site::Right => "right",
    });
    // "Left tube patency" says it already.
    let told = name.to_lowercase();
    let mut name = name;
    for part in [
        site.filter(|site| !told.contains(site)).map(str::to_owned),
        said.specimen.map(|specimen| format!("no. {specimen}")),
        said.day.map(|day| format!("day {day}")),
    ]
    .into_iter()
    .flatten()
    {
        name = format!("{name}, {part}");
    }
    name
}

/// The lexicon's name without what stands in brackets behind it.
fn long_name(analyte: &str) -> String {
    Lexicon::built_in().find(analyte).map_or_else(
        || analyte.replace('_', " "),
        |known| {
            let label = known.label.as_str();
            let behind = label.ends_with(')').then(|| label.rsplit_once(" ("));
            let bare = behind.flatten().map_or(label, |(bare, _)| bare);
            bare.to_owned()
        },
    )
}

/// The name of an analyte for people, by itself.
pub fn name(analyte: &str) -> String {
    long_name(analyte)
}

/// What clinicians call it where the heading above says the rest.
fn short_name(analyte: &str) -> String {
    match analyte {
        "semen_volume" => "Volume",
        "semen_ph" => "pH",
        "liquefaction_time" => "Liquefaction",
        "abstinence_days" => "Abstinence",
        "sperm_concentration" => "Concentration",
        "total_sperm_number" => "Total number",
        "progressive_motility" => "Progressive",
        "rapid_progressive_motility" => "Rapid progressive",
        "slow_progressive_motility" => "Slow progressive",
        "non_progressive_motility" => "Non-progressive",
        "immotile_sperm" => "Immotile",
        "sperm_vitality" => "Vitality",
        "normal_morphology" => "Normal forms",
        "semen_leukocytes" => "Peroxidase-pos. cells",
        "total_motile_sperm_count" => "Total motile count",
        "total_progressive_motile_sperm_count" => "Total progressive count",
        "dna_fragmentation_index" => "DNA fragmentation",
        "semen_viscosity" => "Viscosity",
        "sperm_agglutination" => "Agglutination",
        "amh" => "AMH",
        "fsh" => "FSH",
        "lh" => "LH",
        "tsh" => "TSH",
        "free_t4" => "Free T4",
        "free_t3" => "Free T3",
        "testosterone_total" => "Testosterone, total",
        "testosterone_free" => "Testosterone, free",
        "shbg" => "SHBG",
        "dheas" => "DHEA-S",
        "hydroxyprogesterone_17" => "17-OH progesterone",
        "hcg_beta" => "hCG",
        "tpo_antibodies" => "TPO antibodies",
        "afc_left" => "Antral follicles, left",
        "afc_right" => "Antral follicles, right",
        "afc_total" => "Antral follicles",
        _ => return long_name(analyte),
    }
    .to_owned()
}

/// The heading that a value stands under, and where the heading stands on the page.
pub fn topic(analyte: &str, preparation: Option<Preparation>) -> (usize, &'static str) {
    const THYROID: [&str; 5] = ["prolactin", "tsh", "free_t4", "free_t3", "tpo_antibodies"];
    match (
        Lexicon::built_in().find(analyte).map(|known| known.group),
        preparation,
    ) {
        (Some(Group::Semen), Some(Preparation::PostPreparation)) => (1, "Semen, after preparation"),
        (Some(Group::Semen), _) => (0, "Semen, native"),
        (Some(Group::Hormone), _) if THYROID.contains(&analyte) => (3, "Thyroid and prolactin"),
        (Some(Group::Hormone), _) => (2, "Hormones"),
        (Some(Group::Ultrasound), _) => (4, "Ultrasound"),
        (Some(Group::Imaging), _) => (5, "Uterus and tubes"),
        (Some(Group::Embryology), _) => (6, "Embryology"),
        (Some(Group::Genetics), _) => (7, "Genetics"),
        (Some(Group::Infectious), _) => (8, "Infectious screen"),
        (Some(Group::Metabolic | Group::Blood), _) => (9, "General"),
        (None, _) => (10, "Other"),
    }
}

/// Where a value stands below its heading: as in the lexicon, which follows the reports.
pub fn order(analyte: &str) -> usize {
    let analytes = Lexicon::built_in().analytes();
    analytes
        .iter()
        .position(|known| known.code == analyte)
        .unwrap_or(analytes.len())
}

/// The present limit of the house for a native value in its canonical unit, to stand beside a
/// printed one and never instead of it.
pub fn beside(said: &Said) -> Option<LimitShown> {
    if said.preparation == Some(Preparation::PostPreparation) {
        return None;
    }
    let lexicon = Lexicon::built_in();
    let limit = lexicon.limit(lexicon.find(said.analyte)?, WhoEdition::Sixth2021)?;
    (limit.method.is_none() && said.unit == Some(limit.unit.as_str())).then(|| show_limit(limit))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn concentration(value: f64, value_text: &str) -> Said<'_> {
        Said {
            id: ObservationId::fresh(),
            document: DocumentId::fresh(),
            analyte: "sperm_concentration",
            value: Some(value),
            value_text,
            comparator: None,
            unit: Some("10*6/mL"),
            text: None,
            ref_low: None,
            ref_high: None,
            flag: None,
            flag_source: None,
            limit_id: None,
            site: None,
            specimen: None,
            day: None,
            preparation: Some(Preparation::Native),
            observed_on: None,
            page: Some(2),
            path: None,
            verified: false,
        }
    }

    #[test]
    fn a_number_is_written_as_printed_and_keeps_its_comparator() {
        assert_eq!(ValueRow::new(&concentration(11.0, "11.0")).number, "11.0");
        assert_eq!(ValueRow::new(&concentration(11.2, "11,2")).number, "11.2");
        let mut said = concentration(0.1, "<0.10");
        said.comparator = Some(Comparator::Less);
        assert_eq!(ValueRow::new(&said).number, "< 0.10");
        assert_eq!(ValueRow::new(&said).unit, "10⁶/mL");
    }

    #[test]
    fn nothing_said_is_nothing_shown() {
        let row = ValueRow::new(&concentration(11.0, "11"));
        assert_eq!(
            (row.flag, row.limit, row.day, row.text),
            (None, None, None, None)
        );
    }

    #[test]
    fn a_built_in_limit_names_its_edition_and_line() {
        let mut said = concentration(11.0, "11");
        said.flag = Some(Flag::Low);
        said.flag_source = Some(FlagSource::BuiltIn);
        said.limit_id = Some("who2021:sperm_concentration");
        let row = ValueRow::new(&said);
        assert_eq!(row.flag.unwrap().meaning, "below WHO 2021 5th centile");
        let limit = row.limit.unwrap();
        assert_eq!(
            (limit.range.as_str(), limit.edition.as_str()),
            ("≥ 16", "WHO 2021")
        );
    }

    #[test]
    fn a_printed_range_stands_before_ours() {
        let mut said = concentration(11.0, "11");
        said.ref_low = Some(15.0);
        said.flag = Some(Flag::Low);
        said.flag_source = Some(FlagSource::Report);
        let row = ValueRow::new(&said);
        assert_eq!(row.limit.unwrap().edition, "printed");
        assert_eq!(
            row.flag.unwrap().meaning,
            "below the range that the report prints"
        );
        assert_eq!(beside(&said).unwrap().range, "≥ 16");
    }

    #[test]
    fn prepared_semen_never_stands_with_native() {
        let native = topic("sperm_concentration", Some(Preparation::Native));
        assert_eq!(native, topic("sperm_concentration", None));
        assert_ne!(
            native,
            topic("sperm_concentration", Some(Preparation::PostPreparation))
        );
    }

    #[test]
    fn a_name_keeps_what_it_cannot_do_without_and_says_its_side_once() {
        let names = [
            ("embryos_frozen", "Embryos (or blastocysts) cryopreserved"),
            ("oocytes_mii", "Mature (MII) oocytes"),
            ("estradiol", "Estradiol"),
        ];
        for (analyte, name) in names {
            assert_eq!(super::name(analyte), name);
        }
        let mut said = concentration(11.0, "11");
        said.site = Some(Site::Left);
        for (name, whole) in [
            ("Left tube patency", "Left tube patency"),
            ("Follicle", "Follicle, left"),
        ] {
            assert_eq!(with_part(name.into(), &said), whole);
        }
    }

    #[test]
    fn text_results_are_words() {
        let mut said = concentration(0.0, "NOT DETECTED");
        said.analyte = "y_microdeletion";
        said.value = None;
        said.unit = None;
        said.text = Some("not_detected");
        let row = ValueRow::new(&said);
        assert_eq!(row.text.as_deref(), Some("not detected"));
        assert_eq!(row.number, "");
    }
}
