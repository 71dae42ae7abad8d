//! Karyotypes and their parts, as the international nomenclature (ISCN) and laboratories write them.

use super::token::{Kind, Token};
use super::words::{GENES, NAMED_X, STRUCTURE, WITH_X};
use super::{Context, Found, span};

/// Chromosomes of one set, and with it the count that a karyotype begins with.
const SET: f64 = 23.0;

/// Counts in front of letters without a comma: of one, two, three and four sets, one more or less.
const COUNTS: &[u32] = &[22, 23, 24, 44, 45, 46, 47, 48, 49, 68, 69, 70, 91, 92, 93];

pub fn find(tokens: &[Token], context: Context) -> Vec<Found> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let (one, next) = match here(tokens, at, context) {
            Some((one, last)) => (Some(one), last + 1),
            None => (None, at + 1),
        };
        found.extend(one);
        at = next;
    }
    found
}

/// What begins at this token, and the last token of it.
fn here(tokens: &[Token], at: usize, context: Context) -> Option<(Found, usize)> {
    karyotype(tokens, at, context)
        .or_else(|| copies(tokens, at))
        .or_else(|| structure(tokens, at, context))
        .or_else(|| band(tokens, at))
        .or_else(|| alone(tokens, at, context))
}

/// `46,XX`, `45,X`, `47,XXY`, `46 XY`, `69,XXX`. The count stays where it tells nothing by itself.
fn karyotype(tokens: &[Token], at: usize, context: Context) -> Option<(Found, usize)> {
    let count = tokens[at]
        .number()
        .filter(|count| (20..=99).contains(count))?;
    let before = at.checked_sub(1).map(|before| &tokens[before]);
    if tokens[at].glued && before.is_some_and(|before| before.kind == Kind::Word || before.is("."))
    {
        return None;
    }
    let mut letters = at + 1;
    let sign = tokens.get(letters).filter(|sign| sign.kind == Kind::Sign);
    let comma = sign.is_some_and(|sign| sign.is(",") || sign.is(";"));
    if sign.is_some_and(|sign| comma || [".", "-", ":", "/"].iter().any(|it| sign.is(it))) {
        letters += 1;
    }
    let word = tokens.get(letters)?;
    let upper = word.gonosomes();
    let written = match upper {
        Some(written) => written,
        None if comma => small_gonosomes(word)?,
        None => return None,
    };
    let (last, written) = rest(tokens, letters, written);
    let said_by_zero = last > letters || word.plain.ends_with('O');
    let known = if comma {
        // A list of numbers with a cross in it is not one where letters follow by themselves.
        written > 1 || upper.is_some() && (word.glued || context > Context::Ordinary)
    } else {
        COUNTS.contains(&count)
            && (written > 1 || said_by_zero || context > Context::Ordinary && word.glued)
            && !tokens
                .get(last + 1)
                .is_some_and(|next| next.kind == Kind::Number)
    };
    if !known {
        return None;
    }
    // 45,X and 47,XXY have another number than the sets of the count: it would tell.
    let sets = (f64::from(count) / SET).round() as usize;
    let first = if written == sets { letters } else { at };
    Some((Found::certain(span(tokens, first, last)), last))
}

/// `X,Y`, `X0`, `X?`: what still belongs to the letters.
fn rest(tokens: &[Token], letters: usize, mut written: usize) -> (usize, usize) {
    let mut last = letters;
    loop {
        let next = |ahead: usize| tokens.get(last + ahead);
        let glued =
            |token: Option<&Token>, sign: &str| token.is_some_and(|it| it.glued && it.is(sign));
        if next(1).is_some_and(|zero| zero.glued && zero.plain == "0") || glued(next(1), "?") {
            last += 1;
        } else if let (true, Some(more)) = (glued(next(1), ","), next(2).and_then(Token::gonosomes))
        {
            written += more;
            last += 2;
        } else {
            return (last, written);
        }
    }
}

/// `xx` and `xy`, in small letters.
fn small_gonosomes(word: &Token) -> Option<usize> {
    (word.kind == Kind::Word
        && matches!(
            word.lower.as_str(),
            "x" | "xx" | "xy" | "xxy" | "xyy" | "xxx" | "xo"
        ))
    .then_some(word.lower.trim_end_matches('o').len())
}

/// `(X,Y)x1`, `(X)x2`, `(1-22,X)x2`: of a list with how often it is there, the autosomes stay.
fn copies(tokens: &[Token], at: usize) -> Option<(Found, usize)> {
    if !tokens[at].is("(") {
        return None;
    }
    let close = closing(tokens, at)?;
    let times = tokens
        .get(close + 1)
        .filter(|x| x.is_word("x") || x.is("×"))?;
    let from = tokens.get(close + 2).filter(|it| it.kind == Kind::Number)?;
    if !times.glued || !from.glued {
        return None;
    }
    let mut last = close + 2;
    while tokens
        .get(last + 1)
        .is_some_and(|sign| sign.glued && (sign.is("~") || sign.is(".") || sign.is("-")))
        && tokens
            .get(last + 2)
            .is_some_and(|it| it.glued && it.kind == Kind::Number)
    {
        last += 2;
    }
    let listed: Vec<&[Token]> = tokens[at + 1..close]
        .split(|sign| sign.is(",") || sign.is(";"))
        .collect();
    let of_sex = |item: &&[Token]| item.iter().any(|token| token.gonosomes().is_some());
    if !listed.iter().any(of_sex) {
        return None;
    }
    let kept: Vec<String> = listed
        .iter()
        .filter(|item| !of_sex(item))
        .map(|item| item.iter().map(|token| token.plain.as_str()).collect())
        .collect();
    let often: String = tokens[close + 1..=last]
        .iter()
        .map(|token| token.plain.as_str())
        .collect();
    let mut found = Found::certain(span(tokens, at, last));
    if !kept.is_empty() {
        found.kept = format!("({}){often},", kept.join(","));
    }
    Some((found, last))
}

/// `del(X)(q24)`, `t(X;5)(q13;p12)`, `idic(Y)`.
fn structure(tokens: &[Token], at: usize, context: Context) -> Option<(Found, usize)> {
    let word = &tokens[at];
    let single = word.plain.len() == 1;
    if !word.is_one_of(STRUCTURE)
        || single && (word.plain != word.lower || context == Context::Ordinary)
    {
        return None;
    }
    let open = at + 1;
    if !tokens.get(open)?.is("(") || !tokens[open].glued {
        return None;
    }
    let close = closing(tokens, open)?;
    if !tokens[open..close]
        .iter()
        .any(|token| token.gonosomes().is_some())
    {
        return None;
    }
    let last = brackets(tokens, close);
    Some((Found::certain(span(tokens, at, last)), last))
}

/// `Xp22.33`, `Yq11.2`, with coordinates and number of copies behind it.
fn band(tokens: &[Token], at: usize) -> Option<(Found, usize)> {
    let arm = &tokens[at];
    let is_arm = matches!(
        arm.plain.as_str(),
        "Xp" | "Xq" | "Yp" | "Yq" | "Xcen" | "Ycen" | "Xpter" | "Xqter" | "Ypter" | "Yqter"
    );
    if !is_arm
        || !(arm.plain.len() > 2
            || tokens.get(at + 1)?.glued && tokens[at + 1].kind == Kind::Number)
    {
        return None;
    }
    let mut last = at;
    while let Some(next) = tokens.get(last + 1).filter(|next| next.glued) {
        let goes_on = next.kind == Kind::Number
            || [".", "-", "~", "_", ":"].iter().any(|sign| next.is(sign))
            || next.is_one_of(&["p", "q", "pter", "qter", "cen", "x"]);
        if !goes_on {
            break;
        }
        last += 1;
    }
    last = brackets(tokens, last);
    if tokens
        .get(last + 1)
        .is_some_and(|x| x.glued && (x.is_word("x") || x.is("×")))
    {
        last += 1;
        if tokens
            .get(last + 1)
            .is_some_and(|times| times.glued && times.kind == Kind::Number)
        {
            last += 1;
        }
    }
    Some((Found::certain(span(tokens, at, last)), last))
}

/// Letters without a count. The more genes are the topic, the less it takes.
fn alone(tokens: &[Token], at: usize, context: Context) -> Option<(Found, usize)> {
    let word = &tokens[at];
    let before = at.checked_sub(1).map(|before| &tokens[before]);
    let next = tokens.get(at + 1);
    if word.kind == Kind::Word && ["CHRX", "CHRY"].contains(&word.plain.to_uppercase().as_str()) {
        return Some((Found::certain(span(tokens, at, at)), at));
    }
    if context > Context::Ordinary
        && GENES.iter().any(|gene| word.plain.starts_with(gene))
        && word.kind == Kind::Word
    {
        let last = if next.is_some_and(|next| next.glued && next.kind == Kind::Number) {
            at + 1
        } else {
            at
        };
        return Some((Found::certain(span(tokens, at, last)), last));
    }
    if context == Context::Genetic && (word.is("♂") || word.is("♀")) {
        return Some((Found::possible(span(tokens, at, at)), at));
    }
    let written = word.gonosomes()?;
    let zero = next.is_some_and(|next| next.glued && next.plain == "0");
    let last = if zero { at + 1 } else { at };
    // Two with an uneven number of letters are written for nothing else.
    if matches!(
        word.plain.as_str(),
        "XXY" | "XYY" | "XXXY" | "XXYY" | "XXXXY"
    ) {
        return Some((Found::certain(span(tokens, at, at)), at));
    }
    if context == Context::Ordinary {
        return None;
    }
    let signed = before.filter(|sign| {
        word.glued && (sign.is("+") || sign.is("-") && is_sign_of_loss(sign, tokens, at))
    });
    if let Some(sign) = signed {
        return Some((
            Found::certain(sign.range.start..tokens[last].range.end),
            last,
        ));
    }
    if written > 1 || zero {
        return Some((Found::certain(span(tokens, at, last)), last));
    }
    let listed = word.glued && before.is_some_and(|comma| comma.is(",") || comma.is(";"));
    if listed || context == Context::Genetic && !is_named(tokens, at) {
        return Some((Found::possible(span(tokens, at, last)), last));
    }
    None
}

/// A dash that parts two words is none.
fn is_sign_of_loss(dash: &Token, tokens: &[Token], at: usize) -> bool {
    !dash.glued
        || at.checked_sub(2).is_some_and(|before| {
            let before = &tokens[before];
            before.is(",") || before.is("(") || before.is("/")
        })
}

/// An X that is a cross, a box that is ticked, a ray, or the name of a syndrome.
fn is_named(tokens: &[Token], at: usize) -> bool {
    let before = at.checked_sub(1).map(|before| &tokens[before]);
    let next = tokens.get(at + 1);
    let number = |token: Option<&Token>| token.is_some_and(|token| token.kind == Kind::Number);
    let times = number(before) && number(next);
    let box_ticked =
        before.is_some_and(|sign| sign.is("[")) && next.is_some_and(|sign| sign.is("]"));
    let with = next.is_some_and(|dash| dash.is("-"))
        && tokens.get(at + 2).is_some_and(|word| word.begins(WITH_X));
    times
        || box_ticked
        || with
        || next.is_some_and(|word| word.begins(WITH_X))
        || before.is_some_and(|word| word.is_one_of(NAMED_X))
}

/// The bracket that closes the one at `open`, on the same line.
fn closing(tokens: &[Token], open: usize) -> Option<usize> {
    /// A karyotype lists fewer things than this in one bracket.
    const LONGEST: usize = 60;
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate().skip(open).take(LONGEST) {
        if token.is("(") {
            depth += 1;
        } else if token.is(")") {
            depth -= 1;
            if depth == 0 {
                return Some(at);
            }
        }
    }
    None
}

/// The last of the brackets that are glued to `last`.
fn brackets(tokens: &[Token], mut last: usize) -> usize {
    while tokens
        .get(last + 1)
        .is_some_and(|open| open.glued && open.is("("))
    {
        match closing(tokens, last + 1) {
            Some(close) => last = close,
            None => break,
        }
    }
    last
}
