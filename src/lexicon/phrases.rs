//! One matcher for all phrases: a hash of the first word leads to the few phrases behind it.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use super::fold::{fold, tokens};

/// Phrases of folded words and what each of them means.
#[derive(Debug)]
pub struct Phrases<T> {
    by_first: HashMap<Box<str>, Vec<Phrase<T>>, BuildHasherDefault<Fnv>>,
}

/// FNV-1a: every word of a page is looked up several times, and the keys are our own, so nobody
/// can choose them to collide.
#[derive(Debug)]
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for Fnv {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[derive(Debug)]
struct Phrase<T> {
    rest: Box<[Box<str>]>,
    meaning: T,
}

impl<T> Default for Phrases<T> {
    fn default() -> Self {
        Self {
            by_first: HashMap::default(),
        }
    }
}

impl<T> Phrases<T> {
    /// Adds every phrase of a comma-separated list.
    pub fn insert_all(&mut self, list: &str, meaning: &T)
    where
        T: Clone,
    {
        for spelling in list.split(',') {
            self.insert(spelling, meaning.clone());
        }
    }

    /// Adds one phrase; of two with the same words the first stays.
    pub fn insert(&mut self, spelling: &str, meaning: T) {
        let folded = fold(spelling);
        let mut words = tokens(&folded);
        let Some(first) = words.next() else { return };
        let rest: Box<[Box<str>]> = words.map(Into::into).collect();
        let bucket = self.by_first.entry(first.into()).or_default();
        if bucket.iter().any(|phrase| phrase.rest == rest) {
            return;
        }
        let at = bucket.partition_point(|phrase| phrase.rest.len() >= rest.len());
        bucket.insert(at, Phrase { rest, meaning });
    }

    /// Whether any phrase begins with this word.
    #[must_use]
    pub fn begins(&self, word: &str) -> bool {
        self.by_first.contains_key(word)
    }

    /// The longest phrase that `words` begins with, and how many words it takes.
    #[must_use]
    pub fn longest<W: AsRef<str>>(&self, words: &[W]) -> Option<(&T, usize)> {
        let (first, rest) = words.split_first()?;
        let bucket = self.by_first.get(first.as_ref())?;
        bucket
            .iter()
            .find(|phrase| {
                phrase.rest.len() <= rest.len()
                    && phrase
                        .rest
                        .iter()
                        .zip(rest)
                        .all(|(a, b)| **a == *b.as_ref())
            })
            .map(|phrase| (&phrase.meaning, phrase.rest.len() + 1))
    }
}

#[cfg(test)]
mod tests {
    use super::Phrases;

    #[test]
    fn the_longest_phrase_wins() {
        let mut phrases = Phrases::default();
        phrases.insert_all("not, not done, not yet done", &1);
        phrases.insert("Not done", 2);
        assert_eq!(phrases.longest(&["not", "done", "yet"]), Some((&1, 2)));
        assert_eq!(phrases.longest(&["not", "here"]), Some((&1, 1)));
        assert_eq!(phrases.longest(&["done"]), None);
    }
}
