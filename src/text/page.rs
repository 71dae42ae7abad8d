//! Positioned text: what every way of reading yields, whatever the file was.
//!
//! Coordinates are those of the page as a viewer shows it (after rotation and crop box), origin
//! top left, in points for PDF and in pixels of the stored image otherwise.

/// `[x0, y0, x1, y1]`, `x0 <= x1`, `y0 <= y1`.
pub type Bounds = [f64; 4];

/// One page of positioned words.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// Counted from 1.
    pub number: u32,
    pub width: f64,
    pub height: f64,
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
