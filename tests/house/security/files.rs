//! SEC2, SEC3: a file's name is words on a screen and nothing else, and what is downloaded runs
//! nothing.

use crate::{hostile, house::TestHouse};
use fertidoc::app::Roles;
use reqwest::multipart::{Form, Part};
use serde_json::Value;

fn names() -> Vec<String> {
    vec![
        "../../etc/passwd\0.pdf".into(),
        "..\\..\\windows\\system32\\report.pdf".into(),
        "/absolute/path/report.pdf".into(),
        "%2e%2e%2f%2e%2e%2fetc%2fpasswd.pdf".into(),
        "report\u{202e}fdp.pdf".into(),
        "a\r\nSet-Cookie: b=c\r\n\r\n<script>.pdf".into(),
        "\u{1b}[31mred\u{1b}[0m.pdf".into(),
        "quote\"; filename=\"evil.html.pdf".into(),
        format!("{}.pdf", "long".repeat(2_500)),
        "Befund Müller – 精液分析.pdf".into(),
    ]
}

/// A form as a hostile client writes it: a name with whatever is in it. The number makes it another
/// document.
fn form(number: usize, name: &str) -> (String, Vec<u8>) {
    let boundary = "hostile-boundary";
    // What would end the header is escaped as browsers do; the rest goes as it is.
    let name = name
        .replace('"', "%22")
        .replace('\r', "%0D")
        .replace('\n', "%0A");
    let head = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
         Content-Type: text/html\r\n\r\n"
    );
    let mut body = head.into_bytes();
    body.extend_from_slice(&hostile::plain(&[&format!("FSH {number}.5 IU/l")]));
    body.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    (format!("multipart/form-data; boundary={boundary}"), body)
}

#[actix_web::test]
async fn hostile_names_become_no_key_no_path_and_no_header() {
    let house = TestHouse::with(Roles::SERVE, |_| {}).await;
    let mut documents = Vec::new();
    for (number, name) in names().into_iter().enumerate() {
        let (kind, body) = form(number, &name);
        let request = house.http.post(house.at("/api/v1/documents"));
        let request = request.header("content-type", kind).body(body);
        let answer = request.send().await.unwrap();
        let status = answer.status();
        let answer: Value = answer.json().await.unwrap();
        // A form with control characters in its head is none; nothing of it is kept.
        if status == 400 {
            assert!(name.contains(['\0', '\u{1b}']), "{name:?}: {answer}");
            continue;
        }
        assert_eq!(status, 201, "{name:?}: {answer}");
        documents.push(answer["documents"][0]["id"].as_str().unwrap().to_owned());
    }
    assert!(documents.len() >= 8);
    for document in &documents {
        let answer = house
            .http
            .get(house.at(&format!("/api/v1/documents/{document}/original")))
            .send()
            .await
            .unwrap();
        let headers = answer.headers().clone();
        let disposition = headers["content-disposition"].to_str().unwrap();
        let encoded = disposition
            .strip_prefix("attachment; filename*=UTF-8''")
            .unwrap_or_else(|| panic!("{disposition}"));
        assert!(encoded.len() < 1_000, "{disposition}");
        let shown = percent_decoded(encoded);
        for letter in ['/', '\\', '\0', '\r', '\n', '\u{1b}', '\u{202e}'] {
            assert!(!shown.contains(letter), "{shown:?}");
        }
        assert!(shown.to_lowercase().ends_with("pdf"), "{shown:?}");
        assert!(!headers.contains_key("set-cookie"));
        // Whatever the client said it was.
        assert_eq!(headers["content-type"], "application/pdf");
        assert_eq!(headers["x-content-type-options"], "nosniff");
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(policy.contains("sandbox") && policy.contains("default-src 'none'"));
        assert_eq!(headers["cross-origin-resource-policy"], "same-origin");
        assert!(answer.bytes().await.unwrap().starts_with(b"%PDF"));
    }
    let admin = house.database.admin().await;
    let rows = admin
        .query("SELECT object_id::text FROM fertidoc.stored_object", &[])
        .await
        .unwrap();
    assert_eq!(rows.len(), documents.len());
    for key in super::store::keys(&house.config.store).await {
        assert_eq!(key.len(), 36, "{key}");
        assert!(
            key.bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b'-')),
            "{key}"
        );
        let beside = super::store::beside(&house.config.store, &key).await;
        assert!(!beside.contains("pdf"), "{beside}");
    }
}

#[actix_web::test]
async fn a_picture_of_a_page_is_shown_within_a_page_and_runs_nothing() {
    let house = TestHouse::with(Roles::SERVE, |_| {}).await;
    let part = Part::bytes(hostile::plain(&["FSH 5.5 IU/l"])).file_name("x.pdf");
    let answer: Value = house
        .http
        .post(house.at("/api/v1/documents"))
        .multipart(Form::new().part("file", part))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let location = answer["documents"][0]["location"].as_str().unwrap();
    let image = house
        .http
        .get(house.at(&format!("{location}/pages/1/image")))
        .send()
        .await
        .unwrap();
    assert_eq!(image.status(), 200);
    let headers = image.headers();
    assert_eq!(headers["content-type"], "image/png");
    assert_eq!(headers["x-content-type-options"], "nosniff");
    assert_eq!(headers["content-disposition"], "inline");
    assert!(
        headers["content-security-policy"]
            .to_str()
            .unwrap()
            .contains("sandbox")
    );
    assert!(
        headers["cache-control"]
            .to_str()
            .unwrap()
            .contains("no-store")
    );
}

fn percent_decoded(text: &str) -> String {
    let pair = format!("name={}", text.replace('+', "%2B"));
    let mut pairs = url::form_urlencoded::parse(pair.as_bytes());
    pairs.next().unwrap().1.into_owned()
}
