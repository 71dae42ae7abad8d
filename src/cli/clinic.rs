//! `clinic`: clinics, the laboratories that work for them, and what a clinic decided; for whoever
//! runs the server.

use crate::{
    access::{self, Policy, SexChromosomes},
    config::Config,
    db,
    domain::ids::{ClinicId, LaboratoryId},
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
    /// Open a clinic.
    Add {
        name: String,
        /// The laboratory that does its work.
        #[arg(long)]
        laboratory: Option<LaboratoryId>,
    },
    /// Open a laboratory.
    AddLaboratory { name: String },
    /// Have the work of a clinic done by a laboratory, whose staff work in it from now on.
    Join {
        #[arg(long)]
        clinic: ClinicId,
        #[arg(long)]
        laboratory: LaboratoryId,
    },
    /// Every clinic with its laboratory, one JSON object a line.
    List,
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
        let app = db::Pools::new(&config.db)?.app;
        match self.verb {
            Verb::Add { name, laboratory } => {
                let clinic = access::create_clinic(&app, &name).await?;
                if let Some(laboratory) = laboratory {
                    access::join_laboratory(&app, clinic, laboratory).await?;
                }
                super::print_line(&json!({ "clinic": clinic }).to_string());
            }
            Verb::AddLaboratory { name } => {
                let laboratory = access::create_laboratory(&app, &name).await?;
                super::print_line(&json!({ "laboratory": laboratory }).to_string());
            }
            Verb::Join { clinic, laboratory } => {
                let found = access::join_laboratory(&app, clinic, laboratory).await?;
                anyhow::ensure!(found, "there is no such clinic");
            }
            Verb::List => {
                for clinic in access::all_clinics(&app).await? {
                    super::print_line(&serde_json::to_string(&clinic)?);
                }
            }
            Verb::Policy {
                clinic,
                sex_chromosomes,
            } => {
                let policy = sex_chromosomes.map(|sex_chromosomes| Policy { sex_chromosomes });
                let holds = access::clinic_policy(&app, clinic, policy).await?;
                let holds = holds.context("there is no such clinic")?;
                super::print_line(&json!({ "clinic": clinic, "policy": holds }).to_string());
            }
        }
        Ok(())
    }
}
