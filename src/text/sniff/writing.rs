//! Formats that are written in letters: they have no signature but a beginning.

use super::{ENOUGH, MediaType, Unsupported, disguise};

/// What the text is that begins with `bytes`; `None` where it is no text.
pub fn sniff(bytes: &[u8]) -> Option<Result<MediaType, Unsupported>> {
    let head = &bytes[..bytes.len().min(ENOUGH)];
    let text = decode(head)?;
    let text = text.trim_start();
    let start: String = text
        .chars()
        .take(64)
        .collect::<String>()
        .to_ascii_lowercase();
    if start.starts_with('<') {
        return Some(markup(text));
    }
    // A batch begins with its own header segments (HL7 2.5.1, 2.10.3).
    if ["msh|", "fhs|", "bhs|"]
        .iter()
        .any(|segment| start.starts_with(segment))
    {
        return Some(Ok(MediaType::Hl7));
    }
    if start.starts_with(['{', '[']) {
        let fhir = text.contains("\"resourceType\"");
        if fhir {
            return Some(Ok(MediaType::FhirJson));
        }
    }
    if text.is_empty() {
        return None;
    }
    if disguise::holds_a_page(text.as_bytes()) {
        return Some(Err(Unsupported::WebPage));
    }
    Some(Ok(if is_table(text) {
        MediaType::Csv
    } else {
        MediaType::PlainText
    }))
}

/// The name of the first element, without its prefix.
fn root(mut text: &str) -> Option<&str> {
    loop {
        text = text.trim_start();
        let end = if text.starts_with("<!--") {
            "-->"
        } else if text.starts_with("<?") {
            "?>"
        } else if text.starts_with("<!") {
            ">"
        } else {
            break;
        };
        text = &text[text.find(end)? + end.len()..];
    }
    let name = text.strip_prefix('<')?;
    let name =
        &name[..name.find(|letter: char| letter.is_whitespace() || "/>".contains(letter))?];
    Some(name.rsplit(':').next().unwrap_or(name))
}

fn markup(text: &str) -> Result<MediaType, Unsupported> {
    let lower = text.to_ascii_lowercase();
    if root(text) == Some("ClinicalDocument") {
        Ok(MediaType::Cda)
    } else if lower.contains("<svg") {
        Err(Unsupported::Drawing)
    } else if [
        "<html",
        "<!doctype html",
        "<head",
        "<body",
        "<script",
        "<div",
        "<table",
        "<p",
    ]
    .iter()
    .any(|tag| lower.contains(tag))
    {
        Err(Unsupported::WebPage)
    } else {
        Err(Unsupported::Unknown)
    }
}

/// Text in UTF-8, UTF-16 with its mark, or a code page of one byte.
fn decode(head: &[u8]) -> Option<String> {
    if let Some(rest) = head.strip_prefix(b"\xff\xfe") {
        return utf16(rest, u16::from_le_bytes);
    }
    if let Some(rest) = head.strip_prefix(b"\xfe\xff") {
        return utf16(rest, u16::from_be_bytes);
    }
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    // HL7 frames and form feeds are the only control characters in documents.
    let control =
        |byte: &u8| *byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0b | 0x0c | 0x1c);
    if head.iter().any(control) {
        return None;
    }
    let framed = head.strip_prefix(b"\x0b").unwrap_or(head);
    Some(match std::str::from_utf8(framed) {
        Ok(text) => text.to_owned(),
        // Cut within a letter at the end of the chunk.
        Err(error) if error.error_len().is_none() => {
            String::from_utf8_lossy(&framed[..error.valid_up_to()]).into_owned()
        }
        // A code page of one byte: letters with accents among many without. Other bytes are no text.
        Err(_) => {
            let plain = framed.iter().filter(|byte| byte.is_ascii()).count();
            if plain * 10 < framed.len() * 7 {
                return None;
            }
            framed.iter().map(|byte| char::from(*byte)).collect()
        }
    })
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Option<String> {
    let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    let text: String = char::decode_utf16(units)
        .map(|character| character.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect();
    (!text.contains('\0')).then_some(text)
}

/// The same separator, equally often, in each of the first lines.
fn is_table(text: &str) -> bool {
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .take(5)
        .collect();
    [',', ';', '\t'].into_iter().any(|separator| {
        let columns = |line: &&str| cells(line, separator);
        let first = lines.first().map_or(0, columns);
        lines.len() > 1 && first > 1 && lines.iter().all(|line| columns(line) == first)
    })
}

fn cells(line: &str, separator: char) -> usize {
    let mut quoted = false;
    1 + line
        .chars()
        .filter(|&character| {
            quoted ^= character == '"';
            !quoted && character == separator
        })
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writing_is_known_by_how_it_begins() {
        let is = |text: &str| sniff(text.as_bytes()).expect("text").expect("taken");
        assert_eq!(is("MSH|^~\\&|LAB|CLINIC\rPID|1"), MediaType::Hl7);
        assert_eq!(is("\u{b}MSH|^~\\&|LAB|CLINIC\r"), MediaType::Hl7);
        assert_eq!(is("{ \"resourceType\": \"Bundle\" }"), MediaType::FhirJson);
        assert_eq!(
            is("<?xml version=\"1.0\"?>\n<ClinicalDocument xmlns=\"urn:hl7-org:v3\">"),
            MediaType::Cda
        );
        assert_eq!(is("Volume,Unit\n2.5,mL\n3.5,mL\n"), MediaType::Csv);
        assert_eq!(is("Probe;Wert\n\"Müller; Eva\";2,5\n"), MediaType::Csv);
        assert_eq!(
            is("Dear colleague,\nthank you for referring her, again.\nYours"),
            MediaType::PlainText
        );
        assert_eq!(
            sniff(b"<svg xmlns=\"http://www.w3.org/2000/svg\">"),
            Some(Err(Unsupported::Drawing))
        );
        assert_eq!(
            sniff(b"<?xml version=\"1.0\"?><html>"),
            Some(Err(Unsupported::WebPage))
        );
        assert_eq!(sniff(b"\0\0\0"), None);
    }

    #[test]
    fn bytes_that_no_code_page_writes_are_no_text() {
        assert_eq!(sniff(&[0x93; 300]), None);
    }

    #[test]
    fn latin_letters_of_one_byte_are_text() {
        assert_eq!(sniff(b"M\xfcller, Eva\n"), Some(Ok(MediaType::PlainText)));
    }
}
