//! SEC27: no unsafe code of ours, overflow checks, panics that unwind.

use std::path::{Path, PathBuf};

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries
        .flat_map(|entry| {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path)
            } else {
                vec![path]
            }
        })
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect()
}

#[test]
fn what_is_released_checks_its_sums_and_unwinds() {
    let manifest: toml::Table = include_str!("../../../Cargo.toml").parse().unwrap();
    let release = &manifest["profile"]["release"];
    assert_eq!(release["overflow-checks"].as_bool(), Some(true));
    assert_eq!(release["panic"].as_str(), Some("unwind"));
    let lints = &manifest["lints"];
    assert_eq!(lints["rust"]["unsafe_code"].as_str(), Some("deny"));
    for lint in ["unwrap_used", "expect_used", "panic", "todo"] {
        assert_eq!(lints["clippy"][lint].as_str(), Some("deny"), "{lint}");
    }
}

#[test]
fn what_is_released_has_no_feature_of_measurements_or_tests() {
    let manifest: toml::Table = include_str!("../../../Cargo.toml").parse().unwrap();
    assert!(
        !manifest["features"]
            .as_table()
            .unwrap()
            .contains_key("default")
    );
    // The places where tests make a process fail are nothing at all without their feature.
    assert_eq!(
        manifest["dependencies"]["fail"]["optional"].as_bool(),
        Some(true)
    );
    for way in ["Dockerfile", "scripts/run"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(way);
        let text = std::fs::read_to_string(path).unwrap();
        assert!(text.contains("cargo build --release"), "{way}");
        assert!(
            !text.contains("--features") && !text.contains("--all-features"),
            "{way}"
        );
    }
}

#[test]
fn nothing_of_ours_is_unsafe() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let files = sources(&folder);
    assert!(files.len() > 100);
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let code = text
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"));
        for line in code {
            // No exception is known; the first one is listed here with its reason.
            let found = [
                "unsafe {",
                "unsafe fn",
                "unsafe impl",
                "unsafe extern",
                "unsafe(",
                "unsafe_code",
            ]
            .iter()
            .any(|word| line.contains(word));
            assert!(!found, "{}: {line}", file.display());
        }
    }
}
