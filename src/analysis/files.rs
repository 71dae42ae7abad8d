//! Files on a disk, read with no server and no database.

use super::original::{self, Original, Unread};
use crate::cage::Cage;
use crate::config;
use crate::domain::analysis::Analysis;
use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt, stream};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::fs::File;
use tokio::io::AsyncReadExt;

/// Bytes that are read from a disk at a time.
const PIECE: usize = 256 << 10;

/// A file that has no analysis, not even a refusal.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    #[error("{path}: {source}", path = path.display())]
    Unopened { path: PathBuf, source: io::Error },
    #[error("documents cannot be read safely here: {0}")]
    Unsafe(String),
}

/// The analysis of each file, in the order of `paths`; as many as there are slots are read at the
/// same time, each in a child of its own.
pub fn analyze_files(
    paths: Vec<PathBuf>,
    config: &config::Analysis,
) -> impl Stream<Item = Result<Analysis, FileError>> + use<> {
    let slots = config.slots.max(1);
    let at_most = config.max_bytes;
    // A single file needs no spare child.
    let ahead = slots.min(paths.len().saturating_sub(1));
    let cage = Arc::new(Cage::new(config, ahead));
    stream::iter(paths)
        .map(move |path| {
            let cage = cage.clone();
            async move { analyze_file(&cage, &path, at_most).await }
        })
        .buffered(slots)
}

async fn analyze_file(cage: &Cage, path: &Path, at_most: u64) -> Result<Analysis, FileError> {
    let unopened = |source| FileError::Unopened {
        path: path.to_owned(),
        source,
    };
    let file = File::open(path).await.map_err(unopened)?;
    let metadata = file.metadata().await.map_err(unopened)?;
    let name = path.file_name().unwrap_or(path.as_os_str());
    let original = Original {
        name: &name.to_string_lossy(),
        bytes: metadata.is_file().then_some(metadata.len()),
        request_id: None,
    };
    match original::read(cage, original, at_most, pieces(file), |_, _| {}).await {
        Ok(reading) => Ok(reading.analysis),
        Err(Unread::Ended(_, reading)) => Ok(reading.analysis),
        Err(Unread::Source(source)) => Err(unopened(source)),
        Err(Unread::Slow) => Err(unopened(io::ErrorKind::TimedOut.into())),
        Err(Unread::Unsafe(why)) => Err(FileError::Unsafe(why)),
    }
}

fn pieces(file: File) -> impl Stream<Item = io::Result<Bytes>> {
    stream::try_unfold(file, |mut file| async move {
        let mut piece = BytesMut::with_capacity(PIECE);
        let read = file.read_buf(&mut piece).await?;
        Ok((read > 0).then(|| (piece.freeze(), file)))
    })
}
