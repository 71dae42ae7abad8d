//! docs/degraded.md claims only what a test shows, and names only figures and alerts that there are.

use std::path::Path;

/// All sources below a folder.
fn sources(folder: &Path) -> String {
    let entries = std::fs::read_dir(folder).unwrap();
    let texts = entries.map(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path)
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            std::fs::read_to_string(path).unwrap()
        } else {
            String::new()
        }
    });
    texts.collect()
}

/// What stands between backticks.
fn quoted(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

/// Whether a test of this name is there and is run.
fn is_run(tests: &str, name: &str) -> bool {
    let mut before = None;
    tests.lines().any(|line| {
        let found = line.trim_start_matches("async ") == format!("fn {name}() {{")
            && matches!(before, Some("#[test]" | "#[actix_web::test]"));
        before = Some(line);
        found
    })
}

#[test]
fn every_degraded_mode_names_its_tests_its_figures_and_its_alerts() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let tests = sources(&root.join("tests/house"));
    let house = sources(&root.join("src"));
    let alerts = include_str!("../../../config/prometheus/alerts.yml");
    let mut rows = 0;
    for line in include_str!("../../../docs/degraded.md").lines() {
        if !line.starts_with('|') {
            continue;
        }
        let cells: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [part, _, _, seen, shown_by] = cells[..] else {
            panic!("a row of another shape: {line}")
        };
        if part == "part" || part.starts_with("---") {
            continue;
        }
        rows += 1;
        assert!(quoted(shown_by).next().is_some(), "{part} has no test");
        for name in quoted(shown_by) {
            assert!(is_run(&tests, name), "{part}: no test {name}");
        }
        for name in quoted(seen) {
            if name.starts_with("fertidoc_") {
                assert!(house.contains(&format!("\"{name}\"")), "no figure {name}");
            } else if name.starts_with(char::is_uppercase) {
                let alert = format!("alert: {name}\n");
                assert!(alerts.contains(&alert), "no alert {name}");
            }
        }
    }
    assert!(rows >= 20, "the table was not read");
}
