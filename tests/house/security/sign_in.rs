//! SEC7: sign-in cannot be brute-forced, nor used to find accounts, whichever instance is asked.
//!
//! That an unknown name costs the same work is counted, not timed: `people::sec7_unknown_and_known`.

use super::limits::{HARDLY, Three};
use crate::cache::RedisServer;
use crate::house::TestHouse;
use fertidoc::access::{self, By, NewAccount, Place, Role, SignIn};
use fertidoc::app::Roles;
use fertidoc::config::Config;
use reqwest::redirect::Policy;
use std::collections::BTreeMap;
use std::time::Duration;

const PASSWORD: &str = "kettle heron frozen marshland";

/// Everything of an answer that could tell one account from another.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Told {
    status: u16,
    headers: BTreeMap<String, String>,
    body: String,
}

/// A browser that has never been here, behind a proxy that the house trusts.
struct Door {
    http: reqwest::Client,
}

impl Door {
    fn new() -> Self {
        let http = reqwest::Client::builder().redirect(Policy::none());
        Self {
            http: http.build().unwrap(),
        }
    }

    async fn try_as(&self, url: &str, from: &str, name: &str, password: &str) -> Told {
        let answer = self
            .http
            .post(format!("{url}/sign-in"))
            .header("sec-fetch-site", "same-origin")
            .header("x-forwarded-for", from)
            .form(&[("user", name), ("password", password)])
            .send()
            .await
            .unwrap();
        Told::of(answer, name).await
    }

    async fn get(&self, url: &str, path: &str, from: &str) -> Told {
        let asked = self.http.get(format!("{url}{path}"));
        let answer = asked.header("x-forwarded-for", from).send().await.unwrap();
        Told::of(answer, "").await
    }
}

impl Told {
    /// Without what is another in each answer: its id, its moment, the name that was typed.
    async fn of(answer: reqwest::Response, name: &str) -> Self {
        let status = answer.status().as_u16();
        let id = answer.headers()["x-request-id"]
            .to_str()
            .unwrap()
            .to_owned();
        let mut headers = BTreeMap::new();
        for (header, value) in answer.headers() {
            let value = value.to_str().unwrap().to_owned();
            headers.insert(header.to_string(), value);
        }
        for header in ["date", "x-request-id", "content-length"] {
            headers.remove(header);
        }
        let mut body = answer.text().await.unwrap().replace(&id, "ID");
        if !name.is_empty() {
            body = body.replace(&format!("value=\"{name}\""), "value=\"NAME\"");
        }
        Self {
            status,
            headers,
            body,
        }
    }

    /// Without how long to wait, having checked that it is within the window.
    fn without_wait(mut self) -> Self {
        if self.status == 429 {
            let wait = self.headers.remove("retry-after").expect("Retry-After");
            let seconds: u32 = wait.parse().unwrap();
            assert!((1..=60).contains(&seconds), "{seconds}");
            assert!(
                self.body.contains(&format!("in {seconds} s")),
                "{}",
                self.body
            );
            self.body = self.body.replace(&format!("in {seconds} s"), "in N s");
        }
        self
    }
}

/// Sign-in limited as it is delivered; whoever the proxy names is the client.
fn limited(config: &mut Config, redis: &RedisServer) {
    // Buckets that no other test takes from, and that are asked however slow the machine is.
    config.cache.redis_url = redis.url();
    config.cache.redis_timeout = Duration::from_secs(5);
    config.limit.sign_in_burst = 5;
    config.limit.sign_in_per_minute = HARDLY;
    config.limit.address_burst = 100;
    config.http.trusted_proxies = vec!["127.0.0.1/32".into()];
}

/// Somebody with a password, or with a link that was not used yet.
async fn account(house: &TestHouse, name: &str, password: Option<&str>) {
    let app = &house.pools.app;
    let door = SignIn::new(app.clone(), house.authenticator(), &house.config.access).unwrap();
    let new = NewAccount {
        user_name: name,
        display_name: "Ada Invented",
        identity: None,
    };
    let place = Place::Clinic(house.clinic);
    let user = access::add_person(app, By::House, new, place, &[Role::Clinician]).await;
    let link = door.link(By::House, user.unwrap()).await.unwrap();
    if let Some(password) = password {
        door.welcome(&link.secret, password, &"test".into())
            .await
            .unwrap();
    }
}

#[actix_web::test]
async fn sec7_twenty_wrong_passwords_over_three_instances_are_five_whoever_it_is_about() {
    let redis = RedisServer::start();
    let three = Three::open(|config| limited(config, &redis)).await;
    let house = &three.house;
    account(house, "ada", Some(PASSWORD)).await;
    account(house, "bea", Some(PASSWORD)).await;
    account(house, "cleo", None).await;
    account(house, "dora", Some(PASSWORD)).await;
    let disabled = "UPDATE fertidoc.user_account SET disabled_at = now() WHERE user_name = 'dora'";
    let admin = house.database.admin().await;
    assert_eq!(admin.execute(disabled, &[]).await.unwrap(), 1);

    let door = Door::new();
    let mut series: Vec<(&str, Vec<Told>)> = Vec::new();
    for (name, from) in [
        ("ada", "203.0.113.1"),
        ("cleo", "203.0.113.2"),
        ("dora", "203.0.113.3"),
        ("nobody", "203.0.113.4"),
    ] {
        let mut told = Vec::new();
        for number in 0..20 {
            let url = &three.addresses[number % 3];
            let answer = door
                .try_as(url, from, name, &format!("wrong {number}"))
                .await;
            told.push(answer.without_wait());
        }
        let statuses: Vec<u16> = told.iter().map(|told| told.status).collect();
        assert_eq!(statuses, [vec![401; 5], vec![429; 15]].concat(), "{name}");
        // Within the window the right password is refused as a wrong one is.
        for url in &three.addresses {
            let right = door.try_as(url, from, name, PASSWORD).await;
            told.push(right.without_wait());
            assert_eq!(told[5], told[told.len() - 1], "{name}");
        }
        series.push((name, told));
    }
    for (name, told) in &series[1..] {
        assert_eq!(told, &series[0].1, "{name} is told from ada");
    }
    // The bucket is that of the account: not of another one, and wherever it is tried from.
    let elsewhere = door.try_as(&three.addresses[1], "198.51.100.9", "ada", PASSWORD);
    assert_eq!(elsewhere.await.status, 429);
    let other = door.try_as(&three.addresses[2], "203.0.113.1", "bea", PASSWORD);
    assert_eq!(other.await.status, 303, "a right password opens");
    three.close().await;
}

#[actix_web::test]
async fn sec7_an_address_that_tries_many_names_is_stopped_over_three_instances() {
    let redis = RedisServer::start();
    let three = Three::open(|config| {
        limited(config, &redis);
        config.limit.address_burst = 6;
        config.limit.address_per_minute = HARDLY;
    })
    .await;
    account(&three.house, "ada", Some(PASSWORD)).await;
    let door = Door::new();
    let mut statuses = Vec::new();
    for number in 0..20 {
        let url = &three.addresses[number % 3];
        let name = format!("somebody{number}");
        let told = door.try_as(url, "203.0.113.7", &name, "wrong").await;
        statuses.push(told.without_wait().status);
    }
    assert_eq!(statuses, [vec![401; 6], vec![429; 14]].concat());
    for (from, status) in [("203.0.113.7", 429), ("203.0.113.8", 303)] {
        let told = door
            .try_as(&three.addresses[0], from, "ada", PASSWORD)
            .await;
        assert_eq!(told.status, status, "{from}");
    }
    three.close().await;
}

#[actix_web::test]
async fn sec7_without_redis_each_instance_goes_on_limiting() {
    let mut redis = RedisServer::start();
    let house = TestHouse::with(Roles::SERVE, |config| {
        limited(config, &redis);
    })
    .await;
    account(&house, "ada", Some(PASSWORD)).await;
    redis.stop();
    let door = Door::new();
    for name in ["ada", "nobody"] {
        let mut statuses = Vec::new();
        for _ in 0..6 {
            let told = door.try_as(&house.url, "203.0.113.7", name, "wrong").await;
            statuses.push(told.without_wait().status);
        }
        // A half of the five, rounded down.
        assert_eq!(statuses, [vec![401; 2], vec![429; 4]].concat(), "{name}");
    }
    let right = door
        .try_as(&house.url, "203.0.113.7", "ada", PASSWORD)
        .await;
    assert_eq!(right.status, 429);
}

#[actix_web::test]
async fn sec7_the_way_to_the_identity_provider_and_back_is_limited_by_address() {
    // Nobody listens there, so nobody comes back in.
    let redis = RedisServer::start();
    let three = Three::open(|config| {
        limited(config, &redis);
        config.limit.address_burst = 6;
        config.limit.address_per_minute = HARDLY;
        config.oidc.issuer = "http://127.0.0.1:1".into();
        config.oidc.client_id = "fertidoc".into();
        config.http.public_url = "http://127.0.0.1:8080".into();
    })
    .await;
    let door = Door::new();
    let mut statuses = Vec::new();
    for number in 0..12 {
        let (path, url) = match number % 2 {
            0 => ("/sign-in/idp", &three.addresses[number % 3]),
            _ => (
                "/sign-in/idp/callback?state=a&code=b",
                &three.addresses[number % 3],
            ),
        };
        statuses.push(
            door.get(url, path, "203.0.113.7")
                .await
                .without_wait()
                .status,
        );
    }
    assert_eq!(statuses[..6], [502, 400, 502, 400, 502, 400]);
    assert_eq!(statuses[6..], [429; 6]);
    let other = door
        .get(&three.addresses[0], "/sign-in/idp", "203.0.113.8")
        .await;
    assert_eq!(other.status, 502);
    three.close().await;
}
