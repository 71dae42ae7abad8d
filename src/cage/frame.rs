//! Frames, as both sides of the wall speak them.

use std::io::{self, Read, Write};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// Bytes of an order.
pub(super) const LONGEST_ORDER: usize = 64 << 10;
/// Bytes of a piece of a document.
pub(super) const LONGEST_PIECE: usize = 1 << 20;
/// Bytes of a result: the text and values of 500 dense pages, or the image of one large page.
pub(super) const LONGEST_RESULT: usize = 64 << 20;

/// What a frame of the child holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tag {
    /// The child is closed in and waits for its order.
    Ready,
    /// Page and pages, four bytes each.
    Progress,
    Result,
}

impl Tag {
    const ALL: [Self; 3] = [Self::Ready, Self::Progress, Self::Result];

    const fn byte(self) -> u8 {
        match self {
            Self::Ready => b'!',
            Self::Progress => b'p',
            Self::Result => b'r',
        }
    }
}

fn length(bytes: [u8; 4], at_most: usize) -> io::Result<usize> {
    let length = u32::from_le_bytes(bytes) as usize;
    if length > at_most {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "a frame is longer than agreed",
        ));
    }
    Ok(length)
}

/// The child's side: reads a frame behind `into`; 0 is the end of the document.
pub(super) fn read(from: &mut impl Read, into: &mut Vec<u8>, at_most: usize) -> io::Result<usize> {
    let mut head = [0; 4];
    from.read_exact(&mut head)?;
    let length = length(head, at_most)?;
    if from.take(length as u64).read_to_end(into)? < length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(length)
}

/// The child's side: writes a tagged frame.
pub(super) fn write(to: &mut impl Write, tag: Tag, payload: &[u8]) -> io::Result<()> {
    let mut head = [0; 5];
    head[0] = tag.byte();
    head[1..].copy_from_slice(&(payload.len() as u32).to_le_bytes());
    to.write_all(&head)?;
    to.write_all(payload)
}

/// The parent's side: sends an order or a piece of the document.
pub(super) async fn send(to: &mut (impl AsyncWrite + Unpin), payload: &[u8]) -> io::Result<()> {
    to.write_all(&(payload.len() as u32).to_le_bytes()).await?;
    to.write_all(payload).await
}

/// The parent's side: the next frame; `None` when the child has ended.
pub(super) async fn receive(
    from: &mut (impl AsyncRead + Unpin),
) -> io::Result<Option<(Tag, Vec<u8>)>> {
    let mut head = [0; 5];
    match from.read_exact(&mut head).await {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        other => other?,
    };
    let [byte, head @ ..] = head;
    let tag = Tag::ALL
        .into_iter()
        .find(|tag| tag.byte() == byte)
        .ok_or(io::ErrorKind::InvalidData)?;
    let at_most = match tag {
        Tag::Ready => 0,
        Tag::Progress => 8,
        Tag::Result => LONGEST_RESULT,
    };
    let mut payload = vec![0; length(head, at_most)?];
    match from.read_exact(&mut payload).await {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        other => {
            other?;
            Ok(Some((tag, payload)))
        }
    }
}
