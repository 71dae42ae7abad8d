//! What a file that was read in part does not tell, as warnings of the analysis format.

use crate::text::{Unread, UnreadReason};
use std::collections::BTreeMap;

/// `partly_read`, and behind it each reason with its pages: `no_text_layer:2-5,7`.
pub(super) fn warnings(unread: &[Unread]) -> Vec<String> {
    if unread.is_empty() {
        return Vec::new();
    }
    let mut pages: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
    for unread in unread {
        pages
            .entry(code(unread.reason))
            .or_default()
            .extend(unread.page);
    }
    let reasons = pages.into_iter().map(|(code, mut pages)| {
        pages.sort_unstable();
        match ranges(&pages) {
            ranges if ranges.is_empty() => code.to_owned(),
            ranges => format!("{code}:{ranges}"),
        }
    });
    std::iter::once("partly_read".to_owned())
        .chain(reasons)
        .collect()
}

const fn code(reason: UnreadReason) -> &'static str {
    match reason {
        UnreadReason::NoTextLayer => "no_text_layer",
        UnreadReason::UnknownLetters => "unknown_letters",
        UnreadReason::TooManyPages => "too_many_pages",
        UnreadReason::TooMuchDrawn => "too_much_drawn",
        UnreadReason::Broken => "page_broken",
        UnreadReason::PagesMissing => "pages_missing",
        UnreadReason::CutOff => "cut_off",
        UnreadReason::NothingFound => "nothing_found",
        UnreadReason::Corrupt => "corrupt",
    }
}

/// `2-5,7` of sorted page numbers.
fn ranges(pages: &[u32]) -> String {
    pages
        .chunk_by(|one, next| next - one <= 1)
        .map(|run| match run {
            [first, .., last] if first != last => format!("{first}-{last}"),
            [first, ..] => first.to_string(),
            [] => String::new(),
        })
        .collect::<Vec<_>>()
        .join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named_with_its_pages() {
        let unread = [2, 3, 4, 7].map(|page| Unread {
            page: Some(page),
            reason: UnreadReason::NoTextLayer,
        });
        assert_eq!(warnings(&unread), ["partly_read", "no_text_layer:2-4,7"]);
        let whole = Unread {
            page: None,
            reason: UnreadReason::PagesMissing,
        };
        assert_eq!(warnings(&[whole]), ["partly_read", "pages_missing"]);
        assert!(warnings(&[]).is_empty());
    }
}
