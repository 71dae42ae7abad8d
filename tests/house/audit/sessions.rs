//! Sessions and failed sign-ins are recorded, whoever or whatever ends them and whoever tried.

use crate::house::{Person, TestHouse};
use fertidoc::access::{
    self, AccessError, Asking, By, Ended, NewAccount, Place, Role, SignIn, Stage, audit,
};
use fertidoc::app::Roles;
use fertidoc::db;
use futures_util::{StreamExt as _, pin_mut};
use reqwest::redirect::Policy;
use serde_json::{Value, json};

/// The ends that the record tells of one session: the clinic is the house's own one, who, why.
async fn ends(house: &TestHouse, person: &Person) -> Vec<(bool, Option<uuid::Uuid>, String)> {
    let admin = house.database.admin().await;
    let sql = "SELECT clinic_id = $2, agent_id, detail->>'because' FROM fertidoc.audit_event
                WHERE action = 'session.end' AND outcome = 'success' AND subject = $1 ORDER BY audit_id";
    let rows = admin
        .query(sql, &[&person.session.0, &house.clinic.0])
        .await;
    let rows = rows.unwrap();
    rows.iter()
        .map(|row| (row.get(0), row.get(1), row.get(2)))
        .collect()
}

#[actix_web::test]
async fn an_end_by_somebody_else_is_recorded_where_the_session_worked_and_by_whom() {
    let house = TestHouse::with(Roles::SERVE, |_| {}).await;
    let (other, _) = house.other_clinic().await;
    let here = house.person(&[Role::Nurse]).await;
    let app = &house.pools.app;
    access::grant(app, By::House, here.user, Place::Clinic(other), Role::Nurse)
        .await
        .unwrap();
    let again = |clinic| house.signed_in(here.user, here.user_name.clone(), clinic);
    let (there, second) = (again(other).await, again(house.clinic).await);

    // An administrator, on the page: those of the own clinic.
    let boss = house.person(&[Role::ClinicAdmin]).await;
    let path = house.at(&format!("/people/{}/sessions", here.user));
    let done = boss.http.post(path).form(&[("csrf", &boss.csrf)]).send();
    assert_eq!(done.await.unwrap().status(), 303);
    let by_boss = vec![(true, Some(boss.user.0), "revoked".to_owned())];
    assert_eq!(ends(&house, &here).await, by_boss);
    assert_eq!(ends(&house, &second).await, by_boss);
    assert_eq!(ends(&house, &there).await, []);

    // Whoever runs the server, as `fertidoc user sessions --end`: everywhere, and each once.
    let third = again(house.clinic).await;
    let door = house.authenticator();
    let ended = door.end_sessions_of(here.user, Ended::Revoked, None, None, By::House);
    assert_eq!(ended.await.unwrap(), 2);
    let by_house = |own| vec![(own, None, "revoked".to_owned())];
    assert_eq!(ends(&house, &there).await, by_house(false));
    assert_eq!(ends(&house, &third).await, by_house(true));
    assert_eq!(ends(&house, &here).await, by_boss);

    // Somebody who ends the own one in another clinic is told of there.
    let (mine, theirs) = (again(house.clinic).await, again(other).await);
    let path = house.at(&format!("/account/sessions/{}/end", theirs.session));
    let done = mine.http.post(path).form(&[("csrf", &mine.csrf)]).send();
    assert_eq!(done.await.unwrap().status(), 303);
    let by_self = vec![(false, Some(here.user.0), "revoked".to_owned())];
    assert_eq!(ends(&house, &theirs).await, by_self);
}

#[actix_web::test]
async fn an_end_by_the_clock_is_recorded_once_though_nobody_comes_back() {
    let house = TestHouse::with(Roles::SERVE, |_| {}).await;
    let admin = house.database.admin().await;
    let door = house.authenticator();
    let idle = house.person(&[Role::Nurse]).await;
    let lasted = house.person(&[Role::Nurse]).await;
    let good = house.person(&[Role::Nurse]).await;
    let halfway = door
        .open_halfway(good.user, house.clinic, Stage::Code, &"test".into(), None)
        .await
        .unwrap();
    let age = "UPDATE fertidoc.user_session SET last_seen_at = last_seen_at - interval '1 day'
                WHERE session_id IN ($1, $2)";
    admin
        .execute(age, &[&idle.session.0, &halfway.id.0])
        .await
        .unwrap();
    let over =
        "UPDATE fertidoc.user_session SET expires_at = clock_timestamp() WHERE session_id = $1";
    admin.execute(over, &[&lasted.session.0]).await.unwrap();
    for _ in 0..2 {
        door.end_overdue_sessions().await.unwrap();
        let by_the_clock = |why: &str| vec![(true, None, why.to_owned())];
        assert_eq!(ends(&house, &idle).await, by_the_clock("idle"));
        assert_eq!(ends(&house, &lasted).await, by_the_clock("absolute"));
        assert_eq!(ends(&house, &good).await, []);
    }
    let told = "SELECT count(*) FROM fertidoc.audit_event WHERE subject = $1";
    let told: i64 = admin
        .query_one(told, &[&halfway.id.0])
        .await
        .unwrap()
        .get(0);
    assert_eq!(told, 0, "half-way");
    // Whoever comes back is told why all the same.
    for (person, why) in [(&idle, Ended::Idle), (&lasted, Ended::Absolute)] {
        let found = door.signed_in(&person.secret).await.unwrap_err();
        assert!(matches!(found, AccessError::SessionEnded(because) if because == why));
    }
    door.signed_in(&good.secret).await.unwrap();
}

#[actix_web::test]
async fn who_goes_on_in_another_clinic_leaves_one_record_and_enters_the_other() {
    let house = TestHouse::with(Roles::SERVE, |_| {}).await;
    let (other, _) = house.other_clinic().await;
    let person = house.person(&[Role::Nurse]).await;
    access::grant(
        &house.pools.app,
        By::House,
        person.user,
        Place::Clinic(other),
        Role::Nurse,
    )
    .await
    .unwrap();
    let door = house.authenticator();
    let asking = "test".into();
    let moved = door.move_session(&person.secret, other, &asking).await;
    let moved = moved.unwrap();
    door.confirm_session(&moved.secret, &asking).await.unwrap();
    let admin = house.database.admin().await;
    let sql = "SELECT clinic_id = $2, action, coalesce(detail->>'by', detail->>'because', '-')
                 FROM fertidoc.audit_event WHERE subject = $1 AND action LIKE 'session.%' ORDER BY audit_id";
    let rows = admin
        .query(sql, &[&person.session.0, &house.clinic.0])
        .await;
    let rows = rows.unwrap();
    let told: Vec<(bool, &str, &str)> = rows
        .iter()
        .map(|row| (row.get(0), row.get(1), row.get(2)))
        .collect();
    assert_eq!(
        told,
        [
            (true, "session.open", "second_factor"),
            (true, "session.end", "moved"),
            (false, "session.open", "moved"),
            (false, "session.confirm", "-"),
        ]
    );
}

#[actix_web::test]
async fn a_failed_sign_in_is_told_by_address_and_never_by_what_was_typed() {
    let house = TestHouse::with(Roles::SERVE, |_| {}).await;
    let app = &house.pools.app;
    // Somebody who has a password and works nowhere.
    let new = NewAccount {
        user_name: "nowhere",
        display_name: "Nobody Anymore",
        identity: None,
    };
    let lost = access::create_account(app, new).await.unwrap();
    let sign_in = SignIn::new(app.clone(), house.authenticator(), &house.config.access).unwrap();
    let password = "kettle heron frozen quiet";
    let link = sign_in.link(By::House, lost).await.unwrap();
    let asking = Asking::from("a-welcome");
    sign_in
        .welcome(&link.address(""), password, &asking)
        .await
        .unwrap();

    let http = reqwest::Client::builder().redirect(Policy::none());
    let http = http.build().unwrap();
    let tries = [
        ("Hunter2 is my password", "x"),
        ("hunter2 is my password ", "y"),
        ("somebody.else", "x"),
        ("nowhere", password),
        ("nowhere", "wrong"),
    ];
    for (user, password) in tries {
        let form = [("user", user), ("password", password), ("next", "/")];
        let sent = http.post(house.at("/sign-in")).form(&form);
        let sent = sent.header("sec-fetch-site", "same-origin").send().await;
        assert_eq!(sent.unwrap().status(), 401, "{user}");
    }
    // A link that was used, and one that never was.
    for link in [link.secret.as_str(), "fl_hunter2"] {
        let form = [("link", link), ("password", "kettle heron frozen quiet")];
        let sent = http.post(house.at("/welcome")).form(&form);
        let sent = sent.header("sec-fetch-site", "same-origin").send().await;
        assert_eq!(sent.unwrap().status(), 422);
    }

    // As `fertidoc audit list` prints what nobody of a clinic did.
    let (client, driver) = db::connect_single(&house.database.url("fertidoc_sealer"))
        .await
        .unwrap();
    tokio::spawn(driver);
    let rows = audit::whole(&client, None).await.unwrap();
    pin_mut!(rows);
    let mut told: Vec<Value> = Vec::new();
    while let Some(row) = rows.next().await {
        let row = serde_json::to_value(row.unwrap()).unwrap();
        told.extend((row["action"] == "session.fail").then_some(row));
    }
    assert_eq!(told.len(), tries.len() + 2);
    for row in &told {
        assert_eq!(row["outcome"], "failed");
        assert_eq!(row["client"], "127.0.0.1", "repeated from one address");
        let text = row.to_string().to_lowercase();
        for typed in ["hunter", "somebody", "wrong", "kettle"] {
            assert!(!text.contains(typed), "{text}");
        }
    }
    let marks: Vec<&str> = told[..3]
        .iter()
        .map(|row| row["detail"]["name"].as_str().unwrap())
        .collect();
    assert_eq!(marks[0], marks[1], "the same name again");
    assert_ne!(marks[0], marks[2], "another one");
    assert!(marks.iter().all(|mark| mark.len() == 4));
    for row in &told[5..] {
        assert_eq!(row["detail"], json!({ "at": "link" }));
    }
    for (row, at) in told[3..5].iter().zip(["clinic", "password"]) {
        assert_eq!(row["detail"], json!({ "at": at }));
        assert_eq!(row["subject"], lost.0.to_string());
    }
}
