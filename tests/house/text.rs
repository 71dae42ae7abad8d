//! Reading of text, on files as they come and on files that were made to hurt.

use super::hostile;

#[test]
fn hostile_files_are_what_they_claim_to_be() {
    assert!(hostile::plain(&["FSH 5.5"]).starts_with(b"%PDF-1.7"));
    assert!(hostile::deflate_bomb(100 << 20).len() < 1 << 20);
    assert!(hostile::double_deflate_bomb(1 << 30).len() < 64 << 10);
}
