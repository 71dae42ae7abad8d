//! Certificates of the test's own, made by openssl.

use crate::faults::{cluster::is_root, processes::Directory};
use std::{path::PathBuf, process::Command};

/// An authority, and a server's certificate for the name `localhost` alone.
pub struct Authority {
    folder: Directory,
}

fn run(program: &str, words: &[&str], folder: &Directory) {
    let done = Command::new(program)
        .args(words)
        .current_dir(&folder.0)
        .output()
        .unwrap();
    assert!(
        done.status.success(),
        "{program} {words:?}: {}",
        String::from_utf8_lossy(&done.stderr)
    );
}

impl Authority {
    pub fn new() -> Self {
        let folder = Directory::fresh();
        std::fs::create_dir(&folder.0).unwrap();
        let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
        let mut ca = vec!["req", "-x509", "-nodes", "-days", "2", "-subj", "/CN=Test"];
        ca.extend(key);
        ca.extend(["-keyout", "ca.key", "-out", "ca.pem"]);
        run("openssl", &ca, &folder);
        let mut ask = vec!["req", "-nodes", "-subj", "/CN=localhost"];
        ask.extend(key);
        ask.extend(["-keyout", "server.key", "-out", "server.csr"]);
        run("openssl", &ask, &folder);
        std::fs::write(
            folder.0.join("names"),
            "subjectAltName=DNS:localhost\nbasicConstraints=CA:FALSE\n",
        )
        .unwrap();
        let sign = "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial \
                    -days 2 -extfile names -out server.pem";
        let sign: Vec<&str> = sign.split_whitespace().collect();
        run("openssl", &sign, &folder);
        Self { folder }
    }

    /// The authority itself.
    pub fn ca(&self) -> String {
        self.file("ca.pem")
    }

    /// The server's certificate.
    pub fn certificate(&self) -> String {
        self.file("server.pem")
    }

    /// The server's key.
    pub fn key(&self) -> String {
        self.file("server.key")
    }

    /// A copy of the server's key that Postgres takes: its own, and nobody else's.
    pub fn key_of_postgres(&self) -> String {
        let copy = self.file("postgres.key");
        let mut words = vec!["-m", "600"];
        if is_root() {
            words.extend(["-o", "postgres"]);
        }
        let key = self.key();
        words.extend([key.as_str(), copy.as_str()]);
        run("install", &words, &self.folder);
        copy
    }

    fn file(&self, name: &str) -> String {
        let path: PathBuf = self.folder.0.join(name);
        path.display().to_string()
    }
}
