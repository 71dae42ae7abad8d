//! SEC5, SEC7, SEC29: limits hold over all instances, say when to come again, and do without Redis
//! what they can.

use crate::cache::RedisServer;
use crate::hostile;
use crate::house::{TestHouse, client, eventually};
use fertidoc::access::Keys;
use fertidoc::access::limit::{Class, Limits};
use fertidoc::app::{self, Roles, Running};
use fertidoc::cache::Cache;
use fertidoc::config::{self, Config, Limit};
use fertidoc::domain::ids::AgentId;
use reqwest::multipart::{Form, Part};
use std::net::IpAddr;
use std::time::Duration;

/// A bucket that does not fill again while a test runs.
pub const HARDLY: u32 = 1;

/// A house of three instances on one database and one Redis.
pub struct Three {
    pub house: TestHouse,
    others: Vec<Running>,
    pub addresses: Vec<String>,
}

impl Three {
    pub async fn open(change: impl FnOnce(&mut Config)) -> Self {
        let house = TestHouse::with(Roles::SERVE, change).await;
        let mut others = Vec::new();
        let mut addresses = vec![house.url.clone()];
        for _ in 0..2 {
            let other = app::open(house.config.clone(), Roles::SERVE).await.unwrap();
            addresses.push(format!("http://{}", other.address().unwrap()));
            others.push(other);
        }
        Self {
            house,
            others,
            addresses,
        }
    }

    pub async fn close(mut self) {
        for other in self.others {
            other.stop().await;
        }
        self.house.close().await;
    }
}

#[actix_web::test]
async fn dear_answers_spread_over_three_instances_are_counted_once() {
    let three = Three::open(|config| {
        config.limit.report_burst = 12;
        config.limit.report_per_minute = HARDLY;
    })
    .await;
    let missing = uuid::Uuid::now_v7();
    let mut statuses = Vec::new();
    for number in 0..20 {
        let address = &three.addresses[number % 3];
        let path = format!("{address}/api/v1/documents/{missing}/original");
        let answer = three.house.http.get(path).send().await.unwrap();
        statuses.push(answer.status().as_u16());
        assert_eq!(
            answer.headers()["ratelimit-policy"],
            "\"report\";q=12;w=720"
        );
        let left = answer.headers()["ratelimit"].to_str().unwrap();
        let expected = 11_usize.saturating_sub(number);
        assert!(
            left.starts_with(&format!("\"report\";r={expected};t=")),
            "{left}"
        );
        if number >= 12 {
            let wait: u32 = answer.headers()["retry-after"]
                .to_str()
                .unwrap()
                .parse()
                .unwrap();
            assert!((1..=60).contains(&wait), "{wait}");
            assert_eq!(answer.headers()["content-type"], "application/problem+json");
            let problem: serde_json::Value = answer.json().await.unwrap();
            assert_eq!(problem["code"], "too-many-requests");
        }
    }
    assert_eq!(statuses, [vec![404; 12], vec![429; 8]].concat());
    // Another agent has a bucket of its own.
    let (_, other) = three.house.other_clinic().await;
    let path = format!("{}/api/v1/documents/{missing}/original", three.addresses[0]);
    assert_eq!(other.get(path).send().await.unwrap().status(), 404);
    three.close().await;
}

#[actix_web::test]
async fn requests_spread_over_three_instances_are_no_more_than_the_limit_and_hardly_fewer() {
    let three = Three::open(|config| {
        config.limit.read_burst = 100;
        config.limit.read_per_minute = HARDLY;
    })
    .await;
    let mut answered = 0;
    for number in 0..240 {
        let path = format!("{}/api/v1/jobs", three.addresses[number % 3]);
        let answer = three.house.http.get(path).send().await.unwrap();
        match answer.status().as_u16() {
            200 => answered += 1,
            429 => assert!(answer.headers().contains_key("retry-after")),
            other => panic!("{other}"),
        }
    }
    // A minute may have passed on a loaded machine; a lump of ten is the error of an instance.
    assert!((80..=102).contains(&answered), "{answered} of 100");
    // A page says the same in words.
    let page = reqwest::Client::new()
        .get(format!("{}/inbox", three.addresses[1]))
        .bearer_auth(&three.house.token)
        .send()
        .await
        .unwrap();
    assert_eq!(page.status(), 429);
    assert!(page.headers().contains_key("retry-after"));
    assert!(page.text().await.unwrap().contains("a little fast"));
    three.close().await;
}

#[actix_web::test]
async fn the_hundred_and_first_file_of_the_window_is_refused_until_later() {
    let house = TestHouse::with(Roles::SERVE, |config| {
        let usual = Limit::default();
        assert_eq!(usual.upload_burst, 100);
        config.limit.upload_burst = usual.upload_burst;
        config.limit.upload_per_minute = HARDLY;
    })
    .await;
    let send = async |numbers: std::ops::Range<usize>| {
        let form = numbers.fold(Form::new(), |form, number| {
            let line = format!("Report number {number}");
            let part = Part::bytes(hostile::plain(&[&line])).file_name("report.pdf");
            form.part("file", part)
        });
        let request = house.http.post(house.at("/api/v1/documents"));
        request.multipart(form).send().await.unwrap()
    };
    assert_eq!(send(0..60).await.status(), 201);
    let mixed = send(60..101).await;
    assert_eq!(mixed.status(), 207, "forty of these are kept");
    let mixed: serde_json::Value = mixed.json().await.unwrap();
    let statuses: Vec<_> = mixed["documents"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| file["status"].as_u64().unwrap())
        .collect();
    assert_eq!(statuses, [vec![201; 40], vec![429; 1]].concat());
    let refused = send(101..102).await;
    assert_eq!(refused.status(), 429);
    let wait: u32 = refused.headers()["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    assert!(
        refused.headers()["ratelimit"]
            .to_str()
            .unwrap()
            .starts_with("\"upload\";r=0;")
    );
    let problem: serde_json::Value = refused.json().await.unwrap();
    assert_eq!(problem["code"], "too-many-requests");
    // Reading goes on.
    assert_eq!(
        house
            .http
            .get(house.at("/inbox"))
            .send()
            .await
            .unwrap()
            .status(),
        200
    );
    let other = client(&house.token);
    assert_eq!(
        other
            .get(house.at("/api/v1/documents"))
            .send()
            .await
            .unwrap()
            .status(),
        200
    );
}

/// One process's limits, as the house opens them.
fn limits(redis: &str, limit: &Limit) -> Limits {
    let cache = config::Cache {
        redis_url: redis.into(),
        redis_timeout: Duration::from_millis(500),
        ..config::Cache::default()
    };
    let keys = Keys::new(&config::Access {
        key: "dGhlIGtleSBvZiBhIGhvdXNlIHRoYXQgaXMgb25seSBhIHRlc3Q=".into(),
        ..config::Access::default()
    });
    let keys = keys.unwrap();
    Limits::new(limit, Cache::new(&cache, keys.of("cache")).unwrap(), &keys)
}

#[actix_web::test]
async fn the_sixth_wrong_sign_in_is_refused_whichever_instance_is_tried() {
    let redis = RedisServer::start();
    let three: Vec<_> = (0..3)
        .map(|_| limits(&redis.url(), &Limit::default()))
        .collect();
    let from: Option<IpAddr> = Some("203.0.113.7".parse().unwrap());
    // Whole mornings of right ones before it do not count, all from one address.
    for number in 0..150 {
        let attempt = three[number % 3].sign_in("eva", from).await.unwrap();
        attempt.succeeded().await;
    }
    for number in 0..20 {
        let attempt = three[number % 3].sign_in("eva", from).await;
        assert_eq!(attempt.is_ok(), number < 5, "try {number}");
        if let Err(exceeded) = attempt {
            assert_eq!(exceeded.class, Class::SignIn);
            assert!(exceeded.seconds() <= 60);
        }
    }
    // Others at the same address sign in as before.
    let other = three[0].sign_in("daniel", from).await.unwrap();
    other.succeeded().await;
}

#[actix_web::test]
async fn without_redis_sign_in_stays_limited_and_everything_else_goes_on() {
    let mut redis = RedisServer::start();
    let one = limits(&redis.url(), &Limit::default());
    let agent = AgentId::fresh();
    assert!(one.take(Class::Report, agent).await.unwrap().is_some());
    drop(one.sign_in("eva", None).await.unwrap());
    redis.stop();
    for class in [Class::Upload, Class::Read, Class::Report, Class::Admin] {
        for _ in 0..400 {
            one.take(class, agent).await.unwrap();
        }
    }
    // Half of the five, rounded down, and then no more; rightly signed in does not count.
    for _ in 0..9 {
        one.sign_in("noor", None).await.unwrap().succeeded().await;
    }
    drop(one.sign_in("noor", None).await.unwrap());
    drop(one.sign_in("noor", None).await.unwrap());
    assert!(one.sign_in("noor", None).await.is_err(), "closed");
    // A Redis that comes back holds nothing, not even the script, and is used again.
    redis.again();
    eventually(
        Duration::from_secs(30),
        "limits to be shared again",
        async || one.take(Class::Report, agent).await.unwrap(),
    )
    .await;
    let other = limits(&redis.url(), &Limit::default());
    for number in 0..6 {
        let through = if number % 2 == 0 { &one } else { &other };
        assert_eq!(through.sign_in("mia", None).await.is_ok(), number < 5);
    }
}

#[actix_web::test]
async fn a_frozen_redis_keeps_nobody_waiting() {
    let redis = RedisServer::start();
    let one = limits(&redis.url(), &Limit::default());
    redis.pause();
    for _ in 0..20 {
        assert_eq!(one.take(Class::Report, AgentId::fresh()).await, Ok(None));
    }
    redis.resume();
}

#[actix_web::test]
async fn a_spoilt_bucket_is_an_empty_one_at_worst() {
    let redis = RedisServer::start();
    let one = limits(&redis.url(), &Limit::default());
    let agent = AgentId::fresh();
    assert_eq!(
        one.take(Class::Admin, agent)
            .await
            .unwrap()
            .unwrap()
            .remaining,
        119
    );
    assert_eq!(redis.spoil().await, 1);
    assert_eq!(
        one.take(Class::Admin, agent)
            .await
            .unwrap()
            .unwrap()
            .remaining,
        119
    );
}
