//! SEC24: secrets come from files, show nowhere, and can be changed without a restart.

use crate::{
    faults::processes::{Directory, free_address},
    house::{Database, eventually, redis, store},
    storage,
};
use fertidoc::config::Config;
use std::{
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};
use url::Url;

const SOON: Duration = Duration::from_mins(1);

/// A process whose secrets are files; gone with the value.
struct Process {
    child: Child,
    folder: Directory,
    ops: String,
    secrets: Vec<String>,
}

fn keep(file: &Path, secret: &str) {
    use std::io::Write as _;
    let fresh = file.with_extension("fresh");
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    let mut written = options.open(&fresh).unwrap();
    writeln!(written, "{secret}").unwrap();
    std::fs::rename(fresh, file).unwrap();
}

impl Process {
    async fn start(config: &Config) -> Self {
        let folder = Directory::fresh();
        std::fs::create_dir(&folder.0).unwrap();
        let (address, ops) = (free_address(), free_address());
        let secrets = [
            ("FERTIDOC__DB__APP_URL", &config.db.app_url),
            ("FERTIDOC__DB__WORKER_URL", &config.db.worker_url),
            ("FERTIDOC__DB__REFRESHER_URL", &config.db.refresher_url),
            ("FERTIDOC__CACHE__REDIS_URL", &config.cache.redis_url),
            ("FERTIDOC__STORE__ACCESS_KEY", &config.store.access_key),
            ("FERTIDOC__STORE__SECRET_KEY", &config.store.secret_key),
            ("FERTIDOC__ACCESS__KEY", &config.access.key),
        ];
        let mut command = Command::new(env!("CARGO_BIN_EXE_fertidoc"));
        command
            .arg("all")
            .env_clear()
            .env("FERTIDOC__HTTP__BIND", &address)
            .env("FERTIDOC__HTTP__OPS_BIND", &ops)
            .env("FERTIDOC__STORE__ENDPOINT", &config.store.endpoint)
            .env("FERTIDOC__STORE__BUCKET", &config.store.bucket)
            .stdout(Stdio::from(
                std::fs::File::create(folder.0.join("log")).unwrap(),
            ));
        for (variable, secret) in secrets {
            let file = folder.0.join(variable);
            keep(&file, secret);
            command.env(format!("{variable}_FILE"), file);
        }
        let process = Self {
            child: command.spawn().unwrap(),
            folder,
            ops,
            secrets: secrets.map(|(_, secret)| secret.clone()).to_vec(),
        };
        process.is_ready(true).await;
        process
    }

    async fn is_ready(&self, wanted: bool) {
        let url = format!("http://{}/readyz", self.ops);
        eventually(SOON, &format!("ready to be {wanted}"), async || {
            let answer = reqwest::get(&url).await.ok()?;
            ((answer.status() == 200) == wanted).then_some(())
        })
        .await;
    }

    fn file(&self, variable: &str) -> PathBuf {
        self.folder.0.join(variable)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What the process table shows of a process to whoever may look.
fn shown(process: u32, file: &str) -> String {
    let bytes = std::fs::read(format!("/proc/{process}/{file}")).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

fn children(parent: u32) -> Vec<u32> {
    let tasks = std::fs::read_dir(format!("/proc/{parent}/task")).unwrap();
    tasks
        .flat_map(|task| {
            let children = task.unwrap().path().join("children");
            let children = std::fs::read_to_string(children).unwrap_or_default();
            let ids: Vec<u32> = children
                .split_whitespace()
                .map(|id| id.parse().unwrap())
                .collect();
            ids
        })
        .collect()
}

async fn settings() -> (Database, Config) {
    let database = Database::fresh().await;
    let mut config = database.config();
    config.store = storage::settings();
    config.store.endpoint = store();
    config.store.bucket = database.name.replace('_', "-");
    config.cache.redis_url = redis();
    config.access.key = "dGhlIGtleSBvZiBhIGhvdXNlIHRoYXQgaXMgb25seSBhIHRlc3Q=".into();
    (database, config)
}

#[actix_web::test]
async fn no_secret_is_in_arguments_environment_or_log() {
    let (_database, config) = settings().await;
    let process = Process::start(&config).await;
    let id = process.child.id();
    // The password alone is a secret as well as the address that holds it.
    let password = Url::parse(&redis()).unwrap();
    let mut secrets = process.secrets.clone();
    secrets.extend(password.password().map(ToOwned::to_owned));
    let caged = children(id);
    assert!(!caged.is_empty(), "no child is kept warm");
    let seen = [shown(id, "cmdline"), shown(id, "environ")];
    let log = std::fs::read_to_string(process.file("log")).unwrap();
    for secret in &secrets {
        assert!(seen.iter().all(|seen| !seen.contains(secret)));
        assert!(!log.contains(secret.as_str()));
    }
    assert!(seen[1].contains("_FILE="));
    for child in caged {
        assert_eq!(shown(child, "environ"), "");
        let words = shown(child, "cmdline");
        assert!(secrets.iter().all(|secret| !words.contains(secret)));
    }
}

#[actix_web::test]
async fn a_password_that_was_changed_is_used_without_a_restart() {
    let (database, mut config) = settings().await;
    // A role of its own, since the others share theirs.
    let admin = database.admin().await;
    let role = format!("app_{}", database.name);
    admin
        .batch_execute(&format!(
            "CREATE ROLE {role} LOGIN PASSWORD 'before' IN ROLE fertidoc_app"
        ))
        .await
        .unwrap();
    let url = |password: &str| {
        let mut url = Url::parse(&config.db.worker_url).unwrap();
        url.set_username(&role).unwrap();
        url.set_password(Some(password)).unwrap();
        url.to_string()
    };
    let (before, after) = (url("before"), url("afterwards"));
    config.db.app_url = before;
    let process = Process::start(&config).await;
    let cut = async || {
        let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1";
        admin.query(cut, &[&role]).await.unwrap();
    };
    admin
        .batch_execute(&format!("ALTER ROLE {role} PASSWORD 'afterwards'"))
        .await
        .unwrap();
    cut().await;
    process.is_ready(false).await;
    keep(&process.file("FERTIDOC__DB__APP_URL"), &after);
    process.is_ready(true).await;
    // The connections outside of pools came back as well.
    eventually(SOON, "the listeners", async || {
        let count = "SELECT count(*) FROM pg_stat_activity \
                     WHERE usename = $1 AND query LIKE 'LISTEN%'";
        let listen: i64 = admin.query_one(count, &[&role]).await.unwrap().get(0);
        (listen >= 2).then_some(())
    })
    .await;
    drop(process);
    cut().await;
    let drop_role = format!("DROP OWNED BY {role}; DROP ROLE {role}");
    eventually(SOON, "the role to go", async || {
        admin.batch_execute(&drop_role).await.ok()
    })
    .await;
}
