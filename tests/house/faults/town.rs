//! A whole house of processes on a Postgres and a store of its own, for chance to do harm to: two
//! servers, two workers, and whoever dies is started again, as an init system would.

use super::{
    cluster::Cluster,
    processes::{Directory, NOTHING, Process, free_address},
};
use crate::{
    house::{Database, TestHouse, client},
    storage::settings,
};
use fertidoc::{config::Config, storage::Store};
use rand::{Rng, rngs::StdRng};
use std::{
    cell::Cell,
    collections::BTreeMap,
    time::{Duration, SystemTime},
};
use tokio::time::sleep;

/// Who may be killed, and how often it is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Victim {
    Server,
    Worker,
    Child,
    Store,
    Postgres,
}

const DRAWN: [Victim; 10] = [
    Victim::Server,
    Victim::Server,
    Victim::Server,
    Victim::Worker,
    Victim::Worker,
    Victim::Worker,
    Victim::Child,
    Victim::Child,
    Victim::Store,
    Victim::Postgres,
];

/// A process and how it is started.
struct Resident {
    who: Victim,
    words: Vec<String>,
    config: Config,
    process: Process,
}

impl Resident {
    fn new(who: Victim, words: &[&str], config: &Config) -> Self {
        Self {
            who,
            words: words.iter().map(|&word| word.to_owned()).collect(),
            config: config.clone(),
            process: Process::start_with(words, config, &[]),
        }
    }

    fn again(&mut self) {
        let words: Vec<&str> = self.words.iter().map(String::as_str).collect();
        self.process = Process::start_with(&words, &self.config, &[]);
    }
}

pub struct Town {
    /// Nothing of it runs here; for asking.
    pub house: TestHouse,
    /// Where files are sent to.
    pub servers: Vec<String>,
    pub killed: BTreeMap<Victim, u32>,
    /// When a worker died.
    pub deaths: Vec<SystemTime>,
    // Before the cluster, so that they end before it.
    residents: Vec<Resident>,
    postgres: Cluster,
    _directory: Directory,
}

impl Town {
    pub async fn found() -> Self {
        let postgres = Cluster::start().await;
        let directory = Directory::fresh();
        let mut config = Config {
            store: settings(),
            ..Config::default()
        };
        config.store.endpoint = format!("http://{}", free_address());
        config.store.part_bytes = 5 << 20;
        config.store.timeout = Duration::from_secs(5);
        config.store.attempts = 2;
        let address = config.store.endpoint.replace("http://", "");
        let path = directory.0.to_str().unwrap();
        let words = ["store", "--bind", &address, "--dir", path];
        let store = Resident::new(Victim::Store, &words, &config);
        let database = Database::first_of(postgres.url()).await;
        let mut house = TestHouse::in_database(database, NOTHING, |own| {
            own.store = config.store.clone();
            own.queue.lease = Duration::from_secs(3);
            own.queue.max_attempts = 50;
            own.upload.sweep_every = Duration::from_millis(500);
            own.analysis.slots = 1;
            own.db.pool_size = 4;
            own.db.wait = Duration::from_secs(1);
        })
        .await;
        let (mut residents, mut servers) = (vec![store], Vec::new());
        let connected = Store::new(&house.config.store);
        crate::house::eventually(super::PATIENCE, "the store", async || {
            connected.ensure_bucket().await.ok()
        })
        .await;
        for _ in 0..2 {
            let mut config = house.config.clone();
            config.http.bind = free_address();
            config.http.ops_bind = String::new();
            servers.push(format!("http://{}", config.http.bind));
            residents.push(Resident::new(Victim::Server, &["serve"], &config));
            config.http.bind = String::new();
            residents.push(Resident::new(Victim::Worker, &["work"], &config));
        }
        house.url.clone_from(&servers[0]);
        house.http = client(&house.token);
        Self {
            house,
            servers,
            killed: BTreeMap::new(),
            deaths: Vec::new(),
            residents,
            postgres,
            _directory: directory,
        }
    }

    /// Whoever has ended begins again.
    pub fn tend(&mut self) {
        for resident in &mut self.residents {
            if resident.process.has_ended().is_some() {
                resident.again();
            }
        }
    }

    /// Kills so many at moments that chance says, and tends until `done`.
    pub async fn besiege(&mut self, chance: &mut StdRng, kills: u32, done: &Cell<bool>) {
        for _ in 0..kills {
            self.tended_for(Duration::from_millis(chance.random_range(0..400)))
                .await;
            let victim = DRAWN[chance.random_range(0..DRAWN.len())];
            let which = chance.random_range(0..2);
            let down = Duration::from_millis(chance.random_range(0..500));
            self.kill(victim, which, down).await;
        }
        while !done.get() {
            self.tended_for(Duration::from_millis(50)).await;
        }
        // The next round finds everybody at home.
        self.tend();
    }

    async fn tended_for(&mut self, time: Duration) {
        let end = tokio::time::Instant::now() + time;
        while tokio::time::Instant::now() < end {
            self.tend();
            sleep(Duration::from_millis(20)).await;
        }
    }

    async fn kill(&mut self, victim: Victim, which: usize, down: Duration) {
        *self.killed.entry(victim).or_default() += 1;
        if victim == Victim::Postgres {
            self.postgres.crash();
            self.tended_for(down).await;
            self.postgres.again().await;
            return;
        }
        let who = if victim == Victim::Child {
            Victim::Worker
        } else {
            victim
        };
        let mut alike = self.residents.iter_mut().filter(|it| it.who == who);
        let count = if who == Victim::Store { 0 } else { which };
        let resident = alike.nth(count).unwrap();
        match victim {
            Victim::Child => {
                for child in resident.process.children() {
                    child.kill();
                }
            }
            Victim::Worker => {
                self.deaths.push(SystemTime::now());
                resident.process.end_now();
            }
            Victim::Server => {
                resident.process.end_now();
                self.house.forgets_dead_holders().await;
            }
            Victim::Store => resident.process.end_now(),
            Victim::Postgres => {}
        }
        if victim == Victim::Store {
            // It stays away for a while.
            sleep(down).await;
        }
    }

    /// Waits until nothing waits, and tends meanwhile.
    pub async fn settles(&mut self) {
        self.is_up().await;
        let end = tokio::time::Instant::now() + super::PATIENCE * 3;
        while !self.house.is_settled().await {
            self.tended_for(Duration::from_millis(50)).await;
            assert!(tokio::time::Instant::now() < end, "it does not settle");
        }
    }

    /// Waits until everybody answers again.
    pub async fn is_up(&mut self) {
        for server in self.servers.clone() {
            let end = tokio::time::Instant::now() + super::PATIENCE;
            while reqwest::get(format!("{server}/readyz"))
                .await
                .is_ok_and(|answer| answer.status() != 200)
                || reqwest::get(format!("{server}/livez")).await.is_err()
            {
                self.tend();
                assert!(tokio::time::Instant::now() < end, "{server} is silent");
                sleep(Duration::from_millis(50)).await;
            }
        }
    }

    /// From the death of a worker to the next attempt at the job that it held, at worst.
    pub async fn worst_takeover(&self) -> Option<Duration> {
        let admin = self.house.database.admin().await;
        let sql = "SELECT a.started_at, next.started_at
                     FROM fertidoc.job_attempt a
                    CROSS JOIN LATERAL (SELECT b.started_at FROM fertidoc.job_attempt b
                                         WHERE b.job_id = a.job_id AND b.fence > a.fence
                                         ORDER BY b.fence LIMIT 1) next
                    WHERE a.outcome = 'lease_lost'";
        let rows = admin.query(sql, &[]).await.unwrap();
        let of = |row: &tokio_postgres::Row| {
            let (from, to): (SystemTime, SystemTime) = (row.get(0), row.get(1));
            let mut deaths = self.deaths.iter();
            let death = deaths.find(|death| (from..to).contains(*death))?;
            to.duration_since(*death).ok()
        };
        rows.iter().filter_map(of).max()
    }
}
