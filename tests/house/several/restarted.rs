//! All instances of a house and its workers are restarted, one after the other, under load.

use super::{
    PATIENCE, Several,
    bystanders::{Bystander, Seen, is_kept_and_read_once},
};
use crate::house::eventually;
use std::sync::{Arc, atomic::Ordering};

/// Keeps a document unread, so that its watchers have something to wait for.
const WAIT: &str = "UPDATE fertidoc.job SET run_at = clock_timestamp() + interval '1 day'";
const GO_ON: &str = "UPDATE fertidoc.job SET run_at = clock_timestamp() WHERE state = 'ready'";

#[actix_web::test]
async fn a_rolling_restart_under_load_loses_nothing_and_fails_no_read() {
    let mut several = Several::open(3).await;
    let seen = Arc::new(Seen::default());
    let somebody = || Bystander::of(&several.house, &seen);
    let admin = several.house.database.admin().await;

    let first = somebody();
    first.begins_to_send().ends().await;
    let watched = seen.ledger.lock().unwrap()[0].0.clone();
    admin.batch_execute(WAIT).await.unwrap();
    let watchers: Vec<_> = (0..6)
        .map(|_| actix_web::rt::spawn(somebody().watches(watched.clone())))
        .collect();
    let mut workers = vec![several.worker().await, several.worker().await];
    let mut others = Vec::new();
    for _ in 0..3 {
        others.push(actix_web::rt::spawn(somebody().reads()));
    }
    for _ in 0..2 {
        others.push(actix_web::rt::spawn(somebody().sends()));
    }

    for number in 0..several.instances.len() {
        // One for each instance, so that one is under way where it drains.
        let pending: Vec<_> = (0..3).map(|_| first.begins_to_send()).collect();
        eventually(PATIENCE, "the uploads to arrive", async || {
            let begun = "stored_object WHERE state = 'uploading' AND multipart_id IS NOT NULL";
            (several.house.count(begun).await >= 3).then_some(())
        })
        .await;
        several.instances[number].leaves().await;
        for pending in pending {
            pending.ends().await;
        }
        several.instances[number].comes_back().await;
        several.instances[number].is_asked().await;
        if let Some(worker) = workers.pop() {
            worker.end().await;
            workers.insert(0, several.worker().await);
        }
    }
    seen.end();
    for other in others {
        other.await.unwrap();
    }
    admin.batch_execute(GO_ON).await.unwrap();
    for watcher in watchers {
        let came = watcher.await.unwrap();
        // Each stream was on some instance, and every instance went.
        assert!(came > 1, "the watcher was not sent elsewhere");
    }
    let failed = seen.failed_reads.lock().unwrap().clone();
    let reads = seen.reads.load(Ordering::Relaxed);
    assert!(failed.is_empty(), "of {reads} reads failed {failed:#?}");
    assert!(reads > 100);
    // A machine that is overloaded may refuse a file, in words of the house and without keeping any of
    // it; nothing is refused or cut because an instance goes.
    let unkept = seen.failed_uploads.lock().unwrap().clone();
    let of_the_house = |answer: &String| answer.contains("request_id");
    assert!(unkept.iter().all(of_the_house), "{unkept:#?}");
    is_kept_and_read_once(&several.house, &seen).await;
    let again = several.house.count("job WHERE attempt <> 1").await;
    assert_eq!(again, 0, "attempts were used up");
}
