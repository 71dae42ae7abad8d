//! Styles, scripts and the sign of the house, compiled in and served under names that carry their
//! hash, so that a browser keeps them for a year and never keeps an old one.

use super::failure::WebError;
use actix_web::{HttpResponse, http::header, web};
use sha2::{Digest as _, Sha256};
use std::sync::LazyLock;

/// One file that pages refer to.
pub struct Asset {
    name: String,
    media_type: &'static str,
    text: &'static str,
}

/// Every style of every page.
pub static STYLE: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new(
        "pages",
        "css",
        concat!(
            include_str!("assets/css/tokens.css"),
            include_str!("assets/css/base.css"),
            include_str!("assets/css/shell.css"),
            include_str!("assets/css/parts.css"),
            include_str!("assets/css/pages.css"),
            include_str!("assets/css/small.css"),
            include_str!("assets/css/print.css"),
        ),
    )
});
/// Every script but the theme; deferred, and each part looks for what it works on.
pub static SCRIPT: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new(
        "pages",
        "js",
        concat!(
            include_str!("assets/js/shell.js"),
            include_str!("assets/js/live.js"),
            include_str!("assets/js/upload.js"),
            include_str!("assets/js/paper.js"),
        ),
    )
});
/// The chosen theme, before the first paint.
pub static THEME: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("theme", "js", include_str!("assets/js/theme.js")));
/// What the page of a one-time link does.
pub static WELCOME: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("welcome", "js", include_str!("assets/js/welcome.js")));
/// The sign of the house.
pub static MARK: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("mark", "svg", include_str!("assets/mark.svg")));

impl Asset {
    fn new(stem: &str, extension: &str, text: &'static str) -> Self {
        let hash = Sha256::digest(text.as_bytes());
        // 48 bits tell the few versions of a file apart that a browser ever sees.
        let hash = hash[..6]
            .iter()
            .fold(0_u64, |hash, &byte| hash << 8 | u64::from(byte));
        Self {
            name: format!("{stem}.{hash:012x}.{extension}"),
            media_type: match extension {
                "css" => "text/css; charset=utf-8",
                "svg" => "image/svg+xml",
                _ => "text/javascript; charset=utf-8",
            },
            text,
        }
    }

    /// Where the file is served.
    pub fn url(&self) -> String {
        format!("/assets/{}", self.name)
    }
}

/// `GET /assets/{name}`.
pub async fn serve(name: web::Path<String>) -> Result<HttpResponse, WebError> {
    [&STYLE, &SCRIPT, &THEME, &WELCOME, &MARK]
        .into_iter()
        .find(|asset| asset.name == *name)
        .map(|asset| {
            HttpResponse::Ok()
                .content_type(asset.media_type)
                .insert_header((header::CACHE_CONTROL, "public, max-age=31536000, immutable"))
                .body(asset.text)
        })
        .ok_or(WebError::NotFound)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_every_page_loads_leaves_room_for_the_page() {
        let together = STYLE.text.len() + SCRIPT.text.len() + THEME.text.len() + MARK.text.len();
        assert!(together < 75_000, "{together} bytes of a page's 150 kB");
    }

    #[test]
    fn names_carry_a_hash_of_the_content() {
        let one = Asset::new("a", "js", "1;");
        assert_ne!(one.name, Asset::new("a", "js", "2;").name);
        assert_eq!(one.url(), format!("/assets/{}", one.name));
    }
}
