//! Answers from memory: as good as Postgres, whatever happens to what they rest on.

use super::{Ward, bare, value};
use crate::cache::RedisServer;
use fertidoc::cache::Cache;
use fertidoc::config;
use fertidoc::domain::ids::PatientId;
use fertidoc::summary::{Summaries, SummaryAnswer};
use std::time::Duration;

const SILENCE: Duration = Duration::from_secs(1);

/// Asks until the answer has the version that Postgres holds; never backwards.
async fn catches_up(ward: &Ward, summaries: &Summaries, patient: PatientId) {
    let version = ward.version(patient).await;
    let mut last = 0;
    loop {
        let answer = summaries.read(&ward.viewer, patient, None).await.unwrap();
        assert!(answer.version >= last, "time ran backwards");
        last = answer.version;
        if answer.version == version {
            let content = bare(answer.summary().unwrap().content);
            assert_eq!(content, ward.definition(patient).await);
            return;
        }
        tokio::task::yield_now().await;
    }
}

/// Reads until answers come from memory: their moment is then that of a heartbeat, so two in a row
/// have the same.
async fn warm(ward: &Ward, summaries: &Summaries, patient: PatientId) {
    loop {
        let first = summaries.read(&ward.viewer, patient, None).await.unwrap();
        let second = summaries.read(&ward.viewer, patient, None).await.unwrap();
        if first.as_of == second.as_of {
            return;
        }
    }
}

#[actix_web::test]
async fn two_processes_follow_each_change() {
    let ward = Ward::open().await;
    let processes = [ward.summaries(SILENCE), ward.summaries(SILENCE)];
    let ada = ward.patient("Ada").await;
    for number in 0..10 {
        for summaries in &processes {
            warm(&ward, summaries, ada).await;
        }
        ward.document(ada, &[value("fsh", number.into(), "2026-01-01")])
            .await;
        for summaries in &processes {
            catches_up(&ward, summaries, ada).await;
        }
    }
}

#[actix_web::test]
async fn nobody_is_shown_less_than_another_process_showed_before() {
    let ward = Ward::open().await;
    let (asks, remembers) = (ward.summaries(Duration::ZERO), ward.summaries(SILENCE));
    let ada = ward.patient("Ada").await;
    for number in 0..10 {
        warm(&ward, &remembers, ada).await;
        ward.document(ada, &[value("fsh", number.into(), "2026-01-01")])
            .await;
        let first = asks.read(&ward.viewer, ada, None).await.unwrap();
        let seen = SummaryAnswer::version_of(&first.etag);
        assert_eq!(seen, Some(first.version));
        let second = remembers.read(&ward.viewer, ada, seen).await.unwrap();
        assert_eq!((second.version, second.etag), (first.version, first.etag));
    }
}

#[actix_web::test]
async fn a_cut_listener_is_noticed_and_made_again() {
    let ward = Ward::open().await;
    let summaries = ward.summaries(SILENCE);
    let ada = ward.patient("Ada").await;
    for cut in ["LISTEN%", "%pg_notify%"] {
        warm(&ward, &summaries, ada).await;
        let ended = ward
            .admin
            .execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                  WHERE usename = 'fertidoc_app' AND datname = current_database() AND query LIKE $1",
                &[&cut],
            )
            .await
            .unwrap();
        assert!(ended > 0, "nobody to cut: {cut}");
        ward.document(ada, &[value("fsh", 1.0, "2026-01-01")]).await;
        catches_up(&ward, &summaries, ada).await;
        // And once it is made again, memory answers again.
        warm(&ward, &summaries, ada).await;
        ward.document(ada, &[value("fsh", 2.0, "2026-02-01")]).await;
        catches_up(&ward, &summaries, ada).await;
    }
}

#[actix_web::test]
async fn redis_lent_lost_and_lying_changes_no_answer() {
    let ward = Ward::open().await;
    let mut redis = RedisServer::start();
    let cache = || {
        let config = config::Cache {
            redis_url: redis.url(),
            ..config::Cache::default()
        };
        Cache::new(&config, [7; 32]).unwrap()
    };
    let processes = [
        ward.summaries_with(cache(), Duration::ZERO),
        ward.summaries_with(cache(), SILENCE),
    ];
    let ada = ward.patient("Ada").await;
    ward.document(ada, &[value("fsh", 1.0, "2026-01-01")]).await;
    for summaries in &processes {
        ward.assert_right(summaries, ada).await;
    }
    redis.spoil().await;
    ward.assert_right(&ward.summaries_with(cache(), Duration::ZERO), ada)
        .await;
    redis.pause();
    ward.document(ada, &[value("fsh", 2.0, "2026-02-01")]).await;
    ward.assert_right(&processes[0], ada).await;
    catches_up(&ward, &processes[1], ada).await;
    redis.resume();
    redis.stop();
    ward.document(ada, &[value("fsh", 3.0, "2026-03-01")]).await;
    ward.assert_right(&processes[0], ada).await;
    catches_up(&ward, &processes[1], ada).await;
}
