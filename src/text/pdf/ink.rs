//! The first voice: every glyph and every straight stroke of a page, by hayro.
//!
//! What a person does not see on the page is not read: text outside the page or its clip, text
//! too small to read, white text on white paper, and text that a later filled area covers.
//! Invisible text (render mode 3) is the text layer of a scan: it is read where an image lies on
//! the page or nothing else is written, and dropped beside visible text.

use super::limits;
use super::paths::{self, Shade, shade};
use crate::text::UnreadReason;
use crate::text::layout::{Glyph, Ink};
use crate::text::page::Bounds;
use hayro_interpret::font::{Glyph as PdfGlyph, GlyphRun};
use hayro_interpret::hayro_cmap::BfString;
use hayro_interpret::kurbo::{Affine, BezPath, Point, Rect, Shape};
use hayro_interpret::{
    BlendMode, ClipPath, Device, DrawMode, DrawProps, Image, ImageDrawProps, Paint, SoftMask,
};

/// Thinner than this a filled rectangle is seen as a stroke, in points.
const THIN: f64 = 2.5;
/// Shorter than this a stroke is a dot or a dash, in points.
const SHORT: f64 = 3.0;
/// Type below this height cannot be read on paper, in points.
const READABLE: f32 = 1.5;

/// Fewer letters than this on a scan are the stamp of a scanner or the head line of a fax.
const STAMP: usize = 120;
/// More drawings than this without a letter are a picture made of strokes.
const BLANK: u64 = 60;

/// Ends the drawing of a page that has no end; see [`Gatherer::spend`].
pub struct Stop;

/// Collects the ink of one page.
pub struct Gatherer {
    ink: Ink,
    /// Invisible text, drawn to be searched and copied.
    layer: Vec<Glyph>,
    /// Glyphs without a known character.
    unmapped: usize,
    /// Share of the page under images, 0 to 1 and more.
    pictured: f64,
    size: [f64; 2],
    clips: Vec<Rect>,
    /// Areas that were filled with something else than white.
    shades: Vec<Rect>,
    budget: u64,
    drawn: u64,
    last_run: Option<(Point, usize)>,
}

impl Gatherer {
    pub fn new(size: [f64; 2], budget: u64) -> Self {
        Self {
            ink: Ink::default(),
            layer: Vec::new(),
            unmapped: 0,
            pictured: 0.0,
            size,
            clips: Vec::new(),
            shades: Vec::new(),
            budget,
            drawn: 0,
            last_run: None,
        }
    }

    /// What is left of the budget that was given.
    pub fn left(&self) -> u64 {
        self.budget
    }

    /// The text that counts, and what is wrong with it.
    pub fn text(mut self) -> (Ink, Option<UnreadReason>) {
        let is_scan = self.pictured > 0.5;
        if is_scan || self.ink.glyphs.is_empty() {
            self.ink.glyphs.append(&mut self.layer);
        }
        let letters = self.ink.glyphs.len();
        let reason = if letters < STAMP && (is_scan || (letters == 0 && self.drawn > BLANK)) {
            Some(UnreadReason::NoTextLayer)
        } else if self.unmapped * 5 > letters {
            Some(UnreadReason::UnknownLetters)
        } else {
            None
        };
        (self.ink, reason)
    }

    /// Counts drawing against the budget of the document.
    ///
    /// The interpreter cannot be told to stop, and some kilobytes can ask for 2^30 drawings; so
    /// the end of the budget unwinds to the reader of the page, past the panic hook.
    fn spend(&mut self, drawings: u64) {
        self.drawn += drawings;
        if drawings > self.budget {
            self.budget = 0;
            std::panic::resume_unwind(Box::new(Stop));
        }
        self.budget -= drawings;
    }

    fn glyph(&mut self, glyph: &PdfGlyph<'_>, transform: Affine, style: Style) {
        let [a, b, c, d, x, y] = transform.as_coeffs();
        let size = (1000.0 * c.hypot(d)) as f32;
        let advance = match glyph {
            PdfGlyph::Outline(outline) => outline.advance_width(),
            PdfGlyph::Type3(drawn) => drawn.advance_width(),
        };
        let width = f64::from(advance.unwrap_or(500.0)) * a.hypot(b);
        let angle = if b.abs() < 1e-9 && a > 0.0 {
            0
        } else {
            (b.atan2(a).to_degrees().round() as i16).rem_euclid(360)
        };
        let mut placed = Glyph {
            character: char::REPLACEMENT_CHARACTER,
            x: x as f32,
            y: y as f32,
            width: width as f32,
            size,
            angle,
            bold: style.bold,
        };
        if size < READABLE || !self.is_on_paper(x, y, size.into()) {
            return;
        }
        let sink = if style.invisible {
            &mut self.layer
        } else {
            &mut self.ink.glyphs
        };
        match glyph.as_unicode() {
            Some(BfString::Char(character)) => {
                placed.character = character;
                sink.push(placed);
            }
            Some(BfString::String(text)) => {
                // A ligature: its letters share its width.
                let count = text.chars().count().max(1) as f32;
                placed.width /= count;
                let (dx, dy) = (width * b.atan2(a).cos(), width * b.atan2(a).sin());
                for (index, character) in text.chars().enumerate() {
                    let share = index as f32 / count;
                    sink.push(Glyph {
                        character,
                        x: placed.x + dx as f32 * share,
                        y: placed.y + dy as f32 * share,
                        ..placed
                    });
                }
            }
            None => {
                self.unmapped += 1;
                sink.push(placed);
            }
        }
    }

    fn is_on_paper(&self, x: f64, y: f64, size: f64) -> bool {
        let slack = 0.3 * size;
        let inside = |x0: f64, y0: f64, x1: f64, y1: f64| {
            x > x0 - slack && x < x1 + slack && y > y0 - slack && y < y1 + slack + size
        };
        inside(0.0, 0.0, self.size[0], self.size[1])
            && self
                .clips
                .last()
                .is_none_or(|clip| inside(clip.x0, clip.y0, clip.x1, clip.y1))
    }

    /// White letters are seen on a shaded area or on an image.
    fn is_seen(&self, paint: &Paint<'_>, at: Point) -> bool {
        match shade(paint) {
            Shade::None => false,
            Shade::White => {
                self.pictured > 0.0 || self.shades.iter().any(|shade| shade.contains(at))
            }
            Shade::Ink => true,
        }
    }

    fn rectangle(&mut self, rect: Rect, paint: &Paint<'_>) {
        let shade = shade(paint);
        if matches!(shade, Shade::None) {
            return;
        }
        let (width, height) = (rect.width(), rect.height());
        if width.min(height) <= THIN {
            if width.max(height) >= SHORT && matches!(shade, Shade::Ink) {
                self.ruling(rect);
            }
            return;
        }
        self.cover(rect);
        if matches!(shade, Shade::Ink) {
            self.shades.push(rect);
        } else {
            self.shades.retain(|shade| rect.intersect(*shade) != *shade);
        }
    }

    /// An area that is filled later hides the text below it.
    fn cover(&mut self, rect: Rect) {
        let hidden = |glyph: &Glyph| {
            let reach = f64::from(glyph.size);
            // The middle of the letter, whatever way it stands.
            let (x, y) = (f64::from(glyph.x), f64::from(glyph.y));
            let (sin, cos) = f64::from(glyph.angle).to_radians().sin_cos();
            let middle = Point::new(
                x + 0.5 * f64::from(glyph.width) * cos + 0.3 * reach * sin,
                y + 0.5 * f64::from(glyph.width) * sin - 0.3 * reach * cos,
            );
            rect.contains(middle)
        };
        if self.ink.glyphs.iter().any(&hidden) {
            self.ink.glyphs.retain(|glyph| !hidden(glyph));
        }
    }

    fn ruling(&mut self, rect: Rect) {
        if self.ink.rulings.len() < limits::RULINGS {
            let bounds: Bounds = [rect.x0, rect.y0, rect.x1, rect.y1];
            self.ink.rulings.push(bounds);
        }
    }
}

/// How the glyphs of a run are shown.
#[derive(Clone, Copy)]
struct Style {
    invisible: bool,
    bold: bool,
}

/// The font's own weight, or what its name says.
fn is_bold(glyph: &PdfGlyph<'_>) -> bool {
    let PdfGlyph::Outline(outline) = glyph else {
        return false;
    };
    outline.font_data().is_some_and(|font| {
        font.weight.is_some_and(|weight| weight >= 600)
            || font.postscript_name.is_some_and(|name| {
                ["Bold", "Black", "Heavy"]
                    .iter()
                    .any(|weight| name.contains(weight))
            })
    })
}

impl<'a> Device<'a> for Gatherer {
    fn draw_path(&mut self, path: &BezPath, props: DrawProps<'a>, draw_mode: &DrawMode) {
        self.spend(1);
        match draw_mode {
            DrawMode::Stroke(stroke) => {
                if matches!(shade(&props.paint), Shade::Ink) {
                    let scale = props.transform.determinant().abs().sqrt();
                    let width = f64::from(stroke.line_width) * scale;
                    for rect in paths::segments(path, props.transform, width.min(THIN), SHORT) {
                        self.ruling(rect);
                    }
                }
            }
            DrawMode::Fill(_) | DrawMode::FillAndStroke(..) => {
                // A path of many rectangles: each is a border or a bar of its own.
                for part in paths::rectangles(path) {
                    self.rectangle(props.transform.transform_rect_bbox(part), &props.paint);
                }
            }
            DrawMode::Invisible => {}
        }
    }

    fn draw_rect(&mut self, rect: &Rect, props: DrawProps<'a>, draw_mode: &DrawMode) {
        if let DrawMode::Fill(_) = draw_mode {
            self.spend(1);
            self.rectangle(props.transform.transform_rect_bbox(*rect), &props.paint);
        } else {
            self.draw_path(&rect.to_path(0.1), props, draw_mode);
        }
    }

    fn push_clip_path(&mut self, clip_path: &ClipPath) {
        self.push_clip_rect(&clip_path.path.bounding_box());
    }

    fn push_clip_rect(&mut self, rect: &Rect) {
        self.spend(1);
        let clip = self
            .clips
            .last()
            .map_or(*rect, |outer| outer.intersect(*rect));
        self.clips.push(clip);
    }

    fn pop_clip(&mut self) {
        self.clips.pop();
    }

    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'a>>, _: BlendMode) {
        self.spend(1);
    }

    fn pop_transparency_group(&mut self) {}

    fn draw_glyph_run(
        &mut self,
        glyph_run: &GlyphRun<'_, 'a>,
        props: DrawProps<'a>,
        draw_mode: &DrawMode,
    ) {
        let glyphs = glyph_run.glyphs();
        self.spend(1 + glyphs.len() as u64);
        let Some(first) = glyphs.first() else {
            return;
        };
        let at = (props.transform * first.transform()) * Point::ZERO;
        let run = Some((at, glyphs.len()));
        if matches!(draw_mode, DrawMode::Stroke(_)) && run == self.last_run {
            // Filled and stroked: the same letters a second time.
            return;
        }
        self.last_run = run;
        let invisible = matches!(draw_mode, DrawMode::Invisible);
        if !invisible && !self.is_seen(&props.paint, at) {
            return;
        }
        let style = Style {
            invisible,
            bold: is_bold(first),
        };
        for glyph in glyphs {
            self.glyph(glyph, props.transform * glyph.transform(), style);
        }
    }

    fn draw_image(&mut self, image: Image<'a, '_>, props: ImageDrawProps<'a>) {
        self.spend(1);
        let area = Rect::new(0.0, 0.0, image.width().into(), image.height().into());
        let paper = Rect::new(0.0, 0.0, self.size[0], self.size[1]);
        let drawn = props.transform.transform_rect_bbox(area).intersect(paper);
        self.pictured += drawn.area() / paper.area().max(1.0);
    }
}
