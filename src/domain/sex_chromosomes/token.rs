//! A text as words, numbers and signs, each with its place.

use std::ops::Range;
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Word,
    Number,
    Sign,
}

/// A run of letters, a run of digits, or one other sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    pub kind: Kind,
    /// Bytes of the text.
    pub range: Range<usize>,
    /// Without accents, and with the look-alikes of other alphabets as what they look like.
    pub plain: String,
    /// The same in lower case.
    pub lower: String,
    /// Nothing stands between it and the token before.
    pub glued: bool,
    /// It begins a line.
    pub fresh: bool,
}

impl Token {
    pub fn is(&self, sign: &str) -> bool {
        self.kind == Kind::Sign && self.plain == sign
    }

    pub fn is_word(&self, lower: &str) -> bool {
        self.kind == Kind::Word && self.lower == lower
    }

    /// Whether its lower-case word is one of `words`.
    pub fn is_one_of(&self, words: &[&str]) -> bool {
        self.kind == Kind::Word && words.contains(&self.lower.as_str())
    }

    /// Whether its lower-case word begins with one of `stems`.
    pub fn begins(&self, stems: &[&str]) -> bool {
        self.kind == Kind::Word && stems.iter().any(|stem| self.lower.starts_with(stem))
    }

    pub fn number(&self) -> Option<u32> {
        (self.kind == Kind::Number)
            .then(|| self.plain.parse().ok())
            .flatten()
    }

    /// How many sex chromosomes the word writes, in capitals: `XX` two, `X` one, `XXYc` three, `XO`
    /// one. `None` for any other word.
    pub fn gonosomes(&self) -> Option<usize> {
        if self.kind != Kind::Word {
            return None;
        }
        let letters = self.plain.trim_end_matches('c');
        let letters = letters.strip_suffix('O').unwrap_or(letters);
        let count = letters.len();
        (matches!(count, 1..=5) && letters.bytes().all(|letter| matches!(letter, b'X' | b'Y')))
            .then_some(count)
    }
}

pub fn tokens(text: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    let (mut glued, mut fresh) = (false, true);
    for (at, letter) in text.char_indices() {
        if is_invisible(letter) {
            continue;
        }
        if letter.is_whitespace() {
            glued = false;
            fresh |= letter == '\n';
            continue;
        }
        let end = at + letter.len_utf8();
        let plain = plain(letter);
        let kind = match plain.chars().next() {
            Some(first) if first.is_alphabetic() => Kind::Word,
            Some(first) if first.is_numeric() => Kind::Number,
            // A combining mark belongs to the letter before it.
            None => {
                if let Some(last) = tokens.last_mut().filter(|_| glued) {
                    last.range.end = end;
                }
                continue;
            }
            _ => Kind::Sign,
        };
        match tokens.last_mut() {
            Some(last) if glued && last.kind == kind && kind != Kind::Sign => {
                last.lower
                    .extend(plain.chars().flat_map(char::to_lowercase));
                last.plain.push_str(&plain);
                last.range.end = end;
            }
            _ => tokens.push(Token {
                kind,
                range: at..end,
                lower: plain.to_lowercase(),
                plain,
                glued,
                fresh,
            }),
        }
        (glued, fresh) = (true, false);
    }
    tokens
}

/// Drawn as nothing: soft hyphens and joiners, which do not part a word.
fn is_invisible(letter: char) -> bool {
    matches!(
        letter,
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}'
    )
}

/// Full-width and raised forms as plain ones, no accents, one kind of dash.
fn plain(letter: char) -> String {
    if letter.is_ascii() {
        return letter.to_string();
    }
    match letter {
        'Χ' | 'Х' => "X".into(),
        'χ' | 'х' => "x".into(),
        'Υ' | 'У' | 'Ү' => "Y".into(),
        'у' => "y".into(),
        '×' | '✕' | '⨯' => "×".into(),
        '‐' | '‑' | '‒' | '–' | '—' | '−' => "-".into(),
        'ß' => "ss".into(),
        _ => letter
            .nfkd()
            .filter(|&part| !is_combining_mark(part))
            .collect(),
    }
}
