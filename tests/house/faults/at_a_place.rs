//! F1 to F3: a server that ends at a named place of an upload, and what the next one makes of it.

use super::{
    PATIENCE,
    ledger::{Ledger, insist, send_under},
    processes::{Process, free_address, outside},
};
use crate::{
    hostile,
    house::{TestHouse, eventually},
    storage::Endpoint,
};
use fertidoc::{config, storage::Store, upload};
use std::time::Duration;

/// The store, the house, and what is sent: two parts and something.
async fn house() -> (Endpoint, TestHouse, Vec<u8>) {
    let mut endpoint = Endpoint::start().await;
    endpoint.config.part_bytes = 5 << 20;
    endpoint.store().await;
    let house = outside(|config| config.store = endpoint.config.clone()).await;
    (endpoint, house, hostile::noise(12 << 20))
}

/// A server dies at a place; another one is asked again under the same key, a worker reads, and what
/// was left behind is swept. `kept`: documents that the first one left.
async fn dies_at(place: &str, kept: i64) {
    let (endpoint, house, bytes) = house().await;
    let dying = format!("{place}=return");
    let first = Process::serve_with(&house.config, &[("FAILPOINTS", &dying)]).await;
    let sent = send_under(&house.http, &house.url, &bytes, "the-key").await;
    assert!(sent.is_err(), "it was answered: {sent:?}");
    assert!(!first.ended().await.success());
    assert_eq!(house.count("document").await, kept);
    assert_eq!(house.count("job").await, kept);

    let mut config = house.config.clone();
    config.http.bind = free_address();
    let _second = Process::serve(&config).await;
    let ledger = Ledger::default();
    house.forgets_dead_holders().await;
    let servers = [format!("http://{}", config.http.bind)];
    let document = insist(&house.http, &servers, &bytes, "the-key").await;
    ledger.keep(document.clone(), &bytes);
    // And once more: the same answer.
    let again = insist(&house.http, &servers, &bytes, "the-key").await;
    assert_eq!(again, document);
    assert_eq!(house.count("document").await, 1);

    let mut house = house;
    house.url.clone_from(&servers[0]);
    let _worker = Process::work(&house.config).await;
    let limits = config::Upload {
        leftover_age: Duration::ZERO,
        sweep_every: Duration::ZERO,
        ..house.config.upload.clone()
    };
    let store = Store::new(&house.config.store);
    eventually(PATIENCE, "leftovers to go", async || {
        upload::sweep_once(&store, &house.pools.worker, &limits)
            .await
            .unwrap();
        let (mut objects, mut parts) = endpoint.files().await;
        objects.retain(|name| !name.starts_with("record-heads"));
        parts.retain(|name| name.contains(".part-"));
        (objects.len() == 1 && parts.is_empty()).then_some(())
    })
    .await;
    house.config.upload = limits;
    let mut outcome = ledger.balances(&house).await;
    outcome.rounds = 1;
    outcome.tell(place);
}

#[actix_web::test]
async fn f1_a_server_killed_after_a_part_leaves_nothing_and_the_file_is_kept_once() {
    dies_at("upload.after_part", 0).await;
}

#[actix_web::test]
async fn f1_a_server_killed_before_its_parts_are_joined_leaves_nothing_and_the_file_is_kept_once() {
    dies_at("upload.before_complete", 0).await;
}

#[actix_web::test]
async fn f2_a_server_killed_between_store_and_commit_leaves_an_object_that_is_swept() {
    dies_at("upload.before_commit", 0).await;
}

#[actix_web::test]
async fn f3_a_server_killed_before_it_answers_has_kept_the_file_and_says_so_the_next_time() {
    dies_at("upload.after_commit", 1).await;
}

/// A worker that ends at a place is replaced; what it had to write down is there once.
async fn worker_dies_at(place: &str) {
    let mut house = outside(|_| {}).await;
    let _server = Process::serve(&house.config).await;
    let ledger = Ledger::default();
    house
        .register("Kim", "Daniel J", "1987-07-22", "male")
        .await;
    let dying = format!("{place}=return");
    let first = Process::work_with(&house.config, &[("FAILPOINTS", &dying)]).await;
    let bytes = hostile::plain(&["Dear colleague,"]);
    ledger.keep(house.keep(bytes.clone()).await, &bytes);
    assert!(!first.ended().await.success());
    let _second = Process::work(&house.config).await;
    house.config.upload.leftover_age = Duration::ZERO;
    house.config.upload.sweep_every = Duration::ZERO;
    let mut outcome = ledger.balances(&house).await;
    assert_eq!(house.count("analysis").await, 1);
    outcome.rounds = 1;
    outcome.tell(place);
}

#[actix_web::test]
async fn f4_a_worker_killed_before_its_result_is_written_is_replaced() {
    worker_dies_at("analysis.before_result").await;
}

#[actix_web::test]
async fn f4_a_worker_killed_after_its_result_is_written_has_done_its_work() {
    worker_dies_at("analysis.after_result").await;
}

#[actix_web::test]
async fn f4_a_refresher_killed_before_its_commit_forgets_no_mark() {
    worker_dies_at("refresh.before_commit").await;
}

#[actix_web::test]
async fn f4_a_sealer_killed_before_or_after_its_commit_leaves_a_record_that_goes_on() {
    worker_dies_at("seal.before_commit").await;
    worker_dies_at("seal.after_commit").await;
}
