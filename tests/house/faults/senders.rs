//! F29 to F32: senders that dribble, vanish, break off, or come twice at once.

use super::{
    PATIENCE,
    ledger::{Ledger, insist},
    processes::{Process, free_address, outside},
    proxy::{Weather, Wire},
};
use crate::{
    hostile,
    house::{TestHouse, eventually},
};
use bytes::Bytes;
use fertidoc::app::Roles;
use futures_util::{StreamExt as _, future::join_all, stream};
use reqwest::{
    Body, Response,
    multipart::{Form, Part},
};
use std::{io, time::Duration};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    task::JoinHandle,
};

#[actix_web::test]
async fn f29_a_head_that_dribbles_is_cut_and_others_are_answered() {
    let house = TestHouse::open().await;
    let address = house.url.replace("http://", "");
    let mut slow = TcpStream::connect(&address).await.unwrap();
    slow.write_all(b"POST /api/v1/documents HTTP/1.1\r\nHost: a\r\n")
        .await
        .unwrap();
    let dribbling = async {
        let (mut from, mut to) = slow.split();
        let mut heard = Vec::new();
        let mut letters = b"X-Slow: a".iter().cycle();
        loop {
            tokio::select! {
                _ = from.read_to_end(&mut heard) => return String::from_utf8(heard).unwrap(),
                () = tokio::time::sleep(Duration::from_millis(100)) => {
                    let letter = [*letters.next().unwrap()];
                    let _ = to.write_all(&letter).await;
                }
            }
        }
    };
    let others = async {
        for _ in 0..20 {
            house.get("/api/v1/documents").await;
        }
    };
    let (heard, ()) = tokio::join!(dribbling, others);
    assert!(heard.starts_with("HTTP/1.1 408"), "{heard}");
}

/// A house with one place for uploads, and a sender who has taken it over this wire and says nothing
/// more; after `idle` it is given up.
pub(super) async fn one_place_taken(
    idle: Duration,
) -> (TestHouse, Wire, JoinHandle<reqwest::Result<Response>>) {
    let house = TestHouse::with(Roles::ALL, |config| {
        config.upload.concurrent = 1;
        config.upload.idle = idle;
    })
    .await;
    let wire = Wire::to(&house.url.replace("http://", "")).await;
    let large = Bytes::from(hostile::noise(12 << 20));
    let address = format!("http://{}/api/v1/documents", wire.address);
    let begin = || {
        let (begun, length) = (large.slice(..6 << 20), large.len() as u64);
        let body = stream::iter([Ok::<_, io::Error>(begun)]).chain(stream::pending());
        let part = Part::stream_with_length(Body::wrap_stream(body), length);
        let form = Form::new().part("file", part.file_name("large.pdf"));
        actix_web::rt::spawn(house.http.post(&address).multipart(form).send())
    };
    let mut sending = begin();
    eventually(PATIENCE, "the place to be taken", async || {
        // Who looks takes the place for a moment, and the sender may have come just then.
        if sending.is_finished() {
            sending = begin();
        }
        let answer = house.send(b"no paper".to_vec()).await.unwrap();
        (answer.status() == 503 && !sending.is_finished()).then_some(())
    })
    .await;
    (house, wire, sending)
}

/// What became of the sender is as nothing, and the place is free.
pub(super) async fn is_free_again(house: &TestHouse, fault: &str) {
    let ledger = Ledger::default();
    let report = hostile::plain(&["after"]);
    let document = insist(
        &house.http,
        std::slice::from_ref(&house.url),
        &report,
        "after",
    )
    .await;
    ledger.keep(document, &report);
    assert_eq!(house.count("document").await, 1);
    let mut outcome = ledger.balances(house).await;
    outcome.rounds = 1;
    outcome.tell(fault);
}

#[actix_web::test]
async fn f30_a_sender_who_vanishes_without_a_word_frees_the_place() {
    let (house, wire, sending) = one_place_taken(Duration::from_secs(2)).await;
    wire.turns(Weather::Frozen);
    is_free_again(&house, "sender vanished").await;
    sending.abort();
}

#[actix_web::test]
async fn f31_a_sender_whose_connection_is_reset_leaves_nothing() {
    let (house, wire, sending) = one_place_taken(Duration::from_secs(2)).await;
    wire.turns(Weather::Reset);
    assert!(sending.await.unwrap().is_err());
    is_free_again(&house, "sender reset").await;
}

#[actix_web::test]
async fn f32_the_same_file_sent_at_once_to_two_servers_is_one_document() {
    let house = outside(|_| {}).await;
    let mut config = house.config.clone();
    config.http.bind = free_address();
    let _servers = [
        Process::serve(&house.config).await,
        Process::serve(&config).await,
    ];
    let _worker = Process::work(&house.config).await;
    let servers = [house.url.clone(), format!("http://{}", config.http.bind)];
    let turned = [servers[1].clone(), servers[0].clone()];
    let ledger = Ledger::default();
    // Under one key, and under a key each.
    for (round, shares) in [true, false].into_iter().enumerate() {
        let report = hostile::plain(&[&format!("report {round}")]);
        let sent = (0..16).map(async |number| {
            let of = if shares { 0 } else { number };
            let key = format!("{round}-{of}");
            let first = if number % 2 == 0 { &servers } else { &turned };
            insist(&house.http, first, &report, &key).await
        });
        let documents = join_all(sent).await;
        assert!(documents.iter().all(|document| *document == documents[0]));
        ledger.keep(documents[0].clone(), &report);
        assert_eq!(house.count("document").await as usize, round + 1);
    }
    let mut outcome = ledger.balances(&house).await;
    outcome.rounds = 2;
    outcome.tell("sent at once");
}
