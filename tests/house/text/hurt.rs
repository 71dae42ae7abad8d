//! Files that were made to hurt, and text that nobody sees.

use super::super::hostile::{self, Pdf};
use super::{lines, read};
use fertidoc::domain::analysis::RefusalCode;
use fertidoc::text::pdf::{SecondVoice, render};
use fertidoc::text::{Document, UnreadReason};

fn reasons(document: &Document) -> Vec<UnreadReason> {
    document.unread.iter().map(|unread| unread.reason).collect()
}

#[test]
fn bombs_are_refused_before_they_go_off() {
    for bomb in [
        hostile::deflate_bomb(100 << 20),
        hostile::double_deflate_bomb(1 << 30),
    ] {
        assert!(bomb.len() < 1 << 20);
        assert_eq!(
            read(&bomb).expect_err("a bomb").code(),
            RefusalCode::TooLarge
        );
        assert!(render(&bomb, 1, 800).is_err());
    }
}

#[test]
fn forms_that_never_end_are_cut_short() {
    let document = read(&hostile::self_calling_form()).expect("a page without text");
    assert!(lines(&document).is_empty());
    let document = read(&hostile::form_expansion(40)).expect("read in part");
    assert_eq!(reasons(&document), [UnreadReason::TooMuchDrawn]);
    let document = read(&hostile::glyph_flood(3_000_000)).expect("read in part");
    assert_eq!(reasons(&document), [UnreadReason::TooMuchDrawn]);
}

#[test]
fn the_second_voice_is_silent_where_it_would_not_come_back() {
    let bytes = hostile::self_calling_form();
    assert_eq!(SecondVoice::new(&bytes).sees(1, "FSH", "5.5"), None);
}

#[test]
fn nesting_and_circles_end() {
    for file in [
        hostile::nested_arrays(20_000),
        hostile::nested_content(50_000),
        hostile::length_of_itself(),
        hostile::huge_page(),
        hostile::noise(100_000),
    ] {
        // Whatever it is called, it ends, and nothing is read that is not there.
        assert!(
            read(&file).is_ok_and(|document| lines(&document).is_empty()) || read(&file).is_err()
        );
    }
    let document = read(&hostile::page_tree_cycle()).expect("one page");
    assert_eq!(reasons(&document), [UnreadReason::PagesMissing]);
}

#[test]
fn damage_is_repaired_or_said() {
    let document = read(&hostile::broken_xref(&["FSH 5.5 IU/L"])).expect("repaired");
    assert_eq!(lines(&document), ["FSH 5.5 IU/L"]);
    assert!(document.unread.is_empty());

    let mut changed = super::corpus("hard_two_columns.pdf");
    let stream = changed
        .windows(6)
        .position(|bytes| bytes == b"stream")
        .expect("a stream");
    changed[stream + 200] ^= 0x10;
    let document = read(&changed).expect("read in part");
    assert!(reasons(&document).contains(&UnreadReason::Corrupt));

    let half = hostile::truncated(&hostile::plain(&["FSH 5.5 IU/L"; 40]));
    if let Ok(document) = read(&half) {
        assert!(reasons(&document).contains(&UnreadReason::CutOff));
    }
}

#[test]
fn pages_beyond_the_limit_are_named() {
    let document = read(&hostile::many_pages(502)).expect("read in part");
    assert_eq!(document.pages.len(), 500);
    assert_eq!(document.page_sizes.len(), 502);
    assert_eq!(reasons(&document), [UnreadReason::TooManyPages; 2]);
    assert_eq!(document.unread[0].page, Some(501));
}

#[test]
fn a_picture_of_a_huge_page_stays_small() {
    let png = render(&hostile::huge_page(), 1, 3000)
        .expect("drawn")
        .expect("page 1");
    assert!(png.len() < 1 << 20);
}

/// One page with the content stream, the font `/F1` and, where asked, an image over all of it.
fn drawn(content: &str) -> Document {
    let mut pdf = Pdf::new();
    pdf.add("<< /Type /Pages /Kids [3 0 R] /Count 1 >>");
    pdf.add(
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R \
         /Resources << /Font << /F1 5 0 R >> /XObject << /Scan 6 0 R >> >> >>",
    );
    pdf.add_stream("", content.as_bytes());
    pdf.add("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>");
    pdf.add_stream(
        "/Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray \
         /BitsPerComponent 8",
        b"\xc0",
    );
    read(&pdf.finish()).expect("readable")
}

const VISIBLE: &str = "BT /F1 11 Tf 72 700 Td (FSH 5.5 IU/L) Tj ET ";

#[test]
fn text_that_nobody_sees_is_not_read() {
    for hidden in [
        // Invisible beside visible text.
        "BT 3 Tr /F1 11 Tf 72 600 Td (LH 99) Tj 0 Tr ET",
        // White on white.
        "1 g BT /F1 11 Tf 72 600 Td (LH 99) Tj ET 0 g",
        // Too small for any eye.
        "BT /F1 0.5 Tf 72 600 Td (LH 99) Tj ET",
        // Beside the page.
        "BT /F1 11 Tf 700 600 Td (LH 99) Tj ET",
        // Cut away.
        "q 0 0 50 50 re W n BT /F1 11 Tf 72 600 Td (LH 99) Tj ET Q",
        // Painted over.
        "BT /F1 11 Tf 72 600 Td (LH 99) Tj ET 1 g 60 590 200 30 re f 0 g",
    ] {
        let document = drawn(&format!("{VISIBLE}{hidden}"));
        assert_eq!(lines(&document), ["FSH 5.5 IU/L"], "{hidden}");
    }
    // White on a dark bar is the head of many a table.
    let document = drawn("0 g 60 690 300 30 re f 1 g BT /F1 11 Tf 72 700 Td (Test) Tj ET");
    assert_eq!(lines(&document), ["Test"]);
}

#[test]
fn the_invisible_text_of_a_scan_is_its_text_layer() {
    let long = "Result of the examination of hormones in serum ".repeat(3);
    let layer = format!("BT 3 Tr /F1 6 Tf 20 700 Td ({long}) Tj 0 -20 Td (LH 4.2 IU/L) Tj ET");
    let document = drawn(&format!("q 595 0 0 842 0 0 cm /Scan Do Q {layer}"));
    assert!(lines(&document).contains(&String::from("LH 4.2 IU/L")));
    assert!(document.unread.is_empty());
    // The head line of a fax is not the text of the scan below it.
    let document = drawn(&format!("q 595 0 0 842 0 0 cm /Scan Do Q {VISIBLE}"));
    assert_eq!(reasons(&document), [UnreadReason::NoTextLayer]);
}

#[test]
fn a_stroke_through_a_word_strikes_it_and_a_line_under_it_does_not() {
    let document = drawn(&format!(
        "{VISIBLE} 95 703.5 m 112 703.5 l S 72 698 m 92 698 l S"
    ));
    let words = &document.pages[0].lines[0].words;
    let struck: Vec<bool> = words.iter().map(|word| word.struck).collect();
    assert_eq!(struck, [false, true, false], "{words:#?}");
}

#[test]
fn bold_made_by_printing_twice_is_one_word() {
    let document = drawn("BT /F1 11 Tf 72 700 Td (AMH) Tj 0.3 0 Td (AMH) Tj 40 0 Td (1.2) Tj ET");
    assert_eq!(lines(&document), ["AMH | 1.2"]);
    assert!(document.pages[0].lines[0].words[0].bold);
    let document =
        drawn("BT /F1 11 Tf 72 700 Td (A) Tj 0.3 0 Td (A) Tj 7.1 0 Td (M) Tj 0.3 0 Td (M) Tj ET");
    assert_eq!(lines(&document), ["AM"]);
}

#[test]
fn leaders_part_a_label_from_its_value() {
    let document = drawn("BT /F1 11 Tf 72 700 Td (Volume........2.5 mL) Tj ET");
    assert_eq!(lines(&document), ["Volume | 2.5 mL"]);
}
