//! Keyset paging: a page ends with an opaque cursor, and the next page begins right behind it.
//!
//! The cursor holds where the page ended, nothing else; a clinic's wall does not rest on it.

use super::problem::ApiError;
use actix_web::{HttpRequest, HttpResponse, http::header};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use utoipa::{IntoParams, ToSchema};

/// Rows of one page when nothing is said.
const USUAL: u16 = 50;
/// Most rows of one page.
pub const MOST: u16 = 200;

/// Which page is asked for.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Paging {
    /// Rows of the page, 50 when nothing is said.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u16>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// One page.
#[derive(Debug, Serialize, ToSchema)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// Absent on the last page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

impl Paging {
    /// Rows of this page.
    pub fn limit(&self) -> Result<i64, ApiError> {
        match self.limit.unwrap_or(USUAL) {
            limit @ 1..=MOST => Ok(i64::from(limit)),
            _ => Err(ApiError::field("limit", format!("between 1 and {MOST}"))),
        }
    }

    /// Where the page before ended.
    pub fn after<K: DeserializeOwned>(&self) -> Result<Option<K>, ApiError> {
        let Some(cursor) = &self.cursor else {
            return Ok(None);
        };
        URL_SAFE_NO_PAD
            .decode(cursor)
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .map(Some)
            .ok_or_else(|| {
                ApiError::field(
                    "cursor",
                    "this is no cursor of ours: begin again without one",
                )
            })
    }
}

/// Cuts rows that were asked for with one more than `limit`: where that one is there, there is a
/// next page, and `key` of the last row that stays is where this page ends.
pub fn cut<T, K>(mut items: Vec<T>, limit: i64, key: impl Fn(&T) -> K) -> (Vec<T>, Option<K>) {
    let limit = limit as usize;
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| more).map(key);
    (items, next)
}

/// Answers with a page that ends at `next`, when there is more. The same is said by a
/// `Link: rel="next"` header (RFC 8288).
pub fn answer<T: Serialize, K: Serialize>(
    request: &HttpRequest,
    items: Vec<T>,
    next: Option<K>,
) -> HttpResponse {
    let next_cursor = next
        .and_then(|key| serde_json::to_vec(&key).ok())
        .map(|bytes| URL_SAFE_NO_PAD.encode(bytes));
    let mut response = HttpResponse::Ok();
    if let Some(cursor) = &next_cursor {
        response.insert_header((header::LINK, link(request, cursor)));
    }
    response.json(Page { items, next_cursor })
}

fn link(request: &HttpRequest, cursor: &str) -> String {
    let kept = url::form_urlencoded::parse(request.query_string().as_bytes())
        .filter(|(key, _)| key != "cursor");
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(kept)
        .append_pair("cursor", cursor)
        .finish();
    format!("<{}?{query}>; rel=\"next\"", request.path())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_leads_back_to_where_the_page_ended() {
        let request = actix_web::test::TestRequest::with_uri("/api/v1/patients?q=o%27neil&limit=2")
            .to_http_request();
        let (items, next) = cut(vec![5, 7, 9], 2, |row| ("O'Neil", *row));
        let response = answer(&request, items, next);
        let link = response.headers().get("link").unwrap().to_str().unwrap();
        let cursor = link
            .split("cursor=")
            .nth(1)
            .unwrap()
            .split('>')
            .next()
            .unwrap();
        assert!(link.starts_with("</api/v1/patients?q=o%27neil&limit=2&cursor="));
        let paging = Paging {
            limit: Some(2),
            cursor: Some(cursor.into()),
        };
        assert_eq!(
            paging.after::<(String, i32)>().unwrap(),
            Some(("O'Neil".into(), 7))
        );
    }

    #[test]
    fn what_is_no_cursor_and_no_limit_is_said_to_be_none() {
        let broken = Paging {
            limit: Some(0),
            cursor: Some("%%%".into()),
        };
        assert!(broken.limit().is_err());
        assert!(broken.after::<String>().is_err());
    }
}
