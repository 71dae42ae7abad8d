//! F7: panics in what is ours. One upload or one job falls; a part that cannot come back ends its
//! process, so that whoever runs it starts it anew.

use super::{
    ledger::Ledger,
    processes::{Process, outside},
};
use crate::hostile;

#[actix_web::test]
async fn f7_an_upload_that_panics_a_hundred_times_takes_nobody_with_it() {
    let house = outside(|_| {}).await;
    let panicking = [("FAILPOINTS", "upload.chunk=100*panic")];
    let _server = Process::serve_with(&house.config, &panicking).await;
    let _worker = Process::work(&house.config).await;
    for number in 0..100 {
        let report = hostile::plain(&[&format!("report {number}")]);
        let answer = house.send(report).await.unwrap();
        assert_eq!(answer.status(), 500);
    }
    let ledger = Ledger::default();
    // As many at once as there are permits: none of them is lost.
    let reports: Vec<_> = (0..house.config.upload.concurrent)
        .map(|number| hostile::plain(&[&format!("kept {number}")]))
        .collect();
    let sent = reports.iter().map(|bytes| house.keep(bytes.clone()));
    let documents = futures_util::future::join_all(sent).await;
    for (document, bytes) in documents.into_iter().zip(&reports) {
        ledger.keep(document, bytes);
    }
    let mut outcome = ledger.balances(&house).await;
    outcome.rounds = 100;
    outcome.tell("panic of an upload");
}

#[actix_web::test]
async fn f7_a_job_that_panics_gives_its_slot_back_and_is_rescued() {
    let house = outside(|config| {
        config.queue.max_attempts = 20;
        config.analysis.slots = 2;
    })
    .await;
    let _server = Process::serve(&house.config).await;
    let panicking = [("FAILPOINTS", "analysis.claimed=4*panic")];
    let _worker = Process::work_with(&house.config, &panicking).await;
    let ledger = Ledger::default();
    for number in 0..4 {
        let report = hostile::plain(&[&format!("report {number}")]);
        ledger.keep(house.keep(report.clone()).await, &report);
    }
    let mut outcome = ledger.balances(&house).await;
    outcome.rounds = 4;
    outcome.tell("panic of a job");
}

#[actix_web::test]
async fn f7_a_pool_that_panics_ends_its_process_and_the_next_one_works() {
    let house = outside(|_| {}).await;
    let _server = Process::serve(&house.config).await;
    let panicking = [("FAILPOINTS", "analysis.look=1*panic")];
    let first = Process::start_with(&["work"], &house.config, &panicking);
    assert!(!first.ended().await.success());
    let ledger = Ledger::default();
    let report = hostile::plain(&["after"]);
    ledger.keep(house.keep(report.clone()).await, &report);
    let _second = Process::work(&house.config).await;
    let mut outcome = ledger.balances(&house).await;
    outcome.rounds = 1;
    outcome.tell("panic of a pool");
}
