/// A part of a document that was not read, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unread {
    /// Counted from 1; `None` where it is about the file.
    pub page: Option<u32>,
    pub reason: UnreadReason,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnreadReason {
    /// The page is a picture: a scan, a photograph, a fax.
    NoTextLayer,
    /// There are letters on the page, but the file does not say which.
    UnknownLetters,
    /// Beyond the number of pages that are read.
    TooManyPages,
    /// The page asks for more drawing than any paper holds; what came first was read.
    TooMuchDrawn,
    /// The page broke the reader.
    Broken,
    /// The file claims another number of pages than it holds.
    PagesMissing,
    /// No page holds anything that could be read.
    NothingFound,
    /// Bytes of the file were changed on its way: what was read may differ from what was written.
    Corrupt,
    /// The file has no end: something behind it is lost.
    CutOff,
}

impl Unread {
    pub(crate) fn of_page(page: u32, reason: UnreadReason) -> Self {
        Self {
            page: Some(page),
            reason,
        }
    }

    pub(crate) fn of_file(reason: UnreadReason) -> Self {
        Self { page: None, reason }
    }
}

impl UnreadReason {
    /// For a person.
    pub fn message(self) -> &'static str {
        match self {
            Self::NoTextLayer => "This page is a picture and was not read.",
            Self::UnknownLetters => {
                "The letters of this page are drawn without saying which they are; it was not read."
            }
            Self::TooManyPages => "The document is too long; this page was not read.",
            Self::TooMuchDrawn => "This page is drawn without an end; only its beginning was read.",
            Self::Broken => "This page is damaged and was read in part.",
            Self::PagesMissing => {
                "The file is damaged: it does not hold the pages that it says it has."
            }
            Self::NothingFound => "Nothing to read was found on any page.",
            Self::Corrupt => {
                "The file was damaged on its way: what was read from it may be wrong. Send it again."
            }
            Self::CutOff => "The file is cut off: what stood at its end is missing.",
        }
    }
}
