//! The real nginx, with the configuration of the repository or a small one of a test.

use super::authority::Authority;
use crate::{
    faults::processes::{Directory, free_address},
    house::eventually,
};
use std::{
    process::{Child, Command, Stdio},
    time::Duration,
};

/// nginx on ports of its own; gone with the value.
pub struct Nginx {
    process: Child,
    folder: Directory,
    /// Where TLS is spoken, `127.0.0.1:PORT`.
    pub address: String,
    /// Where everything but health is sent on to TLS.
    pub plain: String,
}

/// What the repository ships.
pub const CONFIGURATION: &str = include_str!("../../../nginx/nginx.conf");

impl Nginx {
    /// The repository's own configuration before a house; only paths, ports and the address of the
    /// house are others.
    pub async fn before_house(house: &str, authority: &Authority) -> Self {
        Self::changed(house, authority, |text| text).await
    }

    /// The same with one more change.
    pub async fn changed(
        house: &str,
        authority: &Authority,
        change: impl FnOnce(String) -> String,
    ) -> Self {
        let (address, plain) = (free_address(), free_address());
        let house = house.trim_start_matches("http://");
        let replaced = |text: String, from: &str, to: &str| {
            assert!(text.contains(from), "nginx.conf holds no {from}");
            text.replace(from, to)
        };
        let text = replaced(
            change(CONFIGURATION.into()),
            "server api:8080",
            &format!("server {house}"),
        );
        let text = replaced(text, "listen 8443", &format!("listen {address}"));
        let text = replaced(text, "listen 8081", &format!("listen {plain}"));
        let text = replaced(text, "/run/secrets/fertidoc.pem", &authority.certificate());
        let text = replaced(text, "/run/secrets/fertidoc.key", &authority.key());
        let text = replaced(text, "access_log /dev/stdout", "access_log access.log");
        let text = replaced(text, "error_log /dev/stderr", "error_log error.log");
        Self::start(text, address, plain).await
    }

    /// TLS and nothing else, before any server.
    pub async fn before(server: &str, authority: &Authority) -> Self {
        let address = free_address();
        let text = format!(
            "events {{}} http {{ access_log off; server {{ listen {address} ssl; \
             ssl_certificate {}; ssl_certificate_key {}; client_max_body_size 0; \
             location / {{ proxy_set_header Host $http_host; proxy_pass {server}; }} }} }}",
            authority.certificate(),
            authority.key()
        );
        Self::start(text, address.clone(), address).await
    }

    async fn start(text: String, address: String, plain: String) -> Self {
        let folder = Directory::fresh();
        std::fs::create_dir_all(folder.0.join("logs")).unwrap();
        // Bodies are written by workers of another user where the test runs as root.
        let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|kind| format!("{kind}_temp_path {}/{kind};", folder.0.display()))
            .concat();
        let text = text.replacen("http {", &format!("http {{ {temporary}"), 1);
        let file = folder.0.join("nginx.conf");
        std::fs::write(&file, text).unwrap();
        let process = Command::new("nginx")
            .arg("-p")
            .arg(&folder.0)
            .arg("-c")
            .arg(&file)
            .args(["-e", "stderr", "-g", "daemon off; pid nginx.pid;"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("nginx: ./scripts/test installs it");
        let nginx = Self {
            process,
            folder,
            address,
            plain,
        };
        eventually(Duration::from_mins(1), "nginx", async || {
            tokio::net::TcpStream::connect(&nginx.address).await.ok()
        })
        .await;
        nginx
    }

    pub fn port(&self) -> &str {
        self.address.rsplit(':').next().unwrap()
    }

    /// What was written down of requests.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.0.join("access.log")).unwrap_or_default()
    }

    /// What went wrong, as nginx tells it.
    pub fn errors(&self) -> String {
        std::fs::read_to_string(self.folder.0.join("error.log")).unwrap_or_default()
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // The master takes its workers with it.
        let id = nix::unistd::Pid::from_raw(self.process.id() as i32);
        let _ = nix::sys::signal::kill(id, nix::sys::signal::Signal::SIGTERM);
        let _ = self.process.wait();
    }
}
