//! How large a picture says it is, from its header: a few bytes may promise gigabytes.

use super::MediaType;

/// Pixels of a picture that is taken: a sheet of A4 at 1,200 dots an inch is 140 million.
const MOST: u64 = 1 << 28;

/// Whether the header, as far as it is among `bytes`, promises more than is taken.
pub fn is_flood(media_type: MediaType, bytes: &[u8]) -> bool {
    let size = match media_type {
        MediaType::Png => png(bytes),
        MediaType::Jpeg => jpeg(bytes),
        MediaType::Tiff => tiff(bytes),
        MediaType::Heic => heic(bytes),
        _ => None,
    };
    size.is_some_and(|(width, height)| u64::from(width) * u64::from(height) > MOST)
}

/// IHDR is the first chunk (PNG 3rd edition, 11.2.1).
fn png(bytes: &[u8]) -> Option<(u32, u32)> {
    (bytes.get(12..16)? == b"IHDR").then_some(())?;
    Some((big(bytes, 16)?, big(bytes, 20)?))
}

/// The frame header, behind whatever segments stand before it (ITU-T T.81, B.2.2).
fn jpeg(bytes: &[u8]) -> Option<(u32, u32)> {
    let mut at = 2;
    loop {
        let [0xff, marker] = *bytes.get(at..at + 2)? else {
            return None;
        };
        match marker {
            0xff => at += 1,
            0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => {
                let height = u16::from_be_bytes(*bytes.get(at + 5..)?.first_chunk()?);
                let width = u16::from_be_bytes(*bytes.get(at + 7..)?.first_chunk()?);
                return Some((width.into(), height.into()));
            }
            0x01 | 0xd0..=0xd8 => at += 2,
            _ => {
                at += 2 + usize::from(u16::from_be_bytes(*bytes.get(at + 2..)?.first_chunk()?));
            }
        }
    }
}

/// The first directory, where it stands near the beginning (TIFF 6.0, section 2).
fn tiff(bytes: &[u8]) -> Option<(u32, u32)> {
    let little = bytes.starts_with(b"II");
    let short = |at: usize| {
        let two = *bytes.get(at..)?.first_chunk()?;
        Some(if little {
            u16::from_le_bytes(two)
        } else {
            u16::from_be_bytes(two)
        })
    };
    let long = |at: usize| {
        let four = *bytes.get(at..)?.first_chunk()?;
        Some(if little {
            u32::from_le_bytes(four)
        } else {
            u32::from_be_bytes(four)
        })
    };
    let directory = long(4)? as usize;
    let entries = usize::from(short(directory)?);
    let value = |tag: u16| {
        (0..entries).find_map(|entry| {
            let at = directory + 2 + entry * 12;
            (short(at)? == tag).then_some(())?;
            // Type 3 is a short, 4 a long.
            match short(at + 2)? {
                3 => short(at + 8).map(u32::from),
                _ => long(at + 8),
            }
        })
    };
    Some((value(256)?, value(257)?))
}

/// The largest of the image spatial extents (ISO/IEC 23008-12, 6.5.3).
fn heic(bytes: &[u8]) -> Option<(u32, u32)> {
    bytes
        .windows(4)
        .enumerate()
        .filter(|(_, window)| *window == b"ispe")
        .filter_map(|(at, _)| Some((big(bytes, at + 8)?, big(bytes, at + 12)?)))
        .max_by_key(|(width, height)| u64::from(*width) * u64::from(*height))
}

fn big(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(*bytes.get(at..)?.first_chunk()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn png_of(side: u32) -> Vec<u8> {
        let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
        bytes.extend_from_slice(&side.to_be_bytes());
        bytes.extend_from_slice(&side.to_be_bytes());
        bytes
    }

    #[test]
    fn a_header_that_promises_too_much_is_a_flood() {
        assert!(is_flood(MediaType::Png, &png_of(60_000)));
        assert!(!is_flood(MediaType::Png, &png_of(9_000)));
        let jpeg = |side: u16| {
            let mut bytes = b"\xff\xd8\xff\xe0\0\x04ab\xff\xc0\0\x11\x08".to_vec();
            bytes.extend_from_slice(&side.to_be_bytes());
            bytes.extend_from_slice(&side.to_be_bytes());
            bytes
        };
        assert!(is_flood(MediaType::Jpeg, &jpeg(60_000)));
        assert!(!is_flood(MediaType::Jpeg, &jpeg(9_000)));
        let mut tiff = b"II*\0\x08\0\0\0\x02\0".to_vec();
        for tag in [256_u16, 257] {
            tiff.extend_from_slice(&tag.to_le_bytes());
            tiff.extend_from_slice(&[4, 0, 1, 0, 0, 0]);
            tiff.extend_from_slice(&60_000_u32.to_le_bytes());
        }
        assert!(is_flood(MediaType::Tiff, &tiff));
        let mut heic = b"\0\0\0\x14ispe\0\0\0\0".to_vec();
        heic.extend_from_slice(&[0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60]);
        assert!(is_flood(MediaType::Heic, &heic));
    }

    proptest! {
        #[test]
        fn no_header_hurts(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            for media_type in [MediaType::Png, MediaType::Jpeg, MediaType::Tiff, MediaType::Heic] {
                let _ = is_flood(media_type, &bytes);
            }
        }
    }
}
