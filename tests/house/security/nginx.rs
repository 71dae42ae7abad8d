//! The real nginx, with the configuration of the repository or a small one of a test.

use super::authority::Authority;
use crate::{
    faults::processes::{Directory, children, free_address, run},
    house::eventually,
};
use fertidoc::config::Config;
use std::{
    collections::BTreeMap,
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

/// What it ships for the place of docker-compose.production.yml.
const SITE: [(&str, &str); 5] = [
    ("around", include_str!("../../../nginx/site/around.conf")),
    (
        "instances",
        include_str!("../../../nginx/site/instances.conf"),
    ),
    ("limits", include_str!("../../../nginx/site/limits.conf")),
    ("listen", include_str!("../../../nginx/site/listen.conf")),
    ("upload", include_str!("../../../nginx/site/upload.conf")),
];

/// What differs from place to place, by the name of its file.
type Site = BTreeMap<&'static str, String>;

/// One line for each, with what is shipped behind its address.
fn instances(addresses: &[String]) -> String {
    let shipped = SITE[1].1.lines().find(|line| line.starts_with("server "));
    let options = shipped.unwrap().splitn(3, ' ').nth(2).unwrap();
    let line = |address| format!("server {address} {options}\n");
    addresses.iter().map(line).collect()
}

impl Nginx {
    /// The repository's own configuration before a house; only paths, ports and the address of the
    /// house are others.
    pub async fn before_house(house: &str, authority: &Authority) -> Self {
        Self::changed(house, authority, |text| text).await
    }

    /// The same with one more change of the files.
    pub async fn changed(
        house: &str,
        authority: &Authority,
        change: impl Fn(String) -> String,
    ) -> Self {
        let (address, plain) = (free_address(), free_address());
        let house = house.trim_start_matches("http://").to_owned();
        let mut site: Site = SITE.map(|(name, text)| (name, change(text.into()))).into();
        site.insert("instances", instances(&[house]));
        for (name, from, to) in [
            ("listen", "listen 8443", format!("listen {address}")),
            (
                "listen",
                "/run/secrets/fertidoc.pem",
                authority.certificate(),
            ),
            ("listen", "/run/secrets/fertidoc.key", authority.key()),
            ("around", "listen 8081", format!("listen {plain}")),
        ] {
            let text = &site[name];
            assert!(text.contains(from), "{name}.conf holds no {from}");
            let text = text.replace(from, &to);
            site.insert(name, text);
        }
        Self::start(change(CONFIGURATION.into()), site, address, plain).await
    }

    /// Before several instances, on loopback and without TLS, with the limits of their settings.
    pub async fn before_several(addresses: &[String], config: &Config) -> Self {
        let address = free_address();
        let folder = Directory::fresh();
        std::fs::create_dir(&folder.0).unwrap();
        run(&["nginx", folder.0.to_str().unwrap()], config);
        let read = |name: &str| std::fs::read_to_string(folder.0.join(name)).unwrap();
        let site = Site::from([
            ("around", String::new()),
            ("instances", instances(addresses)),
            ("limits", read("limits.conf")),
            ("listen", format!("listen {address};\n")),
            ("upload", read("upload.conf")),
        ]);
        // So that a test need not wait for an instance that drains as long as a proxy would.
        let kept = "        keepalive_timeout 4s;";
        assert!(CONFIGURATION.contains(kept));
        let text = CONFIGURATION.replace(kept, "        keepalive_timeout 1s;");
        Self::start(text, site, address.clone(), address).await
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
        Self::start(text, Site::new(), address.clone(), address).await
    }

    async fn start(text: String, mut site: Site, address: String, plain: String) -> Self {
        let folder = Directory::fresh();
        for inner in ["logs", "site"] {
            std::fs::create_dir_all(folder.0.join(inner)).unwrap();
        }
        // Bodies are written by workers of another user where the test runs as root.
        let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|kind| format!("{kind}_temp_path {}/{kind};\n", folder.0.display()))
            .concat();
        let text = if site.is_empty() {
            text.replacen("http {", &format!("http {{ {temporary}"), 1)
        } else {
            site.entry("around").or_default().push_str(&temporary);
            text.replace("access_log /dev/stdout", "access_log access.log")
                .replace("error_log /dev/stderr", "error_log error.log")
        };
        for (name, text) in site {
            std::fs::write(folder.0.join(format!("site/{name}.conf")), text).unwrap();
        }
        std::fs::write(folder.0.join("nginx.conf"), text).unwrap();
        let nginx = Self {
            process: begun(&folder),
            folder,
            address,
            plain,
        };
        nginx.answers(true).await;
        nginx
    }

    async fn answers(&self, whether: bool) {
        eventually(Duration::from_mins(1), "nginx", async || {
            let answer = tokio::net::TcpStream::connect(&self.address).await;
            (answer.is_ok() == whether).then_some(())
        })
        .await;
    }

    /// Killed with all who answer for it, and started again.
    pub async fn dies_and_comes_back(&mut self) {
        let workers = self.workers();
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        for worker in workers {
            let worker = nix::unistd::Pid::from_raw(worker);
            let _ = nix::sys::signal::kill(worker, nix::sys::signal::Signal::SIGKILL);
        }
        self.answers(false).await;
        self.process = begun(&self.folder);
        self.answers(true).await;
    }

    /// Reads its configuration again: new workers take what comes, the old ones end what they began.
    pub fn reload(&self) {
        let id = nix::unistd::Pid::from_raw(self.process.id() as i32);
        nix::sys::signal::kill(id, nix::sys::signal::Signal::SIGHUP).unwrap();
    }

    /// Those of its processes that answer, those that only end what they began among them.
    pub fn workers(&self) -> Vec<i32> {
        children(self.process.id() as i32)
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

/// With the configuration of this folder.
fn begun(folder: &Directory) -> Child {
    Command::new("nginx")
        .arg("-p")
        .arg(&folder.0)
        .arg("-c")
        .arg(folder.0.join("nginx.conf"))
        .args(["-e", "stderr", "-g", "daemon off; pid nginx.pid;"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("nginx: ./scripts/test installs it")
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // The master takes its workers with it.
        let id = nix::unistd::Pid::from_raw(self.process.id() as i32);
        let _ = nix::sys::signal::kill(id, nix::sys::signal::Signal::SIGTERM);
        let _ = self.process.wait();
    }
}
