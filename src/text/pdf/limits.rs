//! How much one PDF may ask for. Beyond that it is refused or read in part; time and memory are
//! bounded by the process that reads it.

/// Pages whose text is read: the longest cycle file that a clinic keeps in one document stays
/// below it.
pub const PAGES: usize = 500;

/// Bytes that one stream may inflate to.
pub const INFLATED: usize = 64 << 20;

/// Glyphs, strokes, clips and images of one page. A dense page of print has 6,000 glyphs.
pub const DRAWINGS_A_PAGE: u64 = 400_000;

/// The same for a whole document: 500 pages of 10,000.
pub const DRAWINGS: u64 = 5_000_000;

/// Rulings kept of one page: a table of 100 rows and 20 columns with a box around every cell has
/// 8,000.
pub const RULINGS: usize = 10_000;

/// Pixels of one page image: a page of A4 at 400 dots an inch has 15 million.
pub const PIXELS: f64 = 16e6;
