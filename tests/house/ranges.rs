//! Originals in ranges, as RFC 9110 has it.

use crate::{hostile, house::TestHouse};
use fertidoc::app::Roles;
use reqwest::{
    Method, Response,
    multipart::{Form, Part},
};
use serde_json::Value;

struct Shelf {
    house: TestHouse,
    file: Vec<u8>,
    path: String,
}

impl Shelf {
    async fn with(file: Vec<u8>) -> Self {
        let house = TestHouse::with(Roles::SERVE, |_| {}).await;
        let part = Part::bytes(file.clone()).file_name("report.pdf");
        let sent = house.http.post(house.at("/api/v1/documents"));
        let sent = sent.multipart(Form::new().part("file", part)).send();
        let sent: Value = sent.await.unwrap().json().await.unwrap();
        let location = sent["documents"][0]["location"].as_str().unwrap();
        Self {
            path: format!("{location}/original"),
            house,
            file,
        }
    }

    async fn ask(&self, method: Method, headers: &[(&str, &str)]) -> Response {
        let request = self.house.http.request(method, self.house.at(&self.path));
        let request = headers.iter().fold(request, |request, (name, value)| {
            request.header(*name, *value)
        });
        request.send().await.unwrap()
    }
}

fn said<'a>(answer: &'a Response, header: &str) -> &'a str {
    let value = answer.headers().get(header);
    value.expect(header).to_str().unwrap()
}

#[actix_web::test]
async fn a_range_holds_the_bytes_that_were_asked_for() {
    let shelf = Shelf::with(hostile::noise(3 << 20)).await;
    let (size, frame) = (shelf.file.len(), 1 << 20);
    for (range, from, to) in [
        ("bytes=0-0".to_owned(), 0, 1),
        (
            format!("bytes={}-{}", frame - 1, frame),
            frame - 1,
            frame + 1,
        ),
        (format!("bytes={}-", size - 5), size - 5, size),
        ("bytes=-7".to_owned(), size - 7, size),
        (format!("bytes=10-{}", size * 2), 10, size),
    ] {
        let answer = shelf.ask(Method::GET, &[("range", &range)]).await;
        assert_eq!(answer.status(), 206, "{range}");
        let told = format!("bytes {from}-{}/{size}", to - 1);
        assert_eq!(said(&answer, "content-range"), told);
        assert_eq!(said(&answer, "content-length"), (to - from).to_string());
        assert_eq!(said(&answer, "cache-control"), "private, no-store");
        assert!(
            answer.bytes().await.unwrap() == shelf.file[from..to],
            "{range}"
        );
    }
    for range in [format!("bytes={size}-"), "bytes=-0".to_owned()] {
        let answer = shelf.ask(Method::GET, &[("range", &range)]).await;
        assert_eq!(answer.status(), 416, "{range}");
        assert_eq!(said(&answer, "content-range"), format!("bytes */{size}"));
        assert_eq!(said(&answer, "content-type"), "application/problem+json");
    }
    // What is not understood, and several at once, is the whole.
    for range in ["bytes=0-1,5-6", "bytes=5-1", "pages=1-2"] {
        let answer = shelf.ask(Method::GET, &[("range", range)]).await;
        assert_eq!(answer.status(), 200, "{range}");
        assert_eq!(said(&answer, "accept-ranges"), "bytes");
        assert!(answer.bytes().await.unwrap() == shelf.file);
    }
}

#[actix_web::test]
async fn a_range_goes_on_with_the_same_bytes_only_and_is_recorded() {
    let mut shelf = Shelf::with(hostile::plain(&["FSH 5.5 IU/l"])).await;
    let head = shelf.ask(Method::HEAD, &[]).await;
    assert_eq!(head.status(), 200);
    assert_eq!(said(&head, "content-length"), shelf.file.len().to_string());
    assert_eq!(said(&head, "content-type"), "application/pdf");
    let etag = said(&head, "etag").to_owned();
    assert!(head.bytes().await.unwrap().is_empty());
    let range = ("range", "bytes=4-9");
    for (tag, status) in [
        (etag.as_str(), 206),
        ("\"another\"", 200),
        ("Tue, 15 Nov 1994 12:45:26 GMT", 200),
    ] {
        let answer = shelf.ask(Method::GET, &[range, ("if-range", tag)]).await;
        assert_eq!(answer.status(), status, "{tag}");
        assert_eq!(said(&answer, "etag"), etag);
    }
    let stranger = reqwest::Client::new().get(shelf.house.at(&shelf.path));
    let stranger = stranger.header("range", "bytes=0-3").send().await.unwrap();
    assert_eq!(stranger.status(), 401);
    let admin = shelf.house.database.admin().await;
    let rows = "SELECT count(*) FROM fertidoc.audit_event WHERE action = 'document.download'";
    let rows: i64 = admin.query_one(rows, &[]).await.unwrap().get(0);
    assert_eq!(rows, 4);
    shelf.house.close().await;
}
