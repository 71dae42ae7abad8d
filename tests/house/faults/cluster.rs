//! A Postgres of the test's own, to crash.

use super::{
    PATIENCE,
    processes::{Directory, free_address},
};
use crate::house::eventually;
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use std::{
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};
use tokio_postgres::NoTls;
use url::Url;

/// One cluster in a directory of its own; gone with the value.
pub struct Cluster {
    address: String,
    directory: Directory,
    /// More settings, as `name=value`.
    settings: Vec<String>,
    process: Child,
}

impl Cluster {
    pub async fn start() -> Self {
        Self::start_with(Vec::new()).await
    }

    /// With more settings, as `name=value`.
    pub async fn start_with(settings: Vec<String>) -> Self {
        let (directory, address) = (Directory::fresh(), free_address());
        if is_root() {
            let made = Command::new("install")
                .args(["-d", "-o", "postgres", "-m", "700"])
                .arg(&directory.0)
                .status();
            assert!(made.unwrap().success());
        }
        let made = program("initdb")
            .args(["--no-sync", "--auth=trust", "--username=postgres", "-D"])
            .arg(&directory.0)
            .stdout(Stdio::null())
            .status();
        assert!(made.unwrap().success());
        let process = postgres(&directory.0, &address, &settings);
        let cluster = Self {
            address,
            directory,
            settings,
            process,
        };
        cluster.answers().await;
        cluster
    }

    /// The superuser.
    pub fn url(&self) -> Url {
        let url = format!("postgres://postgres@{}/postgres", self.address);
        url.parse().unwrap()
    }

    /// What the server wrote into the log, where the settings have it collected.
    pub fn log(&self) -> String {
        let files = std::fs::read_dir(self.directory.0.join("log")).unwrap();
        files
            .map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap())
            .collect()
    }

    /// Ends without writing anything down, as at a fault: what was committed is in the log only.
    pub fn crash(&mut self) {
        self.stop(Signal::SIGQUIT);
    }

    /// Ends in the way that it knows the signal for: SIGINT cuts everybody off and writes down.
    pub fn stop(&mut self, how: Signal) {
        kill(Pid::from_raw(self.process.id() as i32), how).unwrap();
        self.process.wait().unwrap();
    }

    /// Starts again on what the crash left.
    pub async fn again(&mut self) {
        self.process = postgres(&self.directory.0, &self.address, &self.settings);
        self.answers().await;
    }

    async fn answers(&self) {
        let url = self.url();
        eventually(PATIENCE, "Postgres to answer", async || {
            let connected = tokio_postgres::connect(url.as_str(), NoTls).await;
            connected.is_ok().then_some(())
        })
        .await;
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if self.process.try_wait().is_ok_and(|ended| ended.is_none()) {
            self.crash();
        }
    }
}

fn postgres(directory: &Path, address: &str, settings: &[String]) -> Child {
    let (host, port) = address.split_once(':').unwrap();
    program("postgres")
        .arg("-D")
        .arg(directory)
        .args(["-p", port, "-h", host, "-c", "unix_socket_directories="])
        // The machine lives on, so what was written is there without waiting for the disk.
        .args(["-c", "fsync=off"])
        .args(settings.iter().flat_map(|setting| ["-c", setting]))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// A program of the installed Postgres, as a user whom it accepts: it refuses to run as root.
fn program(name: &str) -> Command {
    let versions = std::fs::read_dir("/usr/lib/postgresql").expect("Postgres is installed");
    let path = versions
        .map(|version| version.unwrap().path().join("bin").join(name))
        .filter(|path: &PathBuf| path.exists())
        .max()
        .expect("Postgres is installed");
    let mut command = if is_root() {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=postgres", "--regid=postgres", "--init-groups"]);
        command.arg(path);
        command
    } else {
        Command::new(path)
    };
    command.current_dir("/");
    command
}

pub fn is_root() -> bool {
    std::fs::metadata("/proc/self").unwrap().uid() == 0
}
