//! SEC9 and SEC11: how sessions begin, change and end.

use crate::house::{TestHouse, browser, eventually};
use fertidoc::access::{By, Ended, Role};
use fertidoc::app::Roles;
use serde_json::json;
use std::time::Duration;

/// An address of the API that everybody who may read can ask.
const PATIENTS: &str = "/api/v1/patients";

#[actix_web::test]
async fn sec9_a_session_is_honoured_by_every_instance_and_ends_on_all() {
    let house = TestHouse::with(Roles::SERVE, |_| {}).await;
    let person = house.person(&[Role::Nurse]).await;
    let second = fertidoc::app::open(house.config.clone(), Roles::SERVE)
        .await
        .unwrap();
    let there = format!("http://{}{PATIENTS}", second.address().unwrap());
    for address in [house.at(PATIENTS), there.clone()] {
        let answer = person.http.get(address).send().await.unwrap();
        assert_eq!(answer.status(), 200);
    }
    let ended = house
        .authenticator()
        .end_sessions_of(person.user, Ended::Revoked, None, None, By::House)
        .await
        .unwrap();
    assert_eq!(ended, 1);
    for address in [house.at(PATIENTS), there] {
        eventually(Duration::from_secs(5), "the session to end", || async {
            let answer = person.http.get(&address).send().await.unwrap();
            (answer.status() == 401).then_some(())
        })
        .await;
    }
    second.stop().await;
}

#[actix_web::test]
async fn sec11_a_change_needs_the_token_of_the_session_and_our_own_origin() {
    let house = TestHouse::with(Roles::SERVE, |_| {}).await;
    let person = house.person(&[Role::Nurse]).await;
    let body = json!({ "family_name": "Planted" });
    let plain = reqwest::Client::new();
    let cookie = format!("fertidoc={}", person.secret);
    let send = |headers: Vec<(&'static str, String)>| {
        let mut request = plain.post(house.at(PATIENTS)).header("cookie", &cookie);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let request = request.json(&body);
        async move { request.send().await.unwrap().status().as_u16() }
    };
    let ours = ("sec-fetch-site", "same-origin".to_owned());
    let theirs = ("sec-fetch-site", "cross-site".to_owned());
    let token = ("x-csrf-token", person.csrf.clone());
    let other = ("x-csrf-token", house.person(&[Role::Nurse]).await.csrf);
    assert_eq!(send(vec![token.clone()]).await, 403, "no origin");
    assert_eq!(send(vec![token.clone(), theirs]).await, 403);
    assert_eq!(send(vec![ours.clone()]).await, 403, "no token");
    assert_eq!(
        send(vec![ours.clone(), other]).await,
        403,
        "of another session"
    );
    let listed: serde_json::Value = person
        .http
        .get(house.at(PATIENTS))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(listed["items"], json!([]), "nothing was changed");
    assert_eq!(send(vec![ours, token]).await, 201);
}

#[actix_web::test]
async fn sec11_a_form_needs_the_field_too() {
    let house = TestHouse::with(Roles::SERVE, |_| {}).await;
    let person = house.person(&[Role::Nurse]).await;
    let without = browser(&person.secret, "");
    for (csrf, status) in [("", 403), ("wrong", 403), (person.csrf.as_str(), 303)] {
        let form = [("csrf", csrf), ("family_name", "Quintero"), ("sex", "")];
        // An empty header is no token: the field is what counts.
        let answer = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap()
            .post(house.at("/patients"))
            .header("cookie", format!("fertidoc={}", person.secret))
            .header("sec-fetch-site", "same-origin")
            .form(&form)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), status, "{csrf:?}");
        let form = reqwest::multipart::Form::new()
            .text("csrf", csrf.to_owned())
            .part(
                "file",
                reqwest::multipart::Part::bytes(&b"family_name\nKim\n"[..]).file_name("a.csv"),
            );
        let answer = reqwest::Client::new()
            .post(house.at("/patients/import"))
            .header("cookie", format!("fertidoc={}", person.secret))
            .header("sec-fetch-site", "same-origin")
            .multipart(form)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status() == 403, status == 403, "{csrf:?}");
    }
    let answer = without
        .post(house.at("/patients"))
        .form(&[("family_name", "Kim")])
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 403);
}
