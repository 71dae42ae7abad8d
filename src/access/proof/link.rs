//! One-time links: how somebody sets their first password, or another one when it is lost.
//!
//! The secret stands behind `#` in the address, which browsers send to nobody, so it is in no log.

use super::{SignIn, SignInError, failure, password};
use crate::access::account::{self, By};
use crate::access::audit::Event;
use crate::access::{Asking, Ended, read_account};
use crate::db;
use crate::domain::ids::UserId;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde_json::json;
use sha2::{Digest as _, Sha256};

const MAKE: &str = include_str!("../../../sql/queries/access/make_link.sql");
const FIND: &str = include_str!("../../../sql/queries/access/find_link.sql");
const USE: &str = include_str!("../../../sql/queries/access/use_link.sql");

/// A link at its birth, the only moment that the secret is seen.
pub struct Link {
    pub secret: String,
    pub expires_at: Timestamp,
}

impl Link {
    /// The whole address; `url` is that of the house.
    #[must_use]
    pub fn address(&self, url: &str) -> String {
        format!("{}/welcome#{}", url.trim_end_matches('/'), self.secret)
    }
}

impl SignIn {
    /// A new link for somebody to set a password with; those before it are good no more.
    pub async fn link(&self, by: By<'_>, user: UserId) -> Result<Link, SignInError> {
        let secret = format!("fl_{}", URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>()));
        let lasts = i64::try_from(self.link_lasts.as_millis()).unwrap_or(i64::MAX);
        let mut connection = db::connection(&self.app).await?;
        let tx = db::begin(&mut connection).await?;
        let make = tx.prepare_cached(MAKE).await?;
        let row = tx
            .query_one(&make, &[&hash(&secret), &user.0, &lasts])
            .await?;
        let expires_at = row.get(0);
        account::record(&tx, by, user, Event::new("user.link").on(user.0)).await?;
        tx.commit().await?;
        Ok(Link { secret, expires_at })
    }

    /// Sets the password of the person whose link this is and uses the link up; all sessions of the
    /// person end. Answers their user name. A link that is none, or good no more, is recorded as a
    /// sign-in that failed.
    pub async fn welcome(
        &self,
        link: &str,
        password: &str,
        asking: &Asking,
    ) -> Result<String, SignInError> {
        let welcomed = self.set_password(link, password).await;
        if let Err(SignInError::Link) = welcomed {
            let event = failure().with(json!({ "at": "link" }));
            self.failed_nowhere(event, asking).await?;
        }
        welcomed
    }

    async fn set_password(&self, link: &str, password: &str) -> Result<String, SignInError> {
        let link = link.trim().rsplit('#').next().unwrap_or_default();
        let mut connection = db::connection(&self.app).await?;
        let find = connection.prepare_cached(FIND).await?;
        let user = connection
            .query_opt(&find, &[&hash(link)])
            .await?
            .map(|row| UserId(row.get("user_id")))
            .ok_or(SignInError::Link)?;
        let account = read_account(&self.app, user)
            .await?
            .ok_or(SignInError::Link)?;
        password::check(password, &[&account.user_name, &account.display_name])?;
        let hashed = self.passwords.hash(password).await;
        let tx = db::begin(&mut connection).await?;
        let take = tx.prepare_cached(USE).await?;
        if !tx.query_one(&take, &[&hash(link)]).await?.get::<_, bool>(0) {
            return Err(SignInError::Link);
        }
        let set = tx.prepare_cached(password::SET).await?;
        tx.execute(&set, &[&user.0, &hashed]).await?;
        let event = Event::new("user.password").on(user.0);
        account::record(&tx, By::House, user, event).await?;
        tx.commit().await?;
        self.authenticator
            .end_sessions_of(user, Ended::Changed, None, None, By::House)
            .await?;
        Ok(account.user_name)
    }
}

fn hash(secret: &str) -> Vec<u8> {
    Sha256::digest(secret.as_bytes()).to_vec()
}
