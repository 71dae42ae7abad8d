//! SEC30: emergency access exists, and is loud.

use crate::house::{Person, TestHouse, client, eventually};
use fertidoc::access::{self, Role, Scope, Viewer};
use fertidoc::app::Roles;
use fertidoc::db;
use serde_json::{Value, json};
use std::time::Duration;

const REASON: &str = "Transfusion in theatre, donor must be known";

async fn house() -> TestHouse {
    let house = TestHouse::with(Roles::SERVE, |_| {}).await;
    let mask = "UPDATE fertidoc.clinic SET sex_chromosomes = 'masked'";
    house
        .database
        .admin()
        .await
        .execute(mask, &[])
        .await
        .unwrap();
    house
}

async fn open(house: &TestHouse, person: &Person) -> reqwest::Response {
    person
        .http
        .post(house.at("/api/v1/emergency"))
        .json(&json!({ "reason": REASON }))
        .send()
        .await
        .unwrap()
}

async fn notices(house: &TestHouse, person: &Person) -> Value {
    let answer = person.http.get(house.at("/api/v1/notices")).send().await;
    let page: Value = answer.unwrap().json().await.unwrap();
    page["items"].clone()
}

/// As an instance that remembers nothing sees the person.
async fn viewer(house: &TestHouse, person: &Person) -> Viewer {
    let door = house.authenticator();
    door.session(&person.secret, "request").await.unwrap()
}

/// What the policies of the database are told for the person.
async fn sight(house: &TestHouse, person: &Person) -> String {
    let mut connection = db::connection(&house.pools.app).await.unwrap();
    let viewer = viewer(house, person).await;
    let tx = viewer.begin(&mut connection).await.unwrap();
    let row = tx.query_one("SELECT current_setting('fertidoc.sight')", &[]);
    row.await.unwrap().get(0)
}

#[actix_web::test]
async fn sec30_emergency_access_opens_the_walls_tells_the_others_and_marks_the_record() {
    let house = house().await;
    let nurse = house.person(&[Role::Nurse]).await;
    let colleague = house.person(&[Role::Nurse]).await;
    let watching = [
        house.person(&[Role::ClinicAdmin]).await,
        house.person(&[Role::LabManager]).await,
        house.person(&[Role::Auditor]).await,
    ];
    assert_eq!(sight(&house, &nurse).await, "plain");

    let opened = open(&house, &nurse).await;
    assert_eq!(opened.status(), 201);
    let opened: Value = opened.json().await.unwrap();
    assert_eq!(opened["notified"], 3);
    let ends: jiff::Timestamp = opened["ends_at"].as_str().unwrap().parse().unwrap();
    let left = ends.duration_since(jiff::Timestamp::now());
    assert!(left.as_mins() <= 60 && left.as_mins() >= 55, "{left:?}");
    assert_eq!(sight(&house, &nurse).await, "donors,genetics");
    let scopes = viewer(&house, &nurse).await.scopes;
    assert!(scopes.contains(Scope::Donors) && scopes.contains(Scope::Genetics));
    assert!(!scopes.contains(Scope::Admin) && !scopes.contains(Scope::Audit));
    // The session, not the person and nobody else.
    let elsewhere = house.signed_in(nurse.user, nurse.user_name.clone(), house.clinic);
    assert_eq!(sight(&house, &elsewhere.await).await, "plain");
    assert_eq!(sight(&house, &colleague).await, "plain");

    // This instance, which knew the session before, knows at once; what is read is marked.
    let read = nurse.http.get(house.at("/api/v1/patients")).send().await;
    assert_eq!(read.unwrap().status(), 200);
    let again = open(&house, &nurse).await;
    assert_eq!(again.status(), 409);
    let problem: Value = again.json().await.unwrap();
    assert_eq!(problem["code"], "open-already");
    let admin = house.database.admin().await;
    let events = admin
        .query(
            "SELECT action, detail->>'emergency', detail::text FROM fertidoc.audit_event
              WHERE session_id = $1 AND action <> 'session.open' ORDER BY audit_id",
            &[&nurse.session.0],
        )
        .await
        .unwrap();
    let actions: Vec<&str> = events.iter().map(|event| event.get(0)).collect();
    assert!(actions.starts_with(&["emergency.open"]), "{actions:?}");
    assert!(
        actions.len() > 1,
        "what was read is in the record: {actions:?}"
    );
    for event in &events {
        assert_eq!(event.get::<_, Option<&str>>(1), opened["id"].as_str());
        let detail: &str = event.get(2);
        assert!(!detail.contains("Transfusion"), "{detail}");
    }

    // Who watches over the clinic is told, and stays told until they say so.
    for person in &watching {
        let told = notices(&house, person).await;
        assert_eq!(told[0]["emergency"], opened["id"]);
        assert_eq!(told[0]["by"], "Invented Person");
        assert_eq!(told[0]["reason"], REASON);
        assert!(told[0].get("acknowledged_at").is_none());
    }
    let curious = colleague.http.get(house.at("/api/v1/notices")).send().await;
    assert_eq!(curious.unwrap().status(), 403);
    let page = async |person: &Person| {
        let answer = person.http.get(house.at("/notices")).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        answer.text().await.unwrap()
    };
    let waiting = r#"1<span class="sr"> waiting"#;
    let shown = page(&watching[0]).await;
    assert!(shown.contains(REASON) && shown.contains(waiting));
    let own = notices(&house, &watching[0]).await[0]["id"].clone();
    let note = format!("/notices/{}/acknowledge", own.as_str().unwrap());
    let foreign = watching[1].http.post(house.at(&note)).send().await;
    assert_eq!(
        foreign.unwrap().status(),
        404,
        "the notice of somebody else"
    );
    let noted = watching[0].http.post(house.at(&note)).send().await.unwrap();
    assert_eq!(noted.status(), 303);
    assert!(!page(&watching[0]).await.contains(waiting));
    assert!(page(&watching[1]).await.contains(waiting));
}

#[actix_web::test]
async fn sec30_emergency_access_ends_by_itself_and_before() {
    let house = house().await;
    let second = fertidoc::app::open(house.config.clone(), Roles::SERVE)
        .await
        .unwrap();
    let nurse = house.person(&[Role::Nurse]).await;
    assert_eq!(open(&house, &nurse).await.status(), 201);
    let there = format!("http://{}/emergency", second.address().unwrap());
    let shows = async |address: String| {
        let page = nurse.http.get(address).send().await.unwrap();
        page.text()
            .await
            .unwrap()
            .contains("Emergency access is open")
    };
    for address in [house.at("/emergency"), there.clone()] {
        assert!(shows(address).await);
    }
    let end = nurse.http.delete(house.at("/api/v1/emergency")).send();
    assert_eq!(end.await.unwrap().status(), 204);
    assert!(!shows(house.at("/emergency")).await);
    eventually(
        Duration::from_secs(5),
        "its end on the other instance",
        async || (!shows(there.clone()).await).then_some(()),
    )
    .await;
    assert_eq!(sight(&house, &nurse).await, "plain");
    let end = nurse.http.delete(house.at("/api/v1/emergency")).send();
    assert_eq!(end.await.unwrap().status(), 409);

    // By itself: the hour is over.
    assert_eq!(open(&house, &nurse).await.status(), 201);
    assert!(shows(house.at("/emergency")).await);
    house
        .database
        .admin()
        .await
        .execute(
            "UPDATE fertidoc.emergency
                SET opened_at = opened_at - interval '1 hour', ends_at = opened_at
              WHERE ends_at > clock_timestamp()",
            &[],
        )
        .await
        .unwrap();
    eventually(Duration::from_secs(5), "its end", async || {
        (!shows(house.at("/emergency")).await).then_some(())
    })
    .await;
    second.stop().await;
}

#[actix_web::test]
async fn sec30_emergency_access_is_for_people_from_whom_something_is_kept() {
    let house = house().await;
    let reader = [Scope::Read].into_iter().collect();
    let token = access::create_token(&house.pools.app, house.clinic, "feed", reader, None);
    let feed = client(&token.await.unwrap().secret);
    let embryologist = house.person(&[Role::Embryologist]).await;
    let auditor = house.person(&[Role::Auditor]).await;
    for (http, status, code) in [
        (&feed, 409, "people-only"),
        (&embryologist.http, 409, "nothing-withheld"),
        (&auditor.http, 403, "forbidden"),
    ] {
        let asked = http.post(house.at("/api/v1/emergency"));
        let asked = asked.json(&json!({ "reason": REASON })).send().await;
        let answer = asked.unwrap();
        assert_eq!(answer.status(), status);
        let problem: Value = answer.json().await.unwrap();
        assert_eq!(problem["code"], code);
    }
    let nurse = house.person(&[Role::Nurse]).await;
    for reason in ["", "because", &"x".repeat(501)] {
        let asked = nurse.http.post(house.at("/api/v1/emergency"));
        let asked = asked.json(&json!({ "reason": reason })).send().await;
        assert_eq!(asked.unwrap().status(), 400);
    }
    assert_eq!(sight(&house, &nurse).await, "plain");
    // Where only one person watches, one is told, and the answer says so.
    let opened: Value = open(&house, &nurse).await.json().await.unwrap();
    assert_eq!(opened["notified"], 1);
}
