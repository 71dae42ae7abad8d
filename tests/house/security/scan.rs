//! SEC4: files are scanned for malware before they are read or given out.

use crate::{
    hostile,
    house::{TestHouse, client, eventually},
};
use fertidoc::app::{self, Roles};
use reqwest::multipart::{Form, Part};
use serde_json::Value;
use std::{
    fmt::Write as _,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    sync::watch,
};

const SOON: Duration = Duration::from_mins(1);

/// The test file of the European Institute for Computer Antivirus Research, in two halves so that
/// no scanner takes this source for it.
const EICAR: [&str; 2] = [
    r"X5O!P%@AP[4\PZX54(P^)7CC)7}",
    "$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*",
];

/// A report that carries the test file behind its end.
fn infected() -> Vec<u8> {
    let mut file = hostile::plain(&["FSH 5.5 IU/l"]);
    file.extend_from_slice(EICAR.concat().as_bytes());
    file
}

/// ClamAV's own daemon with a database of one signature, on a socket of its own.
struct Clamd {
    folder: PathBuf,
    process: Option<Child>,
}

impl Clamd {
    fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("fertidoc-clamd-{}", uuid::Uuid::now_v7()));
        std::fs::create_dir_all(folder.join("db")).unwrap();
        let hex = EICAR.concat().bytes().fold(String::new(), |mut hex, byte| {
            write!(hex, "{byte:02x}").unwrap();
            hex
        });
        std::fs::write(
            folder.join("db/test.ndb"),
            format!("Eicar-Test-Signature:0:*:{hex}\n"),
        )
        .unwrap();
        let at = folder.display();
        std::fs::write(
            folder.join("clamd.conf"),
            format!(
                "LocalSocket {at}/socket\nDatabaseDirectory {at}/db\nTemporaryDirectory {at}\n\
                 Foreground yes\nStreamMaxLength 1M\nMaxFileSize 1M\nAlertExceedsMax yes\n"
            ),
        )
        .unwrap();
        Self {
            folder,
            process: None,
        }
    }

    fn address(&self) -> String {
        self.folder.join("socket").display().to_string()
    }

    fn start(&mut self) {
        self.process = Some(
            Command::new("/usr/sbin/clamd")
                .arg("--config-file")
                .arg(self.folder.join("clamd.conf"))
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .expect("clamd: ./scripts/test installs clamav-daemon"),
        );
    }
}

impl Drop for Clamd {
    fn drop(&mut self) {
        if let Some(process) = &mut self.process {
            let _ = process.kill();
            let _ = process.wait();
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

async fn house(clamd: &str) -> TestHouse {
    TestHouse::with(Roles::ALL, |config| {
        config.scan.clamd = clamd.into();
        config.scan.timeout = Duration::from_secs(5);
    })
    .await
}

async fn upload(house: &TestHouse, bytes: Vec<u8>) -> String {
    let form = Form::new().part("file", Part::bytes(bytes).file_name("report.pdf"));
    let answer = house
        .http
        .post(house.at("/api/v1/documents"))
        .multipart(form)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 201);
    let answer: Value = answer.json().await.unwrap();
    answer["documents"][0]["id"].as_str().unwrap().to_owned()
}

async fn get(house: &TestHouse, path: &str) -> (u16, Value) {
    let answer = house.http.get(house.at(path)).send().await.unwrap();
    let status = answer.status().as_u16();
    (status, answer.json().await.unwrap_or_default())
}

/// How the document stands, when it is in `state`.
async fn stands(house: &TestHouse, document: &str, state: &str, code: Option<&str>) -> Value {
    eventually(SOON, &format!("{state} because of {code:?}"), async || {
        let (_, document) = get(house, &format!("/api/v1/documents/{document}")).await;
        (document["state"] == state && document["error_code"].as_str() == code).then_some(document)
    })
    .await
}

/// The answer to whoever wants the original, and to whoever wants to see its first page.
async fn bytes(house: &TestHouse, document: &str) -> [(u16, Value); 2] {
    let path = format!("/api/v1/documents/{document}");
    [
        get(house, &format!("{path}/original")).await,
        get(house, &format!("{path}/pages/1/image")).await,
    ]
}

fn are(answers: &[(u16, Value); 2], status: u16, code: &str) {
    for (found, problem) in answers {
        assert_eq!(
            (*found, problem["code"].as_str()),
            (status, Some(code)),
            "{problem}"
        );
    }
}

/// The pause of a job that waits is over.
async fn wake(house: &TestHouse) {
    let admin = house.database.admin().await;
    let wake = "UPDATE fertidoc.job SET run_at = clock_timestamp() WHERE state = 'ready'";
    admin.execute(wake, &[]).await.unwrap();
}

async fn attempts(house: &TestHouse, outcome: &str) -> i64 {
    let admin = house.database.admin().await;
    let count = "SELECT count(*) FROM fertidoc.job_attempt WHERE outcome = $1";
    admin.query_one(count, &[&outcome]).await.unwrap().get(0)
}

#[actix_web::test]
async fn malware_is_quarantined_and_what_is_clean_is_read() {
    let mut clamd = Clamd::new();
    clamd.start();
    let house = house(&clamd.address()).await;
    let bad = upload(&house, infected()).await;
    let good = upload(&house, hostile::plain(&["FSH 5.5 IU/l"])).await;

    let document = stands(&house, &bad, "refused", Some("malware")).await;
    let message = document["analysis"]["error"]["message"].as_str().unwrap();
    assert!(message.contains("Eicar-Test-Signature"), "{message}");
    assert_eq!(document["values"], 0);
    are(&bytes(&house, &bad).await, 403, "quarantined");
    let (_, inbox) = get(&house, "/api/v1/inbox").await;
    let items = inbox["items"].as_array().unwrap();
    let waits = items.iter().any(|item| item["document"]["id"] == bad);
    assert!(waits, "{inbox}");

    stands(&house, &good, "read", None).await;
    let [(original, _), (picture, _)] = bytes(&house, &good).await;
    assert_eq!((original, picture), (200, 200));
    let (_, ready) = get(&house, "/readyz").await;
    assert_eq!(ready["scanner"], "up");
}

#[actix_web::test]
async fn without_its_scanner_a_document_waits_and_is_read_when_it_comes_back() {
    let mut clamd = Clamd::new();
    let house = house(&clamd.address()).await;
    let document = upload(&house, hostile::plain(&["FSH 5.5 IU/l"])).await;
    stands(&house, &document, "stored", Some("scan_unavailable")).await;
    are(&bytes(&house, &document).await, 409, "not-scanned");
    let (status, ready) = get(&house, "/readyz").await;
    assert_eq!((status, ready["scanner"].as_str()), (200, Some("down")));
    for _ in 0..5 {
        let before = attempts(&house, "scan_unavailable").await;
        wake(&house).await;
        eventually(SOON, "another attempt", async || {
            (attempts(&house, "scan_unavailable").await > before).then_some(())
        })
        .await;
    }
    // More attempts than a job has, and none of them was used up.
    stands(&house, &document, "stored", Some("scan_unavailable")).await;
    clamd.start();
    eventually(SOON, "the scan", async || {
        wake(&house).await;
        let (status, _) = get(&house, &format!("/api/v1/documents/{document}/original")).await;
        (status == 200).then_some(())
    })
    .await;
    stands(&house, &document, "read", None).await;
}

#[actix_web::test]
async fn a_file_beyond_the_scanners_limits_is_not_clean() {
    let mut clamd = Clamd::new();
    clamd.start();
    let house = house(&clamd.address()).await;
    let document = upload(&house, hostile::noise(3 << 20)).await;
    // A scanner that hangs up before its answer is heard is asked again.
    eventually(SOON, "the word that it is too large", async || {
        wake(&house).await;
        let (_, document) = get(&house, &format!("/api/v1/documents/{document}")).await;
        (document["error_code"] == "scan_too_large").then_some(())
    })
    .await;
    stands(&house, &document, "stored", Some("scan_too_large")).await;
    are(&bytes(&house, &document).await, 409, "not-scanned");
}

/// What the stand-in of a scanner does.
#[derive(Clone, Copy, Debug)]
enum Manner {
    Garbage,
    Endless,
    HangUp,
    Silent,
    Cut,
    Clean,
}

/// Speaks INSTREAM badly, in whatever manner is set.
async fn stand_in(listener: TcpListener, manner: watch::Receiver<Manner>) {
    while let Ok((mut line, _)) = listener.accept().await {
        let manner = *manner.borrow();
        tokio::spawn(async move {
            let mut command = [0; 10];
            line.read_exact(&mut command).await?;
            if !matches!(manner, Manner::HangUp) {
                loop {
                    let length = line.read_u32().await?;
                    if length == 0 {
                        break;
                    }
                    let mut piece = vec![0; length as usize];
                    line.read_exact(&mut piece).await?;
                }
            }
            match manner {
                Manner::Garbage => line.write_all(b"HTTP/1.1 200 OK\r\n\r\nOK").await?,
                Manner::Endless => while line.write_all(b"stream: OK ").await.is_ok() {},
                Manner::Cut => line.write_all(b"stream: O").await?,
                Manner::Clean => line.write_all(b"stream: OK\0").await?,
                Manner::Silent => std::future::pending().await,
                Manner::HangUp => {}
            }
            std::io::Result::Ok(())
        });
    }
}

#[actix_web::test]
async fn whatever_is_no_clear_answer_leaves_a_document_unread() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (manner, manners) = watch::channel(Manner::Garbage);
    tokio::spawn(stand_in(listener, manners));
    let house = TestHouse::with(Roles::ALL, |config| {
        config.scan.clamd = address;
        config.scan.timeout = Duration::from_millis(300);
    })
    .await;
    let document = upload(&house, hostile::plain(&["FSH 5.5 IU/l"])).await;
    stands(&house, &document, "stored", Some("scan_unavailable")).await;
    for bad in [
        Manner::Endless,
        Manner::HangUp,
        Manner::Silent,
        Manner::Cut,
        Manner::Garbage,
    ] {
        manner.send_replace(bad);
        let before = attempts(&house, "scan_unavailable").await;
        wake(&house).await;
        eventually(SOON, &format!("an attempt with {bad:?}"), async || {
            (attempts(&house, "scan_unavailable").await > before).then_some(())
        })
        .await;
        stands(&house, &document, "stored", Some("scan_unavailable")).await;
    }
    manner.send_replace(Manner::Clean);
    wake(&house).await;
    stands(&house, &document, "read", None).await;
}

#[actix_web::test]
async fn documents_of_before_are_scanned_once_scanning_is_on() {
    let mut house = TestHouse::open().await;
    let document = upload(&house, infected()).await;
    let clean = upload(&house, hostile::plain(&["LH 4.2 IU/l"])).await;
    stands(&house, &document, "read", None).await;
    stands(&house, &clean, "read", None).await;
    let (_, ready) = get(&house, "/readyz").await;
    assert_eq!(ready["scanner"], "absent");
    house.close().await;

    let mut clamd = Clamd::new();
    let mut config = house.config.clone();
    config.scan.clamd = clamd.address();
    let scanning = app::open(config, Roles::ALL).await.unwrap();
    house.url = format!("http://{}", scanning.address().unwrap());
    house.http = client(&house.token);
    are(&bytes(&house, &clean).await, 409, "not-scanned");
    clamd.start();
    eventually(SOON, "the quarantine", async || {
        wake(&house).await;
        let (status, _) = get(&house, &format!("/api/v1/documents/{document}/original")).await;
        (status == 403).then_some(())
    })
    .await;
    eventually(SOON, "the clean one", async || {
        wake(&house).await;
        let (status, _) = get(&house, &format!("/api/v1/documents/{clean}/original")).await;
        (status == 200).then_some(())
    })
    .await;
    stands(&house, &document, "refused", Some("malware")).await;
    scanning.stop().await;
}
