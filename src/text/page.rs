//! Positioned text: what every way of reading yields, whatever the file was.
//!
//! Units are points for PDF and pixels of the stored image otherwise, origin top left. Words,
//! lines and rulings stand on the page turned so that its text is upright; for nearly every page
//! that is the page as a viewer shows it (after rotation and crop box). Where the text was drawn
//! sideways, [`Page::as_viewed`] turns a place back to what the viewer shows.

/// `[x0, y0, x1, y1]`, `x0 <= x1`, `y0 <= y1`.
pub type Bounds = [f64; 4];

/// One page of positioned words.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// Counted from 1.
    pub number: u32,
    /// As a viewer shows the page.
    pub width: f64,
    pub height: f64,
    /// How most of the text stands on the page as a viewer shows it.
    pub turn: Turn,
    /// In reading order: block by block, line by line, left to right.
    pub lines: Vec<Line>,
    /// Straight rulings that were drawn on the page; they separate cells and strike text out.
    pub rulings: Vec<Ruling>,
}

/// Words that stand on one base line within one block of the page.
///
/// A row of a table is one line: its cells are runs of words with wide gaps between them.
#[derive(Debug, Clone, Default)]
pub struct Line {
    pub words: Vec<Word>,
    pub bounds: Bounds,
    /// Lines of one block (a column of the page, a paragraph, a table) share its number.
    pub block: u32,
}

/// A run of glyphs without a gap.
#[derive(Debug, Clone, Default)]
pub struct Word {
    pub text: String,
    pub bounds: Bounds,
    /// Size of the type in units of the page.
    pub size: f64,
    pub bold: bool,
    /// A ruling runs through the middle of the word: it was withdrawn by whoever wrote it.
    pub struck: bool,
    /// Whether a gap wider than a space of this type stands before the word in its line
    /// (a new cell of a table or a new field of a form).
    pub gap_before: bool,
    /// Confidence of the engine that read it, 0 to 1; 1 for a text layer.
    pub confidence: f32,
}

/// A straight stroke, or a filled rectangle so thin that it is seen as one.
#[derive(Debug, Clone, Copy)]
pub struct Ruling {
    pub bounds: Bounds,
}

/// The direction in which text runs on the page as a viewer shows it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Turn {
    #[default]
    Upright,
    /// Top to bottom: the page lies on its left side.
    Down,
    /// Right to left, upside down.
    Over,
    /// Bottom to top: the page lies on its right side.
    Up,
}

impl Page {
    /// Width and height of the page once its text is upright.
    #[must_use]
    pub fn upright_size(&self) -> [f64; 2] {
        match self.turn {
            Turn::Upright | Turn::Over => [self.width, self.height],
            Turn::Down | Turn::Up => [self.height, self.width],
        }
    }

    /// A place on the upright page as the place on the page that a viewer shows.
    #[must_use]
    pub fn as_viewed(&self, [x0, y0, x1, y1]: Bounds) -> Bounds {
        let (width, height) = (self.width, self.height);
        match self.turn {
            Turn::Upright => [x0, y0, x1, y1],
            Turn::Down => [width - y1, x0, width - y0, x1],
            Turn::Over => [width - x1, height - y1, width - x0, height - y0],
            Turn::Up => [y0, height - x1, y1, height - x0],
        }
    }
}

impl Line {
    /// The words with single spaces between them.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        for word in &self.words {
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(&word.text);
        }
        text
    }
}
