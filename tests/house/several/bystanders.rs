//! Those who go on with their work while instances come and go: readers, senders with a ledger of
//! what they were told is kept, and watchers of a document.

use super::PATIENCE;
use crate::{
    faults::{kept, sha256},
    hostile,
    house::{self, TestHouse},
};
use futures_util::StreamExt as _;
use reqwest::{
    Body,
    multipart::{Form, Part},
};
use std::{
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::sync::oneshot;

/// More than one part of the store, which is then on its way.
const LARGE: usize = 6_200_000;

/// What happened meanwhile.
#[derive(Default)]
pub struct Seen {
    over: AtomicBool,
    number: AtomicU64,
    pub reads: AtomicU64,
    pub failed_reads: Mutex<Vec<String>>,
    /// What was answered with 201: the document, and the hash of what was sent.
    pub ledger: Mutex<Vec<(String, [u8; 32])>>,
    /// What was not: nobody was promised anything.
    pub failed_uploads: Mutex<Vec<String>>,
}

/// Somebody with a connection of their own to the house.
#[derive(Clone)]
pub struct Bystander {
    http: reqwest::Client,
    url: String,
    pub seen: Arc<Seen>,
}

impl Bystander {
    pub fn of(house: &TestHouse, seen: &Arc<Seen>) -> Self {
        Self {
            http: house::client(&house.token),
            url: house.url.clone(),
            seen: seen.clone(),
        }
    }

    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    fn goes_on(&self) -> bool {
        !self.seen.over.load(Ordering::Relaxed)
    }

    /// Reads one thing after the other; each answer is to be the one that was asked for.
    pub async fn reads(self) {
        let paths = ["/api/v1/me", "/api/v1/documents", "/api/v1/patients"];
        for path in paths.into_iter().cycle() {
            tokio::time::sleep(Duration::from_millis(5)).await;
            if !self.goes_on() {
                return;
            }
            let answer = match self.http.get(self.at(path)).send().await {
                Ok(answer) if answer.status() == 200 => match answer.bytes().await {
                    Ok(_) => Ok(()),
                    Err(error) => Err(format!("{path}: cut, {error}")),
                },
                Ok(answer) => {
                    let status = answer.status();
                    let words = answer.text().await.unwrap_or_default();
                    Err(format!("{path}: {status} {words}"))
                }
                Err(error) => Err(format!("{path}: {error:?}")),
            };
            self.seen.reads.fetch_add(1, Ordering::Relaxed);
            if let Err(error) = answer {
                self.seen.failed_reads.lock().unwrap().push(error);
            }
        }
    }

    /// Sends reports, each different, and keeps a ledger.
    pub async fn sends(self) {
        while self.goes_on() {
            let number = self.seen.number.fetch_add(1, Ordering::Relaxed);
            let bytes = hostile::plain(&[&format!("report {number}")]);
            let hash = sha256(&bytes);
            let part = Part::bytes(bytes).file_name("report.pdf");
            let request = self.http.post(self.at("/api/v1/documents"));
            let form = Form::new().part("file", part);
            self.note(request.multipart(form).send().await, hash).await;
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    async fn note(&self, answer: reqwest::Result<reqwest::Response>, hash: [u8; 32]) {
        match answer {
            Ok(answer) if answer.status() == 201 => {
                let document = kept(answer).await;
                self.seen.ledger.lock().unwrap().push((document, hash));
            }
            Ok(answer) => {
                let status = answer.status();
                let words = answer.text().await.unwrap_or_default();
                let mut failed = self.seen.failed_uploads.lock().unwrap();
                failed.push(format!("{status} {words}"));
            }
            Err(error) => {
                let mut failed = self.seen.failed_uploads.lock().unwrap();
                failed.push(format!("{error:?}"));
            }
        }
    }

    /// Begins to send a file; its end comes when it is told so.
    pub fn begins_to_send(&self) -> Pending {
        let number = self.seen.number.fetch_add(1, Ordering::Relaxed);
        let mut bytes = hostile::plain(&["scan"]);
        bytes.extend(crate::storage::noise(6 << 20, number));
        let hash = sha256(&bytes);
        let length = bytes.len() as u64;
        let rest = bytes.split_off(LARGE);
        let (go_on, told) = oneshot::channel::<()>();
        let body = futures_util::stream::iter([Ok::<_, io::Error>(bytes)]).chain(
            futures_util::stream::once(async move {
                let _ = told.await;
                Ok(rest)
            }),
        );
        let part = Part::stream_with_length(Body::wrap_stream(body), length);
        let form = Form::new().part("file", part.file_name("scan.pdf"));
        let request = self.http.post(self.at("/api/v1/documents")).multipart(form);
        let own = self.clone();
        let sending = actix_web::rt::spawn(async move {
            own.note(request.send().await, hash).await;
        });
        Pending { go_on, sending }
    }

    /// Follows a document to its end as a browser does: where the stream ends it comes again after
    /// what it was told, with the last event that it saw. Answers how often it came.
    pub async fn watches(self, document: String) -> usize {
        let mut came = 0;
        let mut last = None::<String>;
        loop {
            came += 1;
            let path = format!("/api/v1/documents/{document}/events");
            let mut request = self.http.get(self.at(&path));
            if let Some(id) = &last {
                request = request.header("last-event-id", id);
            }
            let answer = request.send().await.unwrap();
            // Anything else would end a browser's EventSource for good.
            assert_eq!(answer.status(), 200);
            let mut stream = answer.bytes_stream();
            let mut heard = String::new();
            while let Some(Ok(bytes)) = stream.next().await {
                heard.push_str(std::str::from_utf8(&bytes).unwrap());
            }
            for line in heard.lines() {
                if let Some(id) = line.strip_prefix("id: ") {
                    assert!(last.as_deref() != Some(id), "what was seen is told again");
                    last = Some(id.to_owned());
                }
            }
            if heard.contains("event: done") {
                return came;
            }
        }
    }
}

/// An upload that waits for its second half.
pub struct Pending {
    go_on: oneshot::Sender<()>,
    sending: actix_web::rt::task::JoinHandle<()>,
}

impl Pending {
    pub async fn ends(self) {
        let _ = self.go_on.send(());
        tokio::time::timeout(PATIENCE, self.sending)
            .await
            .unwrap()
            .unwrap();
    }
}

impl Seen {
    pub fn end(&self) {
        self.over.store(true, Ordering::Relaxed);
    }
}

/// That all of the ledger is there, byte for byte, and was read exactly once.
pub async fn is_kept_and_read_once(house: &TestHouse, seen: &Seen) {
    let ledger = seen.ledger.lock().unwrap().clone();
    assert!(!ledger.is_empty());
    for (document, hash) in &ledger {
        let ended = house.ended(document).await;
        // What ends in noise is refused; what crashed or was given up would be another thing.
        assert_ne!(ended["state"], "failed", "{ended}");
        assert_eq!(house.hash(document).await, *hash);
    }
    let documents = house.count("document").await;
    assert_eq!(documents as usize, ledger.len(), "documents of nobody");
    assert_eq!(house.count("job").await, documents);
    assert_eq!(house.count("analysis").await, documents);
}
