//! The analysis of a file that was not read.

use super::reading;
use crate::domain::analysis::{Analysis, Identity, Refusal, RefusalCode, Report, TextSource};

/// Of a file that nothing is known of but its bytes and why it was not read.
pub(super) fn refused(file: &str, sha256: &str, media_type: &str, error: Refusal) -> Analysis {
    Analysis {
        file: file.to_owned(),
        sha256: sha256.to_owned(),
        media_type: media_type.to_owned(),
        pages: 0,
        page_sizes: Vec::new(),
        text_source: TextSource::None,
        kind: None,
        patient: Identity::default(),
        report: Report::default(),
        collected_on: None,
        collected_at: None,
        reported_on: None,
        observations: Vec::new(),
        absent: Vec::new(),
        warnings: Vec::new(),
        versions: reading::versions(),
        error: Some(error),
    }
}

/// What a person is told of a file in which the scanner found `signature`.
pub(super) fn quarantined(signature: &str) -> Refusal {
    Refusal {
        code: RefusalCode::Malware,
        message: format!(
            "The malware scanner found {signature} in this file. It was not read and nobody can \
             download it. Tell the sender and whoever runs the server."
        ),
    }
}

/// What a person is told where the parent of a child gives the reason.
pub(super) fn refusal(code: RefusalCode) -> Refusal {
    let message = match code {
        RefusalCode::TooLarge => {
            "The file is larger than any document that can be read. Send it in parts."
        }
        RefusalCode::TimedOut => {
            "Reading the file took too long. Print it to a new PDF, or send it in parts."
        }
        RefusalCode::OutOfMemory => {
            "Reading the file took too much memory. Print it to a new PDF, or send it in parts."
        }
        _ => "The file broke its reader. Print it to a new PDF and send that.",
    };
    Refusal {
        code,
        message: message.to_owned(),
    }
}
