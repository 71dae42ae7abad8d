//! Words as the lexicon reads them: folded once for everybody who asks.

use crate::lexicon::{Lexicon, fold, tokens};
use crate::text::page::{Line, Page, Word};

/// The folded words of a run and where each came from.
pub struct Spoken {
    pub tokens: Vec<String>,
    /// Of each token the word of the run, counted from 0.
    pub word_of: Vec<usize>,
}

impl Spoken {
    #[must_use]
    pub fn of<'w>(words: impl IntoIterator<Item = &'w Word>) -> Self {
        let mut spoken = Self {
            tokens: Vec::new(),
            word_of: Vec::new(),
        };
        for (index, word) in words.into_iter().enumerate() {
            let folded = fold(&word.text);
            for token in tokens(&folded) {
                spoken.tokens.push(token.to_owned());
                spoken.word_of.push(index);
            }
        }
        spoken
    }

    /// The tokens before a word.
    pub fn upto(&self, word: usize) -> &[String] {
        &self.tokens[..self.word_of.partition_point(|of| *of < word)]
    }

    /// Words whose digits belong to a name: `17` of `17-OH progesterone`.
    pub fn known_words(&self, lexicon: &Lexicon) -> Vec<usize> {
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
    pub fn says(&self, lexicon: &Lexicon, word: usize) -> bool {
        let rest = &self.tokens[self.word_of.partition_point(|of| *of < word)..];
        let label = lexicon.names.label(rest);
        !rest.is_empty() && label.unknown == 0 && !label.concepts.is_empty()
    }
}

/// The lines of all pages, folded.
pub struct Folded(Vec<Vec<String>>);

impl Folded {
    #[must_use]
    pub fn of(pages: &[Page]) -> Self {
        let folded = |line: &Line| fold(&line.text());
        Self(
            pages
                .iter()
                .map(|page| page.lines.iter().map(folded).collect())
                .collect(),
        )
    }

    #[must_use]
    pub fn lines(&self) -> SpokenLines<'_> {
        SpokenLines(
            self.0
                .iter()
                .map(|lines| lines.iter().map(|line| tokens(line).collect()).collect())
                .collect(),
        )
    }
}

/// The words of each line of each page.
pub struct SpokenLines<'f>(Vec<Vec<Vec<&'f str>>>);

impl<'f> SpokenLines<'f> {
    /// Of each page its lines, in the order of the page.
    pub fn pages(&self) -> impl Iterator<Item = &[Vec<&'f str>]> {
        self.0.iter().map(Vec::as_slice)
    }

    /// The lines of all pages.
    pub fn all(&self) -> impl Iterator<Item = &[&'f str]> {
        self.0.iter().flatten().map(Vec::as_slice)
    }
}
