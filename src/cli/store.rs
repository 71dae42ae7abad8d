//! `store`: an S3 endpoint from a directory, as a process of its own.

use crate::{config::Config, storage::embedded, telemetry};
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub struct Store {
    /// Address and port; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:9000")]
    bind: String,
    /// Where the objects are kept.
    #[arg(long)]
    dir: PathBuf,
}

impl Store {
    /// Prints the address once it listens, and serves until it is told to end.
    pub async fn run(self, config: &Config) -> anyhow::Result<()> {
        let logs = telemetry::start(&config.telemetry, "store")?;
        let store = &config.store;
        anyhow::ensure!(
            !store.access_key.is_empty() && !store.secret_key.is_empty(),
            "set FERTIDOC__STORE__ACCESS_KEY and FERTIDOC__STORE__SECRET_KEY"
        );
        embedded::serve(
            &self.bind,
            &self.dir,
            &store.access_key,
            &store.secret_key,
            |address| {
                super::print_line(&format!("http://{address}"));
            },
        )
        .await?;
        logs.flush().await;
        Ok(())
    }
}
