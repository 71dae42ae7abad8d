//! Paths and paints as the eye takes them: straight strokes, upright rectangles, white or not.

use hayro_interpret::Paint;
use hayro_interpret::kurbo::{Affine, BezPath, PathEl, Point, Rect};

/// What an area of a paint looks like on white paper.
#[derive(Clone, Copy)]
pub enum Shade {
    /// Transparent.
    None,
    White,
    Ink,
}

pub fn shade(paint: &Paint<'_>) -> Shade {
    match paint {
        Paint::Color(color) => {
            let [red, green, blue, alpha] = color.to_rgba().components();
            if alpha < 0.05 {
                Shade::None
            } else if red.min(green).min(blue) > 0.97 {
                Shade::White
            } else {
                Shade::Ink
            }
        }
        Paint::Pattern(_) => Shade::Ink,
    }
}

/// The straight level and upright segments of a stroked path, each as thick as the stroke, those
/// shorter than `shortest` left out.
pub fn segments(path: &BezPath, transform: Affine, thick: f64, shortest: f64) -> Vec<Rect> {
    let half = 0.5 * thick;
    let mut segments = Vec::new();
    let mut start = Point::ZERO;
    let mut at = Point::ZERO;
    for element in path.elements() {
        let to = match *element {
            PathEl::MoveTo(to) => {
                start = transform * to;
                at = start;
                continue;
            }
            PathEl::LineTo(to) => transform * to,
            PathEl::ClosePath => start,
            PathEl::QuadTo(_, to) | PathEl::CurveTo(_, _, to) => {
                at = transform * to;
                continue;
            }
        };
        let rect = Rect::from_points(at, to);
        let (width, height) = (rect.width(), rect.height());
        if width.min(height) < 0.5 && width.max(height) >= shortest {
            segments.push(if width < height {
                rect.inflate(half, 0.0)
            } else {
                rect.inflate(0.0, half)
            });
        }
        at = to;
    }
    segments
}

/// The upright rectangles that a path consists of.
pub fn rectangles(path: &BezPath) -> impl Iterator<Item = Rect> + '_ {
    path.elements()
        .split(|element| matches!(element, PathEl::ClosePath))
        .filter_map(|part| {
            let [
                PathEl::MoveTo(a),
                PathEl::LineTo(b),
                PathEl::LineTo(c),
                PathEl::LineTo(d),
                ..,
            ] = part
            else {
                return None;
            };
            let upright = |a: Point, b: Point| (a.x - b.x).abs() < 0.1 || (a.y - b.y).abs() < 0.1;
            let closed = part.len() == 4 || matches!(part[4..], [PathEl::LineTo(e)] if e == *a);
            (closed && upright(*a, *b) && upright(*b, *c) && upright(*c, *d))
                .then(|| Rect::from_points(*a, *c))
        })
}
