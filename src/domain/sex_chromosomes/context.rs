//! How loosely a text is understood.

use super::token::Token;
use super::words::{CHROMOSOME, TOPICS};

/// What a text belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Context {
    /// Any paper: only what is written as nothing else is.
    Ordinary,
    /// Genes are spoken of: letters that stand alone count.
    Mentioned,
    /// Genes are the topic: whatever may tell the sex counts.
    Genetic,
}

/// So many topics of genetics make it that of the text.
const ENOUGH: usize = 2;

impl Context {
    /// Of texts that belong together, as the pages of a document. `genetic` says that the document is
    /// known to be one of genetics.
    #[must_use]
    pub fn of<'a>(genetic: bool, texts: impl IntoIterator<Item = &'a str>) -> Self {
        if genetic {
            return Self::Genetic;
        }
        let tokens = texts.into_iter().flat_map(super::token::tokens);
        Self::by_topics(&tokens.collect::<Vec<_>>())
    }

    /// At least what the text itself makes of it.
    pub(super) fn of_text(self, tokens: &[Token]) -> Self {
        self.max(Self::by_topics(tokens))
    }

    fn by_topics(tokens: &[Token]) -> Self {
        let spoken = |stems: &[&str]| tokens.iter().any(|token| token.begins(stems));
        let topics = TOPICS.iter().filter(|stems| spoken(stems)).count();
        match topics + usize::from(spoken(CHROMOSOME)) {
            0 => Self::Ordinary,
            topics if topics < ENOUGH => Self::Mentioned,
            _ => Self::Genetic,
        }
    }
}
