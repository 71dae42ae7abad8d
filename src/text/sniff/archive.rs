//! ZIP: office documents are archives with a known first or named part.

use super::{MediaType, Unsupported, name};

/// Local file header (APPNOTE 6.3.10, 4.3.7): signature, then the length of the name at 26, of the
/// extra field at 28, the name at 30.
const HEADER: usize = 30;

pub fn sniff(bytes: &[u8]) -> Result<MediaType, Unsupported> {
    let names = names(bytes);
    let has = |start: &str| names.iter().any(|name| name.starts_with(start));
    // The parts that every office document has (ECMA-376-2, 9.1 to 9.3); a folder that is called
    // `word` makes none.
    let office = has("[Content_Types].xml") || has("_rels/.rels");
    let runs = |name: &&str| {
        let name = name.to_ascii_lowercase();
        name.contains("vbaproject") || name::never(&name)
    };
    if office && names.iter().any(runs) {
        return Err(Unsupported::Program);
    }
    if office && has("word/") {
        return Ok(MediaType::Docx);
    }
    if office && has("xl/") {
        return Ok(MediaType::Xlsx);
    }
    let is_document = |name: &&str| {
        name.rsplit_once('.').is_some_and(|(_, extension)| {
            let extension = extension.to_ascii_lowercase();
            MediaType::ALL.iter().any(|media_type| {
                *media_type != MediaType::ZipOfDocuments
                    && media_type.extensions().contains(&extension.as_str())
            })
        })
    };
    // Other office formats and programs are archives as well; their parts tell.
    let inner = office || has("mimetype") || has("META-INF/") || has("ppt/");
    let mut files = names
        .iter()
        .copied()
        .filter(|name| !name.ends_with('/'))
        .peekable();
    if !inner && files.peek().is_some() && files.all(|name| is_document(&name)) {
        return Ok(MediaType::ZipOfDocuments);
    }
    Err(Unsupported::Archive)
}

/// The names of the parts, as far as their headers are found.
///
/// Headers are searched by their signature, as a writer that streams puts lengths behind the data.
fn names(bytes: &[u8]) -> Vec<&str> {
    let mut names = Vec::new();
    let mut at = 0;
    while let Some(found) = find(&bytes[at..], b"PK\x03\x04") {
        let header = &bytes[at + found..];
        at += found + 4;
        let Some(length) = header.get(26..28) else {
            break;
        };
        let length = usize::from(u16::from_le_bytes([length[0], length[1]]));
        if let Some(name) = header.get(HEADER..HEADER + length)
            && let Ok(name) = std::str::from_utf8(name)
        {
            names.push(name);
        }
        if names.len() >= 1000 {
            break;
        }
    }
    names
}

fn find(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    bytes
        .windows(needle.len())
        .position(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn archive(names: &[&str]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for name in names {
            bytes.extend_from_slice(b"PK\x03\x04");
            bytes.extend_from_slice(&[0; 22]);
            bytes.extend_from_slice(&(name.len() as u16).to_le_bytes());
            bytes.extend_from_slice(&[0, 0]);
            bytes.extend_from_slice(name.as_bytes());
            bytes.extend_from_slice(b"data");
        }
        bytes
    }

    #[test]
    fn parts_tell_what_an_archive_is() {
        let word = archive(&["[Content_Types].xml", "_rels/.rels", "word/document.xml"]);
        assert_eq!(sniff(&word), Ok(MediaType::Docx));
        let sheet = archive(&["[Content_Types].xml", "xl/workbook.xml"]);
        assert_eq!(sniff(&sheet), Ok(MediaType::Xlsx));
        let reports = archive(&["reports/", "reports/a.pdf", "reports/b.JPG"]);
        assert_eq!(sniff(&reports), Ok(MediaType::ZipOfDocuments));
        let program = archive(&["META-INF/MANIFEST.MF", "Main.class"]);
        assert_eq!(sniff(&program), Err(Unsupported::Archive));
        let macros = archive(&[
            "[Content_Types].xml",
            "word/document.xml",
            "word/vbaProject.bin",
        ]);
        assert_eq!(sniff(&macros), Err(Unsupported::Program));
        assert_eq!(
            sniff(&archive(&["word/setup.exe"])),
            Err(Unsupported::Archive)
        );
        assert_eq!(
            sniff(&archive(&["a.pdf", "setup.exe"])),
            Err(Unsupported::Archive)
        );
    }
}
