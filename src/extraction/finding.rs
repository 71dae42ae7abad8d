//! One value tied to one label, before it is judged.

use jiff::civil::Date;

use super::coded::{self, Coded};
use super::number::DecimalSign;
use super::pieces::{LabelPiece, Mark, Piece, What, union};
use super::reference::{self, Range};
use super::topics::Topics;
use crate::domain::analysis::{Alternate, Comparator, Preparation, Site};
use crate::lexicon::{Analyte, Anchor, Candidate, Group, Lexicon, Shape, fold};
use crate::text::page::Bounds;

/// What a line says about one analyte.
#[derive(Debug, Clone)]
pub struct Finding<'l> {
    pub analyte: &'l Analyte,
    pub label: String,
    pub anchor: Anchor,
    pub value: Value,
    pub value_text: String,
    /// UCUM, as printed.
    pub unit: Option<String>,
    pub mark: Option<Mark>,
    pub range: Option<Range>,
    /// Reference of a text result, as printed.
    pub reference_text: Option<String>,
    pub alternate: Option<Alternate>,
    pub preparation: Option<Preparation>,
    pub site: Option<Site>,
    /// Label of the embryo or oocyte, as printed.
    pub specimen: Option<String>,
    /// Day of the culture.
    pub day: Option<i32>,
    pub scheme: Option<&'static str>,
    pub observed_on: Option<Date>,
    /// Index into the pages.
    pub page: usize,
    pub bounds: Bounds,
    pub source_text: String,
    pub doubts: Vec<&'static str>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Number {
        value: f64,
        comparator: Option<Comparator>,
    },
    Text(String),
}

/// A label and the pieces that belong to it.
#[derive(Debug)]
pub struct Row<'p, 'l> {
    pub label: &'p LabelPiece<'l>,
    pub label_text: &'p str,
    pub label_bounds: Bounds,
    pub anchor: Anchor,
    /// What stands in the place of the result.
    pub results: Vec<&'p Piece<'l>>,
    /// What stands beside it.
    pub beside: Vec<&'p Piece<'l>>,
    /// What stands in the reference column, as printed.
    pub reference: String,
    pub column_unit: Option<String>,
}

/// What every row of a place has in common.
#[derive(Debug, Clone, Copy)]
pub struct Place<'l> {
    pub lexicon: &'l Lexicon,
    pub sign: DecimalSign,
    /// What the page speaks of.
    pub topics: Topics,
    /// The side that the line or the column is about.
    pub site: Option<Site>,
    /// The document says that the patient had fasted.
    pub fasting: bool,
    pub preparation: Option<Preparation>,
    pub page: usize,
}

impl<'l> Row<'_, 'l> {
    /// The finding of a row; `None` where the row is about something else or has no result.
    #[must_use]
    pub fn finding(&self, place: Place<'l>, source_text: &str) -> Option<Finding<'l>> {
        let mut doubts = Vec::new();
        let unit = self.unit(place);
        let (candidate, analyte) = self.analyte(place, unit.as_deref(), &mut doubts)?;
        if self.label.label.unknown > 0 {
            doubts.push("label_unexplained");
        }
        if candidate.loose {
            if matches!(analyte.code.as_str(), "insulin_fasting" | "glucose_fasting") {
                if !place.fasting {
                    doubts.push("fasting_not_stated");
                }
            } else if analyte.code != "syphilis_treponemal" || !is_treponemal(source_text) {
                doubts.push("label_loose");
            }
        }
        let site = place
            .lexicon
            .names
            .site(self.label.label.concepts)
            .or(place.site);
        let analyte = of_site(place.lexicon, analyte, site);
        let site = site_of(analyte, site);
        let (value, piece) = self.value(place, analyte, &mut doubts)?;
        if !is_countable(analyte, &value) {
            return None;
        }
        let quantity = matches!(value, Value::Number { .. });
        let unit = unit.filter(|_| quantity);
        if quantity
            && unit.is_none()
            && analyte
                .unit
                .as_deref()
                .is_some_and(|unit| unit != "[pH]" && unit != "{count}")
        {
            doubts.push("unit_missing");
        }
        if piece.legible < 0.6 {
            doubts.push("ocr_low_confidence");
        }
        let alternate = self.alternate(place, analyte, &value, unit.as_deref(), piece, &mut doubts);
        let mark = self.mark(piece);
        let has_reference = !self.reference.trim().is_empty();
        Some(Finding {
            analyte,
            label: self.label_text.to_owned(),
            anchor: self.anchor,
            value_text: value_text(piece),
            value,
            unit,
            mark,
            // Limits are those of the ejaculate, not of what was made of it.
            range: reference::range(&self.reference, place.sign)
                .filter(|_| place.preparation != Some(Preparation::PostPreparation)),
            reference_text: has_reference.then(|| self.reference.clone()),
            alternate,
            preparation: place.preparation.filter(|_| analyte.group == Group::Semen),
            site,
            specimen: None,
            day: None,
            scheme: None,
            observed_on: None,
            page: place.page,
            bounds: union(self.label_bounds, piece.bounds),
            source_text: source_text.to_owned(),
            doubts,
        })
    }

    /// Every unit that the row prints for its result, the nearest first.
    fn unit(&self, place: Place<'l>) -> Option<String> {
        let glued = self.results.iter().find_map(|piece| match &piece.what {
            What::Number {
                unit: Some(unit), ..
            } => Some(unit.clone()),
            _ => None,
        });
        glued
            .or_else(|| {
                self.pieces().find_map(|piece| match &piece.what {
                    What::Unit(unit) => Some(unit.clone()),
                    _ => None,
                })
            })
            .or_else(|| self.label.unit.clone())
            .or_else(|| self.column_unit.clone())
            .or_else(|| unit_of_reference(place.lexicon, &self.reference))
    }

    fn pieces(&self) -> impl Iterator<Item = &&Piece<'l>> {
        self.results.iter().chain(&self.beside)
    }

    /// The analyte of the label; the unit tells those of one name apart.
    fn analyte(
        &self,
        place: Place<'l>,
        unit: Option<&str>,
        doubts: &mut Vec<&'static str>,
    ) -> Option<(Candidate, &'l Analyte)> {
        let lexicon = place.lexicon;
        let sided = place.site.is_some() || lexicon.names.site(self.label.label.concepts).is_some();
        let candidates: Vec<(Candidate, &Analyte)> = self
            .label
            .label
            .candidates
            .iter()
            .filter(|candidate| {
                let group = lexicon
                    .analyte(candidate.analyte)
                    .map(|analyte| analyte.group);
                !candidate.needs_context || group.is_some_and(|group| place.topics.speak_of(group))
            })
            // "Hospital number": one common word beside one that nobody knows says nothing.
            .filter(|candidate| {
                let label = &self.label.label;
                !(candidate.needs_context && label.unknown > 0 && label.concepts.len() < 2)
            })
            .filter_map(|candidate| Some((*candidate, lexicon.analyte(candidate.analyte)?)))
            // "Volume" is that of the ovary whose side is said, else of the semen.
            .filter(|(_, analyte)| match analyte.code.as_str() {
                "follicle_diameter" | "ovarian_volume" => sided,
                "semen_volume" => !sided,
                _ => true,
            })
            .collect();
        let first = *candidates.first()?;
        let Some(unit) = unit else {
            if candidates.len() > 1 {
                doubts.push("label_loose");
            }
            return Some(first);
        };
        let fits = |analyte: &Analyte| {
            analyte.shape != Shape::Quantity || lexicon.canonical(analyte, 1.0, unit).is_some()
        };
        if let Some(found) = candidates.iter().find(|(_, analyte)| fits(analyte)) {
            return Some(*found);
        }
        // "Total sperm count 62 million/ml": the unit contradicts the words.
        let twin = match first.1.code.as_str() {
            "total_sperm_number" => "sperm_concentration",
            "sperm_concentration" => "total_sperm_number",
            _ => "",
        };
        if let Some(twin) = lexicon.find(twin).filter(|twin| fits(twin)) {
            doubts.push("unit_doubtful");
            return Some((first.0, twin));
        }
        // Counts per field are no concentration, and a common word in a strange unit is
        // another thing; a hormone in a strange unit is shown to a person.
        if first.0.needs_context
            || unit.contains("HPF")
            || unit.starts_with('/')
            || first.1.group == crate::lexicon::Group::Semen
        {
            return None;
        }
        doubts.push("unit_doubtful");
        Some(first)
    }

    fn value(
        &self,
        place: Place<'l>,
        analyte: &Analyte,
        doubts: &mut Vec<&'static str>,
    ) -> Option<(Value, &Piece<'l>)> {
        if analyte.shape != Shape::Quantity {
            return self.coded(place, analyte, doubts);
        }
        let mut numbers = self.results.iter().filter_map(|piece| match &piece.what {
            What::Number {
                value, comparator, ..
            } => Some((
                Value::Number {
                    value: *value,
                    comparator: *comparator,
                },
                *piece,
            )),
            // "2-4": a result that is a range, only where a column says that it is the result.
            What::Range if self.anchor == Anchor::Column => {
                Some((Value::Text(piece.text.clone()), *piece))
            }
            _ => None,
        });
        let first = numbers.next()?;
        if self.anchor == Anchor::Column {
            let second = numbers.next();
            let told = self
                .results
                .iter()
                .filter(|piece| matches!(piece.what, What::Unit(_)))
                .count()
                > 1;
            if second.is_some() && !told {
                doubts.push("several_numbers");
            }
        }
        Some(first)
    }

    fn coded(
        &self,
        place: Place<'l>,
        analyte: &Analyte,
        doubts: &mut Vec<&'static str>,
    ) -> Option<(Value, &Piece<'l>)> {
        let vocabulary = coded::vocabulary(place.lexicon, &analyte.code)?;
        let mut told = self
            .results
            .iter()
            .filter(|piece| !matches!(piece.what, What::Blank | What::Unit(_)))
            .filter_map(|piece| Some((coded::coded(vocabulary, &piece.text)?, *piece)));
        let (Coded { text, whole }, piece) = told.next()?;
        if told.any(|(other, _)| other.text != text) {
            doubts.push("several_values");
        }
        let with_rhesus = analyte.code == "blood_group"
            && coded::rhesus_behind(place.lexicon, &piece.text).is_some();
        if !whole && !with_rhesus {
            doubts.push("label_unexplained");
        }
        Some((Value::Text(text), piece))
    }

    /// The same result in a second unit, printed behind the first.
    fn alternate(
        &self,
        place: Place<'l>,
        analyte: &Analyte,
        value: &Value,
        unit: Option<&str>,
        first: &Piece<'l>,
        doubts: &mut Vec<&'static str>,
    ) -> Option<Alternate> {
        let Value::Number { value, .. } = value else {
            return None;
        };
        let canonical = place.lexicon.canonical(analyte, *value, unit?)?;
        let pieces: Vec<_> = self
            .pieces()
            .filter(|piece| piece.bounds != first.bounds)
            .collect();
        for pair in pieces.windows(2) {
            let (
                What::Number {
                    value: second,
                    comparator: None,
                    ..
                },
                What::Unit(other),
            ) = (&pair[0].what, &pair[1].what)
            else {
                continue;
            };
            if Some(other.as_str()) == unit {
                continue;
            }
            let again = place.lexicon.canonical(analyte, *second, other)?;
            if (again - canonical).abs() <= 0.03 * canonical.abs() {
                doubts.retain(|doubt| *doubt != "several_numbers");
                return Some(Alternate {
                    value: *second,
                    unit: other.clone(),
                });
            }
        }
        None
    }

    fn mark(&self, piece: &Piece<'l>) -> Option<Mark> {
        let own = match &piece.what {
            What::Number { mark, .. } => *mark,
            _ => None,
        };
        own.or_else(|| {
            let marks: Vec<Mark> = self
                .pieces()
                .filter_map(|piece| match piece.what {
                    What::Mark(mark) => Some(mark),
                    _ => None,
                })
                .collect();
            marks
                .iter()
                .copied()
                .find(|mark| *mark != Mark::Star)
                .or(marks.first().copied())
        })
    }
}

/// An antral follicle count of one side is that side's.
fn of_site<'l>(lexicon: &'l Lexicon, analyte: &'l Analyte, site: Option<Site>) -> &'l Analyte {
    let code = match (analyte.code.as_str(), site) {
        ("afc_total", Some(Site::Left)) => "afc_left",
        ("afc_total", Some(Site::Right)) => "afc_right",
        _ => return analyte,
    };
    lexicon.find(code).unwrap_or(analyte)
}

/// The side of a value: of its name, else of its place, and only where it can have one.
#[must_use]
pub fn site_of(analyte: &Analyte, site: Option<Site>) -> Option<Site> {
    match analyte.code.as_str() {
        "follicle_diameter" | "ovarian_volume" | "tubal_finding" => site,
        code if code.ends_with("_left") => Some(Site::Left),
        code if code.ends_with("_right") => Some(Site::Right),
        _ => None,
    }
}

/// What is counted is a whole number.
#[must_use]
pub fn is_countable(analyte: &Analyte, value: &Value) -> bool {
    match value {
        Value::Number { value, .. } => {
            analyte.unit.as_deref() != Some("{count}") || value.fract() == 0.0
        }
        Value::Text(_) => true,
    }
}

/// Whether a line names a method that finds antibodies against treponemes.
fn is_treponemal(line: &str) -> bool {
    const METHODS: [&str; 12] = [
        "eia",
        "elisa",
        "cmia",
        "clia",
        "eclia",
        "tpha",
        "tppa",
        "fta",
        "mhatp",
        "treponema",
        "treponemal",
        "igg",
    ];
    let folded = fold(line);
    crate::lexicon::tokens(&folded).any(|word| METHODS.contains(&word))
}

/// The number as printed, without what is glued to it.
fn value_text(piece: &Piece) -> String {
    match &piece.what {
        What::Number {
            mark: None,
            unit: None,
            ..
        } => piece
            .text
            .trim_matches(['(', ')', '*', '=', ' ', ';'])
            .to_owned(),
        What::Number { .. } => {
            let end = piece
                .text
                .rfind(|c: char| c.is_ascii_digit())
                .map_or(piece.text.len(), |last| last + 1);
            let start = piece
                .text
                .find(|c: char| !matches!(c, '*' | '('))
                .unwrap_or(0);
            let number_end = piece.text[start..]
                .find(|c: char| {
                    c.is_alphabetic() || matches!(c, '%' | '*' | '#' | '↑' | '↓' | '▲' | '▼')
                })
                .map_or(end, |at| start + at);
            piece.text[start..number_end.max(start)].trim().to_owned()
        }
        _ => piece.text.trim_matches([' ', '.', ';']).to_owned(),
    }
}

/// `> 15 Million/ml`, `1.0 - 4.0 ng/mL`: the unit that a range is printed in.
#[must_use]
pub fn unit_of_reference(lexicon: &Lexicon, reference: &str) -> Option<String> {
    let words: Vec<&str> = reference.split_whitespace().collect();
    (0..words.len())
        .rev()
        .take(3)
        .filter(|from| {
            words[*from].contains(['/', '%']) || words[*from].chars().all(char::is_alphabetic)
        })
        .find_map(|from| lexicon.units.parse(&words[from..].join(" ")))
}
