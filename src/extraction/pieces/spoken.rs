//! The folded words of a run, for the lexicon.

use crate::lexicon::{Lexicon, fold, tokens};
use crate::text::page::Word;

/// The folded words of a run and where each came from.
pub(super) struct Spoken {
    tokens: Vec<String>,
    word_of: Vec<usize>,
}

impl Spoken {
    pub(super) fn of(words: &[&Word]) -> Self {
        let mut spoken = Self {
            tokens: Vec::new(),
            word_of: Vec::new(),
        };
        for (index, word) in words.iter().enumerate() {
            let folded = fold(&word.text);
            for token in tokens(&folded) {
                spoken.tokens.push(token.to_owned());
                spoken.word_of.push(index);
            }
        }
        spoken
    }

    pub(super) fn upto(&self, word: usize) -> &[String] {
        &self.tokens[..self.word_of.partition_point(|of| *of < word)]
    }

    /// Words whose digits belong to a name: `17` of `17-OH progesterone`.
    pub(super) fn known_words(&self, lexicon: &Lexicon) -> Vec<usize> {
        let mut known = Vec::new();
        let mut at = 0;
        while at < self.tokens.len() {
            let step = lexicon.names.step(&self.tokens[at..]);
            if step.is_known() && (step.words > 1 || step.says_something()) {
                known.extend_from_slice(&self.word_of[at..at + step.words]);
            }
            at += step.words;
        }
        known
    }

    /// Whether everything from a word on is said in words of the lexicon.
    pub(super) fn says(&self, lexicon: &Lexicon, word: usize) -> bool {
        let rest = &self.tokens[self.word_of.partition_point(|of| *of < word)..];
        let label = lexicon.names.label(rest);
        !rest.is_empty() && label.unknown == 0 && !label.concepts.is_empty()
    }
}
