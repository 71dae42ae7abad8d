//! HTTP before a store: the store does its work, or not, and what is answered is another thing.

use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer,
    body::SizedStream,
    dev::ServerHandle,
    http::{Method, StatusCode},
    web::{self, Bytes, Data, PayloadConfig},
};
use futures_util::{StreamExt as _, stream};
use std::{
    io,
    sync::{
        Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

/// How the store behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    Good,
    /// One request of so many is told to come again more slowly.
    SlowDown(u32),
    /// The first byte of every answer takes so long.
    Late(Duration),
    /// Parts are not joined, and the answer is 200 with an error in its body.
    RefusesToJoin,
    /// Parts are joined, and the answer is 200 with an error in its body.
    DeniesToHaveJoined,
    /// Parts are joined, and nobody is told.
    JoinsInSilence,
    /// Nothing is given out, and everything else is as it should be.
    GivesNothing,
    /// What is given out ends in the middle.
    CutsShort,
    /// One bit of what is given out is another one.
    Alters,
}

struct State {
    target: String,
    client: reqwest::Client,
    mood: Mutex<Mood>,
    asked: AtomicU32,
    let_down: AtomicU32,
}

/// A store that cannot be relied on, gone with the value.
pub struct CrookedStore {
    pub endpoint: String,
    state: Data<State>,
    server: ServerHandle,
}

impl CrookedStore {
    /// Before the store at `target`, as `http://host:port`.
    pub fn before(target: &str) -> Self {
        fertidoc::app::choose_cryptography();
        let state = Data::new(State {
            target: target.to_owned(),
            client: reqwest::Client::new(),
            mood: Mutex::new(Mood::Good),
            asked: AtomicU32::new(0),
            let_down: AtomicU32::new(0),
        });
        let shared = state.clone();
        let server = HttpServer::new(move || {
            App::new()
                .app_data(shared.clone())
                .app_data(PayloadConfig::new(64 << 20))
                .default_service(web::to(pass))
        })
        .workers(1)
        .disable_signals()
        .bind("127.0.0.1:0")
        .unwrap();
        let endpoint = format!("http://{}", server.addrs()[0]);
        let server = server.run();
        let handle = server.handle();
        actix_web::rt::spawn(server);
        Self {
            endpoint,
            state,
            server: handle,
        }
    }

    pub fn is(&self, mood: Mood) {
        *self.state.mood.lock().unwrap() = mood;
        self.state.let_down.store(0, Ordering::Relaxed);
    }

    /// How often it let somebody down since its mood changed.
    pub fn let_down(&self) -> u32 {
        self.state.let_down.load(Ordering::Relaxed)
    }
}

impl Drop for CrookedStore {
    fn drop(&mut self) {
        drop(self.server.stop(false));
    }
}

async fn pass(request: HttpRequest, body: Bytes, state: Data<State>) -> HttpResponse {
    let mood = *state.mood.lock().unwrap();
    let asked = state.asked.fetch_add(1, Ordering::Relaxed);
    let joins = request.method() == Method::POST && request.query_string().contains("uploadId=");
    let gives = request.method() == Method::GET && request.path().trim_matches('/').contains('/');
    let lets_down = || state.let_down.fetch_add(1, Ordering::Relaxed);
    match mood {
        Mood::SlowDown(of) if asked.is_multiple_of(of) => {
            lets_down();
            error(StatusCode::SERVICE_UNAVAILABLE, "SlowDown")
        }
        Mood::Late(pause) => {
            lets_down();
            tokio::time::sleep(pause).await;
            told(&request, asked_for(&request, body, &state).await).await
        }
        Mood::RefusesToJoin if joins => {
            lets_down();
            error(StatusCode::OK, "InternalError")
        }
        Mood::DeniesToHaveJoined if joins => {
            lets_down();
            asked_for(&request, body, &state).await;
            error(StatusCode::OK, "InternalError")
        }
        Mood::JoinsInSilence if joins => {
            lets_down();
            asked_for(&request, body, &state).await;
            std::future::pending().await
        }
        Mood::GivesNothing if gives => {
            lets_down();
            error(StatusCode::INTERNAL_SERVER_ERROR, "InternalError")
        }
        Mood::CutsShort | Mood::Alters if gives => {
            lets_down();
            let answer = asked_for(&request, body, &state).await;
            spoilt(answer, mood).await
        }
        _ => told(&request, asked_for(&request, body, &state).await).await,
    }
}

fn error(status: StatusCode, code: &str) -> HttpResponse {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code>\
         <Message>Please try again.</Message></Error>"
    );
    HttpResponse::build(status)
        .content_type("application/xml")
        .body(body)
}

/// The same request to the store, with the host that was signed.
async fn asked_for(request: &HttpRequest, body: Bytes, state: &State) -> reqwest::Response {
    let method = request.method().as_str().parse().unwrap();
    let url = format!("{}{}", state.target, request.uri());
    let mut asked = state.client.request(method, url).body(body);
    for (name, value) in request.headers() {
        if !matches!(
            name.as_str(),
            "connection" | "content-length" | "expect" | "transfer-encoding"
        ) {
            asked = asked.header(name.as_str(), value.as_bytes());
        }
    }
    asked.send().await.unwrap()
}

/// What the store said, as it is.
async fn told(request: &HttpRequest, answer: reqwest::Response) -> HttpResponse {
    let length = answer.headers().get("content-length");
    let length = length.and_then(|length| length.to_str().ok()?.parse().ok());
    let mut told = head(&answer);
    if request.method() == Method::HEAD {
        let nothing = stream::empty::<io::Result<Bytes>>();
        return told.body(SizedStream::new(length.unwrap_or(0), nothing));
    }
    told.body(answer.bytes().await.unwrap())
}

fn head(answer: &reqwest::Response) -> actix_web::HttpResponseBuilder {
    let status = StatusCode::from_u16(answer.status().as_u16()).unwrap();
    let mut told = HttpResponse::build(status);
    for (name, value) in answer.headers() {
        if !matches!(
            name.as_str(),
            "connection" | "content-length" | "transfer-encoding"
        ) {
            told.append_header((name.as_str(), value.as_bytes()));
        }
    }
    told
}

async fn spoilt(answer: reqwest::Response, mood: Mood) -> HttpResponse {
    let mut told = head(&answer);
    let mut body = answer.bytes().await.unwrap().to_vec();
    let (length, middle) = (body.len() as u64, body.len() / 2);
    if mood == Mood::Alters {
        body[middle] ^= 1;
        return told.body(body);
    }
    body.truncate(middle);
    let cut = io::Error::from(io::ErrorKind::ConnectionReset);
    let pieces = stream::iter([Ok(Bytes::from(body)), Err(cut)]);
    told.body(SizedStream::new(length, pieces.boxed()))
}
