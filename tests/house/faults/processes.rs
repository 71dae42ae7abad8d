//! Processes of the binary, to do harm to.

use super::PATIENCE;
use crate::{
    house::{self, TestHouse, eventually},
    storage,
};
use fertidoc::{app::Roles, config::Config, domain::ids::ObjectId};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::Value;
use std::{
    net::TcpListener,
    path::PathBuf,
    process::{Child, Command, ExitStatus, Output, Stdio},
    sync::atomic::{AtomicU16, Ordering},
    time::Duration,
};

/// A house whose doors are processes: nothing of it runs within the test.
pub const NOTHING: Roles = Roles {
    serve: false,
    work: false,
};

/// One process; killed with the value.
pub struct Process {
    child: Child,
}

impl Process {
    fn start(words: &[&str], config: &Config) -> Self {
        Self::start_with(words, config, &[])
    }

    /// With further variables; it may not answer yet.
    pub fn start_with(words: &[&str], config: &Config, variables: &[(&str, &str)]) -> Self {
        let mut command = quiet(words, config);
        let child = command.envs(variables.iter().copied()).spawn().unwrap();
        Self { child }
    }

    /// `serve` or `work` with its listener of operators, telling all that these settings say into
    /// this file.
    pub async fn telling(role: &str, config: &Config, file: &std::path::Path) -> Self {
        let options = std::fs::File::options()
            .create(true)
            .append(true)
            .open(file);
        let output = options.unwrap();
        let mut command = command(&[role], config);
        command.stdout(output.try_clone().unwrap()).stderr(output);
        let child = command.spawn().unwrap();
        let mut process = Self { child };
        process.answers(&config.http.ops_bind).await;
        process
    }

    /// `serve` on the address of these settings, when it answers.
    pub async fn serve(config: &Config) -> Self {
        Self::serve_with(config, &[]).await
    }

    /// The same with further variables.
    pub async fn serve_with(config: &Config, variables: &[(&str, &str)]) -> Self {
        let mut process = Self::start_with(&["serve"], config, variables);
        process.answers(&config.http.bind).await;
        process
    }

    /// `work`, when its cage is proven.
    pub async fn work(config: &Config) -> Self {
        Self::work_with(config, &[]).await
    }

    /// The same with further variables.
    pub async fn work_with(config: &Config, variables: &[(&str, &str)]) -> Self {
        let mut config = config.clone();
        config.http.ops_bind = free_address();
        Self::work_at(&config, variables).await
    }

    /// The same, with its figures where these settings say.
    pub async fn work_at(config: &Config, variables: &[(&str, &str)]) -> Self {
        let mut process = Self::start_with(&["work"], config, variables);
        process.answers(&config.http.ops_bind).await;
        process
    }

    /// `store` in a directory, when it listens.
    pub async fn store(config: &Config, directory: &std::path::Path) -> Self {
        let address = config.store.endpoint.replace("http://", "");
        let directory = directory.to_str().unwrap();
        let words = ["store", "--bind", &address, "--dir", directory];
        let process = Self::start(&words, config);
        eventually(PATIENCE, "the store to listen", || async {
            tokio::net::TcpStream::connect(&address).await.ok()
        })
        .await;
        process
    }

    async fn answers(&mut self, address: &str) {
        let url = format!("http://{address}/livez");
        let end = tokio::time::Instant::now() + PATIENCE;
        while reqwest::get(&url).await.is_err() {
            let ended = self.child.try_wait().unwrap();
            assert!(ended.is_none(), "the process ended: {ended:?}");
            assert!(tokio::time::Instant::now() < end, "the process is silent");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Whether it is gone, and how.
    pub fn has_ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }

    /// A line of its standing, as the kernel tells it, in KiB.
    pub fn kilobytes(&self, what: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with(what)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    fn id(&self) -> i32 {
        self.child.id() as i32
    }

    pub fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.id()), signal).unwrap();
    }

    /// Without any warning.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// The same, for whoever keeps it to start it again.
    pub fn end_now(&mut self) {
        // It may just have ended by itself.
        let _ = self.child.kill();
        self.child.wait().unwrap();
    }

    /// In order.
    pub async fn end(self) {
        self.signal(Signal::SIGTERM);
        self.ended().await;
    }

    /// How it ended, by itself or by a signal.
    pub async fn ended(mut self) -> ExitStatus {
        eventually(PATIENCE, "the process to end", || {
            let ended = self.has_ended();
            async move { ended }
        })
        .await
    }

    /// The caged children of this process, as they are now.
    pub fn children(&self) -> Vec<Caged> {
        children(self.id()).into_iter().map(Caged).collect()
    }
}

/// The processes that live and were begun by this one.
pub fn children(parent: i32) -> Vec<i32> {
    let processes = std::fs::read_dir("/proc").unwrap();
    processes
        .filter_map(|entry| entry.unwrap().file_name().to_str()?.parse().ok())
        .map(Caged)
        .filter(|child| child.lives() && child.parent() == Some(parent))
        .map(|child| child.0)
        .collect()
}

/// A verb of the binary that does its work and ends.
pub fn run(words: &[&str], config: &Config) {
    let mut verb = quiet(words, config);
    assert!(verb.status().unwrap().success(), "{words:?}");
}

fn command(words: &[&str], config: &Config) -> Command {
    let garage = storage::garage().filter(|_| words[0] == "store");
    let mut command = Command::new(if garage.is_some() {
        concat!(env!("CARGO_MANIFEST_DIR"), "/scripts/lib/garage-store")
    } else {
        env!("CARGO_BIN_EXE_fertidoc")
    });
    command.env_clear();
    match garage {
        // It has no verbs.
        Some(garage) => command
            .args(&words[1..])
            .env("FERTIDOC_TEST_GARAGE", garage),
        None => command.args(words),
    };
    command.envs(environment(config));
    command
}

/// It tells errors only, and nobody.
fn quiet(words: &[&str], config: &Config) -> Command {
    let mut command = command(words, config);
    command
        .env("FERTIDOC__TELEMETRY__LOG", "error")
        .stdout(Stdio::null());
    command
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A child that reads for a worker.
#[derive(Clone, Copy)]
pub struct Caged(i32);

impl Caged {
    /// State and parent, as `/proc` tells them behind the name of the program.
    fn stat(self) -> Option<(String, i32)> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.0)).ok()?;
        let mut words = stat.rsplit_once(')')?.1.split_whitespace();
        Some((words.next()?.to_owned(), words.next()?.parse().ok()?))
    }

    fn parent(self) -> Option<i32> {
        Some(self.stat()?.1)
    }

    pub fn lives(self) -> bool {
        self.stat().is_some_and(|(state, _)| state != "Z")
    }

    pub fn signal(self, signal: Signal) {
        kill(Pid::from_raw(self.0), signal).unwrap();
    }

    /// Unless it has just ended by itself.
    pub fn kill(self) {
        let _ = kill(Pid::from_raw(self.0), Signal::SIGKILL);
    }
}

/// A directory of a store, gone with the value.
pub struct Directory(pub PathBuf);

impl Directory {
    pub fn fresh() -> Self {
        Self(std::env::temp_dir().join(format!("fertidoc-{}", ObjectId::fresh())))
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A house of processes only, on a port that stays the same over their deaths.
pub async fn outside(change: impl FnOnce(&mut Config)) -> TestHouse {
    let mut house = TestHouse::with(NOTHING, change).await;
    house.config.http.bind = free_address();
    house.config.http.ops_bind = String::new();
    house.url = format!("http://{}", house.config.http.bind);
    // Connections that a killed server left are not to be found out one by one.
    house.http = house::client(&house.token);
    house
}

/// Below the ports that the kernel gives to outgoing connections, so that nobody takes it while
/// its process is down.
pub fn free_address() -> String {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    loop {
        let offset = NEXT.fetch_add(1, Ordering::Relaxed) + (std::process::id() % 9_000) as u16;
        let address = format!("127.0.0.1:{}", 11_000 + offset % 9_000);
        if TcpListener::bind(&address).is_ok() {
            return address;
        }
    }
}

/// What a verb that ends by itself told; meanwhile other tasks run.
pub async fn told(words: &[&str], config: &Config) -> Output {
    tokio::process::Command::new(env!("CARGO_BIN_EXE_fertidoc"))
        .args(words)
        .env_clear()
        .envs(environment(config))
        .env("FERTIDOC__TELEMETRY__LOG", "error")
        .output()
        .await
        .unwrap()
}

/// Settings as a process is given them.
fn environment(config: &Config) -> Vec<(String, String)> {
    let Value::Object(topics) = serde_json::to_value(config).unwrap() else {
        unreachable!("settings are topics")
    };
    let mut environment = Vec::new();
    for (topic, settings) in topics {
        for (name, value) in settings.as_object().unwrap() {
            let value = value.as_str().map_or(value.to_string(), ToOwned::to_owned);
            let key = format!("FERTIDOC__{topic}__{name}").to_uppercase();
            environment.push((key, value));
        }
    }
    environment
}
