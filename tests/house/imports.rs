//! Imports follow the data: the table in ARCHITECTURE.md, checked.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

/// The table of ARCHITECTURE.md: which stage may use which others.
fn table() -> BTreeMap<String, BTreeSet<String>> {
    let text = include_str!("../../ARCHITECTURE.md");
    let mut stages = BTreeMap::new();
    for line in text.lines() {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [names, _, may] = cells[..] else { continue };
        if !names.starts_with('`') {
            continue;
        }
        let names: Vec<String> = names
            .split(',')
            .map(|name| name.trim().trim_matches('`').to_owned())
            .collect();
        for name in names {
            stages.insert(
                name,
                may.split(',')
                    .map(|stage| stage.trim().to_owned())
                    .collect(),
            );
        }
    }
    stages
}

/// Every stage that the files below `folder` name as `crate::stage`.
fn used(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            used(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            for line in text
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"))
            {
                for part in line.split("crate::").skip(1) {
                    collect(part, found);
                }
            }
            grouped(&text, found);
        }
    }
}

/// The stage at the head of `stage::thing`.
fn collect(part: &str, found: &mut BTreeSet<String>) {
    let name: String = part
        .chars()
        .take_while(|letter| letter.is_ascii_lowercase() || *letter == '_')
        .collect();
    if !name.is_empty() {
        found.insert(name);
    }
}

/// The stages in `use crate::{a::.., b}`.
fn grouped(text: &str, found: &mut BTreeSet<String>) {
    for group in text.split("use crate::{").skip(1) {
        let mut depth = 0;
        let mut item = String::new();
        for letter in group.chars() {
            match letter {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => {
                    collect(item.trim(), found);
                    item.clear();
                }
                letter if depth == 0 => item.push(letter),
                _ => {}
            }
        }
        collect(item.trim(), found);
    }
}

#[test]
fn imports_follow_the_table_of_the_architecture() {
    let table = table();
    let free: BTreeSet<&str> = ["app", "cli", "api", "web", "analysis"].into();
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    let mut seen = 0;
    for entry in std::fs::read_dir(src).unwrap() {
        let folder = entry.unwrap().path();
        if !folder.is_dir() {
            continue;
        }
        let stage = folder.file_name().unwrap().to_string_lossy().into_owned();
        let may = table
            .get(&stage)
            .unwrap_or_else(|| panic!("src/{stage} has no row in ARCHITECTURE.md"));
        let mut uses = BTreeSet::new();
        used(&folder, &mut uses);
        seen += uses.len();
        for other in uses {
            let refused = match stage.as_str() {
                // They name everything but each other and what stands above them.
                "api" => matches!(other.as_str(), "web" | "app" | "cli"),
                "web" => matches!(other.as_str(), "app" | "cli"),
                "analysis" => {
                    matches!(
                        other.as_str(),
                        "upload" | "summary" | "api" | "web" | "app" | "cli"
                    )
                }
                "app" => other == "cli",
                "cli" => false,
                _ => !may.contains(&other),
            };
            if refused && other != stage && table.contains_key(&other) {
                wrong.push(format!("src/{stage} uses {other}"));
            }
        }
    }
    assert!(
        free.iter().all(|stage| table.contains_key(*stage)),
        "the table was not read"
    );
    assert!(seen > 5, "no imports were found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
