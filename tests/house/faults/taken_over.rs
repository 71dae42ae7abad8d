//! Workers killed and frozen while a child reads for them.

use super::{
    PATIENCE,
    processes::{Caged, Process},
};
use crate::{
    hostile,
    house::{TestHouse, eventually},
};
use fertidoc::app::Roles;
use nix::sys::signal::Signal;

async fn house() -> TestHouse {
    TestHouse::with(Roles::SERVE, |config| config.analysis.slots = 1).await
}

/// A worker that has a document, and the child that does not come to its end with it.
async fn reading(house: &TestHouse) -> (Process, Vec<Caged>, String) {
    let worker = Process::work(&house.config).await;
    let children = eventually(PATIENCE, "a spare child", async || {
        Some(worker.children()).filter(|children| !children.is_empty())
    })
    .await;
    for child in &children {
        child.signal(Signal::SIGSTOP);
    }
    let document = house.keep(hostile::plain(&["Dear colleague,"])).await;
    eventually(PATIENCE, "the claim", async || {
        (house.count("job WHERE state = 'running'").await == 1).then_some(())
    })
    .await;
    (worker, children, document)
}

/// The outcomes of all attempts, in order.
async fn outcomes(house: &TestHouse, document: &str) -> Vec<String> {
    let admin = house.database.admin().await;
    let sql = "SELECT coalesce(a.outcome, '') FROM fertidoc.job_attempt a
                 JOIN fertidoc.job j USING (job_id)
                WHERE j.document_id::text = $1 ORDER BY a.fence";
    let rows = admin.query(sql, &[&document]).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

#[actix_web::test]
async fn a_worker_killed_while_it_reads_is_replaced_and_takes_its_child_with_it() {
    let house = house().await;
    let (worker, children, document) = reading(&house).await;
    let second = Process::work(&house.config).await;
    worker.kill();
    assert_eq!(house.ended(&document).await["state"], "read");
    assert_eq!(outcomes(&house, &document).await, ["lease_lost", "done"]);
    assert_eq!(house.count("analysis").await, 1);
    eventually(PATIENCE, "the orphans to be gone", async || {
        (!children.iter().any(|child| child.lives())).then_some(())
    })
    .await;
    second.end().await;
}

#[actix_web::test]
async fn a_frozen_worker_that_comes_back_with_a_result_changes_nothing() {
    let house = house().await;
    let (frozen, children, document) = reading(&house).await;
    frozen.signal(Signal::SIGSTOP);
    let second = Process::work(&house.config).await;
    let read = house.ended(&document).await;
    assert_eq!(read["state"], "read");
    second.end().await;
    let before = house.get(&format!("/api/v1/documents/{document}")).await;
    // The child has read to its end before its worker wakes up: the result waits for it.
    for child in &children {
        child.signal(Signal::SIGCONT);
    }
    frozen.signal(Signal::SIGCONT);
    // It is well again when it has read the next document.
    let next = house.keep(hostile::plain(&["Another"])).await;
    assert_eq!(house.ended(&next).await["state"], "read");
    assert_eq!(outcomes(&house, &next).await, ["done"]);
    let after = house.get(&format!("/api/v1/documents/{document}")).await;
    assert_eq!(after, before);
    assert_eq!(outcomes(&house, &document).await, ["lease_lost", "done"]);
    assert_eq!(house.count("analysis").await, 2);
}

#[actix_web::test]
async fn more_documents_than_slots_wait_in_the_queue_and_are_kept_meanwhile() {
    let house = house().await;
    let (worker, children, first) = reading(&house).await;
    let mut documents = vec![first];
    for number in 0..3 {
        let report = hostile::plain(&[&format!("report {number}")]);
        documents.push(house.keep(report).await);
    }
    assert_eq!(house.count("job WHERE state = 'running'").await, 1);
    assert_eq!(house.count("job WHERE state = 'ready'").await, 3);
    for child in &children {
        child.signal(Signal::SIGCONT);
    }
    for document in &documents {
        assert_eq!(house.ended(document).await["state"], "read");
        assert_eq!(outcomes(&house, document).await, ["done"]);
    }
    worker.end().await;
}
