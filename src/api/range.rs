//! `Range` and `If-Range` (RFC 9110, section 14).

use actix_web::{HttpRequest, http::header};
use std::ops::Range;

/// What of `size` bytes is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// All of them: nothing else is asked for, or nothing that is understood. Several ranges in one
    /// answer are not given, which a server may decide; whoever asks for them gets all.
    Whole,
    Part(Range<u64>),
    /// A range that begins behind the end.
    Nowhere,
}

/// What a request asks for of a thing with this ETag (with its quotes).
pub fn asked(request: &HttpRequest, size: u64, etag: &str) -> Asked {
    let said = |name| request.headers().get(name).map(|value| value.to_str());
    let Some(Ok(range)) = said(header::RANGE) else {
        return Asked::Whole;
    };
    match said(header::IF_RANGE) {
        None => parse(range, size),
        // A date is of no use either: nothing here has one. What changed is sent as a whole.
        Some(Ok(tag)) if tag.trim() == etag => parse(range, size),
        Some(_) => Asked::Whole,
    }
}

fn parse(range: &str, size: u64) -> Asked {
    let numbers = range.split_once('=').and_then(|(unit, ranges)| {
        let is_one = unit.trim().eq_ignore_ascii_case("bytes") && !ranges.contains(',');
        is_one.then(|| ranges.trim().split_once('-')).flatten()
    });
    let Some((first, last)) = numbers else {
        return Asked::Whole;
    };
    match (number(first), number(last)) {
        (Ok(Some(first)), Ok(last)) => {
            if last.is_some_and(|last| last < first) {
                return Asked::Whole;
            }
            if first >= size {
                return Asked::Nowhere;
            }
            let end = last.map_or(size, |last| last.saturating_add(1).min(size));
            Asked::Part(first..end)
        }
        // The last so many bytes.
        (Ok(None), Ok(Some(count))) => {
            if count == 0 || size == 0 {
                return Asked::Nowhere;
            }
            Asked::Part(size.saturating_sub(count)..size)
        }
        _ => Asked::Whole,
    }
}

struct NoNumber;

/// `None` where nothing is said.
fn number(digits: &str) -> Result<Option<u64>, NoNumber> {
    if digits.is_empty() {
        return Ok(None);
    }
    if !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return Err(NoNumber);
    }
    // A number that is too large for us is behind every end.
    Ok(Some(digits.parse().unwrap_or(u64::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn a_range_is_what_the_standard_says() {
        use Asked::{Nowhere, Part, Whole};
        for (said, expected) in [
            ("bytes=0-0", Part(0..1)),
            ("bytes=0-99", Part(0..100)),
            ("bytes=0-100", Part(0..100)),
            ("bytes=10-", Part(10..100)),
            ("bytes=-10", Part(90..100)),
            ("bytes=-1000", Part(0..100)),
            ("Bytes=5-7", Part(5..8)),
            ("bytes=99-99999999999999999999999", Part(99..100)),
            ("bytes=100-", Nowhere),
            ("bytes=99999999999999999999999-", Nowhere),
            ("bytes=-0", Nowhere),
            ("bytes=7-5", Whole),
            ("bytes=0-1,5-6", Whole),
            ("bytes=-", Whole),
            ("bytes=a-b", Whole),
            ("bytes=+1-2", Whole),
            ("pages=1-2", Whole),
            ("bytes", Whole),
        ] {
            assert_eq!(parse(said, 100), expected, "{said}");
        }
    }

    #[test]
    fn a_range_of_another_thing_is_not_given() {
        let of = |tag: &'static str| {
            let request = TestRequest::get()
                .append_header(("range", "bytes=1-2"))
                .append_header(("if-range", tag));
            asked(&request.to_http_request(), 100, "\"a\"")
        };
        assert_eq!(of("\"a\""), Asked::Part(1..3));
        for other in ["\"b\"", "W/\"a\"", "Tue, 15 Nov 1994 12:45:26 GMT"] {
            assert_eq!(of(other), Asked::Whole, "{other}");
        }
    }
}
