use std::fmt;

/// The types of document that the house knows, readable today or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MediaType {
    Pdf,
    Jpeg,
    Png,
    Tiff,
    Heic,
    Docx,
    Xlsx,
    PlainText,
    Csv,
    /// HL7 version 2 in its usual encoding of pipes and hats.
    Hl7,
    FhirJson,
    /// Clinical Document Architecture, XML.
    Cda,
    Rtf,
    Dicom,
    /// An archive of documents of the types above.
    ZipOfDocuments,
}

impl MediaType {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Tiff => "image/tiff",
            Self::Heic => "image/heic",
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::PlainText => "text/plain",
            Self::Csv => "text/csv",
            Self::Hl7 => "x-application/hl7-v2+er7",
            Self::FhirJson => "application/fhir+json",
            Self::Cda => "application/cda+xml",
            Self::Rtf => "application/rtf",
            Self::Dicom => "application/dicom",
            Self::ZipOfDocuments => "application/zip",
        }
    }

    /// The type of this name, where it is one of them.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.as_str() == name)
    }

    /// For a sentence that begins with "This is".
    #[must_use]
    pub fn description(self) -> &'static str {
        match self {
            Self::Pdf => "a PDF",
            Self::Jpeg | Self::Png | Self::Tiff | Self::Heic => "a picture",
            Self::Docx => "a Word document",
            Self::Xlsx => "an Excel workbook",
            Self::PlainText => "plain text",
            Self::Csv => "a CSV table",
            Self::Hl7 => "an HL7 message",
            Self::FhirJson => "a FHIR resource",
            Self::Cda => "a CDA document",
            Self::Rtf => "an RTF document",
            Self::Dicom => "a DICOM file",
            Self::ZipOfDocuments => "an archive of documents",
        }
    }

    /// Extensions that a file of this type is given, in lower case.
    #[must_use]
    pub fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::Pdf => &["pdf"],
            Self::Jpeg => &["jpg", "jpeg", "jpe", "jfif"],
            Self::Png => &["png"],
            Self::Tiff => &["tif", "tiff"],
            Self::Heic => &["heic", "heif"],
            Self::Docx => &["docx"],
            Self::Xlsx => &["xlsx"],
            Self::PlainText => &["txt", "text", "log", "asc", "prn"],
            Self::Csv => &["csv", "tsv", "txt"],
            Self::Hl7 => &["hl7", "er7", "oru", "txt"],
            Self::FhirJson => &["json"],
            Self::Cda => &["xml", "cda", "ccd", "ccda"],
            Self::Rtf => &["rtf"],
            Self::Dicom => &["dcm", "dicom", "dic"],
            Self::ZipOfDocuments => &["zip"],
        }
    }

    pub(super) const ALL: [Self; 15] = [
        Self::Pdf,
        Self::Jpeg,
        Self::Png,
        Self::Tiff,
        Self::Heic,
        Self::Docx,
        Self::Xlsx,
        Self::PlainText,
        Self::Csv,
        Self::Hl7,
        Self::FhirJson,
        Self::Cda,
        Self::Rtf,
        Self::Dicom,
        Self::ZipOfDocuments,
    ];
}

impl fmt::Display for MediaType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
