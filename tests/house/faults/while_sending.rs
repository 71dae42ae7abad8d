//! The server killed before a commit, after it, and again and again.

use super::{
    PATIENCE, kept,
    processes::{Process, outside},
    sha256,
};
use crate::{
    hostile,
    house::{TestHouse, eventually},
    storage::{self, Endpoint},
};
use bytes::Bytes;
use fertidoc::{config, storage::Store, upload};
use futures_util::{StreamExt, stream};
use rand::{Rng, SeedableRng, rngs::StdRng};
use reqwest::{
    Body,
    multipart::{Form, Part},
};
use std::{
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

async fn house(endpoint: &Endpoint) -> TestHouse {
    endpoint.store().await;
    outside(|config| config.store = endpoint.config.clone()).await
}

#[actix_web::test]
async fn a_server_killed_before_the_commit_leaves_nothing_that_stays() {
    let endpoint = Endpoint::start().await;
    let house = house(&endpoint).await;
    let server = Process::serve(&house.config).await;
    let large = Bytes::from(hostile::noise(20 << 20));
    // The rest of the file never comes.
    let begun = large.slice(..18 << 20);
    let body = stream::iter([Ok::<_, io::Error>(begun)]).chain(stream::pending());
    let length = large.len() as u64;
    let part = Part::stream_with_length(Body::wrap_stream(body), length).file_name("large.pdf");
    let request = house.http.post(house.at("/api/v1/documents"));
    let sending = request.multipart(Form::new().part("file", part)).send();
    let sending = actix_web::rt::spawn(sending);
    eventually(PATIENCE, "a first part", async || {
        let begun = "stored_object WHERE multipart_id IS NOT NULL";
        (house.count(begun).await == 1 && endpoint.files().await.1.len() > 1).then_some(())
    })
    .await;
    server.kill();
    assert!(sending.await.unwrap().is_err());
    assert_eq!(house.count("document").await, 0);
    assert_eq!(house.count("job").await, 0);

    let mut config = house.config.clone();
    config.upload.leftover_age = Duration::ZERO;
    config.upload.sweep_every = Duration::from_millis(100);
    let sweeper = Process::work(&config).await;
    eventually(PATIENCE, "leftovers to go", async || {
        let (objects, parts) = endpoint.files().await;
        let rows = house.count("stored_object").await;
        (objects.is_empty() && parts.is_empty() && rows == 0).then_some(())
    })
    .await;
    sweeper.kill();

    let _server = Process::serve(&house.config).await;
    let page = house.get("/api/v1/documents").await;
    assert_eq!(page["items"].as_array().unwrap().len(), 0);
    let document = house.keep(large.to_vec()).await;
    assert_eq!(house.hash(&document).await, sha256(&large));
}

#[actix_web::test]
async fn a_server_killed_after_the_commit_has_kept_the_document_and_it_is_read_once() {
    let endpoint = Endpoint::start().await;
    let house = house(&endpoint).await;
    let server = Process::serve(&house.config).await;
    let report = hostile::plain(&["Dear colleague,"]);
    let document = house.keep(report.clone()).await;
    server.kill();
    let _workers = [
        Process::work(&house.config).await,
        Process::work(&house.config).await,
    ];
    let _server = Process::serve(&house.config).await;
    assert_eq!(house.ended(&document).await["state"], "read");
    assert_eq!(house.hash(&document).await, sha256(&report));
    assert_eq!(house.count("analysis").await, 1);
    let done = "job WHERE state = 'done' AND attempt = 1";
    assert_eq!(house.count(done).await, 1);
}

/// What was answered with 201: the document, and the hash of what was sent.
type Ledger = Arc<Mutex<Vec<(String, [u8; 32])>>>;

/// Sends reports, each different, until the server is gone.
async fn send_until_cut(house: &TestHouse, ledger: &Ledger, number: &AtomicU64) {
    loop {
        let number = number.fetch_add(1, Ordering::Relaxed);
        // Most in one piece, some in parts.
        let bytes = if number.is_multiple_of(7) {
            let mut bytes = hostile::plain(&["scan"]);
            bytes.extend(storage::noise(6 << 20, number));
            bytes
        } else {
            hostile::plain(&[&format!("report {number}")])
        };
        let hash = sha256(&bytes);
        let Ok(answer) = house.send(bytes).await else {
            return;
        };
        let document = kept(answer).await;
        ledger.lock().unwrap().push((document, hash));
    }
}

/// The upload that a file of the store belongs to: `.upload-ID.json`, `.upload_id-ID.part-N`.
fn multipart(file: &str) -> &str {
    let id = file.trim_start_matches(".upload_id-");
    let id = id.trim_start_matches(".upload-");
    id.split_once('.').map_or(id, |(id, _)| id)
}

#[actix_web::test]
async fn what_was_answered_is_kept_however_often_the_server_is_killed() {
    let mut endpoint = Endpoint::start().await;
    endpoint.config.part_bytes = 5 << 20;
    let house = house(&endpoint).await;
    let (ledger, number) = (Ledger::default(), AtomicU64::new(0));
    let mut moment = StdRng::seed_from_u64(7);
    for _ in 0..10 {
        let server = Process::serve(&house.config).await;
        let before = ledger.lock().unwrap().len();
        let killed = async {
            eventually(PATIENCE, "an answer", async || {
                (ledger.lock().unwrap().len() > before).then_some(())
            })
            .await;
            tokio::time::sleep(Duration::from_millis(moment.random_range(0..80))).await;
            server.kill();
        };
        tokio::join!(
            killed,
            send_until_cut(&house, &ledger, &number),
            send_until_cut(&house, &ledger, &number),
            send_until_cut(&house, &ledger, &number),
        );
    }
    let _server = Process::serve(&house.config).await;
    let ledger = ledger.lock().unwrap().clone();
    assert!(ledger.len() >= 10);
    for (document, hash) in &ledger {
        assert_eq!(house.hash(document).await, *hash);
    }
    // What was kept and not answered in time is whole as well: a document and a job each, and
    // objects of no document go.
    let documents = house.count("document").await;
    assert!(documents as usize >= ledger.len());
    assert_eq!(house.count("job").await, documents);
    let limits = config::Upload {
        leftover_age: Duration::ZERO,
        ..house.config.upload.clone()
    };
    // What the store was told to join is joined although nobody waits for it any more.
    eventually(PATIENCE, "the store to come to its end", async || {
        let parts = endpoint.files().await.1;
        parts
            .iter()
            .all(|part| parts.contains(&format!(".upload-{}.json", multipart(part))))
            .then_some(())
    })
    .await;
    let store = Store::new(&house.config.store);
    upload::sweep_once(&store, &house.pools.worker, &limits)
        .await
        .unwrap();
    let (objects, mut parts) = endpoint.files().await;
    assert_eq!(objects.len() as i64, documents);
    // The name of an upload that the server did not live to write down; it holds no part.
    parts.retain(|name| name.contains(".part-"));
    assert!(parts.is_empty(), "{parts:?}");
    assert_eq!(house.count("stored_object").await, documents);
}
