//! Signs that laboratories print beside or glued to a number.

use super::Mark;
use crate::domain::analysis::Flag;

/// Marks that laboratories glue to a number.
pub(super) fn glued_mark(rest: &str) -> Option<Mark> {
    let bare = rest.trim_matches(['(', ')', ' ']);
    match bare.trim_end_matches('*') {
        "" | "#" | "!" => Some(Mark::Star),
        "H" | "h" | "HH" | "hh" => Some(Mark::Said(Flag::High)),
        "L" | "l" | "LL" | "ll" => Some(Mark::Said(Flag::Low)),
        sign => arrow(sign).map(Mark::Said),
    }
}

pub(super) fn arrow(text: &str) -> Option<Flag> {
    let mut signs = text.chars();
    let flag = match signs.next()? {
        '↑' | '▲' | '⇧' | '⬆' | '△' | '↗' => Flag::High,
        '↓' | '▼' | '⇩' | '⬇' | '▽' | '↘' => Flag::Low,
        _ => return None,
    };
    signs.all(|c| !c.is_alphanumeric()).then_some(flag)
}
