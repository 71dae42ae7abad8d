//! The refresher: what it may not forget, what it may not empty, and who of several it is.

use super::{NEVER_FROM_MEMORY, Ward, value, viewer};
use actix::Actor as _;
use fertidoc::access::create_clinic;
use fertidoc::config;
use fertidoc::summary::{Did, RefreshError, SummaryRefresher, keep_fresh, refresh_once};
use std::time::Duration;
use tokio_postgres::Client;

/// Whether a session waits for a lock of another.
pub async fn somebody_waits(admin: &Client) -> bool {
    admin
        .query_one(
            "SELECT EXISTS (SELECT FROM pg_stat_activity
                             WHERE wait_event_type = 'Lock' AND datname = current_database())",
            &[],
        )
        .await
        .unwrap()
        .get(0)
}

async fn differences(admin: &Client) -> i64 {
    admin
        .query_one(
            "SELECT count(*) FROM (
                 (TABLE materialized.patient_summary EXCEPT TABLE fertidoc.patient_summary_live)
                  UNION ALL
                 (TABLE fertidoc.patient_summary_live EXCEPT TABLE materialized.patient_summary)) difference",
            &[],
        )
        .await
        .unwrap()
        .get(0)
}

#[actix_web::test]
async fn a_refresh_holds_every_clinic_whichever_was_said() {
    let ward = Ward::open().await;
    let other = create_clinic(&ward.pools.app, "Other").await.unwrap();
    viewer(&ward.pools, other).await;
    for clinic in [ward.viewer.clinic, other] {
        let patient = ward.patient_of(clinic, "Ada").await;
        ward.document(patient, &[value("fsh", 1.0, "2026-01-01")])
            .await;
    }
    let mut refresher = ward.refresher().await;
    for said in [String::new(), ward.viewer.clinic.to_string()] {
        refresher
            .query_one("SELECT set_config('fertidoc.clinic', $1, false)", &[&said])
            .await
            .unwrap();
        ward.patient("Another").await;
        let did = refresh_once(&mut refresher).await.unwrap();
        assert!(matches!(did, Did::Refreshed { .. }), "{did:?}");
        assert_eq!(differences(&ward.admin).await, 0);
        assert_eq!(ward.stale().await, 0);
    }
    assert_eq!(refresh_once(&mut refresher).await.unwrap(), Did::Nothing);
}

#[actix_web::test]
async fn a_refresh_that_would_lose_patients_is_undone() {
    let ward = Ward::open().await;
    let ada = ward.patient("Ada").await;
    ward.refresh().await;
    let eva = ward.patient("Eva").await;
    ward.admin
        .batch_execute("DROP POLICY refresh ON fertidoc.patient")
        .await
        .unwrap();
    let refused = refresh_once(&mut ward.refresher().await).await;
    assert!(
        matches!(
            refused,
            Err(RefreshError::Incomplete {
                summaries: 0,
                patients: 2
            })
        ),
        "{refused:?}"
    );
    let summaries = ward.summaries(NEVER_FROM_MEMORY);
    ward.assert_right(&summaries, ada).await;
    ward.assert_right(&summaries, eva).await;
}

#[actix_web::test]
async fn what_is_marked_during_a_refresh_stays_marked() {
    let ward = Ward::open().await;
    let (ada, eva) = (ward.patient("Ada").await, ward.patient("Eva").await);
    // Holds the view, so that the refresh stands still between its marks and its rows.
    let holder = ward.database.admin().await;
    holder
        .batch_execute("BEGIN; REFRESH MATERIALIZED VIEW CONCURRENTLY materialized.patient_summary")
        .await
        .unwrap();
    let mut refresher = ward.refresher().await;
    let refreshing = tokio::spawn(async move { refresh_once(&mut refresher).await });
    while !somebody_waits(&ward.admin).await {
        assert!(!refreshing.is_finished());
        tokio::task::yield_now().await;
    }
    ward.handed_in(ada).await;
    holder.batch_execute("ROLLBACK").await.unwrap();
    let did = refreshing.await.unwrap().unwrap();
    assert!(matches!(did, Did::Refreshed { stale: 2, .. }), "{did:?}");
    assert_eq!(ward.stale().await, 1);
    let summaries = ward.summaries(NEVER_FROM_MEMORY);
    assert_eq!(
        ward.assert_right(&summaries, ada).await.documents_pending,
        1
    );
    ward.assert_right(&summaries, eva).await;
}

#[actix_web::test]
async fn a_patient_who_is_gone_is_gone_before_the_refresh() {
    let ward = Ward::open().await;
    let ada = ward.patient("Ada").await;
    ward.refresh().await;
    let summaries = ward.summaries(NEVER_FROM_MEMORY);
    ward.assert_right(&summaries, ada).await;
    ward.admin
        .batch_execute("DELETE FROM fertidoc.patient")
        .await
        .unwrap();
    assert!(summaries.read(&ward.viewer, ada, None).await.is_err());
    assert!(
        summaries
            .list(&ward.viewer, &[ada])
            .await
            .unwrap()
            .is_empty()
    );
    ward.refresh().await;
    assert_eq!(differences(&ward.admin).await, 0);
}

#[actix_web::test]
async fn one_leads_and_its_end_makes_another_the_leader() {
    let ward = Ward::open().await;
    let (mut first, mut second) = (ward.refresher().await, ward.refresher().await);
    ward.patient("Ada").await;
    assert!(matches!(
        refresh_once(&mut first).await.unwrap(),
        Did::Refreshed { .. }
    ));
    ward.patient("Eva").await;
    assert_eq!(refresh_once(&mut second).await.unwrap(), Did::Follows);
    ward.admin
        .execute(
            "SELECT pg_terminate_backend(pid) FROM pg_locks
              WHERE locktype = 'advisory' AND granted
                AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
            &[],
        )
        .await
        .unwrap();
    while refresh_once(&mut second).await.unwrap() == Did::Follows {
        tokio::task::yield_now().await;
    }
    assert_eq!(differences(&ward.admin).await, 0);
    assert!(
        refresh_once(&mut first).await.is_err(),
        "its session is gone"
    );
}

#[actix_web::test]
async fn the_actor_refreshes_by_itself_and_again_after_its_connection_was_cut() {
    let ward = Ward::open().await;
    let every = Duration::from_millis(20);
    let config = config::Summary {
        refresh_every: every,
        ..config::Summary::default()
    };
    let refresher =
        SummaryRefresher::new(&ward.database.url("fertidoc_refresher"), &config).start();
    let ticking = actix_web::rt::spawn(keep_fresh(refresher, every));
    for name in ["Ada", "Eva"] {
        ward.patient(name).await;
        while ward.stale().await > 0 {
            assert!(!ticking.is_finished(), "the actor is gone");
            tokio::task::yield_now().await;
        }
        ward.admin
            .execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                  WHERE usename = 'fertidoc_refresher' AND datname = current_database()",
                &[],
            )
            .await
            .unwrap();
    }
    assert_eq!(differences(&ward.admin).await, 0);
    ticking.abort();
}
