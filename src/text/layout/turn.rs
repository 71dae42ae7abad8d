//! Text runs in any direction: each direction is laid out in a frame where it is upright.

use super::glyph::Glyph;
use crate::text::page::{Bounds, Line, Ruling, Turn};

/// Glyphs that run in one direction.
#[derive(Debug)]
pub struct Group {
    /// Degrees, clockwise.
    pub angle: i16,
    /// Indices in the order of drawing.
    pub glyphs: Vec<u32>,
}

/// Directions closer than this are one: scans and converters turn text by fractions of a degree.
const SAME_DIRECTION: i16 = 3;

/// The glyphs by direction, the direction of most of them first.
pub fn groups(glyphs: &[Glyph]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut last = 0;
    for (index, glyph) in glyphs.iter().enumerate() {
        let fits = |group: &Group| {
            let apart = (group.angle - glyph.angle).rem_euclid(360);
            apart.min(360 - apart) <= SAME_DIRECTION
        };
        if !groups.get(last).is_some_and(fits) {
            last = groups.iter().position(fits).unwrap_or_else(|| {
                groups.push(Group {
                    angle: nearest_quarter(glyph.angle),
                    glyphs: Vec::new(),
                });
                groups.len() - 1
            });
        }
        groups[last].glyphs.push(index as u32);
    }
    // A page has one main direction; a second quarter turn with as much text loses the tie to
    // the upright one.
    groups.sort_by_key(|group| (std::cmp::Reverse(group.glyphs.len()), group.angle));
    groups
}

fn nearest_quarter(angle: i16) -> i16 {
    let quarter = (angle + 45).div_euclid(90) * 90;
    if (angle - quarter).abs() <= SAME_DIRECTION {
        quarter.rem_euclid(360)
    } else {
        angle.rem_euclid(360)
    }
}

/// Carries places from the page as a viewer shows it to a frame in which text is upright.
#[derive(Debug, Clone, Copy)]
pub struct Frame {
    angle: i16,
    cos: f32,
    sin: f32,
    shift: [f32; 2],
}

impl Frame {
    pub fn upright() -> Self {
        Self::of_text(0)
    }

    /// The frame of text that runs at `angle`; its origin is that of the page.
    pub fn of_text(angle: i16) -> Self {
        let (sin, cos) = match angle {
            0 => (0.0, 1.0),
            90 => (1.0, 0.0),
            180 => (0.0, -1.0),
            270 => (-1.0, 0.0),
            other => f32::from(other).to_radians().sin_cos(),
        };
        Self {
            angle,
            cos,
            sin,
            shift: [0.0; 2],
        }
    }

    /// The frame of the whole page where most of its text runs at `angle`: a quarter turn.
    pub fn of_page(angle: i16, [width, height]: [f32; 2]) -> Self {
        let quarter = ((angle + 45).div_euclid(90) * 90).rem_euclid(360);
        let shift = match quarter {
            90 => [0.0, width],
            180 => [width, height],
            270 => [height, 0.0],
            _ => [0.0, 0.0],
        };
        Self {
            shift,
            ..Self::of_text(quarter)
        }
    }

    pub fn angle(self) -> i16 {
        self.angle
    }

    pub fn turn(self) -> Turn {
        match self.angle {
            90 => Turn::Down,
            180 => Turn::Over,
            270 => Turn::Up,
            _ => Turn::Upright,
        }
    }

    pub fn point(self, x: f32, y: f32) -> [f32; 2] {
        [
            x * self.cos + y * self.sin + self.shift[0],
            y * self.cos - x * self.sin + self.shift[1],
        ]
    }

    fn back(self, x: f32, y: f32) -> [f32; 2] {
        let (x, y) = (x - self.shift[0], y - self.shift[1]);
        [x * self.cos - y * self.sin, x * self.sin + y * self.cos]
    }

    pub fn rulings(self, rulings: &[Bounds]) -> Vec<Ruling> {
        rulings
            .iter()
            .map(|bounds| Ruling {
                bounds: around(*bounds, |x, y| self.point(x, y)),
            })
            .collect()
    }
}

/// Moves a line from the frame it was laid out in to the frame of the page.
pub fn carry(line: &mut Line, from: Frame, to: Frame) {
    let place = |x, y| {
        let [x, y] = from.back(x, y);
        to.point(x, y)
    };
    line.bounds = around(line.bounds, place);
    for word in &mut line.words {
        word.bounds = around(word.bounds, place);
    }
}

fn around([x0, y0, x1, y1]: Bounds, place: impl Fn(f32, f32) -> [f32; 2]) -> Bounds {
    let mut bounds = [f64::MAX, f64::MAX, f64::MIN, f64::MIN];
    for (x, y) in [(x0, y0), (x1, y0), (x0, y1), (x1, y1)] {
        let [x, y] = place(x as f32, y as f32).map(f64::from);
        bounds = [
            bounds[0].min(x),
            bounds[1].min(y),
            bounds[2].max(x),
            bounds[3].max(y),
        ];
    }
    bounds
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::page::Page;

    #[test]
    fn the_page_turns_places_back_that_the_frame_turned() {
        for (angle, turn) in [
            (0, Turn::Upright),
            (90, Turn::Down),
            (180, Turn::Over),
            (270, Turn::Up),
        ] {
            let frame = Frame::of_page(angle, [600.0, 800.0]);
            assert_eq!(frame.turn(), turn);
            let page = Page {
                width: 600.0,
                height: 800.0,
                turn,
                ..Page::default()
            };
            let place = [10.0, 20.0, 30.0, 50.0];
            let upright = around(place, |x, y| frame.point(x, y));
            let [width, height] = page.upright_size();
            assert!(upright[0] >= 0.0 && upright[1] >= 0.0);
            assert!(upright[2] <= width && upright[3] <= height);
            assert_eq!(page.as_viewed(upright), place);
        }
    }
}
