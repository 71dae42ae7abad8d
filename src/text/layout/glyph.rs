use crate::text::page::Bounds;

/// One character as it was drawn, on the page as a viewer shows it, origin top left.
#[derive(Debug, Clone, Copy)]
pub struct Glyph {
    pub character: char,
    /// Where its base line begins.
    pub x: f32,
    pub y: f32,
    /// Along the base line.
    pub width: f32,
    /// Height of the type.
    pub size: f32,
    /// Direction of the base line in whole degrees, clockwise: 0 is upright text, 90 runs down.
    pub angle: i16,
    pub bold: bool,
}

/// What was drawn on one page.
#[derive(Debug, Default)]
pub struct Ink {
    /// In the order of drawing.
    pub glyphs: Vec<Glyph>,
    /// Straight strokes.
    pub rulings: Vec<Bounds>,
}
