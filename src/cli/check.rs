//! `check`: whether everything that the house promises holds, at night and after every fault.
//!
//! Each stage looks its own part over; this asks them one after the other, clinic by clinic, while
//! the house is open. What is only on its way is no flaw: uploads, leases and sweeps have their grace.

use crate::{
    access::{
        self, Keys,
        audit::{self, Verified},
    },
    app::InStore,
    cache::Cache,
    config::Config,
    db, documents,
    domain::{flaw::Flaw, ids::ClinicId},
    observations, queue,
    storage::Store,
    summary, upload,
};
use anyhow::Context as _;
use clap::Args;
use serde::Serialize;
use std::time::Instant;
use tokio_postgres::Client;

/// Looks everything over and names what does not hold; the exit status is 1 where there is anything.
#[derive(Debug, Args)]
pub struct Check {
    /// Read every original to its end and compare its SHA-256, not its length alone.
    #[arg(long)]
    deep: bool,
    /// One JSON object instead of words.
    #[arg(long)]
    json: bool,
}

/// What a check came to.
#[derive(Debug, Serialize)]
struct Checked {
    sound: bool,
    clinics: usize,
    documents: u64,
    objects: u64,
    patients: u64,
    seconds: f64,
    flaws: Vec<Flaw>,
    /// The walk over the record of who did what.
    record: Verified,
}

/// With what the stages are asked.
struct Round<'a> {
    config: &'a Config,
    deep: bool,
    pools: db::Pools,
    store: Store,
    cache: Cache,
    sealer: Client,
    inventory: upload::Inventory,
    documents: u64,
    objects: u64,
    patients: u64,
    flaws: Vec<Flaw>,
}

impl Check {
    pub async fn run(self, config: &Config) -> anyhow::Result<()> {
        let checked = self.check(config).await?;
        let told = if self.json {
            serde_json::to_string(&checked)?
        } else {
            words(&checked)
        };
        super::print_line(&told);
        anyhow::ensure!(checked.sound, "the house is not sound");
        Ok(())
    }

    async fn check(&self, config: &Config) -> anyhow::Result<Checked> {
        let began = Instant::now();
        let pools = db::Pools::new(&config.db)?;
        db::check_schema(&*db::connection(&pools.app).await?).await?;
        let store = Store::new(&config.store);
        let mut round = Round {
            config,
            deep: self.deep,
            pools,
            cache: Cache::new(&config.cache, Keys::new(&config.access)?.of("cache"))?,
            sealer: session(db::Login::sealer(&config.db), "db.sealer_url").await?,
            inventory: upload::Inventory::of(&store)
                .await
                .context("listing the store")?,
            store,
            documents: 0,
            objects: 0,
            patients: 0,
            flaws: Vec::new(),
        };
        let refresher = session(db::Login::refresher(&config.db), "db.refresher_url").await?;
        round.flaws = summary::look_over_materialized(&refresher).await?;
        drop(refresher);
        let clinics = access::all_clinics(&round.pools.app).await?;
        for clinic in &clinics {
            round
                .clinic(clinic.id)
                .await
                .with_context(|| format!("looking over clinic {}", clinic.id))?;
        }
        round
            .flaws
            .extend(round.inventory.without_rows(&round.store).await?);
        let key = audit::ChainKey::new(&Keys::new(&config.access)?);
        let anchors = InStore(round.store);
        let record = audit::verify(&mut round.sealer, &key, &anchors, None).await?;
        Ok(Checked {
            sound: round.flaws.is_empty() && record.intact,
            clinics: clinics.len(),
            documents: round.documents,
            objects: round.objects,
            patients: round.patients,
            seconds: began.elapsed().as_secs_f64(),
            flaws: round.flaws,
            record,
        })
    }
}

impl Round<'_> {
    async fn clinic(&mut self, clinic: ClinicId) -> anyhow::Result<()> {
        let received = audit::received(&self.sealer, clinic, None).await?;
        let held = upload::look_over(
            &self.store,
            &self.pools.worker,
            clinic,
            &self.config.upload,
            self.deep,
            &mut self.inventory,
        )
        .await?;
        self.documents += held.documents.len() as u64;
        self.objects += held.objects;
        self.flaws.extend(held.flaws);
        let unlike = audit::unlike(&self.sealer, clinic, &received, &held.documents).await?;
        self.flaws.extend(unlike);
        self.rows(clinic).await?;
        let (patients, flaws) = summary::look_over(&self.pools.app, clinic, &self.cache).await?;
        self.patients += patients;
        self.flaws.extend(flaws);
        Ok(())
    }

    async fn rows(&mut self, clinic: ClinicId) -> anyhow::Result<()> {
        let mut connection = db::connection(&self.pools.worker).await?;
        let tx = db::begin_still(&mut connection, clinic).await?;
        let jobs = queue::look_over(&tx, clinic, &self.config.queue).await?;
        self.flaws.extend(jobs);
        self.flaws.extend(documents::look_over(&tx, clinic).await?);
        self.flaws
            .extend(observations::look_over(&tx, clinic).await?);
        tx.commit().await?;
        drop(connection);
        let mut connection = db::connection(&self.pools.app).await?;
        let tx = db::begin_still(&mut connection, clinic).await?;
        let keys = upload::look_over_keys(&tx, clinic, &self.config.upload).await?;
        self.flaws.extend(keys);
        tx.commit().await?;
        Ok(())
    }
}

/// A connection of its own, whose statements take the time that they need.
async fn session(login: db::Login, setting: &str) -> anyhow::Result<Client> {
    let (client, connection) = db::connect_single(login)
        .await
        .with_context(|| format!("connecting ({setting})"))?;
    tokio::spawn(connection);
    Ok(client)
}

fn words(checked: &Checked) -> String {
    let walked = format!(
        "{} clinics, {} documents, {} objects, {} patients, {} rows of the record in {:.1} s",
        checked.clinics,
        checked.documents,
        checked.objects,
        checked.patients,
        checked.record.rows,
        checked.seconds
    );
    if checked.sound {
        return format!("sound: {walked}");
    }
    let mut lines = vec![format!("not sound: {walked}")];
    lines.extend(checked.flaws.iter().map(line));
    lines.extend(checked.record.findings.iter().map(super::audit::line));
    lines.join("\n")
}

fn line(flaw: &Flaw) -> String {
    let clinic = flaw.clinic.map(|clinic| format!("clinic {clinic}, "));
    let id = flaw.id.map(|id| format!(" {id}"));
    format!(
        "{}{}{} ({}): {}",
        clinic.unwrap_or_default(),
        flaw.about,
        id.unwrap_or_default(),
        flaw.code,
        flaw.says
    )
}
