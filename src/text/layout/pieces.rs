//! Glyphs drawn one after the other become pieces of words.
//!
//! Producers draw a word in one go or letter by letter, and the cells of a row in any order; what
//! they keep together in drawing is kept together here, so that only some hundred pieces a page
//! have to be sorted instead of thousands of glyphs. A figure that is drawn smaller and raised
//! right behind a piece is its power, and stays with it whatever its base line.

use super::glyph::Glyph;
use super::turn::{Frame, Group};
use unicode_normalization::char::is_combining_mark;

/// Gaps up to this share of the type belong to the word: kerning stays below it, the narrowest
/// space of justified text above.
pub const JOINED: f32 = 0.15;

/// What is drawn again closer than this share of the type is the same ink.
pub const OVERPRINT: f32 = 0.15;

/// A run of glyphs without a gap. Its text is a range of [`Pieces::text`].
#[derive(Debug, Clone, Copy)]
pub struct Piece {
    pub start: u32,
    pub end: u32,
    pub x0: f32,
    pub x1: f32,
    /// The base line that it belongs to: that of the piece before for raised and lowered ones.
    pub base: f32,
    /// The base line that it was drawn on.
    pub drawn: f32,
    pub size: f32,
    pub bold: bool,
    pub script: Script,
    /// Spaces that were drawn before it and behind it.
    pub spaces_before: u8,
    pub spaces_after: u8,
    /// Dots or underscores that lead from a label to its value.
    pub leader: bool,
}

/// Whether a piece is raised or lowered against the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Script {
    Plain,
    Raised,
    Lowered,
}

/// All pieces that run in one direction, in the order of drawing.
#[derive(Debug, Default)]
pub struct Pieces {
    pub text: String,
    pub pieces: Vec<Piece>,
}

impl Pieces {
    pub fn text(&self, piece: &Piece) -> &str {
        self.text
            .get(piece.start as usize..piece.end as usize)
            .unwrap_or_default()
    }
}

pub fn join(glyphs: &[Glyph], group: &Group, frame: Frame) -> Pieces {
    let mut joiner = Joiner {
        pieces: Pieces {
            text: String::with_capacity(group.glyphs.len() + 16),
            pieces: Vec::with_capacity(group.glyphs.len() / 6 + 1),
        },
        open: None,
        spaces: 0,
        dots: 0,
        dots_from: 0.0,
        soft_hyphen: false,
        last: None,
    };
    for &index in &group.glyphs {
        let glyph = &glyphs[index as usize];
        let [x, base] = frame.point(glyph.x, glyph.y);
        joiner.take(glyph, x, base);
    }
    joiner.close();
    joiner.pieces
}

struct Joiner {
    pieces: Pieces,
    open: Option<Piece>,
    /// Spaces drawn since the last piece was closed.
    spaces: u8,
    /// Equal dots or underscores at the end of the open piece, and where they begin.
    dots: u8,
    dots_from: f32,
    soft_hyphen: bool,
    /// The last letter and where it was drawn.
    last: Option<(char, f32, f32)>,
}

/// This many dots or underscores in a row are a leader.
const LEADER: u8 = 3;

impl Joiner {
    fn take(&mut self, glyph: &Glyph, x: f32, base: f32) {
        if glyph.character.is_whitespace() {
            self.space(x, base);
            return;
        }
        let again = self.last.replace((glyph.character, x, base));
        if let (Some((character, last_x, last_base)), Some(open)) = (again, &mut self.open)
            && character == glyph.character
            && (x - last_x).abs() < OVERPRINT * glyph.size
            && (base - last_base).abs() < OVERPRINT * glyph.size
        {
            // A letter drawn again a hair's breadth aside: bold made from a plain type.
            open.bold = true;
            return;
        }
        let step = self
            .open
            .map_or(Step::Apart, |open| step(&open, glyph, x, base));
        match step {
            Step::Joined => {}
            Step::Apart => {
                self.close();
                let spaces_before = std::mem::take(&mut self.spaces);
                self.begin(glyph, [x, base], Script::Plain, base, spaces_before);
            }
            Step::Shifted(script) => {
                let of = self.open.map_or(base, |open| open.base);
                self.close();
                self.spaces = 0;
                self.begin(glyph, [x, base], script, of, 0);
            }
        }
        self.append(glyph, x);
    }

    /// Opens a piece that is drawn at `at` and belongs to the base line `base`.
    fn begin(&mut self, glyph: &Glyph, at: [f32; 2], script: Script, base: f32, spaces: u8) {
        let start = self.pieces.text.len() as u32;
        self.open = Some(Piece {
            start,
            end: start,
            x0: at[0],
            x1: at[0],
            base,
            drawn: at[1],
            size: glyph.size,
            bold: glyph.bold,
            script,
            spaces_before: spaces,
            spaces_after: 0,
            leader: false,
        });
    }

    /// A space ends the piece; it counts for the piece before it, where it stands behind that on
    /// its base line, and for the one that comes next.
    fn space(&mut self, x: f32, base: f32) {
        self.close();
        if let Some(last) = self.pieces.pieces.last_mut()
            && (base - last.drawn).abs() < 0.5 * last.size
            && x > last.x0
        {
            last.spaces_after = last.spaces_after.saturating_add(1);
        }
        self.spaces = self.spaces.saturating_add(1);
    }

    fn append(&mut self, glyph: &Glyph, x: f32) {
        self.soft_hyphen = false;
        let Some(mut open) = self.open.take() else {
            return;
        };
        let leader = matches!(glyph.character, '.' | '_' | '·' | '…');
        if !leader && open.leader {
            // The value stands right behind its leader.
            self.open = Some(open);
            self.close();
            let start = self.pieces.text.len() as u32;
            open = Piece {
                start,
                end: start,
                x0: x,
                x1: x,
                spaces_before: 0,
                spaces_after: 0,
                leader: false,
                ..open
            };
        }
        if leader && self.pieces.text.ends_with(glyph.character) && self.dots > 0 {
            self.dots += u8::from(self.dots < u8::MAX);
        } else {
            self.dots = u8::from(leader);
            self.dots_from = x;
        }
        write_character(&mut self.pieces.text, glyph.character, &open);
        self.soft_hyphen = glyph.character == SOFT_HYPHEN;
        open.end = self.pieces.text.len() as u32;
        open.x1 = open.x1.max(x + glyph.width);
        open.bold |= glyph.bold;
        if self.dots == LEADER && !open.leader {
            self.split_leader(&mut open, glyph.character);
        }
        self.open = Some(open);
    }

    /// The dots at the end of the open piece become a piece of their own.
    fn split_leader(&mut self, open: &mut Piece, dot: char) {
        let length = dot.len_utf8() as u32 * u32::from(LEADER);
        if open.end - open.start > length {
            let mut label = *open;
            label.end -= length;
            label.x1 = self.dots_from;
            self.pieces.pieces.push(label);
            open.start = label.end;
            open.x0 = self.dots_from;
            open.spaces_before = 0;
            open.script = Script::Plain;
        }
        open.leader = true;
    }

    fn close(&mut self) {
        let Some(mut open) = self.open.take() else {
            return;
        };
        if std::mem::take(&mut self.soft_hyphen) {
            // At the end of its line a soft hyphen is seen.
            self.pieces.text.push('-');
            open.end += 1;
        }
        self.dots = 0;
        if open.end > open.start {
            self.pieces.pieces.push(open);
        }
    }
}

/// How a glyph stands to the open piece.
enum Step {
    /// It goes on.
    Joined,
    /// Right behind it, raised or lowered.
    Shifted(Script),
    Apart,
}

fn step(open: &Piece, glyph: &Glyph, x: f32, base: f32) -> Step {
    let gap = (x - open.x1) / open.size.max(glyph.size);
    let scale = glyph.size / open.size;
    let raised = (open.drawn - base) / open.size;
    if raised.abs() < 0.1 && (0.8..1.25).contains(&scale) {
        // Accents and kerned letters step back.
        return if gap < JOINED && gap > -0.6 {
            Step::Joined
        } else {
            Step::Apart
        };
    }
    if scale < 0.9 && (-0.25..0.3).contains(&gap) {
        if (0.12..0.85).contains(&raised) {
            return Step::Shifted(Script::Raised);
        }
        if (-0.5..-0.04).contains(&raised) {
            return Step::Shifted(Script::Lowered);
        }
    }
    Step::Apart
}

const SOFT_HYPHEN: char = '\u{ad}';

/// Writes one character as words are compared: ligatures in letters, raised figures as powers.
fn write_character(text: &mut String, character: char, piece: &Piece) {
    match character {
        ' '..='~' => text.push(character),
        'ﬀ' => text.push_str("ff"),
        'ﬁ' => text.push_str("fi"),
        'ﬂ' => text.push_str("fl"),
        'ﬃ' => text.push_str("ffi"),
        'ﬄ' => text.push_str("ffl"),
        'ﬅ' | 'ﬆ' => text.push_str("st"),
        '²' | '³' | '¹' | '⁰' | '⁴'..='⁹' | '⁺' | '⁻' => {
            let first = !text[piece.start as usize..].ends_with(is_power);
            if first && piece.script == Script::Plain && text.len() > piece.start as usize {
                text.push('^');
            }
            text.push(plain_figure(character));
        }
        '₀'..='₉' => text.push(plain_figure(character)),
        '\u{2011}' => text.push('-'),
        SOFT_HYPHEN | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' => {}
        // Full-width forms.
        '\u{ff01}'..='\u{ff5e}' => {
            text.push(char::from_u32(u32::from(character) - 0xfee0).unwrap_or(character));
        }
        '\u{f020}'..='\u{f0ff}' => text.push(of_symbol_font(character)),
        _ if character.is_control() => {}
        _ if is_combining_mark(character) => {
            let composed = text
                .pop()
                .map(|base| unicode_normalization::char::compose(base, character).ok_or(base));
            match composed {
                Some(Ok(composed)) => text.push(composed),
                Some(Err(base)) => text.extend([base, character]),
                None => text.push(character),
            }
        }
        _ => text.push(character),
    }
}

/// Whether the character belongs to a power that was just begun with `^`.
fn is_power(character: char) -> bool {
    character == '^' || character == '-' || character == '+'
}

fn plain_figure(character: char) -> char {
    match character {
        '¹' => '1',
        '²' => '2',
        '³' => '3',
        '⁺' => '+',
        '⁻' => '-',
        '⁰'..='⁹' => char::from(b'0' + (u32::from(character) - 0x2070) as u8),
        '₀'..='₉' => char::from(b'0' + (u32::from(character) - 0x2080) as u8),
        other => other,
    }
}

/// Word processors write the Symbol font to the private area, at 0xF000 plus the code of the
/// font's own encoding (PDF 32000-1, annex D.5).
fn of_symbol_font(character: char) -> char {
    match u32::from(character) & 0xff {
        0x61 => 'α',
        0x62 => 'β',
        0x67 => 'γ',
        0x6d => 'µ',
        0xa3 => '≤',
        0xad => '↑',
        0xaf => '↓',
        0xb0 => '°',
        0xb1 => '±',
        0xb3 => '≥',
        0xb4 => '×',
        0xb7 => '•',
        code @ 0x20..=0x3f => char::from(code as u8),
        _ => character,
    }
}
