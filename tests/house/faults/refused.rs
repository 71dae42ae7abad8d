//! More than can be served, or a part that is silent: refused early and in words, with a time to
//! come again, and well again without a restart.

use super::{
    PATIENCE, kept,
    proxy::{CrookedStore, Mood, Weather, Wire},
    senders::{is_free_again, one_place_taken},
};
use crate::{
    cache::RedisServer,
    hostile,
    house::{Person, TestHouse, eventually},
    storage::Endpoint,
};
use fertidoc::{
    access::Role,
    app::{self, Roles},
    storage::StorageError,
};
use futures_util::future::join_all;
use reqwest::{
    Client, Response,
    multipart::{Form, Part},
};
use serde_json::Value;
use std::{cell::Cell, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Says that nothing is to be had now and when to come again.
fn comes_again(answer: &Response) {
    assert_eq!(answer.status(), 503);
    let wait = answer.headers()["retry-after"].to_str().unwrap();
    assert!((1..=120).contains(&wait.parse::<u32>().unwrap()), "{wait}");
}

/// The code of such an answer to a program.
async fn refused(answer: Response) -> String {
    comes_again(&answer);
    let problem: Value = answer.json().await.unwrap();
    problem["code"].as_str().unwrap().to_owned()
}

/// Such an answer to a person: a page with these words.
async fn refused_in_words(answer: Response, words: &str) {
    comes_again(&answer);
    let media_type = answer.headers()["content-type"].to_str().unwrap();
    assert!(media_type.starts_with("text/html"), "{media_type}");
    let page = answer.text().await.unwrap();
    assert!(page.contains(words), "{page}");
}

impl TestHouse {
    async fn asked(&self, path: &str) -> Response {
        self.http.get(self.at(path)).send().await.unwrap()
    }

    /// What a browser is answered that signs somebody in who is nobody.
    async fn signs_in(&self) -> Response {
        let form = [("user", "nobody"), ("password", "wrong on purpose")];
        let request = Client::new().post(self.at("/sign-in"));
        let request = request.header("sec-fetch-site", "same-origin");
        request.form(&form).send().await.unwrap()
    }

    /// The form of the upload page, sent without script.
    async fn hands_in(&self, person: &Person, bytes: Vec<u8>) -> Response {
        let paper = Part::bytes(bytes).file_name("paper.pdf");
        let form = Form::new().part("file", paper);
        let request = person.http.post(self.at("/upload"));
        request.multipart(form).send().await.unwrap()
    }

    /// A request that begins a resumable upload.
    async fn begins(&self, http: &Client, bytes: usize) -> Response {
        let request = http.post(self.at("/api/v1/uploads"));
        let request = request.header("tus-resumable", "1.0.0");
        let request = request.header("upload-length", bytes);
        request.send().await.unwrap()
    }

    /// The first bytes of an upload that was begun.
    async fn appends(&self, begun: &Response, bytes: Vec<u8>) -> Response {
        let path = begun.headers()["location"].to_str().unwrap();
        let request = self.http.patch(self.at(path));
        let request = request.header("tus-resumable", "1.0.0");
        let request = request.header("upload-offset", 0);
        let request = request.header("content-type", "application/offset+octet-stream");
        request.body(bytes).send().await.unwrap()
    }
}

#[actix_web::test]
async fn a_frozen_store_is_left_alone_and_used_again() {
    let endpoint = Endpoint::start().await;
    let wire = Wire::to(&endpoint.config.endpoint.replace("http://", "")).await;
    let house = TestHouse::with(Roles::ALL, |config| {
        config.store = endpoint.config.clone();
        config.store.endpoint = format!("http://{}", wire.address);
        // As in production: a request on its own would be waited for a minute and a half.
        config.store.timeout = Duration::from_secs(30);
        config.store.attempts = 3;
    })
    .await;
    let kim = house.register("Kim", "Ada", "1990-01-01", "female").await;
    let document = house.keep(hostile::plain(&["before"])).await;
    house.ended(&document).await;
    let original = format!("/api/v1/documents/{document}/original");
    let person = house.person(&[Role::Clinician]).await;
    let paper = hostile::plain(&["in pieces"]);
    let begun = house.begins(&house.http, paper.len()).await;
    assert_eq!(begun.status(), 201);

    wire.turns(Weather::Frozen);
    let papers = (0..4).map(|number| house.send(hostile::plain(&[&format!("late {number}")])));
    for answer in join_all(papers).await {
        assert_eq!(refused(answer.unwrap()).await, "store-unavailable");
    }
    assert_eq!(refused(house.asked(&original).await).await, "unavailable");
    house.summary(&kim).await;
    assert_eq!(house.signs_in().await.status(), 401);
    assert_eq!(house.asked("/livez").await.status(), 200);
    assert_eq!(house.stands("store", "down").await, 200);

    // Refused on its head alone: nothing of its body is sent.
    let address = house.url.replace("http://", "");
    let mut socket = TcpStream::connect(&address).await.unwrap();
    let head = format!(
        "POST /api/v1/documents HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\n\
         Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 4000000\r\n\r\n",
        house.token
    );
    socket.write_all(head.as_bytes()).await.unwrap();
    let mut said = [0; 12];
    socket.read_exact(&mut said).await.unwrap();
    assert_eq!(&said, b"HTTP/1.1 503");
    // The same by every other way in and out.
    let words = "The file store does not answer at the moment";
    let page = house.hands_in(&person, paper.clone()).await;
    refused_in_words(page, words).await;
    let more = house.begins(&house.http, 10).await;
    assert_eq!(refused(more).await, "store-unavailable");
    let piece = house.appends(&begun, paper.clone()).await;
    assert_eq!(refused(piece).await, "store-unavailable");
    let link = person.http.get(house.at(&original));
    let followed = link.header("sec-fetch-mode", "navigate").send().await;
    refused_in_words(followed.unwrap(), "The file store does not answer").await;

    wire.turns(Weather::Clear);
    let late = eventually(PATIENCE, "the store to be used again", async || {
        let answer = house.send(hostile::plain(&["late"])).await.unwrap();
        if answer.status() == 503 {
            return None;
        }
        Some(kept(answer).await)
    })
    .await;
    assert_eq!(house.ended(&late).await["state"], "read");
    house.hash(&document).await;
    assert_eq!(house.appends(&begun, paper).await.status(), 204);
}

#[actix_web::test]
async fn a_store_that_fails_for_some_is_not_left_alone() {
    let endpoint = Endpoint::start().await;
    let crooked = CrookedStore::before(&endpoint.config.endpoint);
    let house = TestHouse::with(Roles::SERVE, |config| {
        config.store = endpoint.config.clone();
        config.store.endpoint.clone_from(&crooked.endpoint);
    })
    .await;
    let document = house.keep(hostile::plain(&["before"])).await;
    let path = format!("/api/v1/documents/{document}/original");
    crooked.is(Mood::GivesNothing);
    for number in 0..6 {
        assert_eq!(refused(house.asked(&path).await).await, "unavailable");
        house.keep(hostile::plain(&[&format!("{number}")])).await;
    }
    assert!(crooked.let_down() >= 6);
    crooked.is(Mood::Good);
    // What is not there, asked for again and again, is no failure either.
    let store = endpoint.store().await;
    for _ in 0..6 {
        let missing = store.get_named("nothing", None).await;
        assert!(matches!(missing.err(), Some(StorageError::Missing)));
    }
    store.require_voice().await.unwrap();
    house.hash(&document).await;
}

#[actix_web::test]
async fn who_comes_while_all_places_are_taken_is_told_so_on_every_way_in() {
    let (house, wire, sending) = one_place_taken(PATIENCE * 5).await;
    let person = house.person(&[Role::Clinician]).await;
    let words = "Too many files are being received at the moment";
    let page = house.hands_in(&person, hostile::plain(&["a"])).await;
    refused_in_words(page, words).await;
    let begun = house.begins(&house.http, 1000).await;
    assert_eq!(begun.status(), 201, "a place is for bytes");
    let piece = house.appends(&begun, vec![0; 10]).await;
    assert_eq!(refused(piece).await, "busy");
    wire.turns(Weather::Reset);
    assert!(sending.await.unwrap().is_err());
    is_free_again(&house, "places taken").await;
}

#[actix_web::test]
async fn requests_without_a_connection_are_refused_and_health_has_its_own() {
    let house = TestHouse::with(Roles::SERVE, |config| {
        config.db.pool_size = 2;
        config.db.wait = Duration::from_millis(300);
        config.db.statement = Duration::from_mins(2);
    })
    .await;
    let admin = house.database.admin().await;
    admin
        .batch_execute("BEGIN; LOCK TABLE fertidoc.document IN ACCESS EXCLUSIVE MODE")
        .await
        .unwrap();
    let looker = house.database.admin().await;
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
                    AND usename = 'fertidoc_app' AND wait_event_type = 'Lock'";
    let busy = Cell::new(true);
    // One who has waited too long for the lock makes room for the next.
    let holds = async || {
        while busy.get() {
            house.asked("/api/v1/documents").await;
        }
    };
    let during = async {
        eventually(PATIENCE, "both connections to be held", async || {
            let held: i64 = looker.query_one(waiting, &[]).await.unwrap().get(0);
            (held == 2).then_some(())
        })
        .await;
        let sent = house.send(hostile::plain(&["late"])).await.unwrap();
        assert!(refused(sent).await.ends_with("unavailable"));
        let looks = house.asked("/api/v1/inbox").await;
        assert_eq!(refused(looks).await, "unavailable");
        refused_in_words(house.signs_in().await, "Try again in a few seconds").await;
        assert_eq!(house.asked("/livez").await.status(), 200);
        for address in [&house.url, &house.ops_url] {
            let ready = reqwest::get(format!("{address}/readyz")).await.unwrap();
            assert_eq!(ready.status(), 200, "busy is not gone");
        }
        admin.batch_execute("ROLLBACK").await.unwrap();
        busy.set(false);
    };
    tokio::join!(holds(), holds(), holds(), during);
    eventually(PATIENCE, "a connection", async || {
        let answer = house.send(hostile::plain(&["after"])).await.unwrap();
        (answer.status() == 201).then_some(())
    })
    .await;
    eventually(PATIENCE, "sign-in to be answered", async || {
        (house.signs_in().await.status() == 401).then_some(())
    })
    .await;
}

#[actix_web::test]
async fn programs_wait_while_reading_is_behind_and_people_do_not() {
    let house = TestHouse::with(Roles::SERVE, |config| {
        config.upload.queue_age_limit = Duration::from_millis(1);
    })
    .await;
    house.keep(hostile::plain(&["first"])).await;
    eventually(PATIENCE, "a program to be refused", async || {
        let answer = house.send(hostile::plain(&["second"])).await.unwrap();
        if answer.status() == 201 {
            return None;
        }
        assert_eq!(refused(answer).await, "reading-is-behind");
        Some(())
    })
    .await;
    let begun = house.begins(&house.http, 100).await;
    assert_eq!(refused(begun).await, "reading-is-behind");
    let person = house.person(&[Role::Clinician]).await;
    let of_a_person = hostile::plain(&["of a person"]);
    let answer = house.hands_in(&person, of_a_person).await;
    assert_eq!(answer.status(), 303, "{}", answer.text().await.unwrap());
    let begun = house.begins(&person.http, 100).await;
    assert_eq!(begun.status(), 201);
    // Another clinic of the same house is not behind.
    let (_, other) = house.other_clinic().await;
    let paper = Part::bytes(hostile::plain(&["elsewhere"])).file_name("paper.pdf");
    let request = other.post(house.at("/api/v1/documents"));
    let form = Form::new().part("file", paper);
    kept(request.multipart(form).send().await.unwrap()).await;

    let worker = app::open(house.config.clone(), Roles::WORK).await.unwrap();
    eventually(PATIENCE, "a program to be heard again", async || {
        let answer = house.send(hostile::plain(&["third"])).await.unwrap();
        (answer.status() == 201).then_some(())
    })
    .await;
    worker.stop().await;
}

#[actix_web::test]
async fn more_downloads_than_turns_are_told_to_come_again() {
    let house = TestHouse::with(Roles::SERVE, |config| config.http.originals = 1).await;
    // More than what the sockets of both ends hold.
    let document = house.keep(hostile::noise(48 << 20)).await;
    let path = format!("/api/v1/documents/{document}/original");
    // Its body is not asked for any further.
    let held = house.asked(&path).await;
    assert_eq!(held.status(), 200);
    assert_eq!(refused(house.asked(&path).await).await, "busy");
    let person = house.person(&[Role::Clinician]).await;
    let link = person.http.get(house.at(&path));
    let followed = link.header("sec-fetch-mode", "navigate").send().await;
    refused_in_words(followed.unwrap(), "Too many originals").await;
    assert_eq!(house.asked("/api/v1/documents").await.status(), 200);
    drop(held);
    eventually(PATIENCE, "a turn", async || {
        (house.asked(&path).await.status() == 200).then_some(())
    })
    .await;
}

#[actix_web::test]
async fn a_frozen_redis_changes_no_answer() {
    let redis = RedisServer::start();
    let house = TestHouse::with(Roles::ALL, |config| config.cache.redis_url = redis.url()).await;
    let kim = house.register("Kim", "Ada", "1990-01-01", "female").await;
    redis.pause();
    let document = house.keep(hostile::plain(&["meanwhile"])).await;
    assert_eq!(house.ended(&document).await["state"], "read");
    house.hash(&document).await;
    house.summary(&kim).await;
    assert_eq!(house.signs_in().await.status(), 401);
    assert_eq!(house.stands("redis", "down").await, 200);
    redis.resume();
    assert_eq!(house.stands("redis", "up").await, 200);
}
