//! F16 to F20: a store that is cut off, slow, busy, or says what is not so.

use super::{
    PATIENCE, kept,
    ledger::Ledger,
    proxy::{CrookedStore, Mood, Weather, Wire},
};
use crate::{
    hostile,
    house::{TestHouse, eventually},
    storage::Endpoint,
};
use fertidoc::{app::Roles, config::Config, storage::Store, upload};
use serde_json::Value;
use std::time::Duration;

/// Two parts and something.
const LARGE: usize = 12 << 20;

/// A house whose store is reached as `way` says.
async fn house(endpoint: &Endpoint, way: &str, change: impl FnOnce(&mut Config)) -> TestHouse {
    endpoint.store().await;
    TestHouse::with(Roles::ALL, |config| {
        config.store = endpoint.config.clone();
        config.store.part_bytes = 5 << 20;
        way.clone_into(&mut config.store.endpoint);
        change(config);
    })
    .await
}

/// What an upload that failed left behind is gone after a sweep: `documents` objects are there.
async fn is_swept(house: &TestHouse, endpoint: &Endpoint, documents: usize) {
    let store = Store::new(&house.config.store);
    let mut limits = house.config.upload.clone();
    limits.leftover_age = Duration::ZERO;
    eventually(PATIENCE, "leftovers to go", async || {
        upload::sweep_once(&store, &house.pools.worker, &limits)
            .await
            .unwrap();
        let (mut objects, mut parts) = endpoint.files().await;
        objects.retain(|name| !name.starts_with("record-heads"));
        parts.retain(|name| name.contains(".part-"));
        (objects.len() == documents && parts.is_empty()).then_some(())
    })
    .await;
}

async fn code(answer: reqwest::Response) -> (u16, Value) {
    let status = answer.status().as_u16();
    let answer: Value = answer.json().await.unwrap();
    (status, answer["code"].clone())
}

#[actix_web::test]
async fn f16_a_store_that_is_cut_off_in_the_middle_refuses_and_leaves_nothing() {
    let endpoint = Endpoint::start().await;
    let wire = Wire::to(&endpoint.config.endpoint.replace("http://", "")).await;
    let house = house(&endpoint, &format!("http://{}", wire.address), |_| {}).await;
    let ledger = Ledger::default();
    let small = hostile::plain(&["before"]);
    ledger.keep(house.keep(small.clone()).await, &small);
    let large = hostile::noise(LARGE);
    wire.turns(Weather::CutAfter(3 << 20));
    let refused = house.send(large.clone()).await.unwrap();
    assert!(refused.headers().contains_key("retry-after"));
    assert_eq!(code(refused).await, (503, "store-unavailable".into()));
    assert_eq!(house.count("document").await, 1);
    // What does not need the store goes on.
    house.get("/api/v1/documents").await;
    wire.turns(Weather::Clear);
    is_swept(&house, &endpoint, 1).await;
    ledger.keep(house.keep(large.clone()).await, &large);
    let mut outcome = ledger.balances(&house).await;
    outcome.rounds = 1;
    outcome.tell("store cut off");
}

#[actix_web::test]
async fn f17_a_slow_store_makes_uploads_slow_and_nothing_else() {
    let endpoint = Endpoint::start().await;
    let crooked = CrookedStore::before(&endpoint.config.endpoint);
    let wire = Wire::to(&crooked.endpoint.replace("http://", "")).await;
    let house = house(&endpoint, &format!("http://{}", wire.address), |config| {
        config.upload.concurrent = 1;
    })
    .await;
    let kim = house.kim().await;
    crooked.is(Mood::Late(Duration::from_millis(300)));
    wire.turns(Weather::Narrow(6 << 20));
    let ledger = Ledger::default();
    let large = hostile::noise(LARGE);
    let meanwhile = async {
        // The one permit is taken: the next one is told so at once.
        eventually(PATIENCE, "the permit to be taken", async || {
            let answer = house.send(b"no paper".to_vec()).await.unwrap();
            (answer.status() == 503).then_some(())
        })
        .await;
        assert!(
            !house.summary(&kim).await["values"]
                .as_array()
                .unwrap()
                .is_empty()
        );
    };
    let sending = async {
        loop {
            let answer = house.send(large.clone()).await.unwrap();
            if answer.status() == 201 {
                return kept(answer).await;
            }
            assert_eq!(code(answer).await, (503, "busy".into()));
        }
    };
    let (document, ()) = tokio::join!(sending, meanwhile);
    ledger.keep(document, &large);
    crooked.is(Mood::Good);
    wire.turns(Weather::Clear);
    let mut outcome = ledger.balances(&house).await;
    outcome.rounds = 1;
    outcome.tell("slow store");
}

#[actix_web::test]
async fn f18_a_store_that_asks_to_slow_down_is_asked_again() {
    let endpoint = Endpoint::start().await;
    let crooked = CrookedStore::before(&endpoint.config.endpoint);
    let house = house(&endpoint, &crooked.endpoint, |config| {
        config.store.attempts = 4;
    })
    .await;
    crooked.is(Mood::SlowDown(5));
    let ledger = Ledger::default();
    for number in 0..6 {
        let report = hostile::plain(&[&format!("report {number}")]);
        ledger.keep(house.keep(report.clone()).await, &report);
    }
    let large = hostile::noise(LARGE);
    ledger.keep(house.keep(large.clone()).await, &large);
    let mut outcome = ledger.balances(&house).await;
    assert!(crooked.let_down() >= 4);
    outcome.rounds = 7;
    outcome.beside = format!("{} times told to slow down", crooked.let_down());
    outcome.tell("store is busy");
}

#[actix_web::test]
async fn f19_a_store_that_gives_out_something_else_is_found_out() {
    let endpoint = Endpoint::start().await;
    let crooked = CrookedStore::before(&endpoint.config.endpoint);
    let house = house(&endpoint, &crooked.endpoint, |_| {}).await;
    let ledger = Ledger::default();
    let report = hostile::plain(&["Dear colleague,"]);
    let document = house.keep(report.clone()).await;
    ledger.keep(document.clone(), &report);
    house.ended(&document).await;
    let path = house.at(&format!("/api/v1/documents/{document}/original"));
    for (mood, status) in [(Mood::Alters, 502), (Mood::CutsShort, 503)] {
        crooked.is(mood);
        let answer = house.http.get(&path).send().await.unwrap();
        assert_eq!(answer.status(), status, "{mood:?}");
        let body = answer.bytes().await.unwrap();
        assert!(!body.starts_with(b"%PDF"), "{mood:?}");
        assert!(crooked.let_down() > 0, "{mood:?}");
    }
    crooked.is(Mood::Good);
    let mut outcome = ledger.balances(&house).await;
    outcome.rounds = 2;
    outcome.tell("store lies");
}

#[actix_web::test]
async fn f20_parts_that_were_joined_although_the_store_denies_it_are_kept_once() {
    let endpoint = Endpoint::start().await;
    let crooked = CrookedStore::before(&endpoint.config.endpoint);
    let house = house(&endpoint, &crooked.endpoint, |config| {
        config.store.timeout = Duration::from_secs(2);
    })
    .await;
    let ledger = Ledger::default();
    for (mood, seed) in [(Mood::DeniesToHaveJoined, 1), (Mood::JoinsInSilence, 2)] {
        crooked.is(mood);
        let mut bytes = hostile::plain(&["scan"]);
        bytes.extend(crate::storage::noise(LARGE, seed));
        let document = house.keep(bytes.clone()).await;
        assert!(crooked.let_down() > 0);
        ledger.keep(document, &bytes);
    }
    crooked.is(Mood::Good);
    is_swept(&house, &endpoint, 2).await;
    let mut outcome = ledger.balances(&house).await;
    outcome.rounds = 2;
    outcome.tell("joined and denied");
}

#[actix_web::test]
async fn f20_parts_that_were_not_joined_are_no_document_whatever_the_status_says() {
    let endpoint = Endpoint::start().await;
    let crooked = CrookedStore::before(&endpoint.config.endpoint);
    let house = house(&endpoint, &crooked.endpoint, |_| {}).await;
    crooked.is(Mood::RefusesToJoin);
    let large = hostile::noise(LARGE);
    let refused = house.send(large.clone()).await.unwrap();
    assert_eq!(code(refused).await, (503, "store-unavailable".into()));
    assert_eq!(house.count("document").await, 0);
    crooked.is(Mood::Good);
    is_swept(&house, &endpoint, 0).await;
    let ledger = Ledger::default();
    ledger.keep(house.keep(large.clone()).await, &large);
    let mut outcome = ledger.balances(&house).await;
    outcome.rounds = 1;
    outcome.tell("not joined");
}
