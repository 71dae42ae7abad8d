//! `token`: a clinic, or a token for one; what there is, and its end. There are no users by
//! default.

use crate::{
    access::{self, LONGEST_DAYS, Scope, Scopes},
    config::Config,
    db,
    domain::ids::{ClinicId, TokenId},
};
use clap::{Args, Subcommand};
use serde_json::json;

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Token {
    #[command(subcommand)]
    verb: Option<Verb>,
    #[command(flatten)]
    wish: Option<Wish>,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Print the tokens of a clinic, newest first, one JSON object a line.
    List {
        #[arg(long)]
        clinic: ClinicId,
    },
    /// End a token, on every instance within five seconds.
    Revoke {
        #[arg(long)]
        clinic: ClinicId,
        /// The id that it was made with.
        token: TokenId,
    },
}

#[derive(Debug, Args)]
struct Wish {
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
    /// Days until it ends.
    #[arg(long, default_value_t = LONGEST_DAYS, value_parser = clap::value_parser!(u16).range(1..=i64::from(LONGEST_DAYS)))]
    days: u16,
}

impl Token {
    pub async fn run(self, config: &Config) -> anyhow::Result<()> {
        let pools = db::Pools::new(&config.db)?;
        match (self.verb, self.wish) {
            (Some(Verb::List { clinic }), _) => {
                for token in access::list_tokens(&pools.app, clinic).await? {
                    super::print_line(&serde_json::to_string(&token)?);
                }
            }
            (Some(Verb::Revoke { clinic, token }), _) => {
                if !access::revoke_token(&pools.app, clinic, token).await? {
                    anyhow::bail!("clinic {clinic} has no token {token}");
                }
            }
            (None, Some(wish)) => wish.make(&pools).await?,
            (None, None) => anyhow::bail!("say --clinic or --new-clinic"),
        }
        Ok(())
    }
}

impl Wish {
    async fn make(self, pools: &db::Pools) -> anyhow::Result<()> {
        let clinic = match (self.clinic, &self.new_clinic) {
            (Some(clinic), _) => clinic,
            (None, Some(name)) => access::create_clinic(&pools.app, name).await?,
            (None, None) => anyhow::bail!("say --clinic or --new-clinic"),
        };
        let scopes: Scopes = self.scopes.into_iter().collect();
        let ends =
            jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24 * i64::from(self.days));
        let token =
            access::create_token(&pools.app, clinic, &self.name, scopes, Some(ends)).await?;
        let line = json!({ "clinic": clinic, "token_id": token.id, "token": token.secret });
        super::print_line(&line.to_string());
        Ok(())
    }
}
