//! Whether a form that changes something was drawn by us for this session.
//!
//! Every form sends the field `csrf` first; it is looked for in the first bytes of the body, which
//! the handler then gets unchanged, so no handler can forget it. Scripts may send the header instead.
//! This stands beside the check of the origin in [`super::guard`], not in its place.

use super::{failure::WebError, session};
use crate::access::{Authenticator, SignedIn};
use crate::api::{CSRF_HEADER, bearer};
use actix_web::{
    Error, HttpMessage as _,
    body::MessageBody,
    dev::{Payload, ServiceRequest, ServiceResponse},
    http::Method,
    middleware::Next,
    web::{self, Bytes},
};
use futures_util::{StreamExt as _, stream};

/// The field stands first, so it is within these bytes of the body.
const WITHIN: usize = 4096;

/// The middleware.
pub async fn check(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD);
    if !safe && let Some((authenticator, signed_in)) = by_session(&request).await {
        let token = match sent_as_header(&request) {
            Some(token) => Some(token),
            None => sent_as_field(&mut request).await,
        };
        let fits = token.is_some_and(|token| {
            authenticator.csrf_fits(signed_in.session, signed_in.clinic, &token)
        });
        if !fits {
            return Ok(request
                .error_response(WebError::ForeignOrigin)
                .map_into_right_body());
        }
    }
    Ok(next.call(request).await?.map_into_left_body())
}

/// The session that this request comes by. Where there is none, nothing can be changed by it.
async fn by_session(request: &ServiceRequest) -> Option<(web::Data<Authenticator>, SignedIn)> {
    if bearer(request.request()).is_some() {
        return None;
    }
    let secret = session::secret(request.request())?;
    let authenticator = request.app_data::<web::Data<Authenticator>>()?.clone();
    let signed_in = authenticator.signed_in(&secret).await.ok()?;
    Some((authenticator, signed_in))
}

fn sent_as_header(request: &ServiceRequest) -> Option<String> {
    let value = request.headers().get(CSRF_HEADER)?;
    value.to_str().ok().map(ToOwned::to_owned)
}

async fn sent_as_field(request: &mut ServiceRequest) -> Option<String> {
    let multipart = request.content_type() == "multipart/form-data";
    let mut payload = request.take_payload();
    let mut chunks: Vec<Result<Bytes, _>> = Vec::new();
    let mut head = Vec::new();
    let mut token = None;
    while token.is_none() && head.len() < WITHIN {
        let Some(chunk) = payload.next().await else {
            break;
        };
        let ended = chunk.is_err();
        if let Ok(bytes) = &chunk {
            head.extend_from_slice(bytes);
        }
        chunks.push(chunk);
        if ended {
            break;
        }
        token = if multipart { part(&head) } else { pair(&head) };
    }
    // A form may end without another sign.
    if token.is_none() && !multipart {
        head.push(b'&');
        token = pair(&head);
    }
    request.set_payload(Payload::Stream {
        payload: stream::iter(chunks).chain(payload).boxed_local(),
    });
    token
}

/// The value of the first field of a URL-encoded form, once it is there whole.
fn pair(head: &[u8]) -> Option<String> {
    let value = head.strip_prefix(b"csrf=")?;
    let end = value.iter().position(|&byte| byte == b'&')?;
    String::from_utf8(value[..end].to_vec()).ok()
}

/// The value of the first part of a multipart form, once it is there whole.
fn part(head: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(&head[..head.len().min(WITHIN)]);
    let (_boundary, rest) = text.split_once("\r\n")?;
    let (headers, rest) = rest.split_once("\r\n\r\n")?;
    let (value, _) = rest.split_once("\r\n")?;
    let ours = headers
        .split("\r\n")
        .any(|header| header.eq_ignore_ascii_case("content-disposition: form-data; name=\"csrf\""));
    ours.then(|| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_field_is_found_when_it_is_whole() {
        assert_eq!(pair(b"csrf=abc&name=x").as_deref(), Some("abc"));
        assert_eq!(pair(b"csrf=ab"), None);
        assert_eq!(pair(b"name=x&csrf=abc&"), None);
        let form = b"--x\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\nabc\r\n--x\r\n";
        assert_eq!(part(form).as_deref(), Some("abc"));
        assert_eq!(part(&form[..form.len() - 10]), None);
        let file = b"--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"csrf\"\r\n\r\nabc\r\n--x\r\n";
        assert_eq!(part(file), None);
    }
}
