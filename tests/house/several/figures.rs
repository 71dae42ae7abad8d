//! What alerts and dashboards ask for is exported: every figure that they name, with every label.

use crate::{
    faults::processes::{Process, free_address, outside},
    house::eventually,
};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::Mutex,
};

/// Names, and the labels that they carry.
type Figures = BTreeMap<String, BTreeSet<String>>;

/// Those of Prometheus itself.
const OF_PROMETHEUS: [&str; 3] = ["job", "instance", "role"];

/// Words of PromQL before a list of labels.
const BEFORE_LABELS: [&str; 6] = [
    "by",
    "without",
    "on",
    "ignoring",
    "group_left",
    "group_right",
];

const OPERATORS: [&str; 5] = ["and", "or", "unless", "bool", "offset"];

/// What follows a function or an aggregation.
const BEFORE_NO_NAME: [&str; 3] = ["(", "by (", "without ("];

/// Where the brace that is open closes; a value may hold braces too.
fn closing(text: &str) -> usize {
    let mut quoted = false;
    text.find(|letter| {
        quoted ^= letter == '"';
        letter == '}' && !quoted
    })
    .unwrap()
}

/// The figures of an expression, as far as names and labels go.
fn asked(expression: &str) -> Figures {
    let mut found = Figures::new();
    let mut last = String::new();
    let mut rest = expression;
    while let Some(letter) = rest.chars().next() {
        let word = |text: &str| -> usize {
            text.find(|c: char| !c.is_alphanumeric() && c != '_' && c != ':')
                .unwrap_or(text.len())
        };
        if letter == '"' {
            rest = rest[1..].split_once('"').unwrap().1;
        } else if letter == '[' {
            rest = rest.split_once(']').unwrap().1;
        } else if letter == '{' {
            let (inner, behind) = rest[1..].split_at(closing(&rest[1..]));
            for matcher in inner.split("\",") {
                let label = &matcher.trim()[..word(matcher.trim())];
                found.get_mut(&last).unwrap().insert(label.to_owned());
            }
            rest = &behind[1..];
        } else if letter.is_ascii_digit() {
            rest = &rest[word(rest)..];
        } else if letter.is_alphabetic() || letter == '_' {
            let (name, behind) = rest.split_at(word(rest));
            rest = behind.trim_start();
            if BEFORE_LABELS.contains(&name) {
                rest = rest.split_once(')').unwrap().1;
            } else if !BEFORE_NO_NAME.iter().any(|next| rest.starts_with(next))
                && !OPERATORS.contains(&name)
            {
                name.clone_into(&mut last);
                found.entry(last.clone()).or_default();
            }
        } else {
            rest = &rest[letter.len_utf8()..];
        }
    }
    found
}

/// The labels that an expression groups by.
fn grouped(expression: &str) -> BTreeSet<String> {
    let lists = expression.split(" by (").skip(1);
    lists
        .flat_map(|list| list.split_once(')').unwrap().0.split(','))
        .map(|label| label.trim().to_owned())
        .collect()
}

fn below(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let files = std::fs::read_dir(folder).unwrap();
    files.map(|file| file.unwrap().path()).collect()
}

/// Every expression of the alerts and the dashboards.
fn expressions() -> Vec<String> {
    let mut found = Vec::new();
    for file in below("config/prometheus") {
        let text = std::fs::read_to_string(file).unwrap();
        let lines = text
            .lines()
            .filter_map(|line| line.trim().strip_prefix("expr: "));
        found.extend(lines.map(|line| {
            let bare = line
                .strip_prefix('\'')
                .and_then(|line| line.strip_suffix('\''));
            bare.expect("an expression stands on one line").to_owned()
        }));
    }
    for file in below("config/grafana/dashboards") {
        let board: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
        for panel in board["panels"].as_array().unwrap() {
            for target in panel["targets"].as_array().into_iter().flatten() {
                found.push(target["expr"].as_str().unwrap().to_owned());
            }
        }
    }
    found
}

/// What stands in the text format of Prometheus.
fn exported(text: &str, figures: &mut Figures) {
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let Some(end) = line.find(['{', ' ']) else {
            continue;
        };
        let labels = figures.entry(line[..end].to_owned()).or_default();
        let inner = line[end..]
            .strip_prefix('{')
            .and_then(|rest| rest.rsplit_once("} "));
        for matcher in inner.iter().flat_map(|(inner, _)| inner.split("\",")) {
            labels.extend(matcher.split_once('=').map(|(label, _)| label.to_owned()));
        }
    }
}

#[test]
fn an_expression_is_taken_to_pieces() {
    let found = asked(
        r#"sum by (le, a) (rate(x_bucket{b=~"c|{d}",e!="f"}[5m])) / on (a) y:z > 0.5 or vector(0)"#,
    );
    let names: Vec<_> = found.keys().map(String::as_str).collect();
    assert_eq!(names, ["x_bucket", "y:z"]);
    assert_eq!(found["x_bucket"].len(), 2);
}

#[actix_web::test]
async fn every_figure_that_alerts_and_dashboards_name_is_exported() {
    let mut house = outside(|_| {}).await;
    house.config.http.ops_bind = free_address();
    let mut working = house.config.clone();
    working.http.ops_bind = free_address();
    let _server = Process::serve(&house.config).await;
    let _worker = Process::work_at(&working, &[]).await;
    let patient = house
        .register("Figure", "Ada", "1990-04-12", "female")
        .await;
    house
        .upload_and_read("semen_us_andrology_reportlab.pdf", None)
        .await;
    house.summary(&patient).await;
    house.summary(&patient).await;

    let asked_for: Vec<_> = expressions();
    assert!(asked_for.len() > 30);
    // Some come with the next look of a worker.
    let told = Mutex::new(Vec::new());
    eventually(super::PATIENCE, "all figures", async || {
        let mut figures = Figures::from([("up".into(), BTreeSet::new())]);
        for address in [&house.config.http.ops_bind, &working.http.ops_bind] {
            let answer = reqwest::get(format!("http://{address}/metrics"))
                .await
                .ok()?;
            exported(&answer.text().await.ok()?, &mut figures);
        }
        let mut missing = Vec::new();
        for expression in &asked_for {
            let mut labels: BTreeSet<_> = OF_PROMETHEUS.map(String::from).into();
            for (name, matched) in asked(expression) {
                let Some(known) = figures.get(&name) else {
                    missing.push(name);
                    continue;
                };
                labels.extend(known.iter().cloned());
                missing.extend(
                    matched
                        .difference(&labels)
                        .map(|label| format!("{name}{{{label}}}")),
                );
            }
            missing.extend(
                grouped(expression)
                    .difference(&labels)
                    .map(|label| format!("by ({label}): {expression}")),
            );
        }
        let nothing = missing.is_empty();
        if *told.lock().unwrap() != missing {
            println!("not exported: {missing:#?}");
            *told.lock().unwrap() = missing;
        }
        nothing.then_some(())
    })
    .await;
}
