//! What a page speaks of. Common words (`volume`, `frozen`, `MI`) name an analyte only where the
//! page is about that kind of thing.

use super::spoken::SpokenLines;
use crate::lexicon::{Context, Group, Lexicon};

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Topics {
    pub semen: bool,
    pub embryology: bool,
    pub ultrasound: bool,
}

impl Topics {
    /// Of each page what its words speak of.
    #[must_use]
    pub fn of_pages(lines: &SpokenLines, lexicon: &Lexicon) -> Vec<Self> {
        lines
            .pages()
            .map(|page| {
                let mut topics = Self::default();
                for line in page {
                    for at in 0..line.len() {
                        match lexicon.words.contexts.longest(&line[at..]) {
                            Some((Context::Semen, _)) => topics.semen = true,
                            Some((Context::Embryology, _)) => topics.embryology = true,
                            Some((Context::Ultrasound, _)) => topics.ultrasound = true,
                            _ => {}
                        }
                    }
                }
                topics
            })
            .collect()
    }

    /// Whether common words mean analytes of this group here.
    #[must_use]
    pub fn speak_of(self, group: Group) -> bool {
        match group {
            Group::Semen => self.semen,
            Group::Embryology => self.embryology,
            Group::Ultrasound => self.ultrasound,
            _ => true,
        }
    }
}
