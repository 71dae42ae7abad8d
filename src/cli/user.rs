//! `user` and `clinic`: people and where they work, for whoever runs the server. There is no default
//! account: the first administrator of a clinic is made here and signs in by a one-time link.

use crate::{
    access::{self, Authenticator, By, Ended, Keys, NewAccount, Place, Role, SignIn},
    config::Config,
    db,
    domain::ids::{ClinicId, LaboratoryId, UserId},
};
use anyhow::Context as _;
use clap::{Args, Subcommand};
use serde_json::json;

#[derive(Debug, Args)]
pub struct User {
    #[command(subcommand)]
    verb: Verb,
    /// Address of the server that links begin with; without, the setting `http.public_url`.
    #[arg(long, global = true)]
    url: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Make an account; prints a one-time link that sets its password.
    Add {
        /// What the person types in to sign in.
        user_name: String,
        /// The name that is shown.
        #[arg(long)]
        name: String,
        #[command(flatten)]
        place: Where,
        /// What the person is there.
        #[arg(long, value_delimiter = ',', required = true)]
        roles: Vec<Role>,
    },
    /// The first administrator of a new clinic; prints a one-time link.
    First {
        user_name: String,
        #[arg(long)]
        name: String,
        /// What the clinic is called.
        #[arg(long)]
        clinic_name: String,
    },
    /// Everybody who works or worked in a clinic, one JSON object a line.
    List {
        #[arg(long)]
        clinic: ClinicId,
    },
    /// Let nobody in by this account; its sessions end within seconds.
    Disable { user_name: String },
    /// Let the account in again.
    Enable { user_name: String },
    /// Give a role.
    Grant {
        user_name: String,
        #[command(flatten)]
        place: Where,
        #[arg(long)]
        role: Role,
    },
    /// Take a role away.
    Revoke {
        user_name: String,
        #[command(flatten)]
        place: Where,
        #[arg(long)]
        role: Role,
    },
    /// Print a new one-time link; those before it are good no more.
    Link { user_name: String },
    /// Take the second factor away; the next sign-in sets up another one.
    ResetSecondFactor { user_name: String },
    /// Open sessions of a person, one JSON object a line.
    Sessions {
        user_name: String,
        /// Ends them all.
        #[arg(long)]
        end: bool,
    },
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Where {
    /// In one clinic.
    #[arg(long)]
    clinic: Option<ClinicId>,
    /// In every clinic of a laboratory.
    #[arg(long)]
    laboratory: Option<LaboratoryId>,
}

impl Where {
    fn place(&self) -> anyhow::Result<Place> {
        match (self.clinic, self.laboratory) {
            (Some(clinic), None) => Ok(Place::Clinic(clinic)),
            (None, Some(laboratory)) => Ok(Place::Laboratory(laboratory)),
            _ => anyhow::bail!("say --clinic or --laboratory"),
        }
    }
}

impl User {
    pub async fn run(self, config: &Config) -> anyhow::Result<()> {
        let app = db::Pools::new(&config.db)?.app;
        let door =
            Authenticator::new(app.clone()).under(&config.access, &Keys::new(&config.access)?);
        let sign_in = SignIn::new(app.clone(), door.clone(), &config.access)?;
        let url = self.url.unwrap_or_else(|| config.http.public_url.clone());
        let of = |name: String| {
            let app = app.clone();
            async move {
                let found = access::find_account(&app, &name).await?;
                let account = found.with_context(|| format!("there is no user {name}"))?;
                anyhow::Ok(account.id)
            }
        };
        match self.verb {
            Verb::Add {
                user_name,
                name,
                place,
                roles,
            } => {
                let new = NewAccount {
                    user_name: &user_name,
                    display_name: &name,
                    identity: None,
                };
                let user = access::add_person(&app, By::House, new, place.place()?, &roles).await?;
                print_link(&sign_in, &url, user).await
            }
            Verb::First {
                user_name,
                name,
                clinic_name,
            } => {
                let clinic = access::create_clinic(&app, &clinic_name).await?;
                let new = NewAccount {
                    user_name: &user_name,
                    display_name: &name,
                    identity: None,
                };
                let place = Place::Clinic(clinic);
                let user =
                    access::add_person(&app, By::House, new, place, &[Role::ClinicAdmin]).await?;
                print_link(&sign_in, &url, user).await
            }
            Verb::List { clinic } => {
                for member in access::list_people(&app, clinic).await? {
                    super::print_line(&serde_json::to_string(&member)?);
                }
                Ok(())
            }
            Verb::Disable { user_name } => {
                Ok(access::disable(&app, &door, By::House, of(user_name).await?).await?)
            }
            Verb::Enable { user_name } => {
                Ok(access::enable(&app, By::House, of(user_name).await?).await?)
            }
            Verb::Grant {
                user_name,
                place,
                role,
            } => {
                let (user, place) = (of(user_name).await?, place.place()?);
                Ok(access::grant(&app, By::House, user, place, role).await?)
            }
            Verb::Revoke {
                user_name,
                place,
                role,
            } => {
                let (user, place) = (of(user_name).await?, place.place()?);
                let found = access::revoke(&app, By::House, user, place, role).await?;
                anyhow::ensure!(found, "the person does not have this role there");
                Ok(())
            }
            Verb::Link { user_name } => print_link(&sign_in, &url, of(user_name).await?).await,
            Verb::ResetSecondFactor { user_name } => Ok(sign_in
                .reset_second_factor(By::House, of(user_name).await?)
                .await?),
            Verb::Sessions { user_name, end } => {
                let user = of(user_name).await?;
                for session in door.sessions_of(user).await? {
                    let line = json!({
                        "id": session.id, "clinic": session.clinic, "since": session.created_at,
                        "last_seen": session.last_seen_at, "client": session.client,
                    });
                    super::print_line(&line.to_string());
                }
                if end {
                    door.end_sessions_of(user, Ended::Revoked, None, None, By::House)
                        .await?;
                }
                Ok(())
            }
        }
    }
}

async fn print_link(sign_in: &SignIn, url: &str, user: UserId) -> anyhow::Result<()> {
    let link = sign_in.link(By::House, user).await?;
    let line = json!({ "user": user, "link": link.address(url), "until": link.expires_at });
    super::print_line(&line.to_string());
    Ok(())
}
