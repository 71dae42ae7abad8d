//! `token`: a clinic, or a token for one. There are no users by default.

use crate::{
    access::{self, Scope, Scopes},
    config::Config,
    db,
    domain::ids::ClinicId,
};
use clap::Args;
use serde_json::json;

#[derive(Debug, Args)]
pub struct Token {
    /// The clinic that the token is for.
    #[arg(long, conflicts_with = "new_clinic")]
    clinic: Option<ClinicId>,
    /// Makes a clinic of this name and a token for it.
    #[arg(long, required_unless_present = "clinic")]
    new_clinic: Option<String>,
    /// Who or what will hold the token.
    #[arg(long)]
    name: String,
    /// What it may do.
    #[arg(long, value_delimiter = ',', default_value = "upload,read,write")]
    scopes: Vec<Scope>,
    /// Days until it ends; without, it lasts until it is revoked.
    #[arg(long)]
    days: Option<i64>,
}

impl Token {
    pub async fn run(self, config: &Config) -> anyhow::Result<()> {
        let pools = db::Pools::new(&config.db)?;
        let clinic = match (self.clinic, &self.new_clinic) {
            (Some(clinic), _) => clinic,
            (None, Some(name)) => access::create_clinic(&pools.app, name).await?,
            (None, None) => anyhow::bail!("say --clinic or --new-clinic"),
        };
        let scopes: Scopes = self.scopes.into_iter().collect();
        let ends = self
            .days
            .map(|days| jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24 * days));
        let token = access::create_token(&pools.app, clinic, &self.name, scopes, ends).await?;
        let line = json!({ "clinic": clinic, "token_id": token.id, "token": token.secret });
        super::print_line(&line.to_string());
        Ok(())
    }
}
