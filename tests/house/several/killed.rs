//! An instance dies without a word, or nginx does.

use super::{
    PATIENCE, Several,
    bystanders::{Bystander, Seen, is_kept_and_read_once},
};
use crate::{
    faults::sha256,
    hostile,
    house::{TestHouse, eventually},
};
use reqwest::{RequestBuilder, Response};
use std::sync::{Arc, atomic::Ordering};
use tokio::{io::AsyncWriteExt, net::TcpStream};

#[actix_web::test]
async fn readers_do_not_notice_an_instance_that_is_killed() {
    let mut several = Several::open(3).await;
    let _workers = [several.worker().await, several.worker().await];
    let seen = Arc::new(Seen::default());
    let somebody = || Bystander::of(&several.house, &seen);
    let mut others = Vec::new();
    for _ in 0..4 {
        others.push(actix_web::rt::spawn(somebody().reads()));
    }
    others.push(actix_web::rt::spawn(somebody().sends()));
    for number in 0..2 {
        several.instances[number].is_asked().await;
        several.instances[number].kill();
        let before = seen.reads.load(Ordering::Relaxed);
        let kept = seen.ledger.lock().unwrap().len();
        eventually(PATIENCE, "life to go on", async || {
            let reads = seen.reads.load(Ordering::Relaxed) - before;
            let sent = seen.ledger.lock().unwrap().len() - kept;
            (reads > 50 && sent > 2).then_some(())
        })
        .await;
    }
    seen.end();
    for other in others {
        other.await.unwrap();
    }
    let failed = seen.failed_reads.lock().unwrap().clone();
    assert!(failed.is_empty(), "{failed:#?}");
    // A file that the dead one was just taking may have failed, and may have been kept all the same.
    let unkept = seen.failed_uploads.lock().unwrap().len();
    assert!(unkept <= 2);
    if unkept == 0 {
        is_kept_and_read_once(&several.house, &seen).await;
    }
}

#[actix_web::test]
async fn what_changes_something_is_never_sent_to_two_instances() {
    let mut several = Several::open(2).await;
    let house = &several.house;
    let mut sent = 0;
    for round in 0..2 {
        let dead = round == 1;
        if dead {
            several.instances[0].kill();
        }
        for number in 0..20 {
            let patient = serde_json::json!({
                "family_name": format!("Once{round}x{number}"), "given_names": "Ada", "sex": "female",
            });
            let request = house.http.post(house.at("/api/v1/patients"));
            let answer = request.json(&patient).send().await.unwrap();
            // Where nothing was sent yet the other one is asked; what was sent is not sent again.
            assert!(answer.status() == 201 || dead, "{}", answer.status());
            sent += usize::from(answer.status() == 201);
        }
    }
    let admin = house.database.admin().await;
    let twice = "SELECT count(*) FROM (SELECT family_name FROM fertidoc.patient
                  GROUP BY family_name HAVING count(*) > 1) AS twice";
    let twice: i64 = admin.query_one(twice, &[]).await.unwrap().get(0);
    assert_eq!(twice, 0);
    assert_eq!(house.count("patient").await as usize, sent);
    assert!(sent >= 38, "{sent}");
}

#[actix_web::test]
async fn where_nobody_answers_nginx_says_so_in_words_of_the_house() {
    let mut several = Several::open(2).await;
    for instance in &mut several.instances {
        instance.kill();
    }
    let house = &several.house;
    let answer = house.http.get(house.at("/api/v1/me")).send().await.unwrap();
    assert_eq!(answer.status(), 503);
    let said = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(said("content-type"), "application/problem+json");
    assert_eq!(said("retry-after"), "2");
    assert_eq!(said("cache-control"), "no-store");
    assert_eq!(said("x-content-type-options"), "nosniff");
    let problem: serde_json::Value = answer.json().await.unwrap();
    assert_eq!(problem["code"], "unavailable");
    let page = house.http.get(house.at("/patients"));
    let page = page.header("accept", "text/html").send().await.unwrap();
    assert_eq!(page.status(), 503);
    assert!(page.text().await.unwrap().contains("Please try again"));
}

fn tus(house: &TestHouse, method: &str, path: &str) -> RequestBuilder {
    let method = method.parse().unwrap();
    let request = house.http.request(method, house.at(path));
    request.header("tus-resumable", "1.0.0")
}

fn said(answer: &Response, name: &str) -> String {
    answer.headers()[name].to_str().unwrap().to_owned()
}

#[actix_web::test]
async fn an_upload_that_nginx_died_in_goes_on_behind_the_next_one() {
    let mut several = Several::open(2).await;
    let file = hostile::noise(24 << 20);
    let begin = tus(&several.house, "POST", "/api/v1/uploads");
    let begin = begin.header("upload-length", file.len()).send().await;
    let path = said(&begin.unwrap(), "location");
    let address = several.nginx.address.clone();
    let mut line = TcpStream::connect(&address).await.unwrap();
    let head = format!(
        "PATCH {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\n\
         Tus-Resumable: 1.0.0\r\nUpload-Offset: 0\r\n\
         Content-Type: application/offset+octet-stream\r\nContent-Length: {}\r\n\r\n",
        several.house.token,
        file.len()
    );
    line.write_all(head.as_bytes()).await.unwrap();
    line.write_all(&file[..18 << 20]).await.unwrap();
    eventually(PATIENCE, "two parts to be kept", async || {
        let kept = format!("upload WHERE received >= {}", 10 << 20);
        (several.house.count(&kept).await == 1).then_some(())
    })
    .await;
    several.nginx.dies_and_comes_back().await;
    let house = &several.house;
    let last = eventually(PATIENCE, "the upload to be free", async || {
        let head = tus(house, "HEAD", &path).send().await.unwrap();
        assert_eq!(head.status(), 200);
        let offset: usize = said(&head, "upload-offset").parse().unwrap();
        assert!((10 << 20..=18 << 20).contains(&offset), "{offset}");
        let rest = tus(house, "PATCH", &path)
            .header("upload-offset", offset)
            .header("content-type", "application/offset+octet-stream")
            .body(file[offset..].to_vec());
        let sent = rest.send().await.unwrap();
        (sent.status() == 204).then_some(sent)
    })
    .await;
    let document = said(&last, "upload-result");
    let document = document.rsplit('/').next().unwrap();
    assert_eq!(house.hash(document).await, sha256(&file));
    assert_eq!(house.count("document").await, 1);
}
