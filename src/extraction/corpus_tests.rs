//! The invented reports of `tests/corpus` against what a right analysis of them states.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{NoSecondVoice, Reading, extract};
use crate::domain::analysis::{Kind, Observation};
use crate::lexicon::Lexicon;

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus")
}

fn read(name: &str) -> Reading {
    let bytes = std::fs::read(corpus().join(name)).unwrap();
    let document = crate::text::open(&bytes, &mut |_, _| {}).unwrap();
    extract(&document.pages, Lexicon::built_in(), &NoSecondVoice)
}

/// All but letters with a text layer, with their truths.
fn reports() -> Vec<(String, Value)> {
    let mut reports: Vec<(String, Value)> = std::fs::read_dir(corpus())
        .unwrap()
        .filter_map(|entry| {
            let path = entry.unwrap().path();
            let name = path
                .file_name()?
                .to_str()?
                .strip_suffix(".truth.json")?
                .to_owned();
            let truth: Value =
                serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
            let kind = truth["kind"].as_str()?;
            let text = truth["text_source"] == "text_layer";
            (text && kind != "letter").then(|| (format!("{name}.pdf"), truth))
        })
        .collect();
    reports.sort_by(|a, b| a.0.cmp(&b.0));
    reports
}

/// The rules of the scorer: analyte, value within 0.5 %, comparator, unit, text.
fn matches(truth: &Value, found: &Observation) -> bool {
    if truth["analyte"] != found.analyte.as_str() {
        return false;
    }
    // Where the truth says which sample or which day, it must be that one.
    let told = serde_json::to_value(found).unwrap();
    for which in ["preparation", "observed_on", "site", "specimen", "day"] {
        if truth
            .get(which)
            .is_some_and(|wanted| *wanted != told[which])
        {
            return false;
        }
    }
    let Some(value) = truth["value"].as_f64() else {
        return truth["text"].as_str() == found.text.as_deref();
    };
    let comparator = serde_json::to_value(found.comparator).unwrap();
    let unit = truth["unit"].as_str();
    found
        .value
        .is_some_and(|found| (found - value).abs() <= 0.005 * value.abs())
        && truth.get("comparator").unwrap_or(&Value::Null) == &comparator
        && unit.is_none_or(|unit| found.unit.as_deref() == Some(unit))
}

#[test]
fn every_value_of_the_corpus_is_found_and_nothing_else_claims_to_be_sure() {
    let (mut wanted, mut found, mut sure, mut wrong) = (0, 0, 0, Vec::new());
    let reports = reports();
    assert!(reports.len() >= 12, "the corpus is not there");
    for (name, truth) in &reports {
        let reading = read(name);
        let truths = truth["observations"].as_array().unwrap();
        wanted += truths.len();
        found += truths
            .iter()
            .filter(|t| reading.observations.iter().any(|o| matches(t, o)))
            .count();
        for observation in reading.observations.iter().filter(|o| !o.needs_review) {
            sure += 1;
            // Parts of sperm, MAR and TPO are not demanded by every truth.
            let extra = [
                "sperm_head_defects",
                "sperm_midpiece_defects",
                "sperm_tail_defects",
                "mar_test_igg",
                "oocytes_degenerated",
                "fertilized_0pn",
                "fertilized_1pn",
                "fertilized_3pn",
                "embryos_warmed",
                "embryos_survived",
                "y_microdeletion",
                "anti_hbc",
                "htlv",
                "varicella_igg",
            ];
            if !truths.iter().any(|t| matches(t, observation))
                && !extra.contains(&observation.analyte.as_str())
            {
                wrong.push(format!(
                    "{name}: {} {}",
                    observation.analyte, observation.value_text
                ));
            }
        }
    }
    assert_eq!(
        wrong,
        Vec::<String>::new(),
        "false values that claim to need no review"
    );
    assert!(
        found * 100 >= wanted * 99,
        "{found} of {wanted} values found"
    );
    assert!(sure * 100 >= found * 95, "{sure} of {found} need no person");
}

#[test]
fn flags_and_ranges_are_those_on_paper() {
    for (name, truth) in reports() {
        let reading = read(&name);
        for expected in truth["observations"].as_array().unwrap() {
            let Some(found) = reading.observations.iter().find(|o| matches(expected, o)) else {
                continue;
            };
            for (what, found) in [("ref_low", found.ref_low), ("ref_high", found.ref_high)] {
                assert_eq!(
                    expected[what].as_f64(),
                    found,
                    "{name}: {what} of {}",
                    expected["analyte"]
                );
            }
            if expected["flag_source"] == "report" {
                let flag = serde_json::to_value(found.flag).unwrap();
                assert_eq!(
                    expected["flag"], flag,
                    "{name}: flag of {}",
                    expected["analyte"]
                );
            }
        }
    }
}

#[test]
fn a_number_sign_before_a_name_is_no_flag_of_the_value_beside_it() {
    let reading = read("own_embryology_us_parts.pdf");
    assert!(!reading.observations.is_empty());
    for found in reading.observations {
        assert_eq!(found.flag, None, "{}", found.analyte);
    }
}

#[test]
fn who_when_and_what_kind() {
    for (name, truth) in reports() {
        let reading = read(&name);
        assert_eq!(
            truth["kind"],
            serde_json::to_value(reading.kind).unwrap(),
            "{name}"
        );
        let patient = serde_json::to_value(&reading.patient).unwrap();
        if truth["kind"] == "consent" || truth["kind"] == "other" {
            assert!(reading.observations.is_empty(), "{name}");
            continue;
        }
        for field in ["name", "mrn", "dob", "sex"] {
            assert_eq!(truth["patient"][field], patient[field], "{name}: {field}");
        }
        assert_eq!(
            truth["collected_on"],
            serde_json::to_value(reading.collected_on).unwrap(),
            "{name}"
        );
        assert_eq!(
            truth["reported_on"],
            serde_json::to_value(reading.reported_on).unwrap(),
            "{name}"
        );
    }
}

#[test]
fn an_empty_form_states_nothing() {
    let reading = read("hard_empty_form.pdf");
    assert!(reading.observations.is_empty());
    assert_eq!(reading.patient.name, None);
    assert_eq!(reading.kind, Kind::SemenAnalysis);
}

#[test]
fn an_empty_table_of_embryos_or_scans_states_nothing() {
    for (name, kind) in [
        ("own_embryology_empty.pdf", Kind::Embryology),
        ("own_ultrasound_empty.pdf", Kind::Ultrasound),
    ] {
        let reading = read(name);
        assert_eq!(reading.observations, Vec::new(), "{name}");
        assert_eq!(reading.kind, kind, "{name}");
    }
}

#[test]
fn earlier_cycles_are_not_this_one() {
    let reading = read("own_embryology_earlier_cycles.pdf");
    let mii: Vec<_> = reading
        .observations
        .iter()
        .filter(|o| o.analyte == "oocytes_mii")
        .collect();
    assert_eq!(
        mii.iter().map(|o| o.value).collect::<Vec<_>>(),
        [Some(10.0)]
    );
    assert!(reading.observations.iter().all(|o| o.observed_on.is_none()));
}

#[test]
fn indeterminate_is_never_negative_and_syphilis_is_told_apart_by_its_method() {
    let reading = read("own_infectious_us_index.pdf");
    let told = |analyte: &str| {
        let mut found = reading.observations.iter().filter(|o| o.analyte == analyte);
        found.next().and_then(|o| o.text.clone())
    };
    assert_eq!(told("anti_hcv").as_deref(), Some("indeterminate"));
    assert_eq!(told("syphilis_treponemal").as_deref(), Some("positive"));
    assert_eq!(told("syphilis_nontreponemal").as_deref(), Some("positive"));
}

#[test]
fn a_partner_is_never_the_patient() {
    let reading = read("hard_couple_report_partner_values.pdf");
    assert!(
        reading
            .warnings
            .iter()
            .any(|warning| warning == "second_person")
    );
    let fsh: Vec<_> = reading
        .observations
        .iter()
        .filter(|o| o.analyte == "fsh")
        .collect();
    assert_eq!(fsh.iter().map(|o| o.value).collect::<Vec<_>>(), [Some(8.1)]);
    assert!(
        reading
            .observations
            .iter()
            .all(|o| o.analyte != "sperm_concentration")
    );
}

#[test]
fn a_letter_yields_nothing_without_a_person() {
    for name in [
        "hard_negated_historical.pdf",
        "letter_andrology_typst.pdf",
        "own_letter_us.pdf",
    ] {
        let reading = read(name);
        assert_eq!(reading.kind, Kind::Letter);
        assert!(reading.observations.iter().all(|o| o.needs_review));
        // Neither the history nor a sister's value.
        assert!(
            reading
                .observations
                .iter()
                .all(|o| o.value != Some(3.8) && o.value != Some(0.3) && o.value != Some(3.0))
        );
    }
}

#[test]
fn every_value_points_into_its_page() {
    for (name, _) in reports() {
        let bytes = std::fs::read(corpus().join(&name)).unwrap();
        let document = crate::text::open(&bytes, &mut |_, _| {}).unwrap();
        let reading = extract(&document.pages, Lexicon::built_in(), &NoSecondVoice);
        for observation in &reading.observations {
            let page = observation.page.unwrap() as usize;
            let [width, height] = document.page_sizes[page - 1];
            let [x0, y0, x1, y1] = observation.bounds.unwrap();
            assert!(
                0.0 <= x0 && x0 < x1 && x1 <= width + 1.0,
                "{name}: {}",
                observation.analyte
            );
            assert!(
                0.0 <= y0 && y0 < y1 && y1 <= height + 1.0,
                "{name}: {}",
                observation.analyte
            );
        }
    }
}
