//! What a result is made of: numbers, ranges, units, flags and blanks.

use super::mark::{arrow, glued_mark};
use super::{Cutter, Mark, Piece, What, join};
use crate::domain::analysis::Flag;
use crate::extraction::number::{comparator, number};
use crate::lexicon::{Units, fold};
use crate::text::page::Word;

impl<'l> Cutter<'l> {
    /// A number, range, unit, flag or blank at the beginning of `words`.
    pub(super) fn value(&self, words: &[&Word], last: Option<&Piece>) -> Option<(What<'l>, usize)> {
        let text = words[0].text.as_str();
        if text.len() >= 3 && text.chars().all(|c| matches!(c, '_' | '.' | '…')) {
            return Some((What::Blank, 1));
        }
        let after_value = last.is_some_and(|last| {
            !matches!(last.what, What::Words | What::Label(_)) || last.text.is_empty()
        });
        if let Some(found) = self.flag(words, after_value, last) {
            return Some(found);
        }
        if (after_value || words[0].gap_before || Units::is_strong(text))
            && let Some(found) = self.unit(words)
        {
            return Some(found);
        }
        self.number(words)
    }

    fn flag(
        &self,
        words: &[&Word],
        after_value: bool,
        last: Option<&Piece>,
    ) -> Option<(What<'l>, usize)> {
        let text = words[0].text.trim_matches(['(', ')', '[', ']']);
        if matches!(text, "*" | "**") || (text == "#" && !counts_what_follows(words)) {
            return Some((What::Mark(Mark::Star), 1));
        }
        if let Some(flag) = arrow(text) {
            // "↓ below limit": the words say the sign again.
            let repeated = words[1..]
                .iter()
                .take_while(|word| !word.gap_before)
                .count();
            let told: Vec<String> = words[1..=repeated]
                .iter()
                .map(|word| fold(&word.text))
                .collect();
            let all = self
                .lexicon
                .words
                .flags
                .longest(&told)
                .is_some_and(|(_, n)| n == told.len());
            return Some((
                What::Mark(Mark::Said(flag)),
                if all { repeated + 1 } else { 1 },
            ));
        }
        let separate = words[0].gap_before || after_value;
        if !separate || last.is_none() {
            return None;
        }
        let bare = text.trim_end_matches('*');
        let upper = bare.chars().all(|c| c.is_ascii_uppercase()) && bare.len() <= 3;
        let cell = words
            .iter()
            .skip(1)
            .take_while(|word| !word.gap_before)
            .count()
            + 1;
        let told: Vec<String> = words[..cell.min(3)]
            .iter()
            .map(|word| fold(word.text.trim_matches(['(', ')', '*'])))
            .collect();
        let (flag, taken) = self.lexicon.words.flags.longest(&told)?;
        // One letter is a flag only in capitals; a word only where it fills its cell.
        let is_flag = if bare.len() <= 2 {
            upper
        } else {
            taken == cell && *flag != Flag::Normal
        };
        (is_flag && !told[0].is_empty() && *flag != Flag::Normal)
            .then_some((What::Mark(Mark::Said(*flag)), taken))
    }

    fn unit(&self, words: &[&Word]) -> Option<(What<'l>, usize)> {
        let cell = words
            .iter()
            .skip(1)
            .take_while(|word| !word.gap_before)
            .count()
            + 1;
        for taken in (1..=cell.min(5)).rev() {
            let text = join(&words[..taken]);
            if let Some(ucum) = self.lexicon.units.parse(&text) {
                return Some((What::Unit(ucum), taken));
            }
        }
        None
    }

    pub(super) fn number(&self, words: &[&Word]) -> Option<(What<'l>, usize)> {
        let text = words[0].text.trim_start_matches(['(', '[', '*', '=']);
        let (sign_only, rest) = comparator(text);
        if sign_only.is_some() && rest.is_empty() {
            let next = number(words.get(1)?.text.as_str(), self.sign)?;
            let (mark, unit) = self.glued(next.rest)?;
            return Some((
                What::Number {
                    value: next.value,
                    comparator: sign_only,
                    mark,
                    unit,
                },
                2,
            ));
        }
        let first = number(text, self.sign)?;
        let (value, comparator) = (first.value, first.comparator);
        let rest = fold(first.rest);
        let rest = rest.trim_end_matches([')', ']', ';', ',']);
        if let Some(upper) = rest.strip_prefix('-') {
            // "2-7", "2- 7"
            let (upper, taken) = match upper {
                "" => (
                    words.get(1).filter(|word| !word.gap_before)?.text.as_str(),
                    2,
                ),
                upper => (upper, 1),
            };
            let upper = number(upper, self.sign)?;
            self.glued(upper.rest)?;
            return Some((What::Range, taken));
        }
        let (mark, unit) = self.glued(first.rest)?;
        if rest.is_empty()
            && comparator.is_none()
            && let [_, dash, upper, ..] = words
            && matches!(fold(&dash.text).as_str(), "-" | "to" | "bis")
            && let Some(upper) = number(upper.text.trim_end_matches([')', ']']), self.sign)
            && upper.comparator.is_none()
        {
            return Some((What::Range, 3));
        }
        Some((
            What::Number {
                value,
                comparator,
                mark,
                unit,
            },
            1,
        ))
    }

    /// Nothing, a mark or a unit may be glued to a number.
    fn glued(&self, rest: &str) -> Option<(Option<Mark>, Option<String>)> {
        let rest = rest.trim_end_matches([')', ']', ';', ',', '.', '\'']);
        if rest.is_empty() {
            return Some((None, None));
        }
        if let Some(mark) = glued_mark(rest) {
            return Some((Some(mark), None));
        }
        self.lexicon
            .units
            .parse(rest)
            .map(|unit| (None, Some(unit)))
    }
}

/// "# Mature": the number of them, not a sign of the value in the column before.
fn counts_what_follows(words: &[&Word]) -> bool {
    let begins = words[0].gap_before;
    words.get(1).is_some_and(|next| {
        begins && !next.gap_before && next.text.contains(|c: char| c.is_alphabetic())
    })
}
