//! What is refused, and with which word.

use super::*;
use crate::{hostile, house::TestHouse};
use fertidoc::access::{self, Role, Scopes};
use sha1::{Digest as _, Sha1};
use sha2::Sha256;

async fn token(house: &TestHouse) -> Client {
    let token = access::create_token(&house.pools.app, house.clinic, "two", Scopes::all(), None);
    client(&token.await.unwrap().secret)
}

#[actix_web::test]
async fn what_is_spoken_is_told_and_nothing_else_is_understood() {
    let counter = Counter::open().await;
    let url = format!("{}{ROUTE}", counter.three.addresses[0]);
    let options = Client::new().request(Method::OPTIONS, &url);
    let options = options.send().await.unwrap();
    assert_eq!(options.status(), 204);
    for (header, value) in [
        ("tus-resumable", "1.0.0"),
        ("tus-version", "1.0.0"),
        (
            "tus-extension",
            "creation,creation-with-upload,checksum,termination,expiration",
        ),
        ("tus-checksum-algorithm", "sha1,sha256"),
        ("tus-max-size", "2147483648"),
    ] {
        assert_eq!(said(&options, header), value);
    }
    let path = counter.begin(10, &[]).await;
    let http = &counter.three.house.http;
    for method in ["POST", "HEAD", "PATCH", "DELETE"] {
        let url = match method {
            "POST" => url.clone(),
            _ => format!("{}{path}", counter.three.addresses[0]),
        };
        for version in [None, Some("0.2.2")] {
            let mut request = http.request(method.parse().unwrap(), &url);
            if let Some(version) = version {
                request = request.header("tus-resumable", version);
            }
            let answer = request.send().await.unwrap();
            assert_eq!(answer.status(), 412, "{method}");
            assert_eq!(said(&answer, "tus-version"), "1.0.0");
            assert_eq!(said(&answer, "tus-resumable"), "1.0.0");
        }
    }
    let stranger = Client::new();
    let answer = counter.ask_as(&stranger, 0, "HEAD", &path);
    let answer = answer.send().await.unwrap();
    assert_eq!(answer.status(), 401);
    assert_eq!(said(&answer, "tus-resumable"), "1.0.0");
    counter.three.close().await;
}

#[actix_web::test]
async fn bytes_that_do_not_fit_are_refused_and_none_is_lost() {
    let counter = Counter::open().await;
    let file = hostile::plain(&["LH 4.2 IU/l"]);
    let path = counter.begin(file.len(), &[]).await;
    let answer = counter.append(0, &path, 0, &file[..100]).await;
    assert_eq!(answer.status(), 204);
    for offset in [0, 99, 101, file.len()] {
        let answer = counter.append(1, &path, offset, &file[100..]).await;
        assert_eq!(answer.status(), 409, "{offset}");
        assert_eq!(said(&answer, "upload-offset"), "100");
        assert_eq!(code(answer).await, "offset-elsewhere");
    }
    let typed = counter.ask(0, "PATCH", &path).header("upload-offset", 100);
    let typed = typed.header("content-type", "application/octet-stream");
    let answer = typed.body("x").send().await.unwrap();
    assert_eq!(answer.status(), 415);
    assert_eq!(code(answer).await, "unsupported-content-type");
    let nowhere = counter.ask(0, "PATCH", &path);
    let nowhere = nowhere.header("content-type", "application/offset+octet-stream");
    let answer = nowhere.body("x").send().await.unwrap();
    assert_eq!(answer.status(), 400);
    // More than was announced: told before a byte is read where the length is known, else when they come.
    let more = [&file[100..], b"x"].concat();
    let answer = counter.append(2, &path, 100, &more).await;
    assert_eq!(answer.status(), 413);
    assert_eq!(code(answer).await, "upload-too-long");
    let chunks = futures_util::stream::iter([Ok::<_, std::io::Error>(more)]);
    let request = counter.ask(2, "PATCH", &path).header("upload-offset", 100);
    let request = request
        .header("content-type", "application/offset+octet-stream")
        .body(reqwest::Body::wrap_stream(chunks));
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 413);
    assert_eq!(code(answer).await, "upload-too-long");
    assert_eq!(counter.offset(1, &path).await, 100);
    let last = counter.append(1, &path, 100, &file[100..]).await;
    let document = said(&last, "upload-result");
    assert!(counter.original(&document).await == file);
    counter.settles_at(1).await;
    counter.three.close().await;
}

#[actix_web::test]
async fn bytes_that_are_not_those_of_their_checksum_are_not_kept() {
    let counter = Counter::open().await;
    let file = hostile::noise(11 << 20);
    let path = counter.begin(file.len(), &[]).await;
    let send = async |from: usize, to: usize, checksum: String| {
        let request = counter.ask(from, "PATCH", &path);
        let request = request.header("upload-checksum", checksum);
        appending(request, from, &file[from..to])
            .send()
            .await
            .unwrap()
    };
    let sha1 = |bytes: &[u8]| format!("sha1 {}", BASE64_STANDARD.encode(Sha1::digest(bytes)));
    let sha256 = |bytes: &[u8]| format!("sha256 {}", BASE64_STANDARD.encode(Sha256::digest(bytes)));
    let first = 6 << 20;
    let answer = send(0, first, sha1(b"other")).await;
    assert_eq!(answer.status(), 460);
    assert_eq!(code(answer).await, "checksum-mismatch");
    assert_eq!(counter.offset(1, &path).await, 0);
    for unknown in ["crc32 AAAA", "sha1 AAAA", "sha1"] {
        assert_eq!(send(0, first, unknown.into()).await.status(), 400);
    }
    assert_eq!(send(0, first, sha1(&file[..first])).await.status(), 204);
    // Bytes of a wrong type are only wrong where they are those that were meant.
    assert_eq!(send(first, file.len(), sha256(b"x")).await.status(), 460);
    assert_eq!(counter.offset(2, &path).await, first);
    let last = send(first, file.len(), sha256(&file[first..])).await;
    assert_eq!(last.status(), 204);
    let document = said(&last, "upload-result");
    assert!(counter.original(&document).await == file);

    let html = b"<!doctype html><html><script>alert(1)</script></html>";
    let path = counter.begin(html.len(), &[]).await;
    let send = async |checksum: String| {
        let request = counter.ask(0, "PATCH", &path);
        let request = request.header("upload-checksum", checksum);
        appending(request, 0, html).send().await.unwrap()
    };
    assert_eq!(send(sha1(b"other")).await.status(), 460);
    assert_eq!(send(sha1(html)).await.status(), 415);
    counter.settles_at(1).await;
    counter.three.close().await;
}

#[actix_web::test]
async fn a_file_that_is_not_taken_is_refused_by_its_first_bytes_and_for_good() {
    let counter = Counter::open().await;
    let mut file = b"<!doctype html><html><body>".to_vec();
    file.resize(12 << 20, b' ');
    let path = counter.begin(file.len(), &[("filename", "page.pdf")]).await;
    let answer = counter.append(0, &path, 0, &file).await;
    assert_eq!(answer.status(), 415);
    assert_eq!(code(answer).await, "unsupported-type");
    // Whoever missed it hears it again.
    let again = counter.append(1, &path, 0, &file[..10]).await;
    assert_eq!(again.status(), 415);
    let head = counter.ask(2, "HEAD", &path).send().await.unwrap();
    assert_eq!(head.status(), 410);
    let state = counter.state(&path).await;
    assert_eq!(state["state"], "refused");
    assert_eq!(state["problem"]["code"], "unsupported-type");
    assert_eq!(state["status"], 415);

    let report = hostile::plain(&["AMH 2.1"]);
    let path = counter.begin(report.len(), &[("filename", "a.jpg")]).await;
    let answer = counter.append(0, &path, 0, &report).await;
    assert_eq!(code(answer).await, "extension-mismatch");
    counter.settles_at(0).await;
    counter.three.close().await;
}

#[actix_web::test]
async fn an_upload_is_its_senders_and_of_a_patient_that_is_there() {
    let counter = Counter::open().await;
    let house = &counter.three.house;
    let path = counter.begin(100, &[]).await;
    let (_, foreign) = house.other_clinic().await;
    let colleague = token(house).await;
    let unknown = format!("{ROUTE}/{}", uuid::Uuid::now_v7());
    for (http, path) in [
        (&foreign, &path),
        (&colleague, &path),
        (&house.http, &unknown),
    ] {
        for method in ["HEAD", "GET", "DELETE"] {
            let answer = counter.ask_as(http, 0, method, path).send().await.unwrap();
            assert_eq!(answer.status(), 404, "{method}");
        }
        let patch = appending(counter.ask_as(http, 0, "PATCH", path), 0, b"%PDF");
        assert_eq!(patch.send().await.unwrap().status(), 404);
    }
    for (length, metadata, status, word) in [
        ("0", String::new(), 422, "empty-file"),
        ("2147483649", String::new(), 413, "file-too-large"),
        ("-1", String::new(), 400, "unusable-field"),
        (
            "9",
            encoded(&[("patient_id", "nobody")]),
            400,
            "patient-id-unusable",
        ),
        (
            "9",
            encoded(&[("patient_id", &uuid::Uuid::now_v7().to_string())]),
            404,
            "patient-not-found",
        ),
    ] {
        let request = counter.ask(0, "POST", ROUTE);
        let request = request.header("upload-length", length);
        let answer = request
            .header("upload-metadata", metadata)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), status, "{word}");
        assert_eq!(code(answer).await, word);
    }
    counter.three.close().await;
}

#[actix_web::test]
async fn a_person_sends_from_our_pages_only() {
    let counter = Counter::open().await;
    let nurse = counter.three.house.person(&[Role::Nurse]).await;
    let file = hostile::plain(&["FSH 7.1"]);
    let begin = |http: &Client| {
        counter
            .ask_as(http, 0, "POST", ROUTE)
            .header("upload-length", file.len())
    };
    let unmarked = browser(&nurse.secret, "guessed");
    assert_eq!(begin(&unmarked).send().await.unwrap().status(), 403);
    let begun = begin(&nurse.http).send().await.unwrap();
    assert_eq!(begun.status(), 201);
    let path = said(&begun, "location");
    let patch = |http: &Client| appending(counter.ask_as(http, 1, "PATCH", &path), 0, &file);
    assert_eq!(patch(&unmarked).send().await.unwrap().status(), 403);
    assert_eq!(patch(&nurse.http).send().await.unwrap().status(), 204);
    counter.settles_at(1).await;
    counter.three.close().await;
}

#[actix_web::test]
async fn an_upload_counts_once_in_however_many_pieces() {
    let counter = Counter::with(|config| {
        config.limit.upload_burst = 2;
        config.limit.upload_per_minute = 1;
        config.limit.read_burst = 20;
        config.limit.read_per_minute = 1;
        config.upload.max_unfinished = 1;
    })
    .await;
    let file = hostile::plain(&["FSH 5.5 IU/l"]);
    let path = counter.begin(file.len(), &[]).await;
    let begin = || {
        counter
            .ask(0, "POST", ROUTE)
            .header("upload-length", 9)
            .send()
    };
    let second = begin().await.unwrap();
    assert_eq!(second.status(), 429);
    assert_eq!(said(&second, "retry-after"), "60");
    assert_eq!(code(second).await, "too-many-unfinished");
    let mut offset = 0;
    for piece in file.chunks(file.len() / 50) {
        assert_eq!(counter.append(0, &path, offset, piece).await.status(), 204);
        offset += piece.len();
    }
    let third = begin().await.unwrap();
    assert_eq!(third.status(), 429);
    assert!(third.headers().contains_key("retry-after"));
    assert_eq!(code(third).await, "too-many-requests");
    counter.three.close().await;
}
