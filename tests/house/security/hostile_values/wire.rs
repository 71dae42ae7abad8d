//! Requests as bytes on a socket: what a well-behaved client would not send.

use reqwest::StatusCode;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use std::fmt;
use std::io::{Error, ErrorKind};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Only so that a test which waits for an answer that never comes ends with words.
const PATIENCE: Duration = Duration::from_mins(2);

#[derive(Clone, Default)]
pub struct Request {
    pub method: String,
    /// Path and query, as they are sent.
    pub target: String,
    pub headers: Vec<(String, Vec<u8>)>,
    pub body: Vec<u8>,
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Request {
    /// The same with another header, which takes the place of one of that name.
    pub fn with(&self, name: &str, value: impl Into<Vec<u8>>) -> Self {
        let mut request = self.clone();
        request.headers.retain(|(had, _)| had != name);
        request.headers.push((name.to_owned(), value.into()));
        request
    }

    pub fn to(&self, target: String) -> Self {
        Self {
            target,
            ..self.clone()
        }
    }

    pub fn sending(&self, media_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let mut request = self.with("content-type", media_type);
        request.body = body.into();
        request
    }

    fn bytes(&self) -> Vec<u8> {
        let mut bytes = format!(
            "{} {} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: {}\r\n",
            self.method,
            self.target,
            self.body.len()
        )
        .into_bytes();
        for (name, value) in &self.headers {
            bytes.extend([name.as_bytes(), b": ", value, b"\r\n"].concat());
        }
        bytes.extend(b"\r\n");
        bytes.extend(&self.body);
        bytes
    }
}

impl fmt::Debug for Request {
    /// Short enough to be read.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let short = |bytes: &[u8]| -> String {
            let start = String::from_utf8_lossy(&bytes[..bytes.len().min(120)]);
            format!("{start:?} ({} bytes)", bytes.len())
        };
        write!(f, "{} with", short(self.target.as_bytes()))?;
        for (name, value) in &self.headers {
            if name != "authorization" || value.len() < 20 {
                write!(f, " {name}: {}", short(value))?;
            }
        }
        write!(f, " body {}", short(&self.body))
    }
}

pub async fn ask(address: &str, request: &Request) -> Result<Answer, Error> {
    let asked = tokio::time::timeout(PATIENCE, exchange(address, request));
    asked.await.map_err(|_| ErrorKind::TimedOut)?
}

async fn exchange(address: &str, request: &Request) -> Result<Answer, Error> {
    let (mut from, mut to) = TcpStream::connect(address).await?.into_split();
    let bytes = request.bytes();
    // Whoever refuses a body need not take all of it.
    let sent = async {
        let _ = to.write_all(&bytes).await;
        to
    };
    let read = async {
        let mut got = Vec::new();
        let mut piece = vec![0; 1 << 16];
        loop {
            match from.read(&mut piece).await {
                Ok(0) => break,
                Ok(some) => got.extend(&piece[..some]),
                // Cut behind the answer, because the body was not taken.
                Err(_) if head_of(&got).is_some() => break,
                Err(error) => return Err(error),
            }
            let endless = b"content-type: text/event-stream";
            if head_of(&got).is_some() && got.windows(endless.len()).any(|it| it == endless) {
                break;
            }
        }
        Ok(got)
    };
    let (_to, got) = tokio::join!(sent, read);
    parsed(&got?).ok_or_else(|| ErrorKind::InvalidData.into())
}

/// Where the head ends.
fn head_of(got: &[u8]) -> Option<usize> {
    got.windows(4).position(|four| four == b"\r\n\r\n")
}

fn parsed(got: &[u8]) -> Option<Answer> {
    let end = head_of(got)?;
    let head = String::from_utf8_lossy(&got[..end]).into_owned();
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let mut headers = HeaderMap::new();
    for line in lines {
        let (name, value) = line.split_once(':')?;
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        headers.append(name, HeaderValue::from_str(value.trim()).ok()?);
    }
    let body = &got[end + 4..];
    let chunked = headers
        .get("transfer-encoding")
        .is_some_and(|it| it == "chunked");
    let body = if chunked { joined(body) } else { body.to_vec() };
    Some(Answer {
        status,
        headers,
        body: String::from_utf8_lossy(&body).into_owned(),
    })
}

/// The body of a chunked answer, as far as it came.
fn joined(mut rest: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(end) = rest.windows(2).position(|two| two == b"\r\n") {
        let size = std::str::from_utf8(&rest[..end]).unwrap_or_default();
        let size = usize::from_str_radix(size.trim(), 16).unwrap_or(0);
        let Some(chunk) = rest
            .get(end + 2..end + 2 + size)
            .filter(|it| !it.is_empty())
        else {
            break;
        };
        body.extend(chunk);
        rest = rest.get(end + 4 + size..).unwrap_or_default();
    }
    body
}
