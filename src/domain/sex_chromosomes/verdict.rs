//! What may be shown of a document as it came.

use super::{Context, Speaks, speaks};
use crate::domain::analysis::{Analysis, Kind, TextSource};

/// Whether a paper tells sex chromosomes, as far as its text says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Nobody can say: not all of it is text, or genes are its topic.
    Unknown,
    /// All of it is text, and none of that tells.
    Absent,
    Present,
}

impl Verdict {
    /// Of a document that was read, with the text of each of its pages.
    #[must_use]
    pub fn of(analysis: &Analysis, pages: &[&str]) -> Self {
        let context = Context::of(is_genetic(analysis), pages.iter().copied());
        let spoken = pages.iter().map(|page| speaks(page, context)).max();
        let whole = analysis.error.is_none()
            && analysis.text_source == TextSource::TextLayer
            && pages.len() == analysis.pages as usize
            && !pages.iter().any(|page| page.trim().is_empty())
            && !analysis
                .warnings
                .iter()
                .any(|warning| warning.starts_with("partly_read"));
        match spoken {
            Some(Speaks::Certainly) => Self::Present,
            Some(Speaks::Not) if whole && context < Context::Genetic => Self::Absent,
            _ => Self::Unknown,
        }
    }

    /// As it stands in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Absent => "absent",
            Self::Present => "present",
        }
    }
}

/// Whether the reading found the document to be one of genetics.
#[must_use]
pub fn is_genetic(analysis: &Analysis) -> bool {
    analysis.kind.is_none_or(|kind| kind == Kind::Genetics)
        || analysis
            .observations
            .iter()
            .any(|found| super::masked::is_of_genes(&found.analyte))
}
