//! SEC19: TLS with a proven name to Postgres, Redis and the store.

use super::{authority::Authority, nginx::Nginx};
use crate::{
    faults::{cluster::Cluster, processes::free_address},
    hostile,
    house::{Database, TestHouse, eventually},
    storage::Endpoint,
};
use fertidoc::{
    app::{self, Roles},
    cache::Cache,
    config::{Config, DbTls},
    db::{self, Login, Pools},
    storage::Store,
};
use reqwest::multipart::{Form, Part};
use serde_json::Value;
use std::{
    process::{Child, Command, Stdio},
    time::Duration,
};

const SOON: Duration = Duration::from_mins(1);

async fn postgres(authority: &Authority) -> Cluster {
    app::choose_cryptography();
    Cluster::start_with(vec![
        "ssl=on".into(),
        format!("ssl_cert_file={}", authority.certificate()),
        format!("ssl_key_file={}", authority.key_of_postgres()),
        "ssl_min_protocol_version=TLSv1.2".into(),
    ])
    .await
}

/// Every address of the database by the name in its certificate.
fn by_name(config: &mut Config) {
    for url in [
        &mut config.db.owner_url,
        &mut config.db.app_url,
        &mut config.db.worker_url,
        &mut config.db.refresher_url,
        &mut config.db.sealer_url,
    ] {
        *url = url.replace("127.0.0.1", "localhost");
    }
}

#[actix_web::test]
async fn the_whole_house_speaks_tls_to_postgres() {
    let authority = Authority::new();
    let cluster = postgres(&authority).await;
    let database = Database::first_of(cluster.url()).await;
    let house = TestHouse::in_database(database, Roles::ALL, |config| {
        by_name(config);
        config.db.tls = DbTls::VerifyFull;
        config.db.ca = authority.ca();
    })
    .await;
    db::migrate(Login::owner(&house.config.db)).await.unwrap();
    let form = Form::new().part(
        "file",
        Part::bytes(hostile::plain(&["FSH 5.5 IU/l"])).file_name("report.pdf"),
    );
    let sent = house.http.post(house.at("/api/v1/documents"));
    let answer = sent.multipart(form).send().await.unwrap();
    assert_eq!(answer.status(), 201);
    let answer: Value = answer.json().await.unwrap();
    let path = format!(
        "/api/v1/documents/{}",
        answer["documents"][0]["id"].as_str().unwrap()
    );
    eventually(SOON, "the document to be read", async || {
        let document = house.http.get(house.at(&path)).send().await.unwrap();
        let document: Value = document.json().await.unwrap();
        (document["state"] == "read").then_some(())
    })
    .await;
    let admin = house.database.admin().await;
    let counted = "SELECT usename, ssl, coalesce(version, ''), query LIKE 'LISTEN%' \
                   FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) \
                   WHERE usename LIKE 'fertidoc\\_%'";
    let rows = admin.query(counted, &[]).await.unwrap();
    let mut listening = 0;
    for row in &rows {
        let (role, ssl, version): (&str, bool, &str) = (row.get(0), row.get(1), row.get(2));
        let listens: bool = row.get(3);
        listening += i32::from(listens);
        // The test itself made its clinic with the role of requests, in plain text.
        assert!(ssl || role == "fertidoc_app" && !listens, "{role}");
        assert!(!ssl || version == "TLSv1.3" || version == "TLSv1.2");
    }
    let encrypted = |role: &str| {
        rows.iter()
            .filter(|row| row.get::<_, &str>(0) == role && row.get(1))
            .count()
    };
    assert!(listening >= 2, "{listening} listen");
    for role in ["fertidoc_app", "fertidoc_worker", "fertidoc_refresher"] {
        assert!(encrypted(role) > 0, "{role}");
    }
}

#[actix_web::test]
async fn a_postgres_that_proves_nothing_is_not_spoken_to() {
    let authority = Authority::new();
    let cluster = postgres(&authority).await;
    let url = |host: &str| cluster.url().as_str().replace("127.0.0.1", host);
    let connects = async |host: &str, ca: String, tls: DbTls| {
        let mut config = Config::default().db;
        config.app_url = url(host);
        config.worker_url = config.app_url.clone();
        config.refresher_url = config.app_url.clone();
        (config.tls, config.ca) = (tls, ca);
        let single = db::connect_single(Login::app(&config)).await.is_ok();
        let pooled = match Pools::new(&config) {
            Ok(pools) => db::connection(&pools.app).await.is_ok(),
            Err(_) => false,
        };
        assert_eq!(single, pooled, "{host}");
        single
    };
    let other = Authority::new();
    let full = DbTls::VerifyFull;
    assert!(connects("localhost", authority.ca(), full).await);
    assert!(!connects("localhost", other.ca(), full).await, "wrong CA");
    assert!(!connects("127.0.0.1", authority.ca(), full).await, "name");
    assert!(!connects("localhost", "/nowhere.pem".into(), full).await);
    assert!(!connects("localhost", authority.key(), full).await);
    // Nor where the address itself asks for less.
    let lax = format!("{}?sslmode=disable", url("localhost"));
    let mut config = Config::default().db;
    (config.app_url, config.tls, config.ca) = (lax, full, other.ca());
    assert!(db::connect_single(Login::app(&config)).await.is_err());
}

#[actix_web::test]
async fn a_postgres_that_speaks_no_tls_is_not_spoken_to() {
    app::choose_cryptography();
    let database = Database::fresh().await;
    let mut config = database.config().db;
    config.tls = DbTls::VerifyFull;
    assert!(db::connect_single(Login::app(&config)).await.is_err());
    config.tls = DbTls::Auto;
    assert!(db::connect_single(Login::app(&config)).await.is_ok());
}

#[test]
fn plain_text_to_another_machine_is_refused_at_start() {
    let start = |variables: &[(&str, &str)]| {
        let ended = Command::new(env!("CARGO_BIN_EXE_fertidoc"))
            .arg("migrate")
            .env_clear()
            .envs(variables.iter().copied())
            .output()
            .unwrap();
        assert!(!ended.status.success());
        String::from_utf8_lossy(&ended.stderr).into_owned()
    };
    let url = ("FERTIDOC__DB__OWNER_URL", "postgres://a:b@192.0.2.1/f");
    let said = start(&[url, ("FERTIDOC__DB__TLS", "off")]);
    assert!(said.contains("plain text") && said.contains("db.insecure"));
    assert!(!said.contains("a:b"), "{said}");
    let redis = ("FERTIDOC__CACHE__REDIS_URL", "redis://:b@192.0.2.1/");
    assert!(start(&[redis]).contains("cache.redis_url"));
    let store = ("FERTIDOC__STORE__ENDPOINT", "http://192.0.2.1:9000");
    assert!(start(&[store]).contains("store.endpoint"));
    let clamd = ("FERTIDOC__SCAN__CLAMD", "192.0.2.1:3310");
    assert!(start(&[clamd]).contains("scan.clamd"));
}

/// A Redis that speaks TLS only; gone with the value.
struct Redis(Child, String);

impl Redis {
    async fn start(authority: &Authority) -> Self {
        let address = free_address();
        let port = address.rsplit(':').next().unwrap();
        let process = Command::new("redis-server")
            .args(["--bind", "127.0.0.1", "--port", "0", "--tls-port", port])
            .args(["--tls-cert-file", &authority.certificate()])
            .args(["--tls-key-file", &authority.key()])
            .args(["--tls-ca-cert-file", &authority.ca()])
            .args(["--tls-auth-clients", "no", "--save", ""])
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let redis = Self(process, port.to_owned());
        eventually(SOON, "Redis", async || {
            tokio::net::TcpStream::connect(&address).await.ok()
        })
        .await;
        redis
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[actix_web::test]
async fn redis_must_prove_its_name() {
    app::choose_cryptography();
    let authority = Authority::new();
    let redis = Redis::start(&authority).await;
    let answers = async |host: &str, ca: String| {
        let mut config = Config::default().cache;
        config.redis_url = format!("rediss://{host}:{}/", redis.1);
        config.redis_ca = ca;
        config.redis_timeout = Duration::from_secs(5);
        Cache::new(&config, [7; 32]).unwrap().redis_answers().await
    };
    assert_eq!(answers("localhost", authority.ca()).await, Some(true));
    let other = Authority::new();
    assert_eq!(answers("localhost", other.ca()).await, Some(false));
    assert_eq!(answers("127.0.0.1", authority.ca()).await, Some(false));
    let mut config = Config::default().cache;
    config.redis_url = "rediss://localhost/".into();
    config.redis_ca = "/nowhere.pem".into();
    assert!(Cache::new(&config, [7; 32]).is_err());
}

#[actix_web::test]
async fn the_store_must_prove_its_name() {
    app::choose_cryptography();
    let authority = Authority::new();
    let endpoint = Endpoint::start().await;
    endpoint.store().await;
    // TLS in front of the store, as its operators put it there.
    let nginx = Nginx::before(&endpoint.config.endpoint, &authority).await;
    let answers = async |host: &str, ca: String| {
        let mut config = endpoint.config.clone();
        config.endpoint = format!("https://{host}:{}", nginx.port());
        config.ca = ca;
        Store::new(&config).check().await.is_ok()
    };
    assert!(answers("localhost", authority.ca()).await);
    let other = Authority::new();
    assert!(!answers("localhost", other.ca()).await, "wrong CA");
    assert!(!answers("127.0.0.1", authority.ca()).await, "name");
    assert!(!answers("localhost", "/nowhere.pem".into()).await);
}
