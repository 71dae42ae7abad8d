//! Labels: where one ends, and the unit that stands in it.

use super::{Cutter, LabelPiece, What, join};
use crate::extraction::coded;
use crate::extraction::spoken::Spoken;
use crate::lexicon::{fold, tokens};
use crate::text::page::Word;

impl<'l> Cutter<'l> {
    /// A label at the beginning of `words`: up to a value, a colon that ends it, or the cell.
    pub(super) fn label(&self, words: &[&Word]) -> Option<(What<'l>, usize)> {
        let cell = words
            .iter()
            .skip(1)
            .take_while(|word| !word.gap_before)
            .count()
            + 1;
        let spoken = Spoken::of(words[..cell].iter().copied());
        let known = spoken.known_words(self.lexicon);
        // "(MII 3, GV 1)": a label may begin with a bracket that its value closes.
        let opened = words[0].text.len() - words[0].text.trim_start_matches('(').len();
        let (mut end, mut depth, mut colon) = (0, -(opened as i32), false);
        while end < cell {
            let text = words[end].text.as_str();
            if depth <= 0
                && end > 0
                && !known.contains(&end)
                && self.begins_value(&words[end..cell])
            {
                break;
            }
            depth += text.matches('(').count() as i32 - text.matches(')').count() as i32;
            end += 1;
            if text.ends_with(':') && depth <= 0 {
                let rest = &words[end..cell];
                if rest.is_empty() || self.begins_value(rest) || !spoken.says(self.lexicon, end) {
                    colon = true;
                    break;
                }
            }
        }
        let (unit, spoken_end) = self.unit_in_label(&words[..end]);
        let label = self.lexicon.names.label(spoken.upto(spoken_end));
        if label.candidates.is_empty() || (label.unknown > 2 && !colon) {
            return self.shorter_label(words, &spoken, end);
        }
        Some((What::Label(LabelPiece { label, unit, colon }), end.max(1)))
    }

    /// "Agglutination none seen" in one run: the longest beginning that is an exact label.
    fn shorter_label(
        &self,
        words: &[&Word],
        spoken: &Spoken,
        end: usize,
    ) -> Option<(What<'l>, usize)> {
        for shorter in (1..end.min(6)).rev() {
            let label = self.lexicon.names.label(spoken.upto(shorter));
            if label.unknown > 0 || label.candidates.is_empty() {
                continue;
            }
            let colon = words[shorter - 1].text.ends_with(':');
            let text = fold(&join(&words[shorter..end.min(shorter + 4)]));
            let told: Vec<&str> = tokens(&text).collect();
            let value = colon
                || self.lexicon.words.absent.longest(&told).is_some()
                || label.candidates.iter().any(|candidate| {
                    self.lexicon
                        .analyte(candidate.analyte)
                        .and_then(|analyte| coded::vocabulary(self.lexicon, &analyte.code))
                        .is_some_and(|results| results.longest(&told).is_some())
                });
            if value {
                return Some((
                    What::Label(LabelPiece {
                        label,
                        unit: None,
                        colon,
                    }),
                    shorter,
                ));
            }
        }
        None
    }

    fn begins_value(&self, words: &[&Word]) -> bool {
        let text = words[0].text.as_str();
        let strong =
            |text: &str| text.contains(['/', '%', '^']) && self.lexicon.units.parse(text).is_some();
        matches!(text, "*" | "=" | "-" | "–")
            && words.len() > 1
            && self.number(&words[1..]).is_some()
            || text.starts_with("__")
            || self.number(words).is_some()
            || strong(text)
    }

    /// `Volume (mL)`, `Volume, mL`, `Motility %`: the unit and the words of the label without it.
    fn unit_in_label(&self, words: &[&Word]) -> (Option<String>, usize) {
        for from in (1..words.len()).rev().take(3) {
            let text = join(&words[from..]);
            let text = text.trim_end_matches(':').trim();
            let opened = text.starts_with(['(', '[']) && text.ends_with([')', ']']);
            let after_comma = words[from - 1].text.ends_with(',');
            if (opened || after_comma || text.contains(['/', '%', '^']))
                && let Some(unit) = self.lexicon.units.parse(text)
            {
                return (Some(unit), from);
            }
        }
        if let [only] = words
            && let Some((_, inside)) = only.text.trim_end_matches(':').split_once('(')
            && let Some(unit) = self.lexicon.units.parse(inside)
        {
            return (Some(unit), 1);
        }
        (None, words.len())
    }
}
