//! The headers of tus 1.0 (<https://tus.io/protocols/resumable-upload>), read and written.

use super::problem::ApiError;
use crate::{
    domain::ids::PatientId,
    upload::{
        Problem,
        resumable::{ALGORITHMS, Appending, Checksum, Creating, Refusal, Standing},
    },
};
use actix_web::{
    HttpRequest, HttpResponse, HttpResponseBuilder, ResponseError as _,
    http::{StatusCode, header},
    middleware::DefaultHeaders,
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use std::time::SystemTime;

/// The version that is spoken.
pub const VERSION: &str = "1.0.0";

/// What is offered beyond the core.
pub const EXTENSIONS: &str = "creation,creation-with-upload,checksum,termination,expiration";

/// The media type of bytes that are appended.
pub const BYTES: &str = "application/offset+octet-stream";

/// Where the document of an upload is, told with its last bytes.
pub const RESULT: &str = "upload-result";

/// Metadata is said again with every `HEAD`, in one header.
const METADATA_BYTES: usize = 4096;

/// Says on every answer which protocol is spoken, refusals of any kind among them.
pub fn spoken() -> DefaultHeaders {
    DefaultHeaders::new().add(("tus-resumable", VERSION))
}

/// Refuses a request in another version, or in none.
pub fn version(request: &HttpRequest) -> Result<(), ApiError> {
    if said(request, "tus-resumable")? == Some(VERSION) {
        return Ok(());
    }
    Err(ApiError::new(
        StatusCode::PRECONDITION_FAILED,
        "tus-version",
        "This address speaks version 1.0.0 of tus: send the header `Tus-Resumable: 1.0.0`.",
    ))
}

/// What a request to begin an upload says of the file.
pub fn creating(request: &HttpRequest) -> Result<Creating, ApiError> {
    if said(request, "upload-concat")?.is_some() {
        return Err(unusable("Upload-Concat", "files are not joined here"));
    }
    if said(request, "upload-defer-length")?.is_some() {
        return Err(unusable(
            "Upload-Defer-Length",
            "say in Upload-Length how many bytes the file has",
        ));
    }
    let length = number(request, "upload-length")?
        .ok_or_else(|| unusable("Upload-Length", "say how many bytes the file has"))?;
    let metadata = said(request, "upload-metadata")?.unwrap_or_default();
    let mut creating = Creating {
        length,
        metadata: metadata.to_owned(),
        ..Creating::default()
    };
    for (key, value) in pairs(metadata)? {
        match key {
            "filename" => creating.file_name = Some(value),
            "patient_id" if !value.trim().is_empty() => {
                let patient: PatientId = value
                    .trim()
                    .parse()
                    .map_err(|_| ApiError::from(Problem::PatientIdUnusable))?;
                creating.patient = Some(patient);
            }
            // `filetype` among them: what a file is, its bytes say.
            _ => {}
        }
    }
    Ok(creating)
}

/// What a request says of the bytes that it brings; `offset` where the header does not say it.
pub fn appending(request: &HttpRequest, offset: Option<u64>) -> Result<Appending, ApiError> {
    let kind = said(request, "content-type")?.unwrap_or_default();
    if !kind.trim().eq_ignore_ascii_case(BYTES) {
        return Err(ApiError::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported-content-type",
            format!("Send bytes as `Content-Type: {BYTES}`."),
        ));
    }
    let offset = match offset {
        Some(offset) => offset,
        None => number(request, "upload-offset")?
            .ok_or_else(|| unusable("Upload-Offset", "say where the bytes begin in the file"))?,
    };
    Ok(Appending {
        offset,
        bytes: number(request, "content-length")?,
        checksum: checksum(request)?,
    })
}

/// Whether bytes come with a request.
pub fn brings_bytes(request: &HttpRequest) -> Result<bool, ApiError> {
    let length = number(request, "content-length")?;
    Ok(length.is_some_and(|bytes| bytes > 0)
        || request.headers().contains_key(header::TRANSFER_ENCODING))
}

fn checksum(request: &HttpRequest) -> Result<Option<Checksum>, ApiError> {
    let Some(value) = said(request, "upload-checksum")? else {
        return Ok(None);
    };
    let checksum = value.split_once(' ').and_then(|(algorithm, expected)| {
        let expected = BASE64_STANDARD.decode(expected.trim()).ok()?;
        Checksum::new(algorithm, expected)
    });
    checksum.map(Some).ok_or_else(|| {
        let known = ALGORITHMS.join(" or ");
        unusable(
            "Upload-Checksum",
            format!("an algorithm ({known}), a space and the checksum in base64"),
        )
    })
}

/// Keys and values of `Upload-Metadata`.
fn pairs(metadata: &str) -> Result<Vec<(&str, String)>, ApiError> {
    let wrong = |why: &str| unusable("Upload-Metadata", why);
    if metadata.len() > METADATA_BYTES {
        return Err(wrong("at most 4096 characters"));
    }
    let mut pairs: Vec<(&str, String)> = Vec::new();
    for pair in metadata.split(',').filter(|pair| !pair.trim().is_empty()) {
        let (key, value) = pair.trim().split_once(' ').unwrap_or((pair.trim(), ""));
        let value = BASE64_STANDARD.decode(value.trim());
        let value = value.ok().and_then(|value| String::from_utf8(value).ok());
        let value = value.ok_or_else(|| wrong("each value is text (UTF-8) in base64"))?;
        if pairs.iter().any(|(other, _)| *other == key) {
            return Err(wrong("each key once"));
        }
        pairs.push((key, value));
    }
    Ok(pairs)
}

fn number(request: &HttpRequest, name: &'static str) -> Result<Option<u64>, ApiError> {
    let Some(value) = said(request, name)? else {
        return Ok(None);
    };
    // No sign, and no number that a bigint of the database does not hold.
    let digits = value.bytes().all(|byte| byte.is_ascii_digit());
    let number = value.parse().ok().filter(|_| digits);
    let number = number.filter(|&number| i64::try_from(number).is_ok());
    number
        .map(Some)
        .ok_or_else(|| unusable(name, "a whole number, 0 or more"))
}

/// The one value of a header.
fn said<'a>(request: &'a HttpRequest, name: &'static str) -> Result<Option<&'a str>, ApiError> {
    let mut values = request.headers().get_all(name);
    let Some(value) = values.next() else {
        return Ok(None);
    };
    match (value.to_str(), values.next()) {
        (Ok(value), None) => Ok(Some(value)),
        _ => Err(unusable(name, "once, in ASCII")),
    }
}

fn unusable(header: &str, detail: impl Into<String>) -> ApiError {
    ApiError::field(header, detail)
}

/// Has an answer say where an upload stands.
pub fn tell(response: &mut HttpResponseBuilder, standing: &Standing) {
    response.insert_header(("upload-offset", standing.received));
    if standing.outcome.is_none() {
        let expires = SystemTime::from(standing.expires_at);
        response.insert_header((
            "upload-expires",
            header::HttpDate::from(expires).to_string(),
        ));
    }
    if let Some(document) = standing.document() {
        response.insert_header((RESULT, format!("/api/v1/documents/{document}")));
    }
}

/// A refusal as an answer, with the headers that a refusal has by itself.
pub fn refused(error: &ApiError, received: Option<u64>) -> HttpResponse {
    let mut response = error.error_response();
    let headers = response.headers_mut();
    if error.status == StatusCode::PRECONDITION_FAILED {
        headers.insert(
            header::HeaderName::from_static("tus-version"),
            header::HeaderValue::from_static(VERSION),
        );
    }
    if let Some(received) = received {
        headers.insert(
            header::HeaderName::from_static("upload-offset"),
            received.into(),
        );
    }
    response
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        let status = match &refusal {
            Refusal::Problem(problem) => return problem.clone().into(),
            Refusal::NotFound => return Self::not_found(),
            Refusal::Gone => StatusCode::GONE,
            Refusal::Held | Refusal::TakenOver => StatusCode::LOCKED,
            Refusal::Elsewhere { .. } | Refusal::IsDocument => StatusCode::CONFLICT,
            Refusal::TooLong { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            // As tus has it; HTTP knows no such status.
            Refusal::ChecksumMismatch => {
                StatusCode::from_u16(460).unwrap_or(StatusCode::BAD_REQUEST)
            }
            Refusal::Stalled => StatusCode::REQUEST_TIMEOUT,
            Refusal::Cut => StatusCode::BAD_REQUEST,
            Refusal::TooManyUnfinished { .. } => StatusCode::TOO_MANY_REQUESTS,
        };
        Self {
            retry_after: refusal.retry_after(),
            ..Self::new(status, refusal.code(), refusal.to_string())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn read(headers: &[(&'static str, &'static str)]) -> Result<Creating, String> {
        let request = headers.iter().fold(TestRequest::post(), |request, header| {
            request.append_header(*header)
        });
        creating(&request.to_http_request()).map_err(|error| error.code.to_owned())
    }

    #[test]
    fn what_is_said_of_a_file_is_understood_or_refused() {
        let patient = PatientId::fresh();
        let encoded = BASE64_STANDARD.encode(patient.to_string());
        let metadata =
            format!("filename UmVwb3J0IM61LnBkZg==, patient_id {encoded},is_confidential");
        let request = TestRequest::post()
            .append_header(("upload-length", "12"))
            .append_header(("upload-metadata", metadata.clone()));
        let creating = creating(&request.to_http_request()).unwrap();
        assert_eq!(creating.file_name.as_deref(), Some("Report ε.pdf"));
        assert_eq!(creating.patient, Some(patient));
        assert_eq!((creating.length, creating.metadata), (12, metadata));
        for (headers, code) in [
            (&[][..], "unusable-field"),
            (&[("upload-length", "-1")], "unusable-field"),
            (&[("upload-length", "+1")], "unusable-field"),
            (
                &[("upload-length", "18446744073709551615")],
                "unusable-field",
            ),
            (
                &[("upload-length", "1"), ("upload-length", "1")],
                "unusable-field",
            ),
            (&[("upload-defer-length", "1")], "unusable-field"),
            (
                &[("upload-length", "1"), ("upload-concat", "partial")],
                "unusable-field",
            ),
            (
                &[("upload-length", "1"), ("upload-metadata", "filename *")],
                "unusable-field",
            ),
            (
                &[("upload-length", "1"), ("upload-metadata", "a YQ==,a YQ==")],
                "unusable-field",
            ),
            (
                &[
                    ("upload-length", "1"),
                    ("upload-metadata", "patient_id YQ=="),
                ],
                "patient-id-unusable",
            ),
        ] {
            assert_eq!(read(headers).unwrap_err(), code, "{headers:?}");
        }
    }

    #[test]
    fn a_checksum_that_is_not_understood_is_refused() {
        for (value, fits) in [
            ("sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=", true),
            ("sha1 Kq5sNclPz7QV2", false),
            ("md5 Kq5sNclPz7QV2+lfQIuc6Q==", false),
            ("sha1", false),
        ] {
            let request = TestRequest::patch().append_header(("upload-checksum", value));
            assert_eq!(
                checksum(&request.to_http_request()).is_ok(),
                fits,
                "{value}"
            );
        }
    }
}
