//! What a file is, from its content alone.
//!
//! The first kilobytes suffice for nearly everything, so the upload asks with its first chunk and
//! refuses what nobody can read before it is stored; the reader asks again with the whole file.
//! Names and declared types are never believed. A name that contradicts the content is worth a
//! warning: [`extension_contradicts`]. What could be taken for two kinds of file, and a picture
//! whose header promises more than any paper has, is refused here as well.

mod archive;
mod disguise;
mod media_type;
mod name;
mod pixels;
mod writing;

pub use media_type::MediaType;
pub use name::extension_contradicts;

use super::Unreadable;
use thiserror::Error;

/// The bytes from the start of a file that make the answer as good as it gets without the rest.
pub const ENOUGH: usize = 8 << 10;

/// Why a file is of no use here, whatever is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Unsupported {
    #[error("This is {}. It is kept as it came, but its values cannot be read yet.", .0.description())]
    NotYet(MediaType),
    #[error("This is a web page. Print it to a PDF and send that.")]
    WebPage,
    #[error("This is a vector drawing. Print it to a PDF and send that.")]
    Drawing,
    #[error("This is a program. Programs are not taken.")]
    Program,
    #[error("This is an archive of other files. Unpack it and send the documents in it.")]
    Archive,
    #[error("This file is two kinds of file at once. Print it to a new PDF and send that.")]
    Disguised,
    #[error("This is a sound or a film. Send a document or a picture of one.")]
    Media,
    #[error("This kind of file is not known. Send a PDF, or a picture of the paper.")]
    Unknown,
}

/// What the file is that begins with `bytes`.
pub fn sniff(bytes: &[u8]) -> Result<MediaType, Unreadable> {
    if bytes.is_empty() {
        return Err(Unreadable::Empty);
    }
    binary(bytes)
        .or_else(|| writing::sniff(bytes))
        .unwrap_or(Err(Unsupported::Unknown))
        .map_err(Unreadable::UnsupportedType)
        .and_then(|media_type| {
            if pixels::is_flood(media_type, bytes) {
                return Err(Unreadable::TooManyPixels);
            }
            Ok(media_type)
        })
}

/// Types that are known by a signature.
fn binary(bytes: &[u8]) -> Option<Result<MediaType, Unsupported>> {
    // Mail gateways put lines before the header; readers look for it in the first kilobyte
    // (PDF Reference 1.7, appendix H, note 13).
    let head = &bytes[..bytes.len().min(1024)];
    if is_markup(head) {
        return None;
    }
    if let Some(header) = head.windows(5).position(|window| window == b"%PDF-") {
        // What stands in the objects of a PDF is its own text.
        let objects = head.windows(4).position(|window| window == b" obj");
        let before = &head[..objects.unwrap_or(head.len())];
        if disguise::is_no_letterhead(&head[..header]) || disguise::holds_a_page(before) {
            return Some(Err(Unsupported::Disguised));
        }
        return Some(Ok(MediaType::Pdf));
    }
    if bytes.get(128..132) == Some(b"DICM") {
        return Some(Ok(MediaType::Dicom));
    }
    if bytes.starts_with(b"{\\rtf") {
        return Some(Ok(MediaType::Rtf));
    }
    if bytes.starts_with(b"PK") {
        return Some(archive::sniff(bytes));
    }
    let found = infer::get(bytes)?;
    let is_picture = found.matcher_type() == infer::MatcherType::Image;
    if is_picture && disguise::holds_a_page(head) {
        return Some(Err(Unsupported::Disguised));
    }
    Some(match (found.mime_type(), found.matcher_type()) {
        ("image/jpeg", _) => Ok(MediaType::Jpeg),
        ("image/png", _) => Ok(MediaType::Png),
        ("image/tiff", _) => Ok(MediaType::Tiff),
        ("image/heif", _) => Ok(MediaType::Heic),
        (_, infer::MatcherType::App) | ("text/x-shellscript", _) => Err(Unsupported::Program),
        (_, infer::MatcherType::Archive) => Err(Unsupported::Archive),
        (_, infer::MatcherType::Audio | infer::MatcherType::Video) => Err(Unsupported::Media),
        // XML and other writing is looked at more closely.
        (_, infer::MatcherType::Text) => return None,
        _ => Err(Unsupported::Unknown),
    })
}

/// A web page may quote the header of a PDF.
fn is_markup(head: &[u8]) -> bool {
    head.trim_ascii_start().starts_with(b"<")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(bytes: &[u8]) -> Unsupported {
        match sniff(bytes) {
            Err(Unreadable::UnsupportedType(reason)) => reason,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn signatures_are_found_whatever_the_name_says() {
        assert_eq!(sniff(b"%PDF-1.4\n"), Ok(MediaType::Pdf));
        assert_eq!(
            sniff(b"X-Mailer: none\r\n\r\n%PDF-1.4\n"),
            Ok(MediaType::Pdf)
        );
        assert_eq!(sniff(b"\xff\xd8\xff\xe0\0\x10JFIF"), Ok(MediaType::Jpeg));
        assert_eq!(sniff(b"\x89PNG\r\n\x1a\n"), Ok(MediaType::Png));
        assert_eq!(sniff(b"II*\0\x08\0\0\0\0\0\0\0"), Ok(MediaType::Tiff));
        assert_eq!(
            sniff(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"),
            Ok(MediaType::Heic)
        );
        assert_eq!(sniff(b"{\\rtf1\\ansi"), Ok(MediaType::Rtf));
        let mut dicom = vec![0; 128];
        dicom.extend_from_slice(b"DICM\x02\0\0\0");
        assert_eq!(sniff(&dicom), Ok(MediaType::Dicom));
    }

    #[test]
    fn what_is_two_things_at_once_is_refused() {
        let disguised = [
            &b"hello <script>alert(1)</script>\n%PDF-1.4\n"[..],
            b"%PDF-1.4\n<html><body onload=alert(1)>",
            b"MZ%PDF-1.4\n",
            b"\xff\xd8\xff\xe0\0\x10JFIF\0%PDF-1.4\n",
            b"\xff\xd8\xff\xe0\0\x10JFIF\0<script>alert(1)</script>",
        ];
        for bytes in disguised {
            assert_eq!(refused(bytes), Unsupported::Disguised, "{bytes:?}");
        }
        assert_eq!(
            refused(b"A letter.\n<script>alert(1)</script>"),
            Unsupported::WebPage
        );
        assert_eq!(
            refused(b"<html><ClinicalDocument/><script/></html>"),
            Unsupported::WebPage
        );
    }

    #[test]
    fn what_nobody_can_read_is_refused_by_name() {
        assert_eq!(sniff(b""), Err(Unreadable::Empty));
        assert_eq!(refused(b"MZ\x90\0\x03\0\0\0"), Unsupported::Program);
        assert_eq!(refused(b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), Unsupported::Program);
        assert_eq!(refused(b"#!/bin/sh\nrm -rf /\n"), Unsupported::Program);
        assert_eq!(
            refused(b"<!DOCTYPE html><html><body>%PDF-1.4"),
            Unsupported::WebPage
        );
        assert_eq!(refused(b"\x1f\x8b\x08\0\0\0\0\0"), Unsupported::Archive);
        assert_eq!(refused(b"\0\x01\x02\x03\xff\xfe\0\0"), Unsupported::Unknown);
    }
}
