//! F22 and F24: no place for temporary files, and more uploads at once than memory would hold.

use super::{
    ledger::Ledger,
    processes::{Process, outside},
};
use crate::{hostile, storage::Endpoint};
use futures_util::future::join_all;

#[actix_web::test]
async fn f22_nothing_is_written_to_a_temporary_directory() {
    let house = outside(|_| {}).await;
    let nowhere = [("TMPDIR", "/nowhere/at/all")];
    let _server = Process::serve_with(&house.config, &nowhere).await;
    let _worker = Process::work_with(&house.config, &nowhere).await;
    let ledger = Ledger::default();
    for bytes in [
        hostile::plain(&["Dear colleague,"]),
        hostile::noise(20 << 20),
    ] {
        let document = house.keep(bytes.clone()).await;
        house.ended(&document).await;
        ledger.keep(document, &bytes);
    }
    let mut outcome = ledger.balances(&house).await;
    outcome.rounds = 1;
    outcome.tell("no temporary directory");
}

#[actix_web::test]
async fn f24_memory_grows_with_what_is_under_way_and_not_with_what_is_sent() {
    let endpoint = Endpoint::start().await;
    endpoint.store().await;
    let house = outside(|config| {
        config.store = endpoint.config.clone();
        config.store.part_bytes = 5 << 20;
        config.upload.concurrent = 6;
    })
    .await;
    let server = Process::serve(&house.config).await;
    let before = server.kilobytes("VmRSS:");
    let ledger = Ledger::default();
    // Made beforehand: a connection that is open and says nothing is cut after five seconds.
    let scans: Vec<Vec<u8>> = (0..6)
        .map(|seed| {
            let mut bytes = hostile::plain(&["scan"]);
            bytes.extend(crate::storage::noise(32 << 20, seed));
            bytes
        })
        .collect();
    let sent = scans.iter().map(|bytes| house.keep(bytes.clone()));
    for (document, bytes) in join_all(sent).await.into_iter().zip(&scans) {
        ledger.keep(document, bytes);
    }
    let grown = server.kilobytes("VmHWM:") - before;
    // Six at once, each with two parts, two frames, the network's buffers and what the allocator
    // holds on to: below the 192 MiB that are under way.
    assert!(grown < (6 * (2 * 5 + 2 + 8)) << 10, "{grown} KiB");
    let _worker = Process::work(&house.config).await;
    let mut outcome = ledger.balances(&house).await;
    outcome.rounds = 1;
    outcome.beside = format!("{} MiB more", grown >> 10);
    outcome.tell("memory");
}
