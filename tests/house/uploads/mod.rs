//! Files that come in several requests, over three instances of one house and real sockets.

mod at_once;
mod codes;
mod expiry;
mod interrupted;
mod resumed;

use crate::{
    house::{browser, client, eventually},
    security::limits::Three,
    storage::Endpoint,
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use fertidoc::{
    config::{self, Config},
    storage::Store,
    upload::{self, Swept},
};
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::Value;
use std::time::Duration;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Long enough for a loaded machine; tests end as soon as what they wait for has come.
const SOON: Duration = Duration::from_mins(1);

const ROUTE: &str = "/api/v1/uploads";

/// Three instances before one store.
struct Counter {
    three: Three,
    endpoint: Endpoint,
}

impl Counter {
    async fn open() -> Self {
        Self::with(|_| {}).await
    }

    async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let mut endpoint = Endpoint::start().await;
        endpoint.config.part_bytes = 5 << 20;
        let three = Three::open(|config| {
            config.store = endpoint.config.clone();
            change(config);
        })
        .await;
        Self { three, endpoint }
    }

    /// A request in the words of tus through one of the instances.
    fn ask(&self, instance: usize, method: &str, path: &str) -> RequestBuilder {
        self.ask_as(&self.three.house.http, instance, method, path)
    }

    fn ask_as(&self, http: &Client, instance: usize, method: &str, path: &str) -> RequestBuilder {
        let method: Method = method.parse().unwrap();
        let url = format!("{}{path}", self.three.addresses[instance % 3]);
        http.request(method, url).header("tus-resumable", "1.0.0")
    }

    /// The path of a new upload.
    async fn begin(&self, length: usize, metadata: &[(&str, &str)]) -> String {
        let request = self.ask(0, "POST", ROUTE);
        let request = request.header("upload-length", length);
        let answer = request
            .header("upload-metadata", encoded(metadata))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 201);
        said(&answer, "location")
    }

    async fn append(&self, instance: usize, path: &str, offset: usize, bytes: &[u8]) -> Response {
        let request = self.ask(instance, "PATCH", path);
        appending(request, offset, bytes).send().await.unwrap()
    }

    /// Where an instance says that it goes on.
    async fn offset(&self, instance: usize, path: &str) -> usize {
        let answer = self.ask(instance, "HEAD", path).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        said(&answer, "upload-offset").parse().unwrap()
    }

    /// A connection that has promised `promised` bytes and brought these.
    async fn line(
        &self,
        instance: usize,
        path: &str,
        offset: usize,
        promised: usize,
        bytes: &[u8],
    ) -> TcpStream {
        let address = self.three.addresses[instance % 3].replace("http://", "");
        let mut socket = TcpStream::connect(&address).await.unwrap();
        let head = format!(
            "PATCH {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {}\r\n\
             Tus-Resumable: 1.0.0\r\nUpload-Offset: {offset}\r\n\
             Content-Type: application/offset+octet-stream\r\nContent-Length: {promised}\r\n\r\n",
            self.three.house.token,
        );
        socket.write_all(head.as_bytes()).await.unwrap();
        socket.write_all(bytes).await.unwrap();
        socket
    }

    async fn state(&self, path: &str) -> Value {
        let answer = self.ask(1, "GET", path).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        answer.json().await.unwrap()
    }

    /// The bytes of the document, as they are handed out.
    async fn original(&self, document: &str) -> Vec<u8> {
        let path = format!("{document}/original");
        let answer = self.ask(2, "GET", &path).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        answer.bytes().await.unwrap().to_vec()
    }

    async fn count(&self, rows: &str) -> i64 {
        let admin = self.three.house.database.admin().await;
        let sql = format!("SELECT count(*) FROM fertidoc.{rows}");
        admin.query_one(&sql, &[]).await.unwrap().get(0)
    }

    async fn change(&self, sql: &str) {
        let admin = self.three.house.database.admin().await;
        admin.batch_execute(sql).await.unwrap();
    }

    /// Waits until an upload has so many bytes that stay, and somebody sends or nobody does.
    async fn has_kept(&self, received: usize, held: bool) {
        let is = if held { "IS NOT NULL" } else { "IS NULL" };
        let row = format!("upload WHERE received >= {received} AND holder {is}");
        eventually(SOON, "bytes to be kept", async || {
            (self.count(&row).await == 1).then_some(())
        })
        .await;
    }

    async fn sweep(&self, age: Duration) -> Swept {
        let limits = config::Upload {
            leftover_age: age,
            ..self.three.house.config.upload.clone()
        };
        let store = Store::new(&self.endpoint.config);
        upload::sweep_once(&store, &self.three.house.pools.worker, &limits)
            .await
            .unwrap()
    }

    /// Waits until the store and the rows hold the objects of so many documents and nothing else.
    async fn settles_at(&self, documents: usize) {
        eventually(SOON, "leftovers to go", async || {
            let (files, parts) = self.endpoint.files().await;
            let rows = self.count("stored_object").await as usize;
            (files.len() == documents && parts.is_empty() && rows == documents).then_some(())
        })
        .await;
        assert_eq!(self.count("document").await as usize, documents);
        assert_eq!(self.count("job").await as usize, documents);
    }
}

fn appending(request: RequestBuilder, offset: usize, bytes: &[u8]) -> RequestBuilder {
    request
        .header("upload-offset", offset)
        .header("content-type", "application/offset+octet-stream")
        .body(bytes.to_vec())
}

fn encoded(metadata: &[(&str, &str)]) -> String {
    let pairs = metadata
        .iter()
        .map(|(key, value)| format!("{key} {}", BASE64_STANDARD.encode(value)));
    pairs.collect::<Vec<_>>().join(",")
}

fn said(answer: &Response, header: &str) -> String {
    let value = answer.headers().get(header);
    value.expect(header).to_str().unwrap().to_owned()
}

async fn code(answer: Response) -> String {
    let problem: Value = answer.json().await.unwrap();
    problem["code"].as_str().unwrap().to_owned()
}

/// What is said on a connection, until its other end has nothing more to say.
async fn heard(mut socket: TcpStream) -> String {
    let mut said = Vec::new();
    let mut piece = [0; 4096];
    while let Ok(length) = socket.read(&mut piece).await {
        said.extend_from_slice(&piece[..length]);
        // A 204 has no body, and the line stays open behind it.
        let is_empty = said.starts_with(b"HTTP/1.1 204") && said.ends_with(b"\r\n\r\n");
        if length == 0 || is_empty || said.ends_with(b"}") {
            break;
        }
    }
    String::from_utf8_lossy(&said).into_owned()
}
