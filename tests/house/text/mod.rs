//! Reading of text, on files as they come and on files that were made to hurt.

mod corpus;
mod hurt;

use fertidoc::text::{self, Document, Unreadable};
use std::path::PathBuf;

fn corpus_file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/corpus")
        .join(name)
}

fn corpus(name: &str) -> Vec<u8> {
    std::fs::read(corpus_file(name)).expect("a file of the corpus")
}

fn read(bytes: &[u8]) -> Result<Document, Unreadable> {
    text::open(bytes, &mut |_, _| {})
}

/// The lines of a document, the cells of each parted by ` | `.
fn lines(document: &Document) -> Vec<String> {
    let mut lines = Vec::new();
    for line in document.pages.iter().flat_map(|page| &page.lines) {
        let mut text = String::new();
        for word in &line.words {
            if !text.is_empty() {
                text += if word.gap_before { " | " } else { " " };
            }
            text += &word.text;
        }
        lines.push(text);
    }
    lines
}

/// Asserts that `wanted` are lines of the document and come in this order.
fn assert_in_order(lines: &[String], wanted: &[&str]) {
    let mut rest = lines.iter();
    for want in wanted {
        assert!(
            rest.any(|line| line == want),
            "no line {want:?} in its place in {lines:#?}"
        );
    }
}
