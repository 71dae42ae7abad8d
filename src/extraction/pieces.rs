//! A line cut into pieces: labels, numbers, units, flags, ranges and words.

use super::number::{DecimalSign, comparator, number};
use crate::domain::analysis::{Comparator, Flag};
use crate::lexicon::{Label, Lexicon, Units, fold, tokens};
use crate::text::page::{Bounds, Line, Word};

/// A run of words of one meaning.
#[derive(Debug, Clone)]
pub struct Piece<'l> {
    pub what: What<'l>,
    /// As printed, words parted by single spaces.
    pub text: String,
    pub bounds: Bounds,
    /// Whether a wide gap stands before it.
    pub gap_before: bool,
    /// The lowest confidence of its words.
    pub legible: f32,
}

#[derive(Debug, Clone)]
pub enum What<'l> {
    Label(LabelPiece<'l>),
    Number {
        value: f64,
        comparator: Option<Comparator>,
        mark: Option<Mark>,
        unit: Option<String>,
    },
    /// Two numbers with a dash between them.
    Range,
    /// UCUM.
    Unit(String),
    Mark(Mark),
    /// A line to be filled in.
    Blank,
    Words,
}

/// What a laboratory prints beside a value that it wants seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    Said(Flag),
    /// `*`: outside the range, the direction is not said.
    Star,
}

#[derive(Debug, Clone)]
pub struct LabelPiece<'l> {
    pub label: Label<'l>,
    /// A unit that stands in the label: `Volume (mL)`.
    pub unit: Option<String>,
    /// A colon closes it.
    pub colon: bool,
}

/// Cuts the words of a line; what was struck out is not there.
pub struct Cutter<'l> {
    pub lexicon: &'l Lexicon,
    pub sign: DecimalSign,
}

impl<'l> Cutter<'l> {
    #[must_use]
    pub fn cut(&self, line: &Line) -> Vec<Piece<'l>> {
        let words: Vec<&Word> = line.words.iter().filter(|word| !word.struck).collect();
        let mut pieces: Vec<Piece<'l>> = Vec::new();
        let mut at = 0;
        // Whether a label may begin here: at a cell, or where a value has been told to its end.
        let mut fresh = true;
        while at < words.len() {
            fresh |= words[at].gap_before || at == 0;
            let next = self
                .value(&words[at..], pieces.last())
                .or_else(|| fresh.then(|| self.label(&words[at..])).flatten());
            let (what, taken) = next.unwrap_or((What::Words, 1));
            let piece = piece(what, &words[at..at + taken], at == 0);
            fresh = !matches!(piece.what, What::Words | What::Label(_))
                || piece.text.ends_with(['.', ';', ',', ':']);
            at += taken;
            match pieces.last_mut() {
                Some(last)
                    if matches!((&last.what, &piece.what), (What::Words, What::Words))
                        && !piece.gap_before
                        && !last.text.ends_with([':', '.', ';']) =>
                {
                    last.text.push(' ');
                    last.text.push_str(&piece.text);
                    last.bounds = union(last.bounds, piece.bounds);
                    last.legible = last.legible.min(piece.legible);
                }
                _ => pieces.push(piece),
            }
        }
        pieces
    }

    /// A number, range, unit, flag or blank at the beginning of `words`.
    fn value(&self, words: &[&Word], last: Option<&Piece>) -> Option<(What<'l>, usize)> {
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
        if matches!(text, "*" | "**" | "#") {
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

    fn number(&self, words: &[&Word]) -> Option<(What<'l>, usize)> {
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

    /// A label at the beginning of `words`: up to a value, a colon that ends it, or the cell.
    fn label(&self, words: &[&Word]) -> Option<(What<'l>, usize)> {
        let cell = words
            .iter()
            .skip(1)
            .take_while(|word| !word.gap_before)
            .count()
            + 1;
        let spoken = Spoken::of(&words[..cell]);
        let known = spoken.known_words(self.lexicon);
        let (mut end, mut depth, mut colon) = (0, 0_i32, false);
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
                        .and_then(|analyte| super::coded::vocabulary(self.lexicon, &analyte.code))
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

/// The folded words of a run and where each came from.
struct Spoken {
    tokens: Vec<String>,
    word_of: Vec<usize>,
}

impl Spoken {
    fn of(words: &[&Word]) -> Self {
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

    fn upto(&self, word: usize) -> &[String] {
        &self.tokens[..self.word_of.partition_point(|of| *of < word)]
    }

    /// Words whose digits belong to a name: `17` of `17-OH progesterone`.
    fn known_words(&self, lexicon: &Lexicon) -> Vec<usize> {
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
    fn says(&self, lexicon: &Lexicon, word: usize) -> bool {
        let rest = &self.tokens[self.word_of.partition_point(|of| *of < word)..];
        let label = lexicon.names.label(rest);
        !rest.is_empty() && label.unknown == 0 && !label.concepts.is_empty()
    }
}

/// Marks that laboratories glue to a number.
fn glued_mark(rest: &str) -> Option<Mark> {
    let bare = rest.trim_matches(['(', ')', ' ']);
    match bare.trim_end_matches('*') {
        "" | "#" | "!" => Some(Mark::Star),
        "H" | "h" | "HH" | "hh" => Some(Mark::Said(Flag::High)),
        "L" | "l" | "LL" | "ll" => Some(Mark::Said(Flag::Low)),
        sign => arrow(sign).map(Mark::Said),
    }
}

fn arrow(text: &str) -> Option<Flag> {
    let mut signs = text.chars();
    let flag = match signs.next()? {
        '↑' | '▲' | '⇧' | '⬆' | '△' | '↗' => Flag::High,
        '↓' | '▼' | '⇩' | '⬇' | '▽' | '↘' => Flag::Low,
        _ => return None,
    };
    signs.all(|c| !c.is_alphanumeric()).then_some(flag)
}

fn piece<'l>(what: What<'l>, words: &[&Word], first: bool) -> Piece<'l> {
    Piece {
        what,
        text: join(words),
        bounds: words[1..]
            .iter()
            .fold(words[0].bounds, |all, word| union(all, word.bounds)),
        gap_before: words[0].gap_before || first,
        legible: words.iter().map(|word| word.confidence).fold(1.0, f32::min),
    }
}

fn join(words: &[&Word]) -> String {
    let mut text = String::new();
    for word in words {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(&word.text);
    }
    text
}

/// The smallest place that holds both.
#[must_use]
pub fn union(a: Bounds, b: Bounds) -> Bounds {
    [
        a[0].min(b[0]),
        a[1].min(b[1]),
        a[2].max(b[2]),
        a[3].max(b[3]),
    ]
}
