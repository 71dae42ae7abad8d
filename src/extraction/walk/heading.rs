//! Headings: whose values follow, of which sample, or that none do.

use super::{Section, Walk};
use crate::domain::analysis::Preparation;
use crate::extraction::pieces::{Piece, What};
use crate::lexicon::{Aside, Person, fold, tokens};
use crate::text::page::Line;

impl Walk<'_> {
    /// Headings that say whose values follow, or that none do.
    pub(super) fn heading(&mut self, line: &Line, pieces: &[Piece]) -> bool {
        let text = line.text();
        let folded = fold(&text);
        let spoken: Vec<&str> = tokens(&folded).take(8).collect();
        let first_cell = line
            .words
            .iter()
            .skip(1)
            .take_while(|word| !word.gap_before)
            .count()
            + 1;
        let has_value = pieces
            .iter()
            .any(|piece| matches!(piece.what, What::Number { .. } | What::Unit(_)));
        if let Some((aside, taken)) = self.lexicon.words.asides.longest(&spoken) {
            let told = line
                .words
                .iter()
                .take(taken)
                .any(|word| word.text.ends_with([':', '.']));
            let alone = spoken.len() <= taken + 1;
            if told || alone || (*aside == Aside::History && first_cell <= taken + 1 && !has_value)
            {
                self.history = *aside == Aside::History;
                if self.section == Section::Results {
                    self.section = Section::Aside;
                    if alone {
                        self.columns = None;
                    }
                }
                return true;
            }
            if *aside == Aside::History {
                // A line that begins with "Previous ..." is about an earlier result.
                return true;
            }
        }
        if spoken.iter().any(|word| {
            word.starts_with("prepar")
                || word.starts_with("aufbereit")
                || *word == "wash"
                || *word == "washed"
                || word.starts_with("capacit")
        }) && !has_value
            && spoken.len() <= 6
        {
            let before = spoken.iter().any(|word| {
                matches!(
                    *word,
                    "before" | "pre" | "vor" | "avant" | "prima" | "antes"
                )
            });
            self.preparation = Some(if before {
                Preparation::Native
            } else {
                Preparation::PostPreparation
            });
            return true;
        }
        if let Some((person, taken)) = self.person(&spoken) {
            let short = spoken.len() <= taken + 4 && !has_value;
            let label_only = line
                .words
                .first()
                .is_some_and(|word| word.text.ends_with(':'));
            match person {
                Person::Second
                    if short
                        && (!self.found.findings.is_empty()
                            || self.section == Section::SecondPerson
                            || spoken.len() <= taken + 1) =>
                {
                    self.section = Section::SecondPerson;
                    self.columns = None;
                    return true;
                }
                Person::First if short && !label_only && spoken.len() > taken => {
                    self.section = Section::Results;
                    return true;
                }
                _ => {}
            }
        }
        false
    }

    /// The person that a heading names: `PARTNER - ...`, `Results of the male partner`.
    fn person(&self, spoken: &[&str]) -> Option<(Person, usize)> {
        let persons = &self.lexicon.words.persons;
        if let Some((person, taken)) = persons.longest(spoken) {
            return Some((*person, taken));
        }
        (1..spoken.len().min(6)).find_map(|from| match persons.longest(&spoken[from..]) {
            Some((Person::Second, taken)) => Some((Person::Second, from + taken)),
            _ => None,
        })
    }
}
