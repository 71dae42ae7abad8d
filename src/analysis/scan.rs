//! The malware scanner: ClamAV's daemon, spoken to by its own protocol.
//!
//! A file goes out in pieces of four bytes of length (big endian) and as many bytes, an empty piece
//! ends it, and one line comes back (clamd(8), INSTREAM). Only a clear "OK" about the whole file
//! makes it clean. Whatever else comes, or nothing, leaves it unscanned, and unscanned is unread.

use crate::config;
use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use std::io;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::timeout;

/// Bytes of one piece.
const PIECE: usize = 64 << 10;
/// Bytes of an answer that are looked at; the longest of ours has a hundred.
const ANSWER: u64 = 1024;

/// What the scanner says of a whole file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    Clean,
    /// The name of the signature, made of letters that are harmless anywhere.
    Malware(String),
    /// It was not scanned to its end: a limit of the scanner stands before it.
    TooLarge,
}

/// Why there is no verdict.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unscanned<E> {
    #[error("the scanner cannot be reached: {0}")]
    Unreachable(#[from] io::Error),
    #[error("the scanner does not answer in time")]
    Slow,
    /// The answer itself is not repeated: it is the scanner's, and may be anything.
    #[error("the scanner's answer is none of its protocol")]
    Unusable,
    #[error("the document cannot be had")]
    Source(E),
}

/// The scanner of the settings.
#[derive(Debug, Clone)]
pub struct Scanner {
    clamd: String,
    timeout: Duration,
}

trait Line: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Line for T {}

impl Scanner {
    /// `None` where scanning is off.
    #[must_use]
    pub fn new(config: &config::Scan) -> Option<Self> {
        config.is_on().then(|| Self {
            clamd: config.clamd.clone(),
            timeout: config.timeout,
        })
    }

    /// Whether the scanner answers.
    pub async fn answers(&self) -> bool {
        let asked = async {
            let mut line = self.connect().await?;
            line.write_all(b"zPING\0").await?;
            answer(&mut line).await
        };
        matches!(timeout(self.timeout, asked).await, Ok(Ok(answer)) if answer == b"PONG")
    }

    async fn connect(&self) -> io::Result<Box<dyn Line>> {
        Ok(if self.clamd.starts_with('/') {
            Box::new(UnixStream::connect(&self.clamd).await?)
        } else {
            Box::new(TcpStream::connect(&self.clamd).await?)
        })
    }

    async fn in_time<T, E>(
        &self,
        step: impl Future<Output = io::Result<T>>,
    ) -> Result<T, Unscanned<E>> {
        match timeout(self.timeout, step).await {
            Ok(done) => Ok(done?),
            Err(_) => Err(Unscanned::Slow),
        }
    }

    /// Has the whole of `document` scanned.
    pub(super) async fn scan<E>(
        &self,
        document: impl Stream<Item = Result<Bytes, E>>,
    ) -> Result<Verdict, Unscanned<E>> {
        let mut line = self.in_time(self.connect()).await?;
        let mut sent = self.in_time(line.write_all(b"zINSTREAM\0")).await;
        let mut document = std::pin::pin!(document);
        while sent.is_ok()
            && let Some(bytes) = document.next().await
        {
            let bytes = bytes.map_err(Unscanned::Source)?;
            for piece in bytes.chunks(PIECE) {
                sent = self.in_time(send(&mut line, piece)).await;
                if sent.is_err() {
                    break;
                }
            }
        }
        if sent.is_ok() {
            sent = self.in_time(send(&mut line, &[])).await;
        }
        // A scanner that closes early has said why before.
        let heard = self.in_time(answer(&mut line)).await;
        match (sent, heard) {
            (Ok(()), Ok(answer)) => verdict(&answer).ok_or(Unscanned::Unusable),
            (Err(_), Ok(answer)) if is_limit(&answer) => Ok(Verdict::TooLarge),
            (Err(error), _) | (_, Err(error)) => Err(error),
        }
    }
}

async fn send(line: &mut Box<dyn Line>, piece: &[u8]) -> io::Result<()> {
    line.write_all(&(piece.len() as u32).to_be_bytes()).await?;
    line.write_all(piece).await?;
    line.flush().await
}

/// One line, without its end.
async fn answer(line: &mut Box<dyn Line>) -> io::Result<Vec<u8>> {
    let mut answer = Vec::new();
    line.take(ANSWER).read_to_end(&mut answer).await?;
    while matches!(answer.last(), Some(b'\0' | b'\n' | b'\r')) {
        answer.pop();
    }
    Ok(answer)
}

fn is_limit(answer: &[u8]) -> bool {
    answer == b"INSTREAM size limit exceeded. ERROR"
}

/// `None` for anything that is not exactly an answer of the protocol.
fn verdict(answer: &[u8]) -> Option<Verdict> {
    if is_limit(answer) {
        return Some(Verdict::TooLarge);
    }
    let said = std::str::from_utf8(answer).ok()?.strip_prefix("stream: ")?;
    if said == "OK" {
        return Some(Verdict::Clean);
    }
    let name = said
        .strip_suffix(" FOUND")
        .filter(|name| !name.is_empty())?;
    // What clamd says with `AlertExceedsMax` of a file that it did not look at to its end.
    if name.starts_with("Heuristics.Limits.Exceeded") {
        return Some(Verdict::TooLarge);
    }
    let harmless = |letter: &char| letter.is_ascii_alphanumeric() || "._-/:".contains(*letter);
    Some(Verdict::Malware(
        name.chars().filter(harmless).take(100).collect(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_clear_answer_is_a_verdict() {
        assert_eq!(verdict(b"stream: OK"), Some(Verdict::Clean));
        assert_eq!(
            verdict(b"stream: Eicar-Test-Signature FOUND"),
            Some(Verdict::Malware("Eicar-Test-Signature".into()))
        );
        assert_eq!(
            verdict(b"stream: Heuristics.Limits.Exceeded.MaxFileSize FOUND"),
            Some(Verdict::TooLarge)
        );
        assert_eq!(
            verdict(b"INSTREAM size limit exceeded. ERROR"),
            Some(Verdict::TooLarge)
        );
        for unusable in [
            &b""[..],
            b"OK",
            b"stream: ",
            b"stream:  FOUND",
            b"stream: OK\nstream: OK",
            b"stream: Can't allocate memory ERROR",
            b"\xff\xfe",
            b"HTTP/1.1 400 Bad Request",
        ] {
            assert_eq!(verdict(unusable), None, "{unusable:?}");
        }
    }
}
