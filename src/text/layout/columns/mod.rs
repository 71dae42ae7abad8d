//! Lines that run across the page are cut where two columns stand side by side.
//!
//! A gutter that no word crosses is found between the columns of a page, but as well between the
//! columns of a table and between the fields of a form, and those must stay one line. So a gutter
//! parts columns only where both sides stand on their own: two tables whose rows each begin with
//! a name and state a number, text that fills both sides, lines that do not share base lines, or a
//! single ruling drawn in the gutter. Rulings that run across it again and again prove one table.

mod gutter;
mod proof;

use super::lines::around;
use crate::text::page::{Line, Ruling};

/// Cuts side by side columns apart; gives all lines in reading order with their blocks.
pub fn order(lines: Vec<Line>, rulings: &[Ruling], first_block: u32) -> Vec<Line> {
    let mut parts = Vec::new();
    cut(lines, rulings, 0, &mut parts);
    let mut ordered = Vec::new();
    let mut block = first_block;
    for part in parts {
        block = number(part, block, &mut ordered);
    }
    ordered
}

/// Columns within columns within columns: no paper has more.
const DEEPEST: u32 = 3;

fn cut(lines: Vec<Line>, rulings: &[Ruling], depth: u32, parts: &mut Vec<Vec<Line>>) {
    let gutter = if depth < DEEPEST {
        gutter::find(&lines, rulings)
    } else {
        None
    };
    let Some(gutter) = gutter else {
        if !lines.is_empty() {
            parts.push(lines);
        }
        return;
    };
    let mut lines = lines;
    let below = lines.split_off(gutter.to);
    let beside = lines.split_off(gutter.from);
    if !lines.is_empty() {
        parts.push(lines);
    }
    let (left, right) = split(beside, gutter.x());
    cut(left, rulings, depth + 1, parts);
    cut(right, rulings, depth + 1, parts);
    cut(below, rulings, depth, parts);
}

fn split(lines: Vec<Line>, x: f64) -> (Vec<Line>, Vec<Line>) {
    let (mut left, mut right) = (Vec::new(), Vec::new());
    for mut line in lines {
        let behind = line.words.partition_point(|word| word.bounds[0] < x);
        let mut words = line.words.split_off(behind);
        if !line.words.is_empty() {
            line.bounds = around(&line.words);
            left.push(line);
        }
        if let Some(first) = words.first_mut() {
            first.gap_before = false;
            right.push(Line {
                bounds: around(&words),
                words,
                block: 0,
            });
        }
    }
    (left, right)
}

/// Gives the lines of one part their block numbers: a new block where nearly a line stays empty
/// and the lines around lie closer.
fn number(part: Vec<Line>, first: u32, ordered: &mut Vec<Line>) -> u32 {
    let distances: Vec<f64> = part
        .windows(2)
        .map(|pair| pair[1].bounds[3] - pair[0].bounds[3])
        .collect();
    let mut block = first;
    for (index, mut line) in part.into_iter().enumerate() {
        let height = line.bounds[3] - line.bounds[1];
        if let Some(distance) = index.checked_sub(1).map(|above| distances[above]) {
            let closer = |other: Option<&f64>| other.is_some_and(|other| distance > 1.35 * other);
            let before = index.checked_sub(2).and_then(|above| distances.get(above));
            let alone = distances.len() == 1;
            if distance > 1.9 * height && (alone || closer(before) || closer(distances.get(index)))
            {
                block += 1;
            }
        }
        line.block = block;
        ordered.push(line);
    }
    block + 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::page::Word;

    /// Lines of 10 units of type, 15 apart; a cell is its place and its words, 5 units a letter.
    fn page(rows: &[&[(f64, &str)]]) -> Vec<Line> {
        let mut lines = Vec::new();
        for (row, cells) in rows.iter().enumerate() {
            let y = 15.0 * row as f64;
            let mut words = Vec::new();
            for &(at, cell) in *cells {
                let mut x = at;
                for (index, text) in cell.split(' ').enumerate() {
                    let right = x + 5.0 * text.chars().count() as f64;
                    words.push(Word {
                        text: text.to_owned(),
                        bounds: [x, y, right, y + 10.0],
                        size: 10.0,
                        gap_before: index == 0 && !words.is_empty(),
                        ..Word::default()
                    });
                    x = right + 2.5;
                }
            }
            let bounds = around(&words);
            lines.push(Line {
                words,
                bounds,
                block: 0,
            });
        }
        lines
    }

    fn read(lines: Vec<Line>, rulings: &[Ruling]) -> Vec<String> {
        order(lines, rulings, 0).iter().map(Line::text).collect()
    }

    #[test]
    fn twin_tables_are_parted() {
        let rows: [&[(f64, &str)]; 4] = [
            &[
                (0.0, "Test"),
                (100.0, "Result"),
                (300.0, "Test"),
                (400.0, "Result"),
            ],
            &[(0.0, "FSH"), (100.0, "5.5"), (300.0, "TSH"), (400.0, "1.9")],
            &[(0.0, "LH"), (100.0, "4.2"), (300.0, "FT4"), (400.0, "1.2")],
            &[
                (0.0, "AMH"),
                (100.0, "2.1"),
                (300.0, "Ferritin"),
                (400.0, "33"),
            ],
        ];
        let read = read(page(&rows), &[]);
        assert_eq!(read[1..5], ["FSH 5.5", "LH 4.2", "AMH 2.1", "Test Result"]);
    }

    #[test]
    fn one_wide_table_stays_one() {
        let rows: [&[(f64, &str)]; 4] = [
            &[
                (0.0, "FSH"),
                (100.0, "5.5"),
                (300.0, "IU/L"),
                (400.0, "6.1"),
                (450.0, "1.5-12.4"),
            ],
            &[
                (0.0, "LH"),
                (100.0, "4.2"),
                (300.0, "IU/L"),
                (400.0, "4.9"),
                (450.0, "1.7-8.6"),
            ],
            &[
                (0.0, "AMH"),
                (100.0, "2.1"),
                (300.0, "ng/mL"),
                (400.0, "2.4"),
                (450.0, "1.0-4.0"),
            ],
            &[
                (0.0, "TSH"),
                (100.0, "1.9"),
                (300.0, "mIU/L"),
                (400.0, "2.0"),
                (450.0, "0.4-4.0"),
            ],
        ];
        assert_eq!(read(page(&rows), &[])[0], "FSH 5.5 IU/L 6.1 1.5-12.4");
        // A method that is the same in every row names nothing.
        let rows: [&[(f64, &str)]; 3] = [
            &[
                (0.0, "FSH"),
                (100.0, "5.5"),
                (300.0, "ECLIA"),
                (400.0, "6.1"),
            ],
            &[
                (0.0, "LH"),
                (100.0, "4.2"),
                (300.0, "ECLIA"),
                (400.0, "4.9"),
            ],
            &[
                (0.0, "AMH"),
                (100.0, "2.1"),
                (300.0, "ECLIA"),
                (400.0, "2.4"),
            ],
        ];
        assert_eq!(read(page(&rows), &[])[0], "FSH 5.5 ECLIA 6.1");
    }

    #[test]
    fn rulings_across_the_gutter_prove_one_table() {
        let rows: [&[(f64, &str)]; 4] = [
            &[
                (0.0, "Volume"),
                (100.0, "2.5"),
                (300.0, "Motility"),
                (400.0, "48"),
            ],
            &[
                (0.0, "Count"),
                (100.0, "62"),
                (300.0, "Vitality"),
                (400.0, "71"),
            ],
            &[
                (0.0, "Cells"),
                (100.0, "0.3"),
                (300.0, "Forms"),
                (400.0, "4"),
            ],
            &[
                (0.0, "Acidity"),
                (100.0, "7.6"),
                (300.0, "Abstinence"),
                (400.0, "3"),
            ],
        ];
        assert_eq!(read(page(&rows), &[])[0], "Volume 2.5");
        let rulings = [12.5, 27.5, 42.5].map(|y| Ruling {
            bounds: [0.0, y, 450.0, y + 0.5],
        });
        assert_eq!(read(page(&rows), &rulings)[0], "Volume 2.5 Motility 48");
    }

    #[test]
    fn fields_of_a_form_stay_one_line() {
        let rows: [&[(f64, &str)]; 3] = [
            &[(0.0, "Patient ID: 4471"), (300.0, "Lab no: 118")],
            &[(0.0, "Born: 14/08/1989"), (300.0, "Collected: 03/02/2026")],
            &[(0.0, "Age: 36"), (300.0, "Reported: 04/02/2026")],
        ];
        assert_eq!(read(page(&rows), &[])[2], "Age: 36 Reported: 04/02/2026");
    }

    #[test]
    fn running_text_in_two_columns_is_read_down_the_left_first() {
        let text = "The sample was examined within an hour of";
        let row: &[(f64, &str)] = &[(0.0, text), (300.0, text)];
        let read = read(page(&[row; 5]), &[]);
        assert_eq!(read.len(), 10);
        assert_eq!(read[0], text);
    }
}
