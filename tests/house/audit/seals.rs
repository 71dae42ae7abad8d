//! Whatever is altered, taken away, put in or not sealed is named, and a clean record is clean.

use super::{Office, act};
use fertidoc::access::Keys;
use fertidoc::access::audit::{
    self, AnchorError, Anchors, ChainKey, Event, Fault, Finding, Head, Sealed, Sealer, Verified,
};
use fertidoc::{config, db};
use futures_util::future::{BoxFuture, join_all};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;
use uuid::Uuid;

/// Anchors in memory.
#[derive(Default)]
pub struct Chest(Mutex<BTreeMap<Uuid, Head>>);

impl Anchors for Chest {
    fn lay(&self, head: Head) -> BoxFuture<'_, Result<(), AnchorError>> {
        self.0.lock().unwrap().insert(head.chain, head);
        Box::pin(async { Ok(()) })
    }

    fn find(&self, chain: Uuid) -> BoxFuture<'_, Result<Option<Head>, AnchorError>> {
        let found = self.0.lock().unwrap().get(&chain).cloned();
        Box::pin(async { Ok(found) })
    }

    fn chains(&self) -> BoxFuture<'_, Result<Vec<Uuid>, AnchorError>> {
        let chains = self.0.lock().unwrap().keys().copied().collect();
        Box::pin(async { Ok(chains) })
    }
}

fn key() -> ChainKey {
    let secret = "dGhlIGtleSBvZiBhIGhvdXNlIHRoYXQgaXMgb25seSBhIHRlc3Q=".into();
    let config = config::Access {
        key: secret,
        ..config::Access::default()
    };
    ChainKey::new(&Keys::new(&config).unwrap())
}

impl Office {
    async fn sealing_session(&self) -> tokio_postgres::Client {
        let (client, driver) = db::connect_single(&self.database.url("fertidoc_sealer"))
            .await
            .unwrap();
        tokio::spawn(driver);
        client
    }

    pub async fn sealer(&self) -> Sealer {
        Sealer::new(self.sealing_session().await, key())
            .await
            .unwrap()
    }

    /// Seals all there is, and lays the heads down; how many rows.
    pub async fn seal(&self, sealer: &mut Sealer, chest: &Chest) -> usize {
        let mut sealed = 0;
        loop {
            let Sealed::Rows { rows, heads, more } = sealer.pass(chest).await.unwrap() else {
                panic!("another one seals");
            };
            sealed += rows;
            for head in heads {
                chest.lay(head).await.unwrap();
            }
            if !more {
                return sealed;
            }
        }
    }

    pub async fn verify(&self, chest: &Chest) -> Verified {
        let mut client = self.sealing_session().await;
        audit::verify(&mut client, &key(), chest, None)
            .await
            .unwrap()
    }

    async fn act(&self, times: usize) {
        let mut connection = db::connection(&self.pools.app).await.unwrap();
        for _ in 0..times {
            let tx = self.viewer.begin(&mut connection).await.unwrap();
            act(&tx, &self.viewer).await;
            tx.commit().await.unwrap();
        }
    }

    /// What somebody does who has every right in the database.
    async fn tamper(&self, sql: &str) {
        let sql = format!(
            "SET session_replication_role = replica; {sql}; RESET session_replication_role"
        );
        self.admin.batch_execute(&sql).await.unwrap();
    }
}

/// A sealed record of twenty-odd rows that something is done to: what is then found.
async fn after(sql: &str) -> (Office, Vec<Finding>) {
    let office = Office::open().await;
    let chest = Chest::default();
    office.act(20).await;
    let mut sealer = office.sealer().await;
    assert!(office.seal(&mut sealer, &chest).await >= 20);
    let clean = office.verify(&chest).await;
    assert!(clean.intact, "{:?}", clean.findings);
    assert_eq!(
        clean.rows,
        office
            .number("SELECT count(*) FROM fertidoc.audit_event")
            .await as u64
    );
    office.tamper(sql).await;
    let found = office.verify(&chest).await;
    assert_eq!(found.intact, found.findings.is_empty());
    (office, found.findings)
}

/// The twentieth row of `thing.do`, counted from the end.
const ROW: &str = "(SELECT max(audit_id) - 10 FROM fertidoc.audit_event)";
const PLACE: &str = "(SELECT seq FROM fertidoc.audit_seal WHERE audit_id = (SELECT max(audit_id) - 10 FROM fertidoc.audit_event))";

#[actix_web::test]
async fn a_row_that_was_altered_is_named() {
    for change in [
        "detail = detail || '{\"n\": 1}'",
        "at = at + interval '1 microsecond'",
        "agent_id = NULL",
        "action = 'thing.undo'",
        "outcome = 'failed'",
        "patient_id = gen_random_uuid()",
        "patients = ARRAY[gen_random_uuid()]",
        "client = '192.0.2.1'",
        "request_id = NULL",
        "subject = gen_random_uuid()",
        "session_id = gen_random_uuid()",
        "clinic_id = NULL",
    ] {
        let (office, found) = after(&format!(
            "UPDATE fertidoc.audit_event SET {change} WHERE audit_id = {ROW}"
        ))
        .await;
        let place = office.number(&format!("SELECT {PLACE}")).await;
        let row = office.number(&format!("SELECT {ROW}")).await;
        assert_eq!(found.len(), 1, "{change}: {found:?}");
        assert_eq!(
            (
                found[0].fault,
                found[0].seq,
                found[0].audit_id,
                found[0].clinic
            ),
            (
                Fault::Altered,
                Some(place),
                Some(row),
                Some(office.viewer.clinic.0)
            ),
            "{change}"
        );
    }
}

#[actix_web::test]
async fn a_seal_that_was_altered_moved_or_put_in_is_named() {
    let swap = format!(
        "CREATE TEMP TABLE two AS SELECT * FROM fertidoc.audit_seal WHERE seq IN ({PLACE}, {PLACE} + 1);
         DELETE FROM fertidoc.audit_seal WHERE audit_id IN (SELECT audit_id FROM two);
         INSERT INTO fertidoc.audit_seal
         SELECT t.chain, (SELECT sum(seq) FROM two) - t.seq, t.audit_id, t.mac, t.encoding, t.sealed_at FROM two t"
    );
    let foreign = "INSERT INTO fertidoc.audit_event (clinic_id, action, at)
                   SELECT clinic_id, 'thing.invent', at FROM fertidoc.audit_event ORDER BY audit_id DESC LIMIT 1;
                   INSERT INTO fertidoc.audit_seal (chain, seq, audit_id, mac)
                   SELECT s.chain, s.seq + 1, (SELECT max(audit_id) FROM fertidoc.audit_event), sha256('guess')
                     FROM fertidoc.audit_seal s ORDER BY s.seq DESC LIMIT 1";
    let copied = format!(
        "UPDATE fertidoc.audit_seal SET mac = (SELECT mac FROM fertidoc.audit_seal WHERE seq = 3) WHERE seq = {PLACE}"
    );
    for sql in [&swap, foreign, &copied] {
        let (_, found) = after(sql).await;
        assert_eq!(found[0].fault, Fault::Altered, "{sql}: {found:?}");
    }
}

#[actix_web::test]
async fn a_row_or_a_seal_that_is_gone_from_the_middle_is_named() {
    let (_, found) = after(&format!(
        "DELETE FROM fertidoc.audit_event WHERE audit_id = {ROW}"
    ))
    .await;
    assert!(
        found.iter().any(|it| it.fault == Fault::RowMissing),
        "{found:?}"
    );
    // The row behind it tells, too, by its writer's number.
    assert!(
        found.iter().any(|it| it.fault == Fault::NumberMissing),
        "{found:?}"
    );
    let (_, found) = after(&format!(
        "DELETE FROM fertidoc.audit_seal WHERE audit_id = {ROW}"
    ))
    .await;
    assert_eq!(found[0].fault, Fault::SealMissing, "{found:?}");
    let both = format!(
        "CREATE TEMP TABLE gone AS SELECT {ROW} AS audit_id;
         DELETE FROM fertidoc.audit_event WHERE audit_id = (SELECT audit_id FROM gone);
         DELETE FROM fertidoc.audit_seal WHERE audit_id = (SELECT audit_id FROM gone)"
    );
    let (_, found) = after(&both).await;
    assert!(
        found.iter().any(|it| it.fault == Fault::SealMissing),
        "{found:?}"
    );
}

const CUT: &str = "CREATE TEMP TABLE gone AS SELECT audit_id FROM fertidoc.audit_event ORDER BY audit_id DESC LIMIT 3;
     DELETE FROM fertidoc.audit_event WHERE audit_id IN (SELECT audit_id FROM gone);
     DELETE FROM fertidoc.audit_seal WHERE audit_id IN (SELECT audit_id FROM gone)";

#[actix_web::test]
async fn a_tail_that_was_cut_off_is_told_by_the_anchor_and_never_grows_together() {
    let (office, found) = after(CUT).await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].fault, Fault::Cut);
    let last = office
        .number("SELECT max(seq) FROM fertidoc.audit_seal")
        .await;
    assert_eq!(found[0].seq, Some(last + 1));

    // With a sealer at work, and with one that comes later: the hole stays, however much follows.
    for comes_later in [false, true] {
        let office = Office::open().await;
        let chest = Chest::default();
        office.act(20).await;
        let mut sealer = office.sealer().await;
        office.seal(&mut sealer, &chest).await;
        office.tamper(CUT).await;
        if comes_later {
            drop(sealer);
            sealer = office.sealer().await;
            crate::house::eventually(Duration::from_secs(10), "the lead", async || {
                let waiting = office.number("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())").await;
                (waiting == 0).then_some(())
            })
            .await;
        }
        office.act(20).await;
        office.seal(&mut sealer, &chest).await;
        let found = office.verify(&chest).await.findings;
        assert!(
            found.iter().any(|it| it.fault == Fault::SealMissing),
            "{comes_later}: {found:?}"
        );
    }
}

#[actix_web::test]
async fn a_row_that_is_gone_before_it_was_sealed_is_named() {
    let office = Office::open().await;
    let chest = Chest::default();
    office.act(5).await;
    office
        .tamper("DELETE FROM fertidoc.audit_event WHERE audit_id = (SELECT max(audit_id) - 2 FROM fertidoc.audit_event)")
        .await;
    let mut sealer = office.sealer().await;
    office.seal(&mut sealer, &chest).await;
    let found = office.verify(&chest).await.findings;
    let behind = office
        .number("SELECT max(audit_id) - 1 FROM fertidoc.audit_event")
        .await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(
        (found[0].fault, found[0].audit_id),
        (Fault::NumberMissing, Some(behind))
    );
}

#[actix_web::test]
async fn what_nobody_seals_and_an_anchor_that_stays_behind_are_named() {
    let office = Office::open().await;
    let chest = Chest::default();
    office.act(5).await;
    let mut sealer = office.sealer().await;
    office.seal(&mut sealer, &chest).await;
    // A row that a sealer never takes, because somebody moved its mark.
    office
        .tamper(
            "INSERT INTO fertidoc.audit_event (clinic_id, action, at)
             SELECT clinic_id, 'thing.hide', now() - interval '1 minute' FROM fertidoc.clinic LIMIT 1;
             UPDATE fertidoc.audit_mark SET audit_id = 1000000",
        )
        .await;
    let late = office
        .number("SELECT max(audit_id) FROM fertidoc.audit_event")
        .await;
    let found = office.verify(&chest).await.findings;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(
        (found[0].fault, found[0].audit_id),
        (Fault::Unsealed, Some(late))
    );

    let office = Office::open().await;
    let chest = Chest::default();
    office.act(5).await;
    let mut sealer = office.sealer().await;
    office.seal(&mut sealer, &chest).await;
    let old = chest.0.lock().unwrap().clone();
    office.act(5).await;
    office.seal(&mut sealer, &chest).await;
    *chest.0.lock().unwrap() = old;
    // Behind by moments is how it lives; behind by minutes nobody would find a cut.
    assert!(office.verify(&chest).await.intact);
    office
        .tamper("UPDATE fertidoc.audit_seal SET sealed_at = sealed_at - interval '10 minutes'")
        .await;
    let found = office.verify(&chest).await.findings;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].fault, Fault::AnchorBehind);
}

#[actix_web::test]
async fn sixty_four_writers_and_two_sealers_make_one_chain() {
    let office = Office::open().await;
    let chest = Chest::default();
    let done = tokio::sync::watch::Sender::new(false);
    let writers = join_all((0..64).map(|writer: usize| {
        let (mut config, viewer) = (office.database.config(), &office.viewer);
        config.db.pool_size = 1;
        async move {
            let pool = db::Pools::new(&config.db).unwrap().app;
            for round in 0..10 {
                let mut connection = db::connection(&pool).await.unwrap();
                let mut tx = viewer.begin(&mut connection).await.unwrap();
                act(&tx, viewer).await;
                let within = tx.savepoint("within").await.unwrap();
                act(&within, viewer).await;
                within.rollback().await.unwrap();
                if (writer + round).is_multiple_of(3) {
                    tx.rollback().await.unwrap();
                } else {
                    tx.commit().await.unwrap();
                }
            }
        }
    }));
    let sealing = join_all((0..2).map(|_| async {
        let mut sealer = office.sealer().await;
        let mut led = false;
        while !*done.borrow() {
            led |= matches!(sealer.pass(&chest).await.unwrap(), Sealed::Rows { .. });
            tokio::task::yield_now().await;
        }
        (sealer, led)
    }));
    let write = async {
        writers.await;
        done.send_replace(true);
    };
    let ((), sealers) = futures_util::future::join(write, sealing).await;
    assert_eq!(
        sealers.iter().filter(|(_, led)| *led).count(),
        1,
        "one leads"
    );
    for (mut sealer, led) in sealers {
        if led {
            office.seal(&mut sealer, &chest).await;
            office.act(1).await;
            assert!(office.seal(&mut sealer, &chest).await >= 1);
        }
    }
    let verified = office.verify(&chest).await;
    assert!(verified.intact, "{:?}", verified.findings);
    assert_eq!(
        verified.rows,
        office
            .number("SELECT count(*) FROM fertidoc.audit_event")
            .await as u64
    );
    assert!(verified.rows > 400);
}

#[actix_web::test]
async fn a_sealer_that_is_killed_or_frozen_is_followed_by_the_next() {
    let office = Office::open().await;
    let chest = Chest::default();
    office.act(3).await;
    let (mut first, mut second) = (office.sealer().await, office.sealer().await);
    office.seal(&mut first, &chest).await;
    assert_eq!(second.pass(&chest).await.unwrap(), Sealed::Follows);
    office
        .admin
        .execute(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted
                AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
            &[],
        )
        .await
        .unwrap();
    office.act(3).await;
    let follows = async |sealer: &mut Sealer| {
        let end = tokio::time::Instant::now() + Duration::from_secs(40);
        while sealer.pass(&chest).await.unwrap() == Sealed::Follows {
            assert!(tokio::time::Instant::now() < end, "nobody follows");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    follows(&mut second).await;
    assert!(first.pass(&chest).await.is_err());
    // The second one says nothing more: its session ends, and the third takes over.
    let mut third = office.sealer().await;
    office.act(3).await;
    follows(&mut third).await;
    office.seal(&mut third, &chest).await;
    assert!(second.pass(&chest).await.is_err(), "it lost the lead");
    let verified = office.verify(&chest).await;
    assert!(
        verified
            .findings
            .iter()
            .all(|it| it.fault == Fault::AnchorBehind),
        "{:?}",
        verified.findings
    );
}

/// A transaction that drew its id before others and commits after them is sealed when it appears.
#[actix_web::test]
async fn a_long_transaction_is_sealed_when_it_appears() {
    let office = Office::open().await;
    let chest = Chest::default();
    let mut sealer = office.sealer().await;
    let mut connection = db::connection(&office.pools.app).await.unwrap();
    let tx = office.viewer.begin(&mut connection).await.unwrap();
    audit::record(&tx, &office.viewer, Event::new("thing.linger"))
        .await
        .unwrap();
    office.act(5).await;
    for _ in 0..4 {
        office.seal(&mut sealer, &chest).await;
        office.act(1).await;
    }
    tx.commit().await.unwrap();
    assert!(office.seal(&mut sealer, &chest).await >= 1);
    assert_eq!(
        office
            .number("SELECT count(*) FROM fertidoc.audit_event e WHERE NOT EXISTS (SELECT FROM fertidoc.audit_seal s WHERE s.audit_id = e.audit_id)")
            .await,
        0
    );
    let verified = office.verify(&chest).await;
    assert!(verified.intact, "{:?}", verified.findings);
    // What is sealed is not looked at again.
    // It may take as long as the longest transaction of the whole cluster.
    let end = tokio::time::Instant::now() + Duration::from_mins(1);
    loop {
        office.seal(&mut sealer, &chest).await;
        let behind = office
            .number("SELECT (SELECT max(audit_id) FROM fertidoc.audit_event) - audit_id FROM fertidoc.audit_mark")
            .await;
        if behind <= 0 {
            break;
        }
        assert!(
            tokio::time::Instant::now() < end,
            "{behind} rows are looked at in every pass"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
