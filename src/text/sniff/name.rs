use super::MediaType;

/// Extensions that no document has, in lower case.
const NEVER: [&str; 14] = [
    "exe", "com", "bat", "cmd", "scr", "js", "vbs", "msi", "sh", "html", "htm", "svg", "php", "lnk",
];

/// Whether a name in lower case ends as no document does.
pub(super) fn never(name: &str) -> bool {
    name.rsplit_once('.')
        .is_some_and(|(_, extension)| NEVER.contains(&extension))
}

/// Whether the extension of `name` says something else than the content.
///
/// Only an extension that stands for a type contradicts: `scan.final` and a name without one do
/// not, `report.pdf.exe` does.
#[must_use]
pub fn extension_contradicts(name: &str, media_type: MediaType) -> bool {
    let Some((_, extension)) = name.rsplit_once('.') else {
        return false;
    };
    let extension = extension.trim().to_ascii_lowercase();
    if media_type.extensions().contains(&extension.as_str()) {
        return false;
    }
    NEVER.contains(&extension.as_str())
        || MediaType::ALL
            .iter()
            .any(|other| other.extensions().contains(&extension.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_extension_of_another_type_contradicts() {
        let pdf = MediaType::Pdf;
        assert!(!extension_contradicts("report.PDF", pdf));
        assert!(!extension_contradicts("report", pdf));
        assert!(!extension_contradicts("report.final", pdf));
        assert!(!extension_contradicts("message.txt", MediaType::Hl7));
        assert!(extension_contradicts("report.jpg", pdf));
        assert!(extension_contradicts("report.pdf.exe", pdf));
    }
}
