//! The store as the stages before and after it use it, over a socket to a real S3 endpoint.

mod endpoint;

pub use endpoint::{Endpoint, garage, settings};

use bytes::Bytes;
use fertidoc::{
    config,
    domain::ids::ObjectId,
    storage::{
        FRAME_BYTES, FrameWriter, StorageError, Store, StoredObject,
        embedded::Embedded,
        open, open_range,
        probe::{Found, Trait},
    },
};
use futures_util::TryStreamExt;
use sha2::{Digest, Sha256};

/// Bytes that do not compress, different for each seed.
pub fn noise(len: usize, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    (0..len)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 24) as u8
        })
        .collect()
}

async fn stored(store: &Store, plain: &[u8]) -> StoredObject {
    let id = ObjectId::fresh();
    let mut writer = FrameWriter::default();
    let mut packed = Vec::new();
    writer.push(plain, &mut packed);
    let index = writer.finish(&mut packed).unwrap();
    store.put(id, packed.into()).await.unwrap();
    StoredObject {
        id,
        sha256: Sha256::digest(plain).into(),
        index,
    }
}

async fn whole(store: &Store, object: &StoredObject) -> Result<Vec<u8>, StorageError> {
    let pieces: Vec<Bytes> = open(store, object).try_collect().await?;
    Ok(pieces.concat())
}

#[actix_web::test]
async fn what_was_put_comes_back_whole_and_in_ranges() {
    let endpoint = Endpoint::start().await;
    let store = endpoint.store().await;
    store.ensure_bucket().await.unwrap();
    let text: Vec<u8> = b"Progressive motility 42 %\n".repeat(200_000);
    for plain in [noise(3 * FRAME_BYTES + 17, 1), text, b"x".to_vec()] {
        let object = stored(&store, &plain).await;
        assert_eq!(whole(&store, &object).await.unwrap(), plain);
        let size = plain.len() as u64;
        let frame = FRAME_BYTES as u64;
        for range in [0..1, size - 1..size, frame - 3..frame + 3, frame..2 * frame] {
            let range = range.start.min(size - 1)..range.end.min(size);
            let pieces: Vec<Bytes> = open_range(&store, &object, range.clone())
                .try_collect()
                .await
                .unwrap();
            assert_eq!(
                pieces.concat(),
                plain[range.start as usize..range.end as usize]
            );
        }
        store.delete(object.id).await.unwrap();
        store.delete(object.id).await.unwrap();
        assert!(matches!(
            whole(&store, &object).await,
            Err(StorageError::Missing)
        ));
    }
}

#[actix_web::test]
async fn a_damaged_object_is_never_handed_on_whole() {
    let endpoint = Endpoint::start().await;
    let store = endpoint.store().await;
    for plain in [
        noise(2 * FRAME_BYTES + 5, 2),
        b"FSH 5.5 IU/l ".repeat(9_000),
    ] {
        let object = stored(&store, &plain).await;
        let mut bytes = endpoint.bytes_of(object.id).await;
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
        endpoint.alter(object.id, &bytes).await;
        let mut pieces = std::pin::pin!(open(&store, &object));
        let mut given = 0;
        let error = loop {
            match pieces.try_next().await {
                Ok(Some(piece)) => given += piece.len(),
                Ok(None) => panic!("a damaged object was read to its end"),
                Err(error) => break error,
            }
        };
        assert!(matches!(error, StorageError::Corrupt(_)), "{error}");
        assert!(given < plain.len());
        endpoint.alter(object.id, &bytes[..last / 2]).await;
        assert!(whole(&store, &object).await.is_err());
    }
}

#[actix_web::test]
async fn parts_join_once_and_are_given_up_as_often_as_one_likes() {
    let endpoint = Endpoint::start().await;
    let store = endpoint.store().await;
    let (id, plain) = (ObjectId::fresh(), noise(6 << 20, 3));
    let upload = store.begin(id).await.unwrap();
    let (first, second) = plain.split_at(5 << 20);
    let parts = vec![
        store
            .put_part(id, &upload, 1, first.to_vec().into())
            .await
            .unwrap(),
        store
            .put_part(id, &upload, 2, second.to_vec().into())
            .await
            .unwrap(),
    ];
    let size = plain.len() as u64;
    store
        .complete(id, &upload, parts.clone(), size)
        .await
        .unwrap();
    // An answer that got lost is asked for again.
    store.complete(id, &upload, parts, size).await.unwrap();
    assert_eq!(store.head(id).await.unwrap(), size);
    store.abort(id, &upload).await.unwrap();

    let id = ObjectId::fresh();
    let upload = store.begin(id).await.unwrap();
    store
        .put_part(id, &upload, 1, first.to_vec().into())
        .await
        .unwrap();
    assert!(!endpoint.files().await.1.is_empty());
    store.abort(id, &upload).await.unwrap();
    store.abort(id, &upload).await.unwrap();
    assert_eq!(endpoint.files().await.1, [""; 0]);
    assert!(matches!(store.head(id).await, Err(StorageError::Missing)));
}

#[actix_web::test]
async fn a_store_that_is_gone_is_unavailable_and_heals() {
    let mut endpoint = Endpoint::start().await;
    let store = endpoint.store().await;
    let plain = noise(100, 4);
    let object = stored(&store, &plain).await;
    endpoint.stop().await;
    assert!(matches!(
        store.check().await,
        Err(StorageError::Unavailable(_))
    ));
    assert!(matches!(
        whole(&store, &object).await,
        Err(StorageError::Unavailable(_))
    ));
    endpoint.again().await;
    assert_eq!(whole(&store, &object).await.unwrap(), plain);
    let stranger = Store::new(&config::Store {
        secret_key: "another".into(),
        ..endpoint.config.clone()
    });
    assert!(matches!(
        stranger.check().await,
        Err(StorageError::Refused { .. })
    ));
}

#[actix_web::test]
async fn one_process_serves_a_directory() {
    let endpoint = Endpoint::start().await;
    assert!(
        Embedded::bind("127.0.0.1:0", endpoint.directory(), "a", "b")
            .await
            .is_err()
    );
}

#[actix_web::test]
async fn a_store_is_probed_in_every_trait_and_nothing_of_it_stays() {
    let endpoint = Endpoint::start().await;
    let store = endpoint.store().await;
    let findings = store.probe().await.unwrap();
    let found = |what: Trait| {
        let finding = findings.iter().find(|finding| finding.what == what);
        &finding.unwrap_or_else(|| panic!("{what}")).found
    };
    for what in [
        Trait::MissingKey,
        Trait::Put,
        Trait::Get,
        Trait::Range,
        Trait::Multipart,
        Trait::Delete,
    ] {
        assert_eq!(*found(what), Found::Well, "{what}");
    }
    assert!(!matches!(found(Trait::WrongChecksum), Found::Wrong(_)));
    assert!(!matches!(found(Trait::ConditionalPut), Found::Wrong(_)));
    assert!(store.is_fit());
    assert_eq!(endpoint.files().await, (vec![], vec![]));
    assert!(!endpoint.holds("probe").await);
}

#[actix_web::test]
async fn a_store_that_is_gone_or_refuses_cannot_be_probed_and_is_told_apart() {
    let mut endpoint = Endpoint::start().await;
    let store = endpoint.store().await;
    endpoint.stop().await;
    assert!(matches!(
        store.probe().await,
        Err(StorageError::Unavailable(_))
    ));
    assert!(store.is_fit(), "nobody knows better");
}
