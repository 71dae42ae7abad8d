//! Files as laboratories send them.

use super::{assert_in_order, corpus, corpus_file, lines, read};
use fertidoc::domain::analysis::{RefusalCode, TextSource};
use fertidoc::text::page::Turn;
use fertidoc::text::pdf::{SecondVoice, render};
use fertidoc::text::{MediaType, UnreadReason};
use std::collections::HashMap;
use std::process::Command;

#[test]
fn two_tables_side_by_side_are_read_one_after_the_other() {
    let document = read(&corpus("hard_two_columns.pdf")).expect("readable");
    assert_in_order(
        &lines(&document),
        &[
            "FSH | 5.8 | mIU/mL | 3.0-10.0",
            "Total T | 41 | ng/dL | 15-70",
            "TSH | 1.9 | µIU/mL | 0.4-4.0",
            "F. insulin | 7.7 | µIU/mL | 2.6-24.9",
            "Verified: Uzm. Dr. Elif Demirtaş, Biochemistry",
        ],
    );
}

#[test]
fn rows_of_a_table_and_fields_of_a_form_stay_one_line() {
    let document = read(&corpus("semen_us_andrology_reportlab.pdf")).expect("readable");
    assert_in_order(
        &lines(&document),
        &[
            "Patient: | KIM, DANIEL J | MRN: | 0048812",
            "Volume | 1.2 | L | mL | >=1.5",
            "Morphology, normal (strict) | 2 | L | % | >=4",
        ],
    );
    // Many rows with a name left and the lines of a range right of it are no two columns.
    let document = read(&corpus("hormone_us_flags_reportlab.pdf")).expect("readable");
    assert_in_order(
        &lines(&document),
        &[
            "TSH | <0.01 | Low | uIU/mL | 0.450-4.500 | 01",
            "FSH | 4.1 | mIU/mL | 01",
            "Follicular phase | 3.5 - 12.5",
            "LH | 9.7 | mIU/mL | 01",
        ],
    );
}

#[test]
fn raised_figures_are_powers_and_decimal_commas_stay() {
    let document = read(&corpus("semen_who6_typst.pdf")).expect("readable");
    assert_in_order(
        &lines(&document),
        &["Sperm concentration | <0.1 | × 10^6 / mL | ≥ 16 | ↓ below limit"],
    );
    let document = read(&corpus("semen_spermiogramm_de_comma.pdf")).expect("readable");
    assert_in_order(&lines(&document), &["Volumen / Volume | 4,1 | ml | ≥ 1,4"]);
}

#[test]
fn a_page_drawn_sideways_comes_out_upright_and_its_places_turn_back() {
    let document = read(&corpus("hard_rotated_page.pdf")).expect("readable");
    let page = &document.pages[0];
    assert_eq!(page.turn, Turn::Up);
    assert!(page.width < page.height, "the viewer shows it standing");
    assert_in_order(
        &lines(&document),
        &["Volume | 2.2 | ml | > 1.4", "pH | 7.9 | > 7.2"],
    );
    // pdftotext -bbox sees the word "Volume" there, on the page as shown.
    let word = page
        .lines
        .iter()
        .flat_map(|line| &line.words)
        .find(|word| word.text == "Volume");
    let [x0, y0, x1, y1] = page.as_viewed(word.expect("the word").bounds);
    assert!(x1 - x0 < y1 - y0, "it stands upright on its side");
    assert!(
        x0 > 155.0 && x1 < 180.0 && y0 > 740.0 && y1 < 800.0,
        "{x0} {y0} {x1} {y1}"
    );
}

#[test]
fn protected_files_are_read_without_a_password_or_refused() {
    let document = read(&corpus("hormone_encrypted_empty_user_password.pdf")).expect("readable");
    assert_in_order(&lines(&document), &["Prolactin | 245 | mIU/L | 85 - 500"]);
    let refused = read(&corpus("hormone_password_protected.pdf")).expect_err("protected");
    assert_eq!(refused.code(), RefusalCode::Encrypted);
}

#[test]
fn a_scan_says_that_it_was_not_read() {
    let document = read(&corpus("hormone_bhcg_fax_1bit.pdf")).expect("a PDF");
    assert_eq!(document.media_type, MediaType::Pdf);
    assert_eq!(document.text_source, TextSource::None);
    assert_eq!(document.unread.len(), 1);
    assert_eq!(document.unread[0].page, Some(1));
    assert_eq!(document.unread[0].reason, UnreadReason::NoTextLayer);
}

#[test]
fn pages_are_counted_aloud() {
    let mut heard = Vec::new();
    let bytes = corpus("hormone_female_panel_3page_india.pdf");
    fertidoc::text::open(&bytes, &mut |page, of| heard.push((page, of))).expect("readable");
    assert_eq!(heard, [(1, 3), (2, 3), (3, 3)]);
}

#[test]
fn the_second_voice_sees_what_the_first_has_read_and_nothing_else() {
    let bytes = corpus("hard_two_columns.pdf");
    let second = SecondVoice::new(&bytes);
    assert_eq!(second.sees(1, "E2", "49"), Some(true));
    assert_eq!(second.sees(1, "F. insulin", "7.7"), Some(true));
    assert_eq!(
        second.sees(1, "FSH", "1.9"),
        Some(false),
        "that is TSH in the other column"
    );
    assert_eq!(second.sees(1, "FSH", "8"), Some(false), "a part of 5.8");
    assert_eq!(
        second.sees(2, "FSH", "5.8"),
        None,
        "there is no second page"
    );
    let locked = corpus("hormone_encrypted_empty_user_password.pdf");
    assert_eq!(
        SecondVoice::new(&locked).sees(1, "Prolactin", "245"),
        Some(true)
    );
}

#[test]
fn a_page_has_a_picture_of_the_width_that_was_asked_for() {
    let bytes = corpus("hard_two_columns.pdf");
    let png = render(&bytes, 1, 800).expect("drawn").expect("page 1");
    assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
    assert_eq!(
        u32::from_be_bytes([png[16], png[17], png[18], png[19]]),
        800
    );
    assert_eq!(render(&bytes, 2, 800), Ok(None));
    assert_eq!(render(&bytes, 0, 800), Ok(None));
}

/// poppler is the oracle: what it sees, we see.
#[test]
fn hardly_a_word_is_lost() {
    let (mut seen, mut lost) = (0, Vec::new());
    let folder = std::fs::read_dir(corpus_file("")).expect("the corpus");
    let mut names: Vec<String> = folder
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .filter(|name| name.contains(".pdf"))
        .collect();
    names.sort();
    for name in names {
        let Ok(document) = read(&corpus(&name)) else {
            continue;
        };
        let mut ours: HashMap<String, usize> = HashMap::new();
        let mut joined = String::new();
        for line in document.pages.iter().flat_map(|page| &page.lines) {
            for word in &line.words {
                let word = word.text.replace('^', "");
                joined += &word;
                *ours.entry(word).or_default() += 1;
            }
            joined.push('\n');
        }
        let output = Command::new("pdftotext")
            .args(["-enc", "UTF-8", "-bbox"])
            .arg(corpus_file(&name))
            .arg("-")
            .output()
            .expect("pdftotext of poppler-utils");
        for word in words_of_bbox(&String::from_utf8_lossy(&output.stdout)) {
            seen += 1;
            match ours.get_mut(&word) {
                Some(count) if *count > 0 => *count -= 1,
                // Parted or joined in another way: its letters stand together on a line.
                _ if joined.contains(&word) => {}
                _ => lost.push(format!("{name}: {word}")),
            }
        }
    }
    assert!(seen > 3000, "the oracle saw {seen} words");
    assert!(
        lost.len() * 100 <= seen,
        "{} of {seen} lost: {lost:#?}",
        lost.len()
    );
}

/// The words of pdftotext's XHTML, without ligatures, raised figures plain.
fn words_of_bbox(xhtml: &str) -> Vec<String> {
    let words = xhtml.lines().filter_map(|line| {
        let (_, rest) = line.trim().strip_prefix("<word ")?.split_once('>')?;
        rest.strip_suffix("</word>")
    });
    words
        .map(|word| {
            let plain = word
                .replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&quot;", "\"")
                .replace("&apos;", "'")
                .replace("&amp;", "&");
            plain
                .chars()
                .map(|character| match character {
                    '⁶' => '6',
                    '²' => '2',
                    '³' => '3',
                    other => other,
                })
                .collect()
        })
        .collect()
}
