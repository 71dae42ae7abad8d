//! Reading of text, on files as they come and on files that were made to hurt.

use super::hostile;

#[test]
fn hostile_files_are_what_they_claim_to_be() {
    assert!(hostile::plain(&["FSH 5.5"]).starts_with(b"%PDF-1.7"));
    assert!(hostile::deflate_bomb(100 << 20).len() < 1 << 20);
    assert!(hostile::double_deflate_bomb(1 << 30).len() < 64 << 10);
}

#[test]
fn lines_of_a_plain_page_come_out_in_order() {
    let bytes = hostile::plain(&["FSH 5.5 IU/L", "LH 4.2 IU/L"]);
    let document = fertidoc::text::open(&bytes, &mut |_, _| {}).expect("a readable file");
    let lines: Vec<String> = document.pages[0]
        .lines
        .iter()
        .map(|line| line.text())
        .collect();
    assert_eq!(lines, ["FSH 5.5 IU/L", "LH 4.2 IU/L"]);
    assert_eq!(document.page_sizes, [[595.0, 842.0]]);
    assert!(document.unread.is_empty());
}
