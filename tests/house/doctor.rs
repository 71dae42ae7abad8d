//! `fertidoc doctor` says of each part whether it is well, and of one that is not what is wrong.

use crate::{faults::processes::told, house::TestHouse, storage::garage};
use fertidoc::{app::Roles, config::Config};
use serde_json::Value;

/// What is said of the store, as `(part, state, words)`, and of everything else that is wrong.
async fn looked(config: &Config) -> (Vec<(String, String, String)>, Vec<Value>) {
    let told = told(&["doctor", "--json"], config).await;
    let said: Vec<Value> = serde_json::from_slice(&told.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&told.stderr)));
    let wrong = said.iter().any(|it| it["state"] == "wrong");
    assert_eq!(told.status.success(), !wrong, "{said:#?}");
    let (store, mut others): (Vec<Value>, _) = said
        .into_iter()
        .partition(|it| it["at"].as_str().unwrap().starts_with("store"));
    let word = |it: &Value, name: &str| it[name].as_str().unwrap_or_default().to_owned();
    let store = store.iter();
    let store = store.map(|it| (word(it, "at"), word(it, "state"), word(it, "words")));
    others.retain(|it| it["state"] == "wrong");
    (store.collect(), others)
}

#[actix_web::test]
async fn a_house_that_is_well_is_said_to_be_well() {
    let house = TestHouse::with(Roles::SERVE, |_| {}).await;
    let (store, wrong) = looked(&house.config).await;
    assert_eq!(wrong, Vec::<Value>::new());
    let parts: Vec<&str> = store.iter().map(|(at, ..)| at.as_str()).collect();
    assert_eq!(
        parts,
        [
            "store, missing key",
            "store, put",
            "store, get",
            "store, get of a range",
            "store, conditional put",
            "store, wrong checksum",
            "store, upload in parts",
            "store, delete",
        ]
    );
    for (at, state, words) in store {
        // What the house does without may be missing, and nothing else.
        let spared = ["store, conditional put", "store, wrong checksum"].contains(&at.as_str());
        assert!(
            state == "well" || spared && state == "lacking",
            "{at}: {words}"
        );
    }
}

#[actix_web::test]
async fn a_store_that_cannot_be_used_is_told_with_what_to_look_at() {
    let house = TestHouse::with(Roles::SERVE, |_| {}).await;
    let mut stranger = house.config.clone();
    stranger.store.secret_key = "another-key-than-theirs".into();
    let mut silent = house.config.clone();
    silent.store.endpoint = "http://127.0.0.1:9".into();
    silent.store.attempts = 1;
    let mut cases = vec![
        (stranger, "refused to create the bucket"),
        (silent, "the object store is unavailable"),
    ];
    // `fertidoc store` takes any region.
    if garage().is_some() {
        let mut elsewhere = house.config.clone();
        elsewhere.store.region = "eu-central-1".into();
        cases.push((elsewhere, "store.region"));
    }
    for (config, expected) in cases {
        let (store, wrong) = looked(&config).await;
        assert_eq!(wrong, Vec::<Value>::new());
        let [(at, state, words)] = &store[..] else {
            panic!("{store:?}");
        };
        assert_eq!((at.as_str(), state.as_str()), ("store", "wrong"));
        assert!(words.contains(expected), "{words}");
    }
}
