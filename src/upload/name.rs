//! What a file is called on the screen. Never part of a key, a path or a log.

/// A name that can be shown: its last path component, without control, invisible and
/// direction-changing characters, at most `max_bytes` long with its extension kept.
pub fn displayable(name: Option<&str>, max_bytes: usize) -> String {
    let name = name.unwrap_or_default();
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let visible: String = last
        .chars()
        .filter(|&letter| !is_invisible(letter))
        .collect();
    let tidy = visible.split_whitespace().collect::<Vec<_>>().join(" ");
    let tidy = tidy.trim_matches(['.', ' ']);
    if tidy.is_empty() {
        return "unnamed".into();
    }
    shorten(tidy, max_bytes)
}

/// Control characters, and the format characters of Unicode (Cf) that hide or turn text around.
const fn is_invisible(letter: char) -> bool {
    matches!(
        letter,
        '\u{0}'..='\u{8}'
            | '\u{e}'..='\u{1f}'
            | '\u{7f}'..='\u{9f}'
            | '\u{ad}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

fn shorten(name: &str, max_bytes: usize) -> String {
    if name.len() <= max_bytes {
        return name.to_owned();
    }
    let extension = name
        .rfind('.')
        .map(|dot| &name[dot..])
        .filter(|extension| extension.len() <= 10)
        .unwrap_or_default();
    let mut end = max_bytes.saturating_sub(extension.len() + '…'.len_utf8());
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}…{extension}", &name[..end])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn hostile_names_become_plain_ones() {
        for (name, shown) in [
            ("../../etc/passwd\0.pdf", "passwd.pdf"),
            ("C:\\Users\\x\\report.pdf", "report.pdf"),
            ("report\u{202e}fdp.exe", "reportfdp.exe"),
            ("a\r\nSet-Cookie: b.pdf", "a Set-Cookie: b.pdf"),
            ("\u{1b}[31mred.pdf", "[31mred.pdf"),
            ("...", "unnamed"),
            ("", "unnamed"),
            ("/", "unnamed"),
            ("  Müller  Eva.pdf ", "Müller Eva.pdf"),
        ] {
            assert_eq!(displayable(Some(name), 255), shown, "{name:?}");
        }
        assert_eq!(displayable(None, 255), "unnamed");
    }

    #[test]
    fn a_long_name_keeps_its_extension() {
        let shown = displayable(Some(&format!("{}.pdf", "ä".repeat(10_000))), 255);
        assert!(shown.len() <= 255 && shown.ends_with("ä….pdf"), "{shown}");
    }

    proptest! {
        #[test]
        fn no_name_is_too_long_or_empty(name in any::<String>(), max in 20_usize..300) {
            let shown = displayable(Some(&name), max);
            prop_assert!(!shown.is_empty() && shown.len() <= max);
            prop_assert!(!shown.contains(['/', '\\', '\n', '\0']));
        }
    }
}
