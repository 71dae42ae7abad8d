//! API tokens: given by who may, shown once, ended everywhere.

use crate::house::{Database, TestHouse, client, eventually};
use fertidoc::access::{self, Role, Scope, Scopes};
use fertidoc::app::Roles;
use serde_json::{Value, json};
use std::time::Duration;

/// A client that may only what it says.
async fn holder(house: &TestHouse, scopes: &[Scope]) -> reqwest::Client {
    let scopes: Scopes = scopes.iter().copied().collect();
    let token = access::create_token(&house.pools.app, house.clinic, "holder", scopes, None)
        .await
        .unwrap();
    client(&token.secret)
}

#[actix_web::test]
async fn a_token_is_given_by_who_may_and_its_secret_shown_once() {
    let house = TestHouse::with(Roles::SERVE, |_| {}).await;
    let admin = holder(&house, &[Scope::Admin]).await;
    let wish = json!({ "name": "laboratory feed", "scopes": ["read", "donors"], "days": 30 });
    let made = admin
        .post(house.at("/api/v1/tokens"))
        .json(&wish)
        .send()
        .await
        .unwrap();
    assert_eq!(made.status(), 201);
    assert_eq!(made.headers()["cache-control"], "no-store");
    let made: Value = made.json().await.unwrap();
    let secret = made["token"].as_str().unwrap();
    let given = client(secret);
    let seen = given
        .get(house.at("/api/v1/patients"))
        .send()
        .await
        .unwrap();
    assert_eq!(seen.status(), 200);

    let listed = admin.get(house.at("/api/v1/tokens")).send().await.unwrap();
    let text = listed.text().await.unwrap();
    assert!(!text.contains(secret), "a secret is shown once");
    let listed: Value = serde_json::from_str(&text).unwrap();
    let row = &listed["items"][0];
    assert_eq!(row["id"], made["id"]);
    assert_eq!(row["scopes"], json!(["read", "donors"]));
    assert_eq!(row["created_by_name"], "holder");
    assert!(row["last_used_at"].is_string() && row["valid"] == true);
    let ends: jiff::Timestamp = row["expires_at"].as_str().unwrap().parse().unwrap();
    let days = ends.duration_since(jiff::Timestamp::now()).as_hours();
    assert!((719..=720).contains(&days), "{days}");

    // Every gift stands in the record, with the scopes and who gave them.
    let event = house
        .database
        .admin()
        .await
        .query_one(
            "SELECT agent_id::text, detail FROM fertidoc.audit_event
              WHERE action = 'token.create' AND subject::text = $1",
            &[&made["id"].as_str().unwrap()],
        )
        .await
        .unwrap();
    assert_eq!(row["created_by"], event.get::<_, &str>(0));
    assert_eq!(
        event.get::<_, Value>(1)["scopes"],
        json!(["read", "donors"])
    );
}

#[actix_web::test]
async fn who_does_not_decide_gives_lists_and_takes_no_token() {
    let house = TestHouse::with(Roles::SERVE, |_| {}).await;
    let others: Vec<Scope> = Scope::ALL
        .into_iter()
        .filter(|&scope| scope != Scope::Admin)
        .collect();
    let other = holder(&house, &others).await;
    let wish = json!({ "name": "x", "scopes": ["read"], "days": 1 });
    let id = uuid::Uuid::now_v7();
    for request in [
        other.get(house.at("/api/v1/tokens")),
        other.post(house.at("/api/v1/tokens")).json(&wish),
        other.delete(house.at(&format!("/api/v1/tokens/{id}"))),
    ] {
        assert_eq!(request.send().await.unwrap().status(), 403);
    }
    // Nor does who decides in another clinic.
    let (_, stranger) = house.other_clinic().await;
    let listed: Value = house
        .http
        .get(house.at("/api/v1/tokens"))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let id = listed["items"][0]["id"].as_str().unwrap();
    let taken = stranger
        .delete(house.at(&format!("/api/v1/tokens/{id}")))
        .send()
        .await
        .unwrap();
    assert_eq!(taken.status(), 404);
}

#[actix_web::test]
async fn a_wish_without_a_name_a_scope_or_an_end_is_refused() {
    let house = TestHouse::with(Roles::SERVE, |_| {}).await;
    for (wish, field) in [
        (
            json!({ "name": " ", "scopes": ["read"], "days": 1 }),
            "name",
        ),
        (
            json!({ "name": "a\nb", "scopes": ["read"], "days": 1 }),
            "name",
        ),
        (json!({ "name": "x", "scopes": [], "days": 1 }), "scopes"),
        (
            json!({ "name": "x", "scopes": ["read"], "days": 0 }),
            "days",
        ),
        (
            json!({ "name": "x", "scopes": ["read"], "days": 367 }),
            "days",
        ),
    ] {
        let answer = house
            .http
            .post(house.at("/api/v1/tokens"))
            .json(&wish)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 400, "{wish}");
        let problem: Value = answer.json().await.unwrap();
        assert_eq!(problem["errors"][0]["field"], field);
    }
    let endless = json!({ "name": "x", "scopes": ["read"] });
    let answer = house
        .http
        .post(house.at("/api/v1/tokens"))
        .json(&endless)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 400);
}

#[actix_web::test]
async fn what_was_revoked_or_expired_ends_on_every_instance_within_five_seconds() {
    let mut one = TestHouse::in_database(Database::fresh().await, Roles::SERVE, |_| {}).await;
    let two = fertidoc::app::open(one.config.clone(), Roles::SERVE)
        .await
        .unwrap();
    let other_instance = format!("http://{}", two.address().unwrap());
    let second = jiff::SignedDuration::from_secs(1);
    let all = Scopes::all();
    let short = access::create_token(
        &one.pools.app,
        one.clinic,
        "short",
        all,
        Some(jiff::Timestamp::now() + second),
    )
    .await
    .unwrap();
    let revoked = access::create_token(&one.pools.app, one.clinic, "revoked", all, None)
        .await
        .unwrap();
    let status = async |base: &str, secret: &str| {
        let answer = client(secret)
            .get(format!("{base}/api/v1/tokens"))
            .send()
            .await
            .unwrap();
        answer.status().as_u16()
    };
    for base in [&one.url, &other_instance] {
        assert_eq!(status(base, &revoked.secret).await, 200);
        status(base, &short.secret).await;
    }
    let taken = one
        .http
        .delete(one.at(&format!("/api/v1/tokens/{}", revoked.id)))
        .send()
        .await
        .unwrap();
    assert_eq!(taken.status(), 204);
    for secret in [&revoked.secret, &short.secret] {
        for base in [&one.url, &other_instance] {
            eventually(Duration::from_secs(5), "the end of the token", async || {
                (status(base, secret).await == 401).then_some(())
            })
            .await;
        }
    }
    two.stop().await;
    one.close().await;
}

#[actix_web::test]
async fn the_page_shows_a_secret_once_and_ends_what_it_made() {
    let house = TestHouse::with(Roles::SERVE, |_| {}).await;
    let admin = house.person(&[Role::ClinicAdmin]).await;
    let form = [("name", "feed <b>"), ("scope", "read"), ("scope", "upload")];
    let with_days = |days: &'static str| {
        let mut fields = form.to_vec();
        fields.push(("days", days));
        admin.http.post(house.at("/tokens")).form(&fields).send()
    };
    let refused = with_days("9999").await.unwrap();
    assert_eq!(refused.status(), 422);
    let refused = refused.text().await.unwrap();
    assert!(refused.contains("between 1 and 366 days"));
    assert!(
        refused.contains(r#"value="feed &#60;b&#62;""#),
        "what was entered stays"
    );
    let made = with_days("9").await.unwrap();
    assert_eq!(made.status(), 201);
    assert_eq!(made.headers()["cache-control"], "no-store");
    let made = made.text().await.unwrap();
    let secret = made
        .split("value=\"fd_")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let feed = client(&format!("fd_{secret}"));
    let seen = feed.get(house.at("/api/v1/patients")).send().await.unwrap();
    assert_eq!(seen.status(), 200);

    let page = admin.http.get(house.at("/tokens")).send().await.unwrap();
    let page = page.text().await.unwrap();
    assert!(!page.contains(secret), "a secret is shown once");
    assert!(page.contains("Invented Person") && page.contains("upload, read"));
    let way = page.split("action=\"/tokens/").nth(1).unwrap();
    let way = format!("/tokens/{}", way.split('"').next().unwrap());
    let ended = admin.http.post(house.at(&way)).send().await.unwrap();
    assert_eq!(ended.headers()["location"], "/tokens?said=token-ended");
    eventually(Duration::from_secs(5), "the end of the token", async || {
        let seen = feed.get(house.at("/api/v1/patients")).send().await.unwrap();
        (seen.status() == 401).then_some(())
    })
    .await;
    let nurse = house.person(&[Role::Nurse]).await;
    let page = nurse.http.get(house.at("/tokens")).send().await.unwrap();
    assert_eq!(page.status(), 403);
}

#[actix_web::test]
async fn the_command_line_makes_lists_and_revokes() {
    let database = Database::fresh().await;
    let run = |words: &[&str]| {
        let done = std::process::Command::new(env!("CARGO_BIN_EXE_fertidoc"))
            .arg("token")
            .args(words)
            .env("FERTIDOC__DB__APP_URL", database.url("fertidoc_app"))
            .output()
            .unwrap();
        let words = String::from_utf8(done.stdout).unwrap();
        (done.status.success(), words)
    };
    let (done, made) = run(&["--new-clinic", "A clinic", "--name", "feed", "--days", "7"]);
    assert!(done);
    let made: Value = serde_json::from_str(&made).unwrap();
    let (clinic, id) = (
        made["clinic"].as_str().unwrap(),
        made["token_id"].as_str().unwrap(),
    );
    assert!(!run(&["--clinic", clinic, "--name", "long", "--days", "367"]).0);
    assert!(run(&["revoke", "--clinic", clinic, id]).0);
    assert!(!run(&["revoke", "--clinic", clinic, clinic]).0);
    let (done, listed) = run(&["list", "--clinic", clinic]);
    assert!(done);
    let listed: Value = serde_json::from_str(listed.trim()).unwrap();
    assert_eq!(
        (&listed["name"], &listed["valid"]),
        (&json!("feed"), &json!(false))
    );
    assert!(listed["revoked_at"].is_string() && listed.get("token").is_none());
}
