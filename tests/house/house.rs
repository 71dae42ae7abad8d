//! A real house for a test: a database of its own cloned from a migrated one, a bucket of its own,
//! the application on free ports. What it stands on (Postgres, Redis, the store) is started by
//! `scripts/test`.

use crate::storage;
use fertidoc::{
    access::{self, Authenticator, By, How, Keys, NewAccount, Place, Role, Scopes},
    app::{self, Roles},
    config::Config,
    db,
    domain::ids::{ClinicId, SessionId, UserId},
};
use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};
use tokio_postgres::NoTls;
use url::Url;

static NUMBER: AtomicU32 = AtomicU32::new(0);

/// The superuser of the private test cluster.
pub fn postgres() -> Url {
    std::env::var("FERTIDOC_TEST_POSTGRES")
        .expect("FERTIDOC_TEST_POSTGRES: run the tests through ./scripts/test")
        .parse()
        .expect("FERTIDOC_TEST_POSTGRES is no address")
}

/// The Redis of the tests.
pub fn redis() -> String {
    std::env::var("FERTIDOC_TEST_REDIS")
        .expect("FERTIDOC_TEST_REDIS: run the tests through ./scripts/test")
}

/// The S3 endpoint of the tests.
pub fn store() -> String {
    std::env::var("FERTIDOC_TEST_STORE")
        .expect("FERTIDOC_TEST_STORE: run the tests through ./scripts/test")
}

/// A migrated database of its own; dropped with the value.
pub struct Database {
    pub name: String,
    /// The superuser of the cluster that it is in.
    server: Url,
}

impl Database {
    /// Clones the template, which the first caller of the whole run migrates.
    pub async fn fresh() -> Self {
        template().await;
        let name = format!(
            "t_{}_{}",
            std::process::id(),
            NUMBER.fetch_add(1, Ordering::Relaxed)
        );
        let server = postgres();
        let admin = admin(&server, "postgres").await;
        admin
            .batch_execute(&format!(
                "CREATE DATABASE {name} TEMPLATE {} OWNER fertidoc_owner",
                template_name()
            ))
            .await
            .expect("cloning the template");
        Self { name, server }
    }

    /// In a cluster that holds nothing yet.
    pub async fn first_of(server: Url) -> Self {
        let name = "t_first".to_owned();
        migrated(&server, &name).await;
        Self { name, server }
    }

    /// As it is now, beside it; nobody may be connected to this one.
    pub async fn copy(&self, name: &str) -> Self {
        let name = format!("{}_{name}", self.name);
        let admin = admin(&self.server, "postgres").await;
        // A pool's connection may still be closing.
        let end = tokio::time::Instant::now() + Duration::from_secs(20);
        let copying = format!(
            "CREATE DATABASE {name} TEMPLATE {} OWNER fertidoc_owner",
            self.name
        );
        while let Err(error) = admin.batch_execute(&copying).await {
            let cut = format!(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}'",
                self.name
            );
            admin
                .batch_execute(&cut)
                .await
                .expect("cutting connections");
            assert!(tokio::time::Instant::now() < end, "copying: {error}");
        }
        Self {
            name,
            server: self.server.clone(),
        }
    }

    /// The address of this database for a role.
    pub fn url(&self, role: &str) -> String {
        url(&self.server, &self.name, role)
    }

    /// A connection of the superuser, for what no role of ours may do.
    pub async fn admin(&self) -> tokio_postgres::Client {
        admin(&self.server, &self.name).await
    }

    /// Settings that point at this database.
    pub fn config(&self) -> Config {
        let mut config = Config::default();
        config.db.owner_url = self.url("fertidoc_owner");
        config.db.app_url = self.url("fertidoc_app");
        config.db.worker_url = self.url("fertidoc_worker");
        config.db.refresher_url = self.url("fertidoc_refresher");
        config.db.sealer_url = self.url("fertidoc_sealer");
        config.db.pool_size = 8;
        config.access.key = "dGhlIGtleSBvZiBhIGhvdXNlIHRoYXQgaXMgb25seSBhIHRlc3Q=".into();
        config
    }

    /// The pools of this database.
    pub fn pools(&self) -> db::Pools {
        db::Pools::new(&self.config().db).expect("pools")
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let (name, server) = (self.name.clone(), self.server.clone());
        // A runtime of its own: the one of the test may be ending. Nor may it wait for this one: a
        // connection that it was just opening would keep the server from dropping anything.
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .expect("runtime");
            runtime.block_on(async {
                let _ = admin(&server, "postgres")
                    .await
                    .batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
                    .await;
            });
        });
    }
}

fn template_name() -> String {
    format!("template_{}", std::process::id())
}

fn url(server: &Url, database: &str, role: &str) -> String {
    let mut url = server.clone();
    url.set_path(database);
    url.set_username(role).expect("user name");
    url.set_password(Some("test")).expect("password");
    url.to_string()
}

async fn admin(server: &Url, database: &str) -> tokio_postgres::Client {
    let mut url = server.clone();
    url.set_path(database);
    let (client, connection) = tokio_postgres::connect(url.as_str(), NoTls)
        .await
        .expect("connecting as superuser");
    tokio::spawn(connection);
    client
}

/// Roles and a migrated database to clone; made once in a run, whichever test comes first.
async fn template() {
    static MADE: tokio::sync::OnceCell<()> = tokio::sync::OnceCell::const_new();
    MADE.get_or_init(async || migrated(&postgres(), &template_name()).await)
        .await;
}

/// Roles, and a database of this name with the schema.
async fn migrated(server: &Url, name: &str) {
    let admin = admin(server, "postgres").await;
    admin
        .batch_execute(include_str!("../../sql/roles.sql"))
        .await
        .expect("roles");
    for role in ["owner", "app", "worker", "refresher", "sealer", "backup"] {
        admin
            .batch_execute(&format!("ALTER ROLE fertidoc_{role} PASSWORD 'test'"))
            .await
            .expect("passwords");
    }
    admin
        .batch_execute(&format!("CREATE DATABASE {name} OWNER fertidoc_owner"))
        .await
        .expect("a database");
    db::migrate(&url(server, name, "fertidoc_owner"))
        .await
        .expect("migrations");
}

/// The application, running, with one clinic and a token for it.
pub struct TestHouse {
    pub database: Database,
    pub config: Config,
    pub pools: db::Pools,
    /// `http://127.0.0.1:PORT`.
    pub url: String,
    /// Address of `/metrics`.
    pub ops_url: String,
    pub clinic: ClinicId,
    pub token: String,
    /// Sends the token of [`Self::clinic`] with every request.
    pub http: reqwest::Client,
    running: Option<app::Running>,
}

impl TestHouse {
    /// Serves and works.
    pub async fn open() -> Self {
        Self::with(Roles::ALL, |_| {}).await
    }

    /// With roles and settings of its own.
    pub async fn with(roles: Roles, change: impl FnOnce(&mut Config)) -> Self {
        Self::in_database(Database::fresh().await, roles, change).await
    }

    /// In a database that holds no clinic yet.
    pub async fn in_database(
        database: Database,
        roles: Roles,
        change: impl FnOnce(&mut Config),
    ) -> Self {
        let mut config = database.config();
        config.http.bind = "127.0.0.1:0".into();
        config.http.ops_bind = "127.0.0.1:0".into();
        config.http.secure_cookies = false;
        // No proxy is to be told that a house of a test ends.
        config.http.lame_duck = Duration::ZERO;
        config.analysis.program = env!("CARGO_BIN_EXE_fertidoc").into();
        config.store = storage::settings();
        config.store.endpoint = store();
        // Tests of the second factor say so; the others sign people in without.
        config.access.second_factor_roles = Vec::new();
        // Databases of several clusters have one name.
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = database.name.replace('_', "-");
        config.store.bucket = format!("{name}-{}-{number}", std::process::id());
        config.cache.redis_url = redis();
        // Leases and looks are shortened; tests wait for events, not for these.
        config.queue.lease = Duration::from_secs(4);
        config.queue.heartbeat = Duration::from_millis(500);
        config.queue.rescue_every = Duration::from_millis(500);
        config.queue.poll_every = Duration::from_millis(500);
        config.queue.backoff = Duration::from_millis(100);
        config.summary.refresh_every = Duration::from_millis(500);
        // Tests ask faster than people do; those about limits set theirs.
        for burst in [
            &mut config.limit.sign_in_burst,
            &mut config.limit.address_burst,
            &mut config.limit.upload_burst,
            &mut config.limit.read_burst,
            &mut config.limit.report_burst,
            &mut config.limit.admin_burst,
        ] {
            *burst = 0;
        }
        change(&mut config);
        let pools = database.pools();
        let clinic = access::create_clinic(&pools.app, "Test clinic")
            .await
            .expect("clinic");
        let token = access::create_token(&pools.app, clinic, "test", Scopes::all(), None)
            .await
            .expect("token")
            .secret;
        let running = app::open(config.clone(), roles)
            .await
            .expect("the house opens");
        let address = |address: Option<std::net::SocketAddr>| {
            address
                .map(|address| format!("http://{address}"))
                .unwrap_or_default()
        };
        Self {
            url: address(running.address()),
            ops_url: address(running.ops_address()),
            http: client(&token),
            database,
            config,
            pools,
            clinic,
            token,
            running: Some(running),
        }
    }

    /// A second clinic in the same house: a client with its token, and its id.
    pub async fn other_clinic(&self) -> (ClinicId, reqwest::Client) {
        let clinic = access::create_clinic(&self.pools.app, "Other clinic")
            .await
            .expect("clinic");
        let token = access::create_token(&self.pools.app, clinic, "other", Scopes::all(), None)
            .await
            .expect("token");
        (clinic, client(&token.secret))
    }

    /// A person of [`Self::clinic`] with these roles, signed in.
    pub async fn person(&self, roles: &[Role]) -> Person {
        self.person_in(self.clinic, roles).await
    }

    /// A person of `clinic` with these roles, signed in.
    pub async fn person_in(&self, clinic: ClinicId, roles: &[Role]) -> Person {
        let app = &self.pools.app;
        let user_name = format!("person-{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let new = NewAccount {
            user_name: &user_name,
            display_name: "Invented Person",
            identity: None,
        };
        let user = access::create_account(app, new).await.expect("an account");
        for &role in roles {
            access::grant(app, By::House, user, Place::Clinic(clinic), role)
                .await
                .expect("a role");
        }
        self.signed_in(user, user_name, clinic).await
    }

    /// A session of this person, as the pages would open it.
    pub async fn signed_in(&self, user: UserId, user_name: String, clinic: ClinicId) -> Person {
        let door = self.authenticator();
        let session = door
            .open_session(user, clinic, How::SecondFactor, &"test".into(), None)
            .await
            .expect("a session");
        let csrf = door.csrf(session.id, clinic);
        Person {
            user,
            user_name,
            clinic,
            session: session.id,
            http: browser(&session.secret, &csrf),
            secret: session.secret,
            csrf,
        }
    }

    /// What turns secrets into viewers, as every instance of this house does it.
    pub fn authenticator(&self) -> Authenticator {
        let keys = Keys::new(&self.config.access).expect("a key");
        Authenticator::new(self.pools.app.clone()).under(&self.config.access, &keys)
    }

    /// The full address of a path of the API or the pages.
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    /// Closes the house in order; the database stays for looking at.
    pub async fn close(&mut self) {
        if let Some(running) = self.running.take() {
            running.stop().await;
        }
    }
}

/// Somebody who is signed in.
pub struct Person {
    pub user: UserId,
    pub user_name: String,
    pub clinic: ClinicId,
    pub session: SessionId,
    /// What the cookie holds.
    pub secret: String,
    /// What forms send as the field `csrf`.
    pub csrf: String,
    /// Sends the cookie, and what shows that a request comes from our pages; follows no redirect.
    pub http: reqwest::Client,
}

/// A client that asks as our pages do in the browser of somebody who is signed in.
pub fn browser(secret: &str, csrf: &str) -> reqwest::Client {
    app::choose_cryptography();
    let mut headers = reqwest::header::HeaderMap::new();
    for (name, value) in [
        ("cookie", format!("fertidoc={secret}")),
        ("x-csrf-token", csrf.to_owned()),
        ("sec-fetch-site", "same-origin".to_owned()),
    ] {
        headers.insert(name, value.parse().expect("header"));
    }
    reqwest::Client::builder()
        .default_headers(headers)
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .expect("client")
}

/// A client that sends `token` with every request.
pub fn client(token: &str) -> reqwest::Client {
    app::choose_cryptography();
    let mut headers = reqwest::header::HeaderMap::new();
    headers.insert(
        "authorization",
        format!("Bearer {token}").parse().expect("header"),
    );
    reqwest::Client::builder()
        .default_headers(headers)
        .build()
        .expect("client")
}

/// Asks again until `found` says something, at most `within`; between two looks other tasks run.
pub async fn eventually<T>(
    within: Duration,
    what: &str,
    mut found: impl AsyncFnMut() -> Option<T>,
) -> T {
    let end = tokio::time::Instant::now() + within;
    loop {
        if let Some(found) = found().await {
            return found;
        }
        assert!(
            tokio::time::Instant::now() < end,
            "waited in vain for {what}"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
