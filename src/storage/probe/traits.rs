//! The traits, each tried with a request or a few.

use super::{Finding, Found, Trait};
use crate::storage::{StorageError, Store, store::MIN_PART_BYTES};
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use futures_util::TryStreamExt as _;
use sha2::{Digest as _, Sha256};

/// Bytes of what is put whole.
const SMALL: usize = 70_000;

/// Bytes of the last part.
const LAST: usize = 1_000;

/// What one trait showed; an error where the store could not be asked.
type Tried = Result<Found, StorageError>;

pub(super) async fn try_all(store: &Store, key: &str) -> Result<Vec<Finding>, StorageError> {
    let mut findings = Vec::new();
    let mut note = |what, tried: Tried| -> Result<bool, StorageError> {
        let found = match tried {
            Err(StorageError::Refused { operation, code }) => {
                Found::Wrong(format!("it refused to {operation} ({code})"))
            }
            Err(StorageError::Missing) => Found::Wrong("what was just put is not there".into()),
            tried => tried?,
        };
        let goes_on = !matches!(found, Found::Wrong(_));
        findings.push(Finding { what, found });
        Ok(goes_on)
    };
    // One after the other: `&&` ends the row where nothing can rely on what was found.
    let _ = note(Trait::MissingKey, missing(store, key).await)?
        && note(Trait::Put, put(store, key).await)?
        && note(Trait::Get, get(store, key).await)?
        && note(Trait::Range, range(store, key).await)?
        && note(Trait::ConditionalPut, conditional(store, key).await)?
        && note(Trait::WrongChecksum, checksum(store, key).await)?
        && note(Trait::Multipart, multipart(store, key).await)?
        && note(Trait::Delete, delete(store, key).await)?;
    Ok(findings)
}

async fn missing(store: &Store, key: &str) -> Tried {
    Ok(match read(store, key, None).await {
        Err(StorageError::Missing) => Found::Well,
        Err(error) => return Err(error),
        Ok(_) => Found::Wrong("a key that nobody put is answered with an object".into()),
    })
}

async fn put(store: &Store, key: &str) -> Tried {
    store.put_named(key, pattern(0..SMALL)).await?;
    Ok(Found::Well)
}

async fn get(store: &Store, key: &str) -> Tried {
    let got = read(store, key, None).await?;
    Ok(well_if(
        got == pattern(0..SMALL),
        "other bytes come back than were put",
    ))
}

async fn range(store: &Store, key: &str) -> Tried {
    for range in [0..1, 17..1_017, SMALL - 1..SMALL] {
        let asked = format!("bytes={}-{}", range.start, range.end - 1);
        if read(store, key, Some(asked)).await? != pattern(range) {
            return Ok(Found::Wrong("a range is answered with other bytes".into()));
        }
    }
    Ok(Found::Well)
}

/// Nothing is ever put twice under one key, so this is good to know and no more.
async fn conditional(store: &Store, key: &str) -> Tried {
    let request = store.client.put_object().bucket(&*store.bucket).key(key);
    let request = request.if_none_match("*").body(pattern(0..SMALL).into());
    refused(
        request.send().await,
        "it puts over an object that must not be there; the house never does",
    )
}

async fn checksum(store: &Store, key: &str) -> Tried {
    let wrong = STANDARD.encode(Sha256::digest(b"something else"));
    let request = store.client.put_object().bucket(&*store.bucket).key(key);
    let request = request
        .checksum_sha256(wrong)
        .body(pattern(0..SMALL).into());
    refused(
        request.send().await,
        "it does not compare checksums; the house compares its own whenever it reads",
    )
}

/// Of a request that must be refused, and harms nobody where it is not.
fn refused<T, E>(sent: Result<T, SdkError<E>>, otherwise: &'static str) -> Tried
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    match sent {
        Ok(_) => Ok(Found::Lacking(otherwise)),
        Err(SdkError::ServiceError(answer)) => match answer.raw().status().as_u16() {
            501 => Ok(Found::Lacking(otherwise)),
            400..=499 => Ok(Found::Well),
            _ => Err(StorageError::Unavailable(answer.into_err().into())),
        },
        Err(error) => Err(StorageError::Unavailable(error.into())),
    }
}

async fn multipart(store: &Store, key: &str) -> Tried {
    let upload = store.begin_named(key).await?;
    let size = MIN_PART_BYTES + LAST;
    // The last one first: parts are joined by number, not by arrival.
    let last = pattern(MIN_PART_BYTES..size);
    let last = store.put_part_named(key, &upload, 2, last).await?;
    let first = pattern(0..MIN_PART_BYTES);
    let first = store.put_part_named(key, &upload, 1, first).await?;
    let joined = store
        .complete_named(key, &upload, vec![first, last], size as u64)
        .await;
    if let Err(error) = joined {
        store.abort_named(key, &upload).await?;
        return Err(error);
    }
    let seam = MIN_PART_BYTES - 10..MIN_PART_BYTES + 10;
    let asked = format!("bytes={}-{}", seam.start, seam.end - 1);
    let length = store.head_named(key).await?;
    let whole = length == size as u64 && read(store, key, Some(asked)).await? == pattern(seam);
    Ok(well_if(
        whole,
        "parts are not joined to the bytes that were sent",
    ))
}

async fn delete(store: &Store, key: &str) -> Tried {
    store.delete_named(key).await?;
    Ok(match store.head_named(key).await {
        Err(StorageError::Missing) => Found::Well,
        Err(error) => return Err(error),
        Ok(_) => Found::Wrong("what was deleted is still there".into()),
    })
}

async fn read(store: &Store, key: &str, range: Option<String>) -> Result<Vec<u8>, StorageError> {
    let pieces: Vec<Bytes> = store.get_named(key, range).await?.try_collect().await?;
    Ok(pieces.concat())
}

fn well_if(well: bool, otherwise: &str) -> Found {
    if well {
        Found::Well
    } else {
        Found::Wrong(otherwise.into())
    }
}

/// Bytes that differ at every place within a part: 251 is a prime.
fn pattern(places: std::ops::Range<usize>) -> Bytes {
    places
        .map(|place| (place % 251) as u8 ^ (place >> 16) as u8)
        .collect()
}
