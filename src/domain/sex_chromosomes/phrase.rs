//! Chromosomes that are named in words.

use super::token::Token;
use super::words::{CHROMOSOME, COPIES, GONOSOME, OF_SEX, SMALL, SYNDROME};
use super::{Context, Found, span};
use crate::domain::sex_chromosomes::token::Kind;

/// So many words may stand between a chromosome and its name.
const REACH: usize = 12;

pub fn find(tokens: &[Token], context: Context, found: &mut Vec<Found>) {
    for (at, word) in tokens.iter().enumerate() {
        if word.begins(CHROMOSOME) || word.is_word("chr") {
            named_behind(tokens, at, found);
            named_before(tokens, at, found);
            of_sex(tokens, at, found);
        } else if word.begins(GONOSOME) {
            found.push(Found::certain(span(tokens, at, at)));
        } else if word.begins(COPIES) {
            named_behind(tokens, at, found);
        } else if word.begins(&["klinefelter"]) {
            found.push(Found::certain(span(tokens, at, at)));
        } else if word.begins(&["turner"]) {
            let near = tokens.get(at.saturating_sub(3)..(at + 4).min(tokens.len()));
            if context == Context::Genetic
                || near.is_some_and(|near| near.iter().any(|it| it.begins(SYNDROME)))
            {
                found.push(Found::certain(span(tokens, at, at)));
            }
        }
    }
}

/// `chromosomes 13, 18, X and Y`, `monosomy X`, `trisomy of the X chromosome`.
fn named_behind(tokens: &[Token], at: usize, found: &mut Vec<Found>) {
    for (ahead, token) in tokens.iter().enumerate().skip(at + 1).take(REACH) {
        if token.gonosomes().is_some() {
            found.push(Found::certain(span(tokens, ahead, ahead)));
        } else if !is_between(token) {
            return;
        }
    }
}

/// `X chromosome`, `Y-Chromosom`, `X and Y chromosomes`.
fn named_before(tokens: &[Token], at: usize, found: &mut Vec<Found>) {
    let english = tokens[at].begins(&["chromosom"]);
    for behind in (at.saturating_sub(REACH)..at).rev() {
        let token = &tokens[behind];
        let small = english && behind + 1 == at && (token.is_word("x") || token.is_word("y"));
        if token.gonosomes().is_some() || small {
            found.push(Found::certain(span(tokens, behind, behind)));
        } else if !is_between(token) || token.is(".") || token.is(":") {
            return;
        }
    }
}

/// `sex chromosomes`, `cromosomas sexuales`.
fn of_sex(tokens: &[Token], at: usize, found: &mut Vec<Found>) {
    let sexual = |at: usize| tokens.get(at).is_some_and(|word| word.is_one_of(OF_SEX));
    let dash = |at: usize| tokens.get(at).is_some_and(|sign| sign.is("-"));
    let before = at.wrapping_sub(1);
    if sexual(before) {
        found.push(Found::certain(span(tokens, before, at)));
    } else if dash(before) && sexual(at.wrapping_sub(2)) {
        found.push(Found::certain(span(tokens, at - 2, at)));
    } else if sexual(at + 1) {
        found.push(Found::certain(span(tokens, at, at + 1)));
    }
}

fn is_between(token: &Token) -> bool {
    match token.kind {
        Kind::Number => true,
        Kind::Word => token.is_one_of(SMALL) || token.begins(CHROMOSOME) || token.begins(OF_SEX),
        Kind::Sign => [",", ";", "/", "&", "-", ":", ".", "(", "+"]
            .iter()
            .any(|sign| token.is(sign)),
    }
}
