//! Whoever is killed, whenever: what was answered with 201 is there, byte for byte, and was read once.

use super::{
    ledger::{Ledger, insist},
    report::Plan,
    town::Town,
};
use crate::hostile;
use futures_util::future::join_all;
use rand::{SeedableRng, rngs::StdRng};
use std::cell::Cell;

/// Kills of one round.
const KILLS: u32 = 4;
/// Senders of one round, and what each of them sends.
const SENDERS: u64 = 3;
const FILES: u64 = 3;

/// A file that no other is: a report with values of Kim, one in parts, or a short one.
fn file(number: u64) -> Vec<u8> {
    match number % 5 {
        0 => {
            let path = concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/tests/corpus/semen_us_andrology_reportlab.pdf"
            );
            let mut bytes = std::fs::read(path).unwrap();
            bytes.extend(format!("\n% {number}\n").into_bytes());
            bytes
        }
        1 => {
            let mut bytes = hostile::plain(&["scan"]);
            bytes.extend(crate::storage::noise(6 << 20, number));
            bytes
        }
        _ => hostile::plain(&[&format!("report {number}")]),
    }
}

#[actix_web::test]
async fn whatever_is_killed_what_was_answered_is_there_and_was_read_once() {
    let plan = Plan::of(1);
    let mut chance = StdRng::seed_from_u64(plan.seed);
    let mut town = Town::found().await;
    town.is_up().await;
    town.house
        .register("Kim", "Daniel J", "1987-07-22", "male")
        .await;
    let (ledger, servers, http) = (
        Ledger::default(),
        town.servers.clone(),
        town.house.http.clone(),
    );
    for round in 0..plan.rounds {
        let (done, fresh) = (Cell::new(false), Ledger::default());
        let sending = async {
            let senders = (0..SENDERS).map(async |sender| {
                let mut servers = servers.clone();
                servers.rotate_left(sender as usize % 2);
                for file_of_sender in 0..FILES {
                    let number = (round * SENDERS + sender) * FILES + file_of_sender;
                    let (bytes, key) = (file(number), format!("key {number}"));
                    let document = insist(&http, &servers, &bytes, &key).await;
                    ledger.keep(document.clone(), &bytes);
                    fresh.keep(document, &bytes);
                }
            });
            join_all(senders).await;
            done.set(true);
        };
        tokio::join!(sending, town.besiege(&mut chance, KILLS, &done));
        town.settles().await;
        fresh.compared(&town.house).await;
        let checked = town.house.checked(&town.house.config, false).await;
        assert_eq!(
            checked["sound"], true,
            "round {round} of seed {}: {checked:#}",
            plan.seed
        );
    }
    town.settles().await;
    let mut outcome = ledger.balances(&town.house).await;
    // Every file has its one document, and nothing else is one.
    assert_eq!(town.house.count("document").await as usize, ledger.len());
    outcome.rounds = plan.rounds;
    outcome.worst_takeover = town.worst_takeover().await;
    outcome.beside = format!(
        "{} kills: {:?}; leases of {:?}",
        town.killed.values().sum::<u32>(),
        town.killed,
        town.house.config.queue.lease,
    );
    outcome.tell("random kills");
}
