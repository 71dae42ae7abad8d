//! F8, F9, F11, F14: Postgres restarted in order, frozen, full, or heard no more; and a bad wire to it.

use super::{
    PATIENCE,
    cluster::Cluster,
    kept,
    ledger::{Ledger, insist},
    processes::Process,
    proxy::{Weather, Wire},
};
use crate::{
    hostile,
    house::{Database, TestHouse, eventually},
};
use fertidoc::{app::Roles, config::Config};
use futures_util::future::join_all;
use nix::sys::signal::Signal;
use std::{cell::RefCell, time::Duration};
use tokio_postgres::NoTls;

#[actix_web::test]
async fn f8_a_postgres_that_is_restarted_in_order_is_told_and_the_pools_heal() {
    let mut postgres = Cluster::start().await;
    let database = Database::first_of(postgres.url()).await;
    let house = TestHouse::in_database(database, Roles::ALL, |_| {}).await;
    let (ledger, servers) = (Ledger::default(), [house.url.clone()]);
    for round in 0..2 {
        let reports: Vec<_> = (0..6)
            .map(|number| hostile::plain(&[&format!("report {round} {number}")]))
            .collect();
        let sending = join_all(reports.iter().enumerate().map(async |(number, bytes)| {
            let key = format!("{round}-{number}");
            let document = insist(&house.http, &servers, bytes, &key).await;
            ledger.keep(document, bytes);
        }));
        let restarting = async {
            postgres.stop(Signal::SIGINT);
            let refused = house.http.get(house.at("/api/v1/documents")).send().await;
            let refused = refused.unwrap();
            assert_eq!(refused.status(), 503);
            assert!(refused.headers().contains_key("retry-after"));
            postgres.again().await;
        };
        tokio::join!(sending, restarting);
    }
    let mut outcome = ledger.balances(&house).await;
    assert_eq!(outcome.acknowledged, 12);
    outcome.rounds = 2;
    outcome.tell("Postgres restarted");
}

#[actix_web::test]
async fn f11_a_postgres_without_a_free_connection_is_waited_for_and_then_told() {
    let settings = vec!["max_connections=24".to_owned()];
    let postgres = Cluster::start_with(settings).await;
    let database = Database::first_of(postgres.url()).await;
    let app = database.url("fertidoc_app");
    let house = TestHouse::in_database(database, Roles::ALL, |config| {
        config.db.pool_size = 3;
        config.db.wait = Duration::from_millis(300);
    })
    .await;
    let ledger = Ledger::default();
    let before = hostile::plain(&["before"]);
    ledger.keep(house.keep(before.clone()).await, &before);
    // Everything that is left is taken, and what the house had is cut: nobody gets a connection.
    let admin = house.database.admin().await;
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE usename IN ('fertidoc_app', 'fertidoc_worker') AND application_name <> 'greedy'";
    let greedy = RefCell::new(Vec::new());
    let taking = format!("{app}?application_name=greedy");
    eventually(PATIENCE, "no connection to be free", async || {
        admin.batch_execute(cut).await.unwrap();
        while let Ok((client, connection)) = tokio_postgres::connect(&taking, NoTls).await {
            tokio::spawn(connection);
            greedy.borrow_mut().push(client);
        }
        let answer = house.send(hostile::plain(&["refused"])).await.unwrap();
        (answer.status() == 503).then_some(())
    })
    .await;
    assert_eq!(house.stands("database", "down").await, 503);
    assert_eq!(
        house
            .http
            .get(house.at("/livez"))
            .send()
            .await
            .unwrap()
            .status(),
        200
    );
    greedy.take();
    assert_eq!(house.stands("database", "up").await, 200);
    let after = hostile::plain(&["after"]);
    let servers = [house.url.clone()];
    let document = insist(&house.http, &servers, &after, "after").await;
    ledger.keep(document, &after);
    let mut outcome = ledger.balances(&house).await;
    outcome.rounds = 1;
    outcome.tell("no connection free");
}

#[actix_web::test]
async fn f14_without_notices_documents_are_read_all_the_same() {
    let house = TestHouse::open().await;
    let admin = house.database.admin().await;
    // Nobody is told of a job any more, and whoever listened is cut off.
    admin
        .batch_execute(
            "DROP TRIGGER job_inserted ON fertidoc.job;
             DROP TRIGGER job_ready_again ON fertidoc.job;
             SELECT pg_terminate_backend(pid) FROM pg_stat_activity
              WHERE datname = current_database() AND query LIKE 'LISTEN%'",
        )
        .await
        .unwrap();
    let ledger = Ledger::default();
    for number in 0..3 {
        let report = hostile::plain(&[&format!("report {number}")]);
        let document = house.keep(report.clone()).await;
        assert_eq!(house.ended(&document).await["state"], "read");
        ledger.keep(document, &report);
    }
    let mut outcome = ledger.balances(&house).await;
    outcome.rounds = 1;
    outcome.tell("notices lost");
}

/// Settings whose every way to Postgres leads over this wire.
fn over(wire: &Wire, config: &mut Config) {
    for url in [
        &mut config.db.app_url,
        &mut config.db.worker_url,
        &mut config.db.refresher_url,
        &mut config.db.sealer_url,
    ] {
        let mut detour: url::Url = url.parse().unwrap();
        let (host, port) = wire.address.split_once(':').unwrap();
        detour.set_host(Some(host)).unwrap();
        detour.set_port(Some(port.parse().unwrap())).unwrap();
        *url = detour.to_string();
    }
}

/// A wire to the Postgres of this database.
async fn wire_to(database: &Database) -> Wire {
    let server: url::Url = database.url("fertidoc_app").parse().unwrap();
    let target = format!("{}:{}", server.host_str().unwrap(), server.port().unwrap());
    Wire::to(&target).await
}

#[actix_web::test]
async fn f9_a_frozen_postgres_is_waited_for_no_longer_than_a_request_may_take() {
    let database = Database::fresh().await;
    let wire = wire_to(&database).await;
    let house = TestHouse::in_database(database, Roles::SERVE, |config| {
        over(&wire, config);
        config.http.deadline = Duration::from_secs(4);
        config.db.pool_size = 2;
        config.db.wait = Duration::from_secs(1);
        // Of a statement the server itself knows no end.
        config.db.statement = Duration::from_mins(10);
    })
    .await;
    let ledger = Ledger::default();
    let before = hostile::plain(&["before"]);
    ledger.keep(house.keep(before.clone()).await, &before);
    let asked = async |path: &str| house.http.get(house.at(path)).send().await.unwrap();
    // One is in the middle of a statement when it happens.
    let admin = house.database.admin().await;
    admin
        .batch_execute("BEGIN; LOCK TABLE fertidoc.document IN ACCESS EXCLUSIVE MODE")
        .await
        .unwrap();
    let looker = house.database.admin().await;
    let held = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
                 AND usename = 'fertidoc_app' AND wait_event_type = 'Lock'";
    let freezing = async {
        eventually(PATIENCE, "a statement under way", async || {
            let held: i64 = looker.query_one(held, &[]).await.unwrap().get(0);
            (held > 0).then_some(())
        })
        .await;
        wire.turns(Weather::Frozen);
    };
    let (under_way, ()) = tokio::join!(asked("/api/v1/documents"), freezing);
    assert_eq!(under_way.status(), 503);
    assert!(under_way.headers().contains_key("retry-after"));
    let late = join_all((0..8).map(async |number| {
        if number % 2 == 0 {
            house.send(hostile::plain(&["late"])).await.unwrap()
        } else {
            asked("/api/v1/inbox").await
        }
    }));
    for answer in late.await {
        assert_eq!(answer.status(), 503);
        assert!(answer.headers().contains_key("retry-after"));
    }
    assert_eq!(house.stands("database", "down").await, 503);
    // Whoever refuses need not think of it: the headers of all answers are written in one place.
    let ready = asked("/readyz").await;
    assert_eq!(ready.status(), 503);
    assert!(ready.headers().contains_key("retry-after"));
    assert_eq!(asked("/livez").await.status(), 200);
    admin.batch_execute("ROLLBACK").await.unwrap();
    wire.turns(Weather::Clear);
    assert_eq!(house.stands("database", "up").await, 200);
    let after = hostile::plain(&["after"]);
    let servers = [house.url.clone()];
    let document = insist(&house.http, &servers, &after, "after").await;
    ledger.keep(document, &after);
    let mut outcome = ledger.compared(&house).await;
    outcome.rounds = 1;
    outcome.tell("Postgres frozen");
}

#[actix_web::test]
async fn f8_a_wire_to_postgres_that_is_cut_refused_or_slow_costs_answers_and_no_document() {
    let database = Database::fresh().await;
    let wire = wire_to(&database).await;
    let mut house = TestHouse::in_database(database, super::processes::NOTHING, |_| {}).await;
    over(&wire, &mut house.config);
    house.config.http.bind = super::processes::free_address();
    house.config.http.ops_bind = String::new();
    house.config.db.wait = Duration::from_millis(500);
    house.url = format!("http://{}", house.config.http.bind);
    let server = Process::serve(&house.config).await;
    let _worker = Process::work(&house.config).await;
    let ledger = Ledger::default();
    let weathers = [
        Weather::Reset,
        Weather::Refused,
        Weather::CutAfter(2_000),
        Weather::Late(Duration::from_millis(5)),
    ];
    for (round, weather) in weathers.into_iter().enumerate() {
        wire.turns(weather);
        let bytes = hostile::plain(&[&format!("report {round}")]);
        let first = house.send(bytes.clone()).await.unwrap();
        if weather == Weather::Late(Duration::from_millis(5)) {
            ledger.keep(kept(first).await, &bytes);
        } else {
            assert_eq!(first.status(), 503, "{weather:?}");
            wire.turns(Weather::Clear);
            let key = format!("key {round}");
            let document = insist(&house.http, &[house.url.clone()], &bytes, &key).await;
            ledger.keep(document, &bytes);
        }
    }
    wire.turns(Weather::Clear);
    let mut outcome = ledger.balances(&house).await;
    outcome.rounds = weathers.len() as u64;
    outcome.tell("wire to Postgres");
    server.kill();
}
