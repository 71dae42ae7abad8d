//! What a claim and a completion cannot do without: two commits of one row each.

use clap::Args;
use fertidoc::db;
use serde_json::{Value, json};
use std::{path::PathBuf, time::Instant};

#[derive(Args)]
pub struct Commits {
    /// File with the address of a role that may make a table.
    #[arg(long)]
    postgres_file: PathBuf,
    #[arg(long)]
    clients: usize,
    /// Pairs of commits of each.
    #[arg(long)]
    pairs: usize,
}

const MAKE: &str = "DROP TABLE IF EXISTS bench_commit;
    CREATE TABLE bench_commit (id int PRIMARY KEY, n bigint NOT NULL);
    INSERT INTO bench_commit SELECT id, 0 FROM generate_series(0, 63) id";

impl Commits {
    pub async fn run(self) -> anyhow::Result<Value> {
        let login = std::fs::read_to_string(&self.postgres_file)?;
        let login = login.trim();
        let mut clients = Vec::new();
        for _ in 0..self.clients {
            let (client, connection) = db::connect_single(login).await?;
            tokio::spawn(connection);
            clients.push(client);
        }
        if let Some(first) = clients.first() {
            first.batch_execute(MAKE).await?;
        }
        let began = Instant::now();
        let all: Vec<_> = clients
            .into_iter()
            .enumerate()
            .map(|(id, client)| tokio::spawn(commit(client, id as i32, self.pairs * 2)))
            .collect();
        for one in all {
            one.await??;
        }
        let pairs = self.clients * self.pairs;
        Ok(json!({ "seconds": began.elapsed().as_secs_f64(), "done": pairs }))
    }
}

async fn commit(client: tokio_postgres::Client, id: i32, times: usize) -> anyhow::Result<()> {
    let raise = "UPDATE bench_commit SET n = n + 1 WHERE id = $1";
    let raise = client.prepare(raise).await?;
    for _ in 0..times {
        client.execute(&raise, &[&id]).await?;
    }
    Ok(())
}
