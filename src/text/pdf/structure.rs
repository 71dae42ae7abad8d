//! The structure of the file, by lopdf, before any page of it is drawn: encryption, the size of
//! what is compressed, the number of pages it claims.

use super::limits;
use crate::text::Unreadable;
use lopdf::{Dictionary, Document, Error, LoadOptions, Object, Stream};

/// What the file says about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Structure {
    /// Pages that the root of the page tree claims; `None` where the structure cannot be read.
    pub pages: Option<usize>,
    /// The table of objects was wrong or missing and was rebuilt from what was found.
    pub repaired: bool,
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
                repaired: true,
                forms_in_circles: true,
            });
        }
    };
    if document.is_encrypted() {
        return Err(Unreadable::Encrypted);
    }
    for object in document.objects.values() {
        if let Object::Stream(stream) = object
            && inflates_too_far(stream)
        {
            return Err(Unreadable::TooLarge);
        }
    }
    Ok(Structure {
        pages: claimed_pages(&document),
        repaired: document.xref_recovery.is_some(),
        forms_in_circles: forms_in_circles(&document),
    })
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

/// Whether any form is reached from itself. Forms are the nodes, drawing is not looked at: a form
/// that lists itself may draw itself.
fn forms_in_circles(document: &Document) -> bool {
    let forms: Vec<_> = document
        .objects
        .iter()
        .filter_map(|(id, object)| Some((*id, form_resources(document, object)?)))
        .collect();
    let mut done = std::collections::BTreeSet::new();
    // Remove forms that draw no form that is left; what cannot be removed stands in a circle.
    loop {
        let before = done.len();
        for (id, drawn) in &forms {
            let circles = drawn
                .iter()
                .any(|other| forms.iter().any(|(form, _)| form == other) && !done.contains(other));
            if !circles {
                done.insert(*id);
            }
        }
        if done.len() == before {
            return done.len() < forms.len();
        }
    }
}

/// The objects that a form may draw, where `object` is a form that draws any.
fn form_resources(document: &Document, object: &Object) -> Option<Vec<lopdf::ObjectId>> {
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
