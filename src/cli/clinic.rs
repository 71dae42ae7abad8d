//! `clinic`: what a clinic decided, for whoever runs the server.

use crate::{
    access::{self, Policy, SexChromosomes},
    config::Config,
    db,
    domain::ids::ClinicId,
};
use anyhow::Context as _;
use clap::{Args, Subcommand};
use serde_json::json;

#[derive(Debug, Args)]
pub struct Clinic {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Print what the clinic masks, or decide it.
    Policy {
        #[arg(long)]
        clinic: ClinicId,
        /// `shown` to everybody who may read, or `masked` from all who lack the scope `genetics`.
        #[arg(long)]
        sex_chromosomes: Option<SexChromosomes>,
    },
}

impl Clinic {
    pub async fn run(self, config: &Config) -> anyhow::Result<()> {
        let Verb::Policy {
            clinic,
            sex_chromosomes,
        } = self.verb;
        let pools = db::Pools::new(&config.db)?;
        let policy = sex_chromosomes.map(|sex_chromosomes| Policy { sex_chromosomes });
        let holds = access::clinic_policy(&pools.app, clinic, policy).await?;
        let holds = holds.context("there is no such clinic")?;
        super::print_line(&json!({ "clinic": clinic, "policy": holds }).to_string());
        Ok(())
    }
}
