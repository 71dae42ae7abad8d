//! Reads are recorded together, before any of them is answered.

use super::Office;
use crate::house::TestHouse;
use fertidoc::access::audit::{Event, Reads};
use fertidoc::access::{Authenticator, Scopes, create_token};
use fertidoc::app::Roles;
use fertidoc::domain::ids::PatientId;
use futures_util::future::join_all;
use serde_json::{Value, json};
use std::time::Duration;

#[actix_web::test]
async fn readers_of_several_clinics_share_a_commit_and_keep_apart() {
    let office = Office::open().await;
    let app = &office.pools.app;
    let door = Authenticator::new(app.clone());
    let mut viewers = Vec::new();
    for _ in 0..2 {
        let clinic = fertidoc::access::create_clinic(app, "A clinic")
            .await
            .unwrap();
        let token = create_token(app, clinic, "reader", Scopes::all(), None)
            .await
            .unwrap();
        viewers.push(door.authenticate(&token.secret, "request").await.unwrap());
    }
    let patients: Vec<PatientId> = (0..3).map(|_| PatientId::fresh()).collect();
    let reads = (0..200).map(|n: usize| {
        let viewer = &viewers[n % 2];
        let event = Event::new("patient.list").showing(patients.iter().copied());
        viewer.saw(event.of(patients[0]).with(json!({ "n": n })))
    });
    for answer in join_all(reads).await {
        answer.unwrap();
    }
    let rows = office
        .admin
        .query(
            "SELECT clinic_id, agent_id, patients, patient_id, (detail->>'n')::int AS n
               FROM fertidoc.audit_event WHERE action = 'patient.list'",
            &[],
        )
        .await
        .unwrap();
    assert_eq!(rows.len(), 200);
    for row in &rows {
        let viewer = &viewers[row.get::<_, i32>("n") as usize % 2];
        assert_eq!(row.get::<_, uuid::Uuid>("clinic_id"), viewer.clinic.0);
        assert_eq!(row.get::<_, uuid::Uuid>("agent_id"), viewer.agent.id().0);
        assert_eq!(row.get::<_, Vec<uuid::Uuid>>("patients").len(), 3);
        assert_eq!(row.get::<_, uuid::Uuid>("patient_id"), patients[0].0);
    }
    let commits = office
        .number("SELECT count(DISTINCT xmin::text) FROM fertidoc.audit_event WHERE action = 'patient.list'")
        .await;
    assert!(commits < 50, "{commits} commits for 200 reads at once");
}

#[actix_web::test]
async fn a_reader_who_goes_away_is_recorded() {
    let office = Office::open().await;
    let reads = Reads::new(&office.pools.app);
    for _ in 0..20 {
        let entry = fertidoc::access::audit::Entry::of_a_stranger(
            None,
            "request",
            Event::new("thing.look"),
        );
        let mut write = std::pin::pin!(reads.write(entry));
        // Asked once, so it is handed in; then nobody waits for it.
        let _ = futures_util::poll!(&mut write);
    }
    reads.drain().await;
    assert_eq!(
        office
            .number("SELECT count(*) FROM fertidoc.audit_event WHERE action = 'thing.look' AND clinic_id IS NULL")
            .await,
        20
    );
}

/// F40: what cannot be recorded is not given out, and the house heals by itself.
#[actix_web::test]
async fn what_cannot_be_recorded_is_not_given_out() {
    let house = TestHouse::with(Roles::SERVE, |_| {}).await;
    let created: Value = house
        .http
        .post(house.at("/api/v1/patients"))
        .json(&json!({ "family_name": "Canarybird", "given_names": "Ada", "birth_date": "1988-02-03", "sex": "female",
                       "identifiers": [] }))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let id = created["id"].as_str().unwrap();
    let admin = house.database.admin().await;
    let paths = [
        format!("/api/v1/patients/{id}"),
        format!("/api/v1/patients/{id}/summary"),
        "/api/v1/patients?q=canarybird".to_owned(),
        "/api/v1/documents".to_owned(),
        "/api/v1/inbox".to_owned(),
        format!("/patients/{id}"),
        "/patients".to_owned(),
    ];
    let page = |path: &str| {
        let token = house.token.clone();
        house.http.get(house.at(path)).bearer_auth(token).send()
    };
    for path in &paths {
        assert_eq!(page(path).await.unwrap().status(), 200, "{path}");
    }
    admin
        .batch_execute(
            "REVOKE INSERT ON fertidoc.audit_event FROM fertidoc_owner;
             REVOKE INSERT (action) ON fertidoc.audit_event FROM fertidoc_app",
        )
        .await
        .unwrap();
    for path in &paths {
        let answer = page(path).await.unwrap();
        assert_eq!(answer.status(), 503, "{path}");
        assert!(answer.headers().contains_key("retry-after"), "{path}");
        let body = answer.text().await.unwrap().to_lowercase();
        assert!(!body.contains("canarybird"), "{path}");
    }
    admin
        .batch_execute(
            "GRANT INSERT ON fertidoc.audit_event TO fertidoc_owner;
             GRANT INSERT (action) ON fertidoc.audit_event TO fertidoc_app",
        )
        .await
        .unwrap();
    crate::house::eventually(Duration::from_secs(5), "the house to heal", async || {
        let answer = page(&paths[0]).await.unwrap();
        (answer.status() == 200).then_some(())
    })
    .await;
}
