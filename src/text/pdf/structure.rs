//! The structure of the file, by lopdf, before any page of it is drawn: encryption, the size of
//! what is compressed, the number of pages it claims.

use super::limits;
use crate::text::Unreadable;
use lopdf::{Dictionary, Document, Error, LoadOptions, Object, ObjectId, Stream};
use std::collections::{BTreeMap, BTreeSet};

/// What the file says about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Structure {
    /// Pages that the root of the page tree claims; `None` where the structure cannot be read.
    pub pages: Option<usize>,
    /// The table of objects is missing and so is the end of the file.
    pub cut_off: bool,
    /// Drawing or the meaning of letters differs from what was written: a letter or a figure may
    /// be another one.
    pub corrupt: bool,
    /// A form draws itself, directly or through others.
    pub forms_in_circles: bool,
}

pub fn inspect(bytes: &[u8]) -> Result<Structure, Unreadable> {
    let options = LoadOptions {
        max_decompressed_size: Some(limits::INFLATED),
        ..LoadOptions::default()
    };
    let document = match Document::load_mem_with_options(bytes, options) {
        Ok(document) => document,
        Err(Error::InvalidPassword | Error::Decryption(_)) => return Err(Unreadable::Encrypted),
        Err(Error::Decompress(lopdf::DecompressError::MemoryLimitExceeded { .. })) => {
            return Err(Unreadable::TooLarge);
        }
        Err(_) => {
            // Another reader may still make something of it.
            return Ok(Structure {
                pages: None,
                cut_off: !has_end(bytes),
                corrupt: false,
                forms_in_circles: true,
            });
        }
    };
    if document.is_encrypted() {
        return Err(Unreadable::Encrypted);
    }
    let mut corrupt = false;
    for object in document.objects.values() {
        if let Object::Stream(stream) = object {
            if inflates_too_far(stream) {
                return Err(Unreadable::TooLarge);
            }
            corrupt |= !is_font_or_picture(stream) && is_corrupt(stream);
        }
    }
    Ok(Structure {
        pages: claimed_pages(&document),
        cut_off: document.xref_recovery.is_some() && !has_end(bytes),
        corrupt,
        forms_in_circles: forms_in_circles(&document),
    })
}

/// Readers look for the mark of the end in the last kilobyte (PDF Reference 1.7, appendix H, note 18).
fn has_end(bytes: &[u8]) -> bool {
    let tail = &bytes[bytes.len().saturating_sub(1024)..];
    tail.windows(5).any(|window| window == b"%%EOF")
}

fn claimed_pages(document: &Document) -> Option<usize> {
    let pages = document.catalog().ok()?.get(b"Pages").ok()?;
    let (_, pages) = document.dereference(pages).ok()?;
    let (_, count) = document
        .dereference(pages.as_dict().ok()?.get(b"Count").ok()?)
        .ok()?;
    usize::try_from(count.as_i64().ok()?).ok()
}

/// Whether the content of a stream inflates beyond the limit.
///
/// It is inflated only where it might: deflate grows by 1,032 at most (zlib's technical notes),
/// LZW by less than 2,600 (4,096 bytes for a code of 12 bits), run lengths by 64. Pictures are
/// not unpacked when text is read.
fn inflates_too_far(stream: &Stream) -> bool {
    let name = |key: &[u8]| stream.dict.get(key).and_then(Object::as_name).ok();
    if name(b"Subtype") == Some(b"Image") {
        return false;
    }
    let Ok(filters) = stream.filters() else {
        return false;
    };
    let bound = filters
        .iter()
        .fold(stream.content.len() as u64, |size, filter| {
            let growth = match *filter {
                b"FlateDecode" | b"Fl" => 1032,
                b"LZWDecode" | b"LZW" => 2600,
                b"RunLengthDecode" | b"RL" => 64,
                _ => 1,
            };
            size.saturating_mul(growth)
        });
    bound > limits::INFLATED as u64
        && matches!(
            stream.decompressed_content_with_limit(limits::INFLATED),
            Err(Error::Decompress(
                lopdf::DecompressError::MemoryLimitExceeded { .. }
            ))
        )
}

/// The large streams that say nothing about which letters stand where.
fn is_font_or_picture(stream: &Stream) -> bool {
    let subtype = stream.dict.get(b"Subtype").and_then(Object::as_name);
    stream.dict.has(b"Length1")
        || matches!(
            subtype,
            Ok(b"Image" | b"Type1C" | b"CIDFontType0C" | b"OpenType")
        )
}

/// Whether a deflated stream differs from what was deflated, by the check sum at its end.
///
/// Readers pass over it and read on with what they get.
fn is_corrupt(stream: &Stream) -> bool {
    let deflated = matches!(stream.filters().as_deref(), Ok([b"FlateDecode"]));
    // A predictor works on what was inflated.
    if !deflated || stream.dict.has(b"DecodeParms") || stream.content.len() < 6 {
        return false;
    }
    // The length may count the end of the line behind the stream.
    let end = &stream.content[stream.content.len().saturating_sub(6)..];
    stream
        .decompressed_content_with_limit(limits::INFLATED)
        .is_ok_and(|plain| {
            let sum = adler32(&plain).to_be_bytes();
            !end.windows(4).any(|window| window == sum)
        })
}

/// RFC 1950, 8.2: 5,552 bytes are the most before 32 bits overflow.
fn adler32(bytes: &[u8]) -> u32 {
    let (mut a, mut b) = (1_u32, 0_u32);
    for chunk in bytes.chunks(5552) {
        for byte in chunk {
            a += u32::from(*byte);
            b += a;
        }
        a %= 65521;
        b %= 65521;
    }
    (b << 16) | a
}

/// More forms that draw forms than this are taken for a circle: looking costs their square.
const FORMS: usize = 1000;

/// Whether any form is reached from itself. What a form lists counts, drawn or not.
fn forms_in_circles(document: &Document) -> bool {
    let mut forms: BTreeMap<ObjectId, Vec<ObjectId>> = document
        .objects
        .iter()
        .filter_map(|(id, object)| Some((*id, form_resources(document, object)?)))
        .collect();
    if forms.len() > FORMS {
        return true;
    }
    // Forms that draw none of those that are left are taken away; what remains stands in circles.
    loop {
        let before = forms.len();
        let left: BTreeSet<ObjectId> = forms.keys().copied().collect();
        forms.retain(|_, drawn| drawn.iter().any(|other| left.contains(other)));
        if forms.len() == before {
            return before > 0;
        }
    }
}

/// The objects that a form may draw, where `object` is a form that draws any.
fn form_resources(document: &Document, object: &Object) -> Option<Vec<ObjectId>> {
    let Object::Stream(stream) = object else {
        return None;
    };
    let dictionary = |dict: &'_ Dictionary, key: &[u8]| -> Option<Dictionary> {
        let (_, object) = document.dereference(dict.get(key).ok()?).ok()?;
        object.as_dict().ok().cloned()
    };
    let drawn = dictionary(&dictionary(&stream.dict, b"Resources")?, b"XObject")?;
    Some(
        drawn
            .iter()
            .filter_map(|(_, object)| object.as_reference().ok())
            .collect(),
    )
}
