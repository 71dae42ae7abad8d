//! The house with everything that it stands on and tells to, each of this test alone.

use crate::{
    cache::RedisServer,
    faults::{
        cluster::Cluster,
        processes::{Directory, NOTHING, Process, free_address},
    },
    house::{self, Database, TestHouse, eventually},
    security::{authority::Authority, nginx::Nginx},
    storage::Endpoint,
};
use fertidoc::config::Config;
use std::fmt::Write as _;
use std::{
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio_postgres::{AsyncMessage, NoTls};

pub struct Ports {
    pub house: TestHouse,
    pub nginx: Nginx,
    pub redis: RedisServer,
    pub store: Endpoint,
    pub cluster: Cluster,
    pub loki: Loki,
    /// What was told to whoever listens to the database.
    pub notices: Arc<Mutex<String>>,
    /// Gone when the house is closed.
    pub processes: Vec<Process>,
    /// The second instance that answers.
    pub second: String,
    /// Addresses of figures and health.
    pub operators: Vec<String>,
    directory: Directory,
}

/// The log settings of `config/postgresql.conf`, collected in a file, and with every statement.
fn log_settings() -> Vec<String> {
    let mut settings: Vec<String> = include_str!("../../../../config/postgresql.conf")
        .lines()
        .filter(|line| line.starts_with("log_"))
        .map(|line| line.replacen(" = ", "=", 1).replace('\'', ""))
        .collect();
    assert!(settings.len() > 5, "{settings:?}");
    settings.push("logging_collector=on".into());
    settings.push("log_min_duration_statement=0".into());
    settings
}

impl Ports {
    pub async fn open(level: &str) -> Self {
        fertidoc::app::choose_cryptography();
        let directory = Directory::fresh();
        std::fs::create_dir_all(&directory.0).unwrap();
        let cluster = Cluster::start_with(log_settings()).await;
        let redis = RedisServer::start();
        let store = Endpoint::start().await;
        let loki = Loki::start().await;
        let database = Database::first_of(cluster.url()).await;
        let mut house = TestHouse::in_database(database, NOTHING, |config| {
            config.store.clone_from(&store.config);
            config.cache.redis_url = redis.url();
            // Slow as it is built here, but never without Redis.
            config.cache.redis_timeout = Duration::from_secs(5);
            config.telemetry.log = level.into();
            config.telemetry.loki_url.clone_from(&loki.url);
        })
        .await;
        let notices = listen(&house).await;
        let mut processes = Vec::new();
        let mut operators = Vec::new();
        let mut addresses = Vec::new();
        for (number, role) in ["serve", "serve", "work"].into_iter().enumerate() {
            let mut config: Config = house.config.clone();
            config.http.bind = free_address();
            config.http.ops_bind = free_address();
            config.telemetry.instance = format!("{role}-{number}");
            let file = directory.0.join(format!("{role}-{number}.log"));
            processes.push(Process::telling(role, &config, &file).await);
            operators.push(format!("http://{}", config.http.ops_bind));
            addresses.push(format!("http://{}", config.http.bind));
        }
        house.url = addresses[0].clone();
        house.http = house::client(&house.token);
        let nginx = Nginx::before_house(&house.url, &Authority::new()).await;
        Self {
            second: addresses[1].clone(),
            house,
            nginx,
            redis,
            store,
            cluster,
            loki,
            notices,
            processes,
            operators,
            directory,
        }
    }

    /// The logs of the processes, by name.
    pub fn logs(&self) -> Vec<(String, String)> {
        let files = std::fs::read_dir(&self.directory.0).unwrap();
        files
            .map(|file| {
                let file = file.unwrap();
                let name = file.file_name().into_string().unwrap();
                let text = std::fs::read(file.path()).unwrap();
                (name, String::from_utf8_lossy(&text).into_owned())
            })
            .collect()
    }
}

/// Hears everything that is said on the channels of the database.
async fn listen(house: &TestHouse) -> Arc<Mutex<String>> {
    let url = house.database.url("fertidoc_owner");
    let (client, mut connection) = tokio_postgres::connect(&url, NoTls).await.unwrap();
    let heard = Arc::new(Mutex::new(String::new()));
    let into = heard.clone();
    tokio::spawn(async move {
        while let Some(Ok(message)) = std::future::poll_fn(|cx| connection.poll_message(cx)).await {
            if let AsyncMessage::Notification(notice) = message {
                let mut heard = into.lock().unwrap();
                writeln!(heard, "{} {}", notice.channel(), notice.payload()).unwrap();
            }
        }
    });
    for channel in ["summary", "document", "job", "summary_beat"] {
        let listen = format!("LISTEN fertidoc_{channel}");
        client.batch_execute(&listen).await.unwrap();
    }
    // The connection ends with its client.
    std::mem::forget(client);
    heard
}

/// Takes events as Loki does.
pub struct Loki {
    process: Child,
    pub url: String,
}

impl Loki {
    async fn start() -> Self {
        let address = free_address();
        let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/loki/receiver.py");
        let process = Command::new("python3")
            .arg(script)
            .arg(address.rsplit(':').next().unwrap())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("python3");
        let loki = Self {
            process,
            url: format!("http://{address}"),
        };
        eventually(Duration::from_mins(1), "Loki", async || {
            tokio::net::TcpStream::connect(&address).await.ok()
        })
        .await;
        loki
    }

    /// Everything that arrived.
    pub async fn told(&self) -> String {
        let query = format!("{}/loki/api/v1/query_range", self.url);
        let asked = reqwest::Client::new().get(query);
        let asked = asked.query(&[("query", "{service=\"fertidoc\"}")]);
        asked.send().await.unwrap().text().await.unwrap()
    }
}

impl Drop for Loki {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
