//! Redis as it really behaves: shared, stopped, frozen, restarted, full of rubbish.

use bb8_redis::redis::{self, AsyncCommands as _};
use bytes::Bytes;
use fertidoc::cache::{Cache, Key};
use fertidoc::config;
use fertidoc::domain::ids::{ClinicId, PatientId};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::process::{Child, Command, Stdio};

/// A Redis of the test's own, to do harm to.
pub struct RedisServer {
    port: u16,
    process: Child,
}

impl RedisServer {
    pub fn start() -> Self {
        let port = std::net::TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        Self {
            port,
            process: serve(port),
        }
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/", self.port)
    }

    fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.process.id()).unwrap();
        kill(Pid::from_raw(pid), signal).unwrap();
    }

    pub fn pause(&self) {
        self.signal(Signal::SIGSTOP);
    }

    pub fn resume(&self) {
        self.signal(Signal::SIGCONT);
    }

    pub fn stop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    pub fn again(&mut self) {
        self.process = serve(self.port);
    }

    pub fn restart(&mut self) {
        self.stop();
        self.again();
    }

    /// Every entry becomes rubbish; how many there were.
    pub async fn spoil(&self) -> usize {
        let client = redis::Client::open(self.url()).unwrap();
        let mut connection = client.get_multiplexed_async_connection().await.unwrap();
        let keys: Vec<String> = connection.keys("*").await.unwrap();
        for key in &keys {
            let () = connection
                .set(
                    key,
                    "rubbish that is longer than a seal of thirty-two bytes",
                )
                .await
                .unwrap();
        }
        keys.len()
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn serve(port: u16) -> Child {
    let process = Command::new("redis-server")
        .args([
            "--port",
            &port.to_string(),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--appendonly",
            "no",
        ])
        .stdout(Stdio::null())
        .spawn()
        .expect("redis-server");
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        std::thread::yield_now();
    }
    process
}

fn cache(redis: &RedisServer) -> Cache {
    let config = config::Cache {
        redis_url: redis.url(),
        ..config::Cache::default()
    };
    Cache::new(&config, [7; 32]).unwrap()
}

fn key() -> Key {
    Key::Summary {
        clinic: ClinicId::fresh(),
        patient: PatientId::fresh(),
        version: 1,
        class: "plain",
        shape: 1,
        lexicon: "1",
    }
}

/// Puts until another process finds it: after a fault Redis is left alone for a moment.
async fn is_shared(redis: &RedisServer, writer: &Cache) {
    let key = key();
    loop {
        writer.put(&key, Bytes::from_static(b"shared")).await;
        if let Some(found) = cache(redis).get(&key).await {
            assert_eq!(found, "shared");
            return;
        }
    }
}

#[actix_web::test]
async fn processes_share_what_one_of_them_put() {
    let redis = RedisServer::start();
    is_shared(&redis, &cache(&redis)).await;
}

#[actix_web::test]
async fn rubbish_is_a_miss() {
    let redis = RedisServer::start();
    let key = key();
    is_shared(&redis, &cache(&redis)).await;
    cache(&redis).put(&key, Bytes::from_static(b"one")).await;
    assert!(redis.spoil().await > 0);
    assert_eq!(cache(&redis).get(&key).await, None);
}

#[actix_web::test]
async fn a_restarted_redis_is_used_again_through_the_same_cache() {
    let mut redis = RedisServer::start();
    let survivor = cache(&redis);
    is_shared(&redis, &survivor).await;
    redis.restart();
    is_shared(&redis, &survivor).await;
}

#[actix_web::test]
async fn a_frozen_or_absent_redis_is_a_miss_and_then_heals() {
    let mut redis = RedisServer::start();
    let survivor = cache(&redis);
    is_shared(&redis, &survivor).await;
    redis.pause();
    assert_eq!(survivor.get(&key()).await, None);
    assert_eq!(survivor.redis_answers().await, Some(false));
    redis.resume();
    is_shared(&redis, &survivor).await;
    redis.stop();
    assert_eq!(survivor.get(&key()).await, None);
    // Memory still answers.
    let kept = key();
    survivor.put(&kept, Bytes::from_static(b"kept")).await;
    assert_eq!(survivor.get(&kept).await.as_deref(), Some(&b"kept"[..]));
}
