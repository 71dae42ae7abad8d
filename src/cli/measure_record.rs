//! `measure-record`: what recording, sealing and verifying cost, for `./scripts/figures --record`. What
//! it writes would stay in a record for ever, so it works only where nobody was recorded before.

use crate::{
    access::{
        Authenticator, Keys, Scopes, Viewer,
        audit::{self, AnchorError, Anchors, ChainKey, Event, Head, Sealed, Sealer},
        create_clinic, create_token,
    },
    config::Config,
    db,
};
use anyhow::Context as _;
use clap::Args;
use futures_util::future::{BoxFuture, try_join_all};
use serde_json::json;
use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};
use uuid::Uuid;

#[derive(Debug, Args)]
pub struct MeasureRecord {
    /// How long each way of recording is measured.
    #[arg(long, default_value_t = 4)]
    seconds: u32,
    /// How many readers wait at once.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 8, 64])]
    readers: Vec<usize>,
    /// How many rows are sealed and verified, at least.
    #[arg(long, default_value_t = 100_000)]
    rows: usize,
}

/// Rows a second, and the median wait in milliseconds.
struct Rate {
    rows: f64,
    median: f64,
}

impl MeasureRecord {
    pub async fn run(self, config: &Config) -> anyhow::Result<()> {
        let app = db::Pools::new(&config.db)?.app;
        let (mut sealing, connection) = db::connect_single(db::Login::sealer(&config.db))
            .await
            .context("connecting as the role that seals (db.sealer_url)")?;
        tokio::spawn(connection);
        let key = ChainKey::new(&Keys::new(&config.access)?);
        let anchors = Memory::default();
        let before = audit::verify(&mut sealing, &key, &anchors, None).await?;
        anyhow::ensure!(
            before.rows == 0 && before.findings.is_empty(),
            "somebody was recorded here: name a database that was just made"
        );
        let clinic = create_clinic(&app, "Figures").await?;
        let token = create_token(&app, clinic, "reader", Scopes::all(), None).await?;
        let door = Authenticator::new(app.clone());
        let viewer = door.authenticate(&token.secret, "figures").await?;
        let mut recording = Vec::new();
        for &readers in &self.readers {
            let gathered = self.record(readers, async || Ok(viewer.saw(look()).await?));
            let gathered = gathered.await?;
            let alone = self.record(readers, async || record_alone(&app, &viewer).await);
            let alone = alone.await?;
            recording.push(json!({
                "readers": readers,
                "gathered_rows_per_second": gathered.rows,
                "gathered_median_ms": gathered.median,
                "alone_rows_per_second": alone.rows,
                "alone_median_ms": alone.median,
                "gathered_to_alone": gathered.rows / alone.rows,
            }));
        }
        for _ in 0..self.rows.div_ceil(AT_ONCE) {
            try_join_all((0..AT_ONCE).map(|_| viewer.saw(look()))).await?;
        }
        let mut sealer = Sealer::new(sealing, key.clone()).await?;
        let began = Instant::now();
        let sealed = seal(&mut sealer, &anchors).await?;
        let sealing = sealed as f64 / began.elapsed().as_secs_f64();
        drop(sealer);
        let (mut walking, connection) = db::connect_single(db::Login::sealer(&config.db)).await?;
        tokio::spawn(connection);
        let verified = audit::verify(&mut walking, &key, &anchors, None).await?;
        anyhow::ensure!(verified.intact, "the record is not intact");
        let line = json!({
            "recording": recording,
            "sealed_rows": sealed,
            "sealing_rows_per_second": sealing,
            "verified_rows": verified.rows,
            "verifying_rows_per_second": verified.rows_per_second,
        });
        super::print_line(&line.to_string());
        Ok(())
    }

    /// What `readers` at once get recorded, each beginning again when answered.
    async fn record(
        &self,
        readers: usize,
        once: impl AsyncFn() -> anyhow::Result<()>,
    ) -> anyhow::Result<Rate> {
        let lasts = Duration::from_secs(self.seconds.into());
        let end = Instant::now() + lasts;
        let each = try_join_all((0..readers).map(|_| async {
            let mut took = Vec::new();
            while Instant::now() < end {
                let began = Instant::now();
                once().await?;
                took.push(began.elapsed());
            }
            anyhow::Ok(took)
        }));
        let mut took: Vec<Duration> = each.await?.into_iter().flatten().collect();
        took.sort_unstable();
        let median = took.get(took.len() / 2).context("nothing was recorded")?;
        Ok(Rate {
            rows: took.len() as f64 / lasts.as_secs_f64(),
            median: median.as_secs_f64() * 1000.0,
        })
    }
}

/// As many as wait in one process at a busy moment.
const AT_ONCE: usize = 500;

fn look() -> Event {
    Event::new("patient.read").on(Uuid::now_v7())
}

/// As it would be without gathering: a transaction for each.
async fn record_alone(app: &deadpool_postgres::Pool, viewer: &Viewer) -> anyhow::Result<()> {
    let mut connection = db::connection(app).await?;
    let tx = viewer.begin(&mut connection).await?;
    audit::record(&tx, viewer, look()).await?;
    Ok(tx.commit().await?)
}

/// Seals all there is, and lays the heads down.
async fn seal(sealer: &mut Sealer, anchors: &Memory) -> anyhow::Result<usize> {
    let mut sealed = 0;
    loop {
        let Sealed::Rows { rows, heads, more } = sealer.pass(anchors).await? else {
            anyhow::bail!("another process seals here: name a database that was just made");
        };
        sealed += rows;
        for head in heads {
            anchors.lay(head).await?;
        }
        if !more {
            return Ok(sealed);
        }
    }
}

/// Anchors for as long as the figures take.
#[derive(Default)]
struct Memory(Mutex<BTreeMap<Uuid, Head>>);

impl Anchors for Memory {
    fn lay(&self, head: Head) -> BoxFuture<'_, Result<(), AnchorError>> {
        let mut laid = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        laid.insert(head.chain, head);
        Box::pin(async { Ok(()) })
    }

    fn find(&self, chain: Uuid) -> BoxFuture<'_, Result<Option<Head>, AnchorError>> {
        let laid = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = laid.get(&chain).cloned();
        Box::pin(async { Ok(found) })
    }

    fn chains(&self) -> BoxFuture<'_, Result<Vec<Uuid>, AnchorError>> {
        let laid = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let chains = laid.keys().copied().collect();
        Box::pin(async { Ok(chains) })
    }
}
