//! Labels: from the words before a value to the analyte that they name.

use std::collections::HashMap;

use serde::Deserialize;

use super::LexiconError;
use super::phrases::Phrases;
use crate::domain::analysis::Site;

/// The concepts of `concepts.toml` and the names of `names.toml`.
#[derive(Debug)]
pub struct Names {
    words: Phrases<Word>,
    by_concepts: HashMap<Concepts, Vec<Candidate>>,
    digits_of_days: Phrases<()>,
    left: Concepts,
    right: Concepts,
}

/// How many concepts there can be.
const MOST: usize = 256;

/// A set of concepts, one bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Concepts([u128; MOST / 128]);

impl Concepts {
    /// Whether no concept was said at all.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0.iter().all(|half| *half == 0)
    }

    /// How many concepts were said.
    #[must_use]
    pub fn len(self) -> u32 {
        self.0.iter().map(|half| half.count_ones()).sum()
    }

    fn one(index: usize) -> Self {
        let mut set = Self::default();
        set.0[index / 128] = 1 << (index % 128);
        set
    }

    fn with(mut self, other: Self) -> Self {
        for (half, more) in self.0.iter_mut().zip(other.0) {
            *half |= more;
        }
        self
    }

    fn holds(self, other: Self) -> bool {
        self.with(other) == self
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Word {
    Stop,
    Filler,
    Concepts(Concepts),
}

/// An analyte that a label may mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate {
    /// Index into the analytes of the lexicon.
    pub analyte: usize,
    /// The name is a common word that means the analyte only where the page speaks of semen.
    pub needs_context: bool,
    /// The name leaves something open: never without a person.
    pub loose: bool,
}

/// A label taken apart.
#[derive(Debug, Clone, Default)]
pub struct Label<'l> {
    /// In the order of the lexicon; the printed unit chooses.
    pub candidates: &'l [Candidate],
    pub concepts: Concepts,
    /// Words that the lexicon does not know.
    pub unknown: usize,
}

/// One step through the words of a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// How many words it takes.
    pub words: usize,
    concepts: Concepts,
    known: bool,
}

impl Step {
    /// Whether the lexicon knows the words.
    #[must_use]
    pub fn is_known(self) -> bool {
        self.known
    }

    /// Whether the words say what is measured.
    #[must_use]
    pub fn says_something(self) -> bool {
        !self.concepts.is_empty()
    }
}

#[derive(Deserialize)]
struct ConceptTable {
    concepts: HashMap<String, String>,
    compounds: HashMap<String, String>,
}

impl Names {
    pub(super) fn load(
        concepts: &str,
        names: &str,
        analytes: &HashMap<String, usize>,
    ) -> Result<Self, LexiconError> {
        let table: ConceptTable = toml::from_str(concepts)?;
        let mut bits = HashMap::new();
        let mut words = Phrases::default();
        let mut order: Vec<_> = table.concepts.iter().collect();
        order.sort();
        for (name, list) in order {
            let word = match name.as_str() {
                "STOP" => Word::Stop,
                "FILLER" => Word::Filler,
                _ => {
                    if bits.len() == MOST {
                        return Err(LexiconError::Name { name: name.clone() });
                    }
                    let concept = Concepts::one(bits.len());
                    bits.insert(name.clone(), concept);
                    Word::Concepts(concept)
                }
            };
            words.insert_all(list, &word);
        }
        for (compound, parts) in &table.compounds {
            words.insert(compound, Word::Concepts(set_of(parts, &bits)?));
        }
        let by_analyte: HashMap<String, Vec<String>> = toml::from_str(names)?;
        let mut names: HashMap<Concepts, Vec<Candidate>> = HashMap::new();
        for (code, spelled) in &by_analyte {
            let analyte = *analytes
                .get(code)
                .ok_or_else(|| LexiconError::Name { name: code.clone() })?;
            for name in spelled {
                insert_name(&mut names, name, analyte, &bits)?;
            }
        }
        for candidates in names.values_mut() {
            candidates.sort_by_key(|candidate| candidate.analyte);
        }
        let mut digits_of_days = Phrases::default();
        digits_of_days.insert_all(
            "day, days, tag, dia, jour, giorno, cd, d, zyklustag, cycle day, dia del ciclo, day of cycle, dia do ciclo, jour du cycle, j",
            &(),
        );
        Ok(Self {
            words,
            by_concepts: names,
            digits_of_days,
            left: set_of("LEFT", &bits)?,
            right: set_of("RIGHT", &bits)?,
        })
    }

    /// What the next words of a label say; an unknown word is a step of its own.
    #[must_use]
    pub fn step<W: AsRef<str>>(&self, words: &[W]) -> Step {
        if let Some(((), taken)) = self.digits_of_days.longest(words)
            && words
                .get(taken)
                .is_some_and(|word| is_number(word.as_ref()))
        {
            return Step {
                words: taken + 1,
                concepts: Concepts::default(),
                known: true,
            };
        }
        match self.words.longest(words) {
            Some((Word::Concepts(concepts), taken)) => Step {
                words: taken,
                concepts: *concepts,
                known: true,
            },
            Some((Word::Stop | Word::Filler, taken)) => Step {
                words: taken,
                concepts: Concepts::default(),
                known: true,
            },
            None => Step {
                words: 1,
                concepts: Concepts::default(),
                known: words
                    .first()
                    .is_some_and(|word| is_cycle_day(word.as_ref())),
            },
        }
    }

    /// The side that a label names; none where it names both.
    #[must_use]
    pub fn site(&self, concepts: Concepts) -> Option<Site> {
        match (concepts.holds(self.left), concepts.holds(self.right)) {
            (true, false) => Some(Site::Left),
            (false, true) => Some(Site::Right),
            _ => None,
        }
    }

    /// Reads the words of a label as a whole.
    #[must_use]
    pub fn label<W: AsRef<str>>(&self, words: &[W]) -> Label<'_> {
        let mut label = Label::default();
        let mut at = 0;
        while at < words.len() {
            let step = self.step(&words[at..]);
            at += step.words;
            label.concepts = label.concepts.with(step.concepts);
            label.unknown += usize::from(!step.known);
        }
        label.candidates = self
            .by_concepts
            .get(&label.concepts)
            .map_or(&[], Vec::as_slice);
        label
    }
}

fn is_number(word: &str) -> bool {
    word.len() <= 2 && word.bytes().all(|byte| byte.is_ascii_digit())
}

/// `d3`, `cd21`, `j2`: the day of the cycle, not a part of the name.
fn is_cycle_day(word: &str) -> bool {
    ["cd", "d", "j", "zt"].iter().any(|day| {
        word.strip_prefix(day)
            .is_some_and(|rest| !rest.is_empty() && is_number(rest))
    })
}

fn set_of(list: &str, bits: &HashMap<String, Concepts>) -> Result<Concepts, LexiconError> {
    list.split_whitespace()
        .try_fold(Concepts::default(), |set, name| {
            let bit = bits.get(name).ok_or_else(|| LexiconError::Name {
                name: name.to_owned(),
            })?;
            Ok(set.with(*bit))
        })
}

fn insert_name(
    names: &mut HashMap<Concepts, Vec<Candidate>>,
    name: &str,
    analyte: usize,
    bits: &HashMap<String, Concepts>,
) -> Result<(), LexiconError> {
    let marks: String = name
        .chars()
        .take_while(|c| matches!(c, '~' | '!'))
        .collect();
    let candidate = Candidate {
        analyte,
        needs_context: marks.contains('~'),
        loose: marks.contains('!'),
    };
    let words = name[marks.len()..].split_whitespace();
    let (optional, needed): (Vec<_>, Vec<_>) = words.partition(|word| word.starts_with('?'));
    let needed = set_of(&needed.join(" "), bits)?;
    let optional = optional
        .iter()
        .map(|word| set_of(&word[1..], bits))
        .collect::<Result<Vec<_>, _>>()?;
    for choice in 0..1_u32 << optional.len() {
        let set = optional
            .iter()
            .enumerate()
            .filter(|(place, _)| choice & (1 << place) != 0)
            .fold(needed, |set, (_, bit)| set.with(*bit));
        let candidates = names.entry(set).or_default();
        match candidates.iter_mut().find(|known| known.analyte == analyte) {
            Some(known) => {
                known.needs_context &= candidate.needs_context;
                known.loose &= candidate.loose;
            }
            None => candidates.push(candidate),
        }
    }
    Ok(())
}
