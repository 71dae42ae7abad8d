//! Whom the provider vouched for becomes somebody here.

use super::{Attempt, Oidc, OidcError, Proven};
use crate::access::audit::{self, Actor, Entry, Event, Outcome};
use crate::access::{
    AccessError, Asking, Authenticator, How, NewAccount, NewSession, Role, account, clinics_of,
    create_account,
};
use crate::db::{self, DbError, Tx};
use crate::domain::ids::{ClinicId, UserId};
use deadpool_postgres::Pool;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;

const FIND: &str = include_str!("../../../sql/queries/access/find_account_of_subject.sql");
const READ_CLINIC: &str = include_str!("../../../sql/queries/access/read_clinic.sql");
const LIST: &str = include_str!("../../../sql/queries/access/list_roles_in_clinic.sql");
const GRANT: &str = include_str!("../../../sql/queries/access/grant_role.sql");
const REVOKE: &str = include_str!("../../../sql/queries/access/revoke_role.sql");

/// As many letters as a user name may have here.
const LONGEST_NAME: usize = 90;

struct Found {
    user: UserId,
    disabled: bool,
}

impl Oidc {
    /// Opens a session for whom the provider vouched for; their roles by groups are what the
    /// groups say today.
    pub async fn sign_in(
        &self,
        authenticator: &Authenticator,
        proven: &Proven,
        asking: &Asking,
        browser: Option<&str>,
    ) -> Result<NewSession, OidcError> {
        let app = &authenticator.app;
        let wanted = self.roles_of(&proven.groups);
        let user = match self.find(app, &proven.subject).await? {
            Some(found) if found.disabled => {
                failed(authenticator, Some(found.user), "disabled", asking).await?;
                return Err(OidcError::Disabled);
            }
            Some(found) => found.user,
            None if wanted.is_empty() => {
                failed(authenticator, None, "no_role", asking).await?;
                return Err(OidcError::NoRole);
            }
            None => self.create(app, proven).await?,
        };
        self.replace_roles(app, user, &wanted, asking).await?;
        let clinics = clinics_of(app, user).await?;
        let Some(clinic) = clinics.first() else {
            failed(authenticator, Some(user), "no_role", asking).await?;
            return Err(OidcError::NoRole);
        };
        let mut roles = clinics.iter().flat_map(|clinic| &clinic.roles);
        let needed = roles.any(|role| self.second_factor_roles.contains(role));
        if needed && !proven.second_factor {
            failed(authenticator, Some(user), "second_factor", asking).await?;
            return Err(OidcError::SecondFactor);
        }
        let how = How::IdentityProvider {
            second_factor: proven.second_factor,
        };
        Ok(authenticator
            .open_session(user, clinic.id, how, asking, browser)
            .await?)
    }

    /// The person of the session proved once more who they are; it goes on under another secret.
    pub async fn confirm(
        &self,
        authenticator: &Authenticator,
        attempt: &Attempt,
        proven: &Proven,
        asking: &Asking,
    ) -> Result<NewSession, OidcError> {
        let secret = attempt
            .again
            .as_deref()
            .ok_or_else(|| OidcError::Refused("no session was to be confirmed".into()))?;
        let signed_in = authenticator.signed_in(secret).await?;
        match self.find(&authenticator.app, &proven.subject).await? {
            Some(found) if found.user == signed_in.user && !found.disabled => {
                Ok(authenticator.confirm_session(secret, asking).await?)
            }
            _ => Err(OidcError::Refused(
                "somebody else proved who they are".into(),
            )),
        }
    }

    fn roles_of(&self, groups: &[String]) -> BTreeSet<(ClinicId, Role)> {
        self.gifts
            .iter()
            .filter(|gift| groups.contains(&gift.group))
            .map(|gift| (gift.clinic, gift.role))
            .collect()
    }

    async fn find(&self, app: &Pool, subject: &str) -> Result<Option<Found>, OidcError> {
        let connection = db::connection(app).await?;
        let find = connection.prepare_cached(FIND).await?;
        let row = connection
            .query_opt(&find, &[&self.issuer.as_str(), &subject])
            .await?;
        Ok(row.map(|row| Found {
            user: UserId(row.get("user_id")),
            disabled: row.get("disabled"),
        }))
    }

    /// Makes an account under a name of its own: that somebody here is called the same makes
    /// nobody the same person.
    async fn create(&self, app: &Pool, proven: &Proven) -> Result<UserId, OidcError> {
        let plain = user_name(proven.user_name.as_deref().unwrap_or_default());
        let digest = Sha256::digest(format!("{}\n{}", self.issuer.as_str(), proven.subject));
        let own = digest[..6]
            .iter()
            .fold(plain.clone(), |name, byte| format!("{name}{byte:02x}"));
        let shown = proven.name.as_deref().map_or("", str::trim);
        for user_name in [&plain, &own] {
            let new = NewAccount {
                user_name,
                display_name: if shown.is_empty() { user_name } else { shown },
                identity: Some((self.issuer.as_str(), &proven.subject)),
            };
            match create_account(app, new).await {
                Ok(user) => return Ok(user),
                Err(AccessError::Db(DbError::Duplicate { .. })) => {
                    // Either the name is taken, or another sign-in of the same person was faster.
                    if let Some(found) = self.find(app, &proven.subject).await? {
                        return Ok(found.user);
                    }
                }
                Err(error) => return Err(error.into()),
            }
        }
        Err(OidcError::Refused(
            "no user name was free for the person".into(),
        ))
    }

    async fn replace_roles(
        &self,
        app: &Pool,
        user: UserId,
        wanted: &BTreeSet<(ClinicId, Role)>,
        asking: &Asking,
    ) -> Result<(), OidcError> {
        let held = clinics_of(app, user).await?;
        let clinics: BTreeSet<ClinicId> = wanted
            .iter()
            .map(|(clinic, _)| *clinic)
            .chain(held.iter().map(|clinic| clinic.id))
            .collect();
        let mut connection = db::connection(app).await?;
        let tx = db::begin(&mut connection).await?;
        for clinic in clinics {
            db::turn_to(&tx, clinic).await?;
            let read = tx.prepare_cached(READ_CLINIC).await?;
            if tx.query_opt(&read, &[&clinic.0]).await?.is_none() {
                tracing::warn!(%clinic, "oidc.groups names a clinic that is not here");
                continue;
            }
            let roles = wanted
                .iter()
                .filter(|(of, _)| *of == clinic)
                .map(|(_, role)| *role);
            replace_in(&tx, user, clinic, &roles.collect(), asking).await?;
        }
        Ok(tx.commit().await?)
    }
}

async fn replace_in(
    tx: &Tx<'_>,
    user: UserId,
    clinic: ClinicId,
    wanted: &BTreeSet<Role>,
    asking: &Asking,
) -> Result<(), OidcError> {
    let by = || Actor::Person {
        clinic,
        user,
        session: None,
        asking,
    };
    let list = tx.prepare_cached(LIST).await?;
    let mut held = BTreeSet::new();
    for row in tx.query(&list, &[&clinic.0, &user.0]).await? {
        let role: Option<Role> = row.get::<_, &str>("role").parse().ok();
        let given_by_group = row.get::<_, &str>("source") == "oidc";
        match role {
            Some(role) if given_by_group && !wanted.contains(&role) => {
                let revoke = tx.prepare_cached(REVOKE).await?;
                tx.execute(&revoke, &[&clinic.0, &user.0, &role.as_str()])
                    .await?;
                let event = Event::new("user.revoke").on(user.0);
                audit::record(
                    tx,
                    by(),
                    event.with(json!({ "role": role, "source": "oidc" })),
                )
                .await?;
            }
            Some(role) => _ = held.insert(role),
            None => {}
        }
    }
    for role in wanted.difference(&held) {
        let grant = tx.prepare_cached(GRANT).await?;
        let nobody = None::<uuid::Uuid>;
        tx.execute(
            &grant,
            &[&clinic.0, &user.0, &role.as_str(), &"oidc", &nobody],
        )
        .await?;
        let event = Event::new("user.grant").on(user.0);
        audit::record(
            tx,
            by(),
            event.with(json!({ "role": role, "source": "oidc" })),
        )
        .await?;
    }
    Ok(())
}

/// Records that somebody was not let in: in the clinics of the person, or in the house's own record
/// where the person works nowhere or has no account.
async fn failed(
    authenticator: &Authenticator,
    user: Option<UserId>,
    why: &'static str,
    asking: &Asking,
) -> Result<(), OidcError> {
    let app = &authenticator.app;
    let event = Event {
        subject: user.map(|user| user.0),
        ..Event::new("session.fail").ended(Outcome::Failed)
    };
    let event = event.with(json!({ "at": "identity_provider", "because": why }));
    let mut told = false;
    if let Some(user) = user {
        for clinic in clinics_of(app, user).await? {
            let mut connection = db::connection(app).await?;
            let tx = db::begin_for(&mut connection, clinic.id).await?;
            let by = Actor::Person {
                clinic: clinic.id,
                user,
                session: None,
                asking,
            };
            audit::record(&tx, by, event.clone()).await?;
            tx.commit().await?;
            told = true;
        }
    }
    if !told {
        let entry = Entry::of_a_stranger(asking.client, &asking.request_id, event);
        authenticator.reads.write(entry).await?;
    }
    Ok(())
}

/// A user name of ours out of what the provider calls somebody.
fn user_name(said: &str) -> String {
    let name: String = account::fold(said)
        .chars()
        .filter(|letter| letter.is_ascii_alphanumeric() || "._@+-".contains(*letter))
        .skip_while(|letter| !letter.is_ascii_alphanumeric())
        .take(LONGEST_NAME)
        .collect();
    if name.len() < 2 {
        format!("person{name}")
    } else {
        name
    }
}

#[cfg(test)]
mod tests {
    use super::user_name;

    #[test]
    fn any_name_becomes_one_that_the_table_takes() {
        for (said, ours) in [
            ("Ada.Nurse@Clinic.example", "ada.nurse@clinic.example"),
            ("..ada", "ada"),
            ("", "person"),
            ("é", "person"),
            ("a", "persona"),
        ] {
            assert_eq!(user_name(said), ours);
        }
        assert_eq!(user_name(&"x".repeat(300)).len(), 90);
    }
}
