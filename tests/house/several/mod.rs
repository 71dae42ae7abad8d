//! Several instances behind the real nginx, with workers of their own: as ./scripts/run --instances
//! and docker-compose.production.yml set them up.

mod bystanders;
mod figures;
mod killed;
mod reloaded;
mod restarted;

use crate::{
    faults::processes::{Process, free_address, outside},
    house::{TestHouse, eventually},
    security::nginx::Nginx,
};
use fertidoc::config::Config;
use nix::sys::signal::Signal;
use serde_json::Value;
use std::time::Duration;

/// Long enough for a loaded machine; tests end as soon as what they wait for has come.
pub const PATIENCE: Duration = Duration::from_mins(2);

/// One process that answers.
pub struct Instance {
    config: Config,
    process: Option<Process>,
}

impl Instance {
    async fn start(house: &Config) -> Self {
        let mut config = house.clone();
        config.http.bind = free_address();
        config.http.ops_bind = free_address();
        let process = Some(Process::serve(&config).await);
        Self { config, process }
    }

    /// Of those that operators read; nothing while it does not listen.
    async fn asked(&self, path: &str) -> Option<(u16, String)> {
        let url = format!("http://{}{path}", self.config.http.ops_bind);
        let answer = reqwest::get(url).await.ok()?;
        Some((answer.status().as_u16(), answer.text().await.ok()?))
    }

    async fn is_ready(&self) -> bool {
        matches!(self.asked("/readyz").await, Some((200, _)))
    }

    /// Told to end, and no longer ready.
    async fn leaves(&self) {
        self.process.as_ref().unwrap().signal(Signal::SIGTERM);
        eventually(PATIENCE, "readiness to go off", async || {
            let standing = self.asked("/readyz").await?;
            let told: Value = serde_json::from_str(&standing.1).ok()?;
            (standing.0 == 503 && told["draining"] == true).then_some(())
        })
        .await;
    }

    /// Ended, and there again.
    async fn comes_back(&mut self) {
        self.process.take().unwrap().ended().await;
        self.process = Some(Process::serve(&self.config).await);
        eventually(PATIENCE, "the instance to be ready", async || {
            self.is_ready().await.then_some(())
        })
        .await;
    }

    /// Without any warning.
    fn kill(&mut self) {
        self.process.take().unwrap().kill();
    }

    /// Waits until nginx asks it, for what these requests are.
    async fn is_asked(&self) {
        eventually(PATIENCE, "nginx to ask the instance", async || {
            let (_, figures) = self.asked("/metrics").await?;
            figures.contains("route=\"/api/v1/me\"").then_some(())
        })
        .await;
    }
}

/// Instances, nginx before them, and the house that they are of.
pub struct Several {
    pub house: TestHouse,
    pub instances: Vec<Instance>,
    pub nginx: Nginx,
}

impl Several {
    pub async fn open(number: usize) -> Self {
        let mut house = outside(|config| {
            // nginx keeps idle connections for one second in these tests.
            config.http.lame_duck = Duration::from_secs(2);
            config.store.part_bytes = 5 << 20;
            // Enough for a machine that does other things too.
            config.db.wait = Duration::from_secs(20);
            config.http.trusted_proxies = vec!["127.0.0.1/32".into()];
        })
        .await;
        let mut instances = Vec::new();
        for _ in 0..number {
            instances.push(Instance::start(&house.config).await);
        }
        let addresses = instances.iter().map(|one| one.config.http.bind.clone());
        let addresses: Vec<String> = addresses.collect();
        let nginx = Nginx::before_several(&addresses, &house.config).await;
        house.url = format!("http://{}", nginx.address);
        Self {
            house,
            instances,
            nginx,
        }
    }

    pub async fn worker(&self) -> Process {
        Process::work(&self.house.config).await
    }
}
