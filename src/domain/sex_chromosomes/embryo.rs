//! The sex of an embryo in plain words: `male embryo`, `Embryo 3: sex F`. Where genes are the topic
//! every such word counts but those about adults.

use super::token::{Kind, Token};
use super::words::{ADULT, EMBRYO, MALE_OR_FEMALE, ONCE, SEX, SHORT, SMALL};
use super::{Context, Found, span};

/// So many words may stand between an embryo and its sex.
const NEAR: usize = 4;

pub fn find(tokens: &[Token], context: Context, found: &mut Vec<Found>) {
    for (at, word) in tokens.iter().enumerate() {
        let said = if word.is_one_of(MALE_OR_FEMALE) {
            !is_about_adults(tokens, at)
        } else {
            word.is_one_of(SHORT) && is_value_of_field(tokens, at)
        };
        if said && is_near_embryo(tokens, at) {
            found.push(Found::certain(span(tokens, at, at)));
        } else if context == Context::Genetic && (said || word.begins(ONCE)) {
            found.push(Found::possible(span(tokens, at, at)));
        }
    }
}

fn is_about_adults(tokens: &[Token], at: usize) -> bool {
    let next = tokens[at + 1..]
        .iter()
        .find(|token| token.kind != Kind::Sign);
    let before = tokens[..at]
        .iter()
        .rev()
        .find(|token| token.kind == Kind::Word && !token.is_one_of(SMALL));
    next.is_some_and(|next| next.begins(ADULT)) || before.is_some_and(|before| before.begins(ADULT))
}

/// Behind the name of the field, with signs between.
fn is_value_of_field(tokens: &[Token], at: usize) -> bool {
    let field = tokens[..at]
        .iter()
        .rev()
        .find(|token| token.kind != Kind::Sign && !token.begins(EMBRYO));
    field.is_some_and(|field| field.is_one_of(SEX))
}

/// On its line, with few words between.
fn is_near_embryo(tokens: &[Token], at: usize) -> bool {
    let words_between = |tokens: &mut dyn Iterator<Item = &Token>| {
        let mut words = 0;
        for token in tokens {
            if token.begins(EMBRYO) {
                return true;
            }
            words += usize::from(
                token.kind == Kind::Word && !token.is_one_of(SMALL) && !token.is_one_of(SEX),
            );
            if words > NEAR {
                return false;
            }
        }
        false
    };
    let line = tokens[..at].iter().rev().take_while({
        let mut ended = false;
        move |token| {
            let on_line = !ended;
            ended = token.fresh;
            on_line
        }
    });
    let ahead = tokens[at + 1..].iter().take_while(|token| !token.fresh);
    (!tokens[at].fresh && words_between(&mut { line })) || words_between(&mut { ahead }.take(3))
}
