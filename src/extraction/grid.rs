//! Tables by their places: heads in one to four lines, rows known by the cell in their key column.
//!
//! The heads are put together from the line next to the rows upwards: a cell that stands over one
//! head belongs to it, one that stands over several is said of all of them ("Day 3" over cells,
//! fragments and grade). A line without a key goes to the row that it is nearest to. A line that
//! runs across the columns is a sentence and ends the table.

use super::embryo_cell::day_of;
use super::pieces::union;
use super::spoken::Spoken;
use crate::text::page::{Bounds, Line, Word};

/// A run of words of one line.
#[derive(Debug, Clone, Default)]
pub struct Cell {
    pub words: Vec<Word>,
    pub bounds: Bounds,
}

/// A column: the words of its head and where they stand.
#[derive(Debug, Clone)]
pub struct Head {
    pub words: Vec<Word>,
    pub tokens: Vec<String>,
    pub bounds: Bounds,
    /// The day of the culture that it or the head above it names.
    pub day: Option<i32>,
}

/// A row: one cell a column, empty where nothing stands.
#[derive(Debug, Clone, Default)]
pub struct Row {
    pub cells: Vec<Cell>,
    pub bounds: Bounds,
    pub text: String,
}

impl Head {
    /// One cell as a head of its own.
    #[must_use]
    pub fn of(cell: &Cell) -> Self {
        let tokens = Spoken::of(&cell.words).tokens;
        Self {
            words: cell.words.clone(),
            day: day_of(&tokens),
            tokens,
            bounds: cell.bounds,
        }
    }
}

impl Cell {
    #[must_use]
    pub fn text(&self) -> String {
        self.words
            .iter()
            .map(|word| word.text.as_str())
            .collect::<Vec<_>>()
            .join(" ")
    }

    fn push(&mut self, word: &Word) {
        self.bounds = if self.words.is_empty() {
            word.bounds
        } else {
            union(self.bounds, word.bounds)
        };
        self.words.push(word.clone());
    }

    /// The cell as a line of its own.
    #[must_use]
    pub fn line(&self) -> Line {
        Line {
            words: self.words.clone(),
            bounds: self.bounds,
            block: 0,
        }
    }
}

/// The cells of a line; a dash with space around it is a cell of its own.
#[must_use]
pub fn cells(line: &Line) -> Vec<Cell> {
    let mut cells: Vec<Cell> = Vec::new();
    let mut dash = false;
    let mut last: Option<&Word> = None;
    for word in line.words.iter().filter(|word| !word.struck) {
        let is_dash = matches!(word.text.as_str(), "-" | "–" | "—");
        let apart = last.is_none_or(|last| word.bounds[0] - last.bounds[2] > 0.9 * word.size);
        if cells.is_empty() || word.gap_before || ((is_dash || dash) && apart) {
            cells.push(Cell::default());
        }
        if let Some(cell) = cells.last_mut() {
            cell.push(word);
        }
        dash = is_dash;
        last = Some(word);
    }
    cells
}

fn overlap(a: Bounds, b: Bounds) -> f64 {
    a[2].min(b[2]) - a[0].max(b[0])
}

fn middle(bounds: Bounds) -> f64 {
    f64::midpoint(bounds[0], bounds[2])
}

fn height(line: &Line) -> f64 {
    (line.bounds[3] - line.bounds[1]).max(4.0)
}

/// The heads of a table whose head lines these are; `None` where they are something else.
#[must_use]
pub fn heads(lines: &[Line]) -> Option<Vec<Head>> {
    let mut heads: Vec<Head> = Vec::new();
    let mut spans: Vec<Cell> = Vec::new();
    for (at, line) in lines.iter().enumerate().rev() {
        if !is_head(line)
            || lines
                .get(at + 1)
                .is_some_and(|below| below.bounds[1] - line.bounds[3] > 1.3 * height(line))
        {
            return None;
        }
        let lowest = at + 1 == lines.len();
        let known = heads.len();
        let cells = cells(line);
        for cell in &cells {
            let tokens = Spoken::of(&cell.words).tokens;
            let under: Vec<usize> = (0..known)
                .filter(|head| overlap(heads[*head].bounds, cell.bounds) > 1.0)
                .collect();
            match under.as_slice() {
                [] => heads.push(Head {
                    words: cell.words.clone(),
                    day: day_of(&tokens),
                    tokens,
                    bounds: cell.bounds,
                }),
                [_] if !lowest && is_day(&tokens) => spans.push(cell.clone()),
                [one] => {
                    let head = &mut heads[*one];
                    head.words.splice(0..0, cell.words.iter().cloned());
                    head.bounds = union(head.bounds, cell.bounds);
                }
                // A title over the whole table.
                many if cells.len() == 1 && many.len() > 2 => return None,
                _ => spans.push(cell.clone()),
            }
        }
    }
    heads.sort_by(|a, b| a.bounds[0].total_cmp(&b.bounds[0]));
    let days: Vec<f64> = spans
        .iter()
        .filter(|span| day_of(&Spoken::of(&span.words).tokens).is_some())
        .map(|span| middle(span.bounds))
        .collect();
    for span in &spans {
        over(&mut heads, span, &days);
    }
    for head in &mut heads {
        head.tokens = Spoken::of(&head.words).tokens;
        head.day = day_of(&head.tokens).or(head.day);
    }
    (heads.len() >= 2).then_some(heads)
}

/// What stands over several heads is said of each; a day also of the heads beside that have none.
fn over(heads: &mut [Head], span: &Cell, days: &[f64]) {
    let tokens = Spoken::of(&span.words).tokens;
    let day = day_of(&tokens);
    let mut under: Vec<usize> = (0..heads.len())
        .filter(|at| overlap(heads[*at].bounds, span.bounds) > 1.0)
        .collect();
    if day.is_some() {
        let below = |head: &Head| head.bounds[1] > span.bounds[1] + 2.0;
        // Of two days above, a head is of the nearer.
        let nearest = |head: &Head| {
            let off = |at: f64| (at - middle(head.bounds)).abs();
            days.iter()
                .all(|other| off(middle(span.bounds)) <= off(*other))
        };
        let free = |head: &Head| {
            head.day.is_none() && below(head) && !head.tokens.is_empty() && nearest(head)
        };
        let (first, last) = match (under.first(), under.last()) {
            (Some(first), Some(last)) => (*first, *last),
            _ => return,
        };
        let row = heads[first].bounds[1];
        let level = |head: &Head| (head.bounds[1] - row).abs() < 3.0;
        under.extend(
            (0..first)
                .rev()
                .take_while(|at| free(&heads[*at]) && level(&heads[*at])),
        );
        under.extend(
            (last + 1..heads.len()).take_while(|at| free(&heads[*at]) && level(&heads[*at])),
        );
    }
    for at in under {
        let head = &mut heads[at];
        if day.is_some() {
            head.day = head.day.or(day);
        } else {
            head.words.splice(0..0, span.words.iter().cloned());
        }
    }
}

fn is_day(tokens: &[String]) -> bool {
    day_of(tokens).is_some() && tokens.len() <= 2
}

/// Heads hold no values and are no sentences.
fn is_head(line: &Line) -> bool {
    let words = &line.words;
    let value = |at: usize| {
        let text = words[at]
            .text
            .trim_matches(|c: char| matches!(c, '(' | ')' | '%' | ',' | '.' | '<' | '>'));
        let figure = text.starts_with(|c: char| c.is_ascii_digit())
            && text
                .chars()
                .all(|c| c.is_ascii_digit() || matches!(c, '.' | ','));
        let day = at > 0 && {
            let pair = Spoken::of(&words[at - 1..=at]).tokens;
            day_of(&pair).is_some()
        };
        figure && !day
    };
    !words.is_empty()
        && words.len() <= 40
        && !words.iter().any(|word| word.text.ends_with(':'))
        && !words
            .last()
            .is_some_and(|word| word.text.len() > 6 && word.text.ends_with('.') && words.len() > 8)
        && !(0..words.len()).any(value)
}

/// The column that a cell stands in: the one that it overlaps most, else the nearest.
#[must_use]
pub fn column(heads: &[Head], bounds: Bounds) -> Option<usize> {
    (0..heads.len())
        .max_by(|a, b| {
            overlap(heads[*a].bounds, bounds).total_cmp(&overlap(heads[*b].bounds, bounds))
        })
        .filter(|at| overlap(heads[*at].bounds, bounds) > -60.0)
}

/// The rows below the heads, and how many lines they take.
#[must_use]
pub fn rows(
    heads: &[Head],
    lines: &[Line],
    key: usize,
    is_key: impl Fn(&Cell) -> bool,
) -> (Vec<Row>, usize) {
    let mut rows: Vec<Row> = Vec::new();
    let mut pending: Vec<(Line, Vec<Cell>)> = Vec::new();
    let mut taken = 0;
    for (at, line) in lines.iter().enumerate() {
        let mut cells = cells(line);
        split_between(&mut cells, heads);
        let far = at > 0 && line.bounds[1] - lines[at - 1].bounds[3] > 2.6 * height(line);
        let across = cells.iter().any(|cell| {
            let under = heads
                .iter()
                .filter(|head| overlap(head.bounds, cell.bounds) > 2.0)
                .count();
            under > 2 || (under > 1 && cell.words.len() > 9)
        });
        if far || across {
            break;
        }
        let keyed: Vec<&Cell> = cells
            .iter()
            .filter(|cell| column(heads, cell.bounds) == Some(key))
            .collect();
        match keyed.as_slice() {
            [cell] if is_key(cell) => {
                let mut row = Row {
                    cells: vec![Cell::default(); heads.len()],
                    bounds: line.bounds,
                    text: String::new(),
                };
                let middle = |bounds: Bounds| f64::midpoint(bounds[1], bounds[3]);
                for (loose, cells) in pending.drain(..) {
                    let to_above = rows
                        .last()
                        .map(|above| middle(loose.bounds) - middle(above.bounds));
                    let to_below = middle(line.bounds) - middle(loose.bounds);
                    match rows.last_mut() {
                        Some(above) if to_above.is_some_and(|gap| gap <= to_below) => {
                            fill(above, &cells, heads);
                        }
                        _ => fill(&mut row, &cells, heads),
                    }
                }
                fill(&mut row, &cells, heads);
                rows.push(row);
                taken = at + 1;
            }
            [] => pending.push((line.clone(), cells)),
            _ => break,
        }
        if pending.len() > 3 {
            break;
        }
    }
    for (loose, cells) in pending {
        if let Some(last) = rows.last_mut()
            && loose.bounds[1] - last.bounds[3] < 0.7 * height(&loose)
        {
            fill(last, &cells, heads);
            taken += 1;
        } else {
            break;
        }
    }
    (rows, taken)
}

/// A cell that stands in two columns is two cells whose gap is narrow.
fn split_between(cells: &mut Vec<Cell>, heads: &[Head]) {
    let mut at = 0;
    while at < cells.len() {
        let under: Vec<usize> = (0..heads.len())
            .filter(|head| overlap(heads[*head].bounds, cells[at].bounds) > 2.0)
            .collect();
        let words = cells[at].words.len();
        if under.len() == 2 && (2..=9).contains(&words) {
            let second = heads[under[1]].bounds[0];
            let starts = cells[at]
                .words
                .iter()
                .position(|word| (word.bounds[0] - second).abs() < 0.8 * word.size);
            if let Some(split) = starts.filter(|split| *split > 0) {
                let mut right = Cell::default();
                let mut left = Cell::default();
                for (index, word) in cells[at].words.iter().enumerate() {
                    if index < split { &mut left } else { &mut right }.push(word);
                }
                cells[at] = left;
                cells.insert(at + 1, right);
            }
        }
        at += 1;
    }
}

fn fill(row: &mut Row, cells: &[Cell], heads: &[Head]) {
    for cell in cells {
        if let Some(at) = column(heads, cell.bounds) {
            for word in &cell.words {
                row.cells[at].push(word);
            }
        }
        row.bounds = union(row.bounds, cell.bounds);
        if !row.text.is_empty() {
            row.text.push(' ');
        }
        row.text.push_str(&cell.text());
    }
}
