//! Files that are two things at once: what a reader takes for a document and a browser for a page,
//! or a program that also begins as a document.

/// What makes a browser or a server run something, in lower case.
const RUNS: [&[u8]; 8] = [
    b"<html",
    b"<!doctype html",
    b"<head>",
    b"<body",
    b"<script",
    b"<svg",
    b"<iframe",
    b"<?php",
];

/// Whether `bytes` hold a tag that something would run.
pub fn holds_a_page(bytes: &[u8]) -> bool {
    RUNS.iter().any(|tag| {
        bytes
            .windows(tag.len())
            .any(|window| window.eq_ignore_ascii_case(tag))
    })
}

/// Whether what stands before the header of a PDF is more than the lines of a mail gateway.
pub fn is_no_letterhead(before: &[u8]) -> bool {
    let before = before.strip_prefix(b"\xef\xbb\xbf").unwrap_or(before);
    let written = |byte: &u8| matches!(byte, b' '..=b'~' | b'\t' | b'\r' | b'\n');
    !before.iter().all(written)
        || infer::get(before).is_some()
        || [&b"MZ"[..], b"PK", b"#!", b"BM", b"{\\rtf"]
            .iter()
            .any(|start| before.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mail_lines_are_a_letterhead_and_programs_are_none() {
        assert!(!is_no_letterhead(
            b"X-Mailer: none\r\nFrom: <a@b.example>\r\n"
        ));
        assert!(!is_no_letterhead(b""));
        assert!(is_no_letterhead(b"MZ"));
        assert!(is_no_letterhead(b"\xff\xd8\xff\xe0\0\x10JFIF"));
        assert!(is_no_letterhead(b"GIF89a"));
        assert!(is_no_letterhead(b"#!/bin/sh\n"));
    }

    #[test]
    fn tags_are_found_however_they_are_spelled() {
        assert!(holds_a_page(b"x<ScRiPt src=a>"));
        assert!(holds_a_page(b"<SVG onload=a>"));
        assert!(!holds_a_page(b"FSH <5.0 IU/l <p>"));
    }
}
