//! The picture of a page, for a person who compares a value with the paper.

use super::{limits, load, quiet, size, structure};
use crate::text::Unreadable;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings};
use hayro_interpret::InterpreterSettings;

/// Page `page`, from 1, as PNG of `width` pixels, or fewer where the picture would be too large;
/// `None` where there is no such page.
pub fn render(bytes: &[u8], page: u32, width: u32) -> Result<Option<Vec<u8>>, Unreadable> {
    structure::inspect(bytes)?;
    let file = load(bytes)?;
    let Some(page) = (page as usize)
        .checked_sub(1)
        .and_then(|index| file.pages().get(index))
    else {
        return Ok(None);
    };
    let scale = scale(size(page), width) as f32;
    let picture = quiet::catch(|| {
        let settings = PixmapSettings {
            x_scale: scale,
            y_scale: scale,
            bg_color: WHITE,
        };
        hayro::render(
            page,
            &RenderCache::new(),
            &InterpreterSettings::default(),
            &RenderSettings::default(),
            &settings,
        )
        .into_png()
        .ok()
    });
    picture.ok().flatten().map(Some).ok_or(Unreadable::Damaged)
}

/// Pixels a point, so that the picture is `width` wide, within what one picture may hold.
fn scale([page_width, page_height]: [f64; 2], width: u32) -> f64 {
    let wanted = f64::from(width.max(1)) / page_width;
    let most = (limits::PIXELS / (page_width * page_height)).sqrt();
    // The renderer counts in 16 bits.
    let longest = f64::from(u16::MAX) / page_width.max(page_height);
    wanted.min(most).min(longest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_page_is_drawn_larger_than_the_limit() {
        assert!((scale([600.0, 800.0], 1200) - 2.0).abs() < 1e-9);
        for [width, height] in [[1e9, 1e9], [10.0, 1e6], [600.0, 800.0]] {
            let scale = scale([width, height], 50_000);
            assert!(width * scale * height * scale <= limits::PIXELS * 1.001);
            assert!(width.max(height) * scale <= 65_535.5);
        }
    }
}
