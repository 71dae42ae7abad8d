//! Redis, the store and Postgres gone for a while, with the house open.

use super::{
    PATIENCE,
    cluster::Cluster,
    kept,
    processes::{Directory, Process, free_address},
    sha256,
};
use crate::{
    cache::RedisServer,
    hostile,
    house::{Database, TestHouse, eventually},
    storage,
};
use fertidoc::{
    app::Roles,
    config::{self, Config},
};
use futures_util::future::join_all;
use serde_json::Value;
use std::{
    cell::{Cell, RefCell},
    time::Duration,
};

impl TestHouse {
    /// Kim and their paper, read and filed.
    pub async fn kim(&self) -> String {
        let kim = self.register("Kim", "Daniel J", "1987-07-22", "male").await;
        self.upload_and_read("semen_us_andrology_reportlab.pdf", None)
            .await;
        kim
    }

    pub async fn stands(&self, part: &str, standing: &str) -> u16 {
        eventually(PATIENCE, part, async || {
            let answer = self.http.get(self.at("/readyz")).send().await.unwrap();
            let status = answer.status().as_u16();
            let ready: Value = answer.json().await.unwrap();
            (ready[part] == standing).then_some(status)
        })
        .await
    }
}

#[actix_web::test]
async fn summaries_are_right_without_redis_and_share_it_again() {
    let mut redis = RedisServer::start();
    let house = TestHouse::with(Roles::ALL, |config| config.cache.redis_url = redis.url()).await;
    let kim = house.kim().await;
    let values = async || {
        house.summary(&kim).await["values"]
            .as_array()
            .unwrap()
            .len()
    };
    let before = values().await;
    assert!(before > 0);
    redis.stop();
    assert_eq!(house.stands("redis", "down").await, 200);
    // Changed while nobody could be told through Redis.
    let document = house.get("/api/v1/documents").await["items"][0]["id"].clone();
    let path = format!("/api/v1/documents/{}/patient", document.as_str().unwrap());
    let taken = house.http.delete(house.at(&path)).send().await.unwrap();
    assert_eq!(taken.status(), 204);
    eventually(PATIENCE, "the values to leave", async || {
        (values().await == 0).then_some(())
    })
    .await;
    redis.again();
    assert_eq!(house.stands("redis", "up").await, 200);
    eventually(PATIENCE, "a summary in Redis", async || {
        let new = house.register("Kim", "Ada", "1990-01-01", "female").await;
        house.summary(&new).await;
        (redis.spoil().await > 0).then_some(())
    })
    .await;
    assert_eq!(values().await, 0);
}

#[actix_web::test]
async fn a_store_that_is_down_refuses_uploads_alone_and_heals() {
    let directory = Directory::fresh();
    let settings = Config {
        store: config::Store {
            endpoint: format!("http://{}", free_address()),
            timeout: Duration::from_secs(5),
            attempts: 1,
            probe: true,
            ..storage::settings()
        },
        ..Config::default()
    };
    let store = Process::store(&settings, &directory.0).await;
    let house = TestHouse::with(Roles::ALL, |config| {
        config.store = settings.store.clone();
    })
    .await;
    let kim = house.kim().await;
    let document = house.get("/api/v1/documents").await["items"][0]["id"].clone();
    let document = document.as_str().unwrap();
    let hash = house.hash(document).await;
    store.kill();

    let refused = house.send(hostile::plain(&["late"])).await.unwrap();
    assert_eq!(refused.status(), 503);
    assert!(refused.headers().contains_key("retry-after"));
    let refused: Value = refused.json().await.unwrap();
    assert_eq!(refused["code"], "store-unavailable");
    let original = format!("/api/v1/documents/{document}/original");
    let original = house.http.get(house.at(&original)).send().await.unwrap();
    assert_eq!(original.status(), 503);
    assert!(
        !house.summary(&kim).await["values"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    assert_eq!(house.stands("store", "down").await, 200);

    let _store = Process::store(&settings, &directory.0).await;
    assert_eq!(house.stands("store", "up").await, 200);
    assert_eq!(house.hash(document).await, hash);
    let late = house.keep(hostile::plain(&["late"])).await;
    assert_eq!(house.ended(&late).await["state"], "read");
}

#[actix_web::test]
async fn cut_connections_to_postgres_are_told_and_made_again() {
    let house = TestHouse::open().await;
    let kim = house.kim().await;
    let admin = house.database.admin().await;
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid()";
    let path = house.at(&format!("/api/v1/patients/{kim}/summary"));
    let mut answered = Vec::new();
    for round in 0..8 {
        let reports: Vec<_> = (0..4)
            .map(|number| hostile::plain(&[&format!("report {round} {number}")]))
            .collect();
        let uploads = reports.iter().map(|bytes| house.send(bytes.clone()));
        let (uploads, summary, _) = tokio::join!(
            join_all(uploads),
            house.http.get(&path).send(),
            admin.batch_execute(cut)
        );
        let summary = summary.unwrap().status();
        assert!(summary == 200 || summary == 503, "{summary}");
        for (bytes, answer) in reports.iter().zip(uploads) {
            let answer = answer.unwrap();
            if answer.status() == 201 {
                answered.push((kept(answer).await, sha256(bytes)));
            } else {
                assert_eq!(answer.status(), 503, "{}", answer.text().await.unwrap());
            }
        }
    }
    assert!(
        !house.summary(&kim).await["values"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    answered.push((
        house.keep(hostile::plain(&["after"])).await,
        sha256(&hostile::plain(&["after"])),
    ));
    for (document, hash) in &answered {
        assert_eq!(house.ended(document).await["state"], "read");
        assert_eq!(house.hash(document).await, *hash);
    }
}

#[actix_web::test]
async fn a_postgres_that_crashes_is_told_and_what_was_answered_is_kept() {
    let mut postgres = Cluster::start().await;
    let database = Database::first_of(postgres.url()).await;
    let house = TestHouse::in_database(database, Roles::ALL, |_| {}).await;
    let kim = house.kim().await;
    let summary = house.at(&format!("/api/v1/patients/{kim}/summary"));
    let (stop, answered) = (Cell::new(false), RefCell::new(Vec::new()));
    let refused = Cell::new(0);
    let sending = async |sender: usize| {
        for number in 0.. {
            if stop.get() {
                break;
            }
            let bytes = hostile::plain(&[&format!("report {sender} {number}")]);
            let answer = house.send(bytes.clone()).await.unwrap();
            if answer.status() == 201 {
                let document = kept(answer).await;
                answered.borrow_mut().push((document, sha256(&bytes)));
            } else {
                assert_eq!(answer.status(), 503, "{}", answer.text().await.unwrap());
                refused.set(refused.get() + 1);
                // Whoever is refused comes again a little later.
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    };
    let crashing = async {
        for _ in 0..3 {
            let (before, told) = (answered.borrow().len(), refused.get());
            eventually(PATIENCE, "an answer", async || {
                (answered.borrow().len() > before).then_some(())
            })
            .await;
            postgres.crash();
            eventually(PATIENCE, "a refusal", async || {
                (refused.get() > told).then_some(())
            })
            .await;
            let answer = house.http.get(&summary).send().await.unwrap();
            assert_eq!(answer.status(), 503);
            postgres.again().await;
        }
        postgres.crash();
        assert_eq!(house.stands("database", "down").await, 503);
        postgres.again().await;
        assert_eq!(house.stands("database", "up").await, 200);
        stop.set(true);
    };
    tokio::join!(crashing, sending(0), sending(1));
    assert!(
        !house.summary(&kim).await["values"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    for (document, hash) in answered.take() {
        assert_eq!(house.ended(&document).await["state"], "read");
        assert_eq!(house.hash(&document).await, hash);
    }
}
