//! API tokens: made, looked up, ended.

use super::audit::{self, Event, Reads};
use super::session::Sessions;
use super::{AccessError, Agent, Asking, Keys, Scopes, Sight, Viewer};
use crate::config;
use crate::db::{self, DbError, Tx};
use crate::domain::ids::{ClinicId, TokenId};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use deadpool_postgres::Pool;
use jiff::Timestamp;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::time::Duration;

const FIND: &str = include_str!("../../sql/queries/access/find_token.sql");
const TOUCH: &str = include_str!("../../sql/queries/access/touch_token.sql");
const INSERT: &str = include_str!("../../sql/queries/access/insert_token.sql");
const REVOKE: &str = include_str!("../../sql/queries/access/revoke_token.sql");

/// Lets a leaked token be found by those who scan for secrets.
const PREFIX: &str = "fd_";

/// How long a token that was found good is believed; a revoked one ends within five seconds.
const BELIEVED: Duration = Duration::from_secs(3);

/// Tokens that are remembered at once; far above what a clinic hands out.
const REMEMBERED: u64 = 10_000;

/// A token at its birth, the only moment that the secret is seen.
pub struct NewToken {
    pub id: TokenId,
    /// What its holder sends as `Authorization: Bearer ...`.
    pub secret: String,
}

impl fmt::Debug for NewToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewToken")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// Makes a token for `clinic`; done from the command line.
pub async fn create_token(
    app: &Pool,
    clinic: ClinicId,
    name: &str,
    scopes: Scopes,
    expires_at: Option<Timestamp>,
) -> Result<NewToken, DbError> {
    let mut connection = db::connection(app).await?;
    let tx = db::begin_for(&mut connection, clinic).await?;
    let by = audit::Actor::System {
        clinic,
        request_id: None,
    };
    let token = insert(&tx, by, name, scopes, expires_at).await?;
    tx.commit().await?;
    Ok(token)
}

/// Makes a token and records what it may do, in one transaction.
pub(super) async fn insert(
    tx: &Tx<'_>,
    by: audit::Actor<'_>,
    name: &str,
    scopes: Scopes,
    expires_at: Option<Timestamp>,
) -> Result<NewToken, DbError> {
    let id = TokenId::fresh();
    let secret = format!(
        "{PREFIX}{}",
        URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())
    );
    let words: Vec<&str> = scopes.iter().map(super::Scope::as_str).collect();
    let (clinic, maker) = (by.clinic(), by.agent().map(|agent| agent.0));
    let insert = tx.prepare_cached(INSERT).await?;
    tx.execute(
        &insert,
        &[
            &id.0,
            &clinic.0,
            &name,
            &hash(&secret).as_slice(),
            &words,
            &expires_at,
            &maker,
        ],
    )
    .await?;
    let event = Event::new("token.create").on(id.0);
    let detail = json!({ "scopes": scopes, "expires_at": expires_at });
    audit::record(tx, by, event.with(detail)).await?;
    Ok(NewToken { id, secret })
}

/// Ends a token; `false` where the clinic has no such token. Done from the command line.
pub async fn revoke_token(app: &Pool, clinic: ClinicId, id: TokenId) -> Result<bool, DbError> {
    let mut connection = db::connection(app).await?;
    let tx = db::begin_for(&mut connection, clinic).await?;
    let by = audit::Actor::System {
        clinic,
        request_id: None,
    };
    let found = revoke(&tx, by, id).await?;
    tx.commit().await?;
    Ok(found)
}

/// Ends a token and records it; `false` where there is none.
pub(super) async fn revoke(
    tx: &Tx<'_>,
    by: audit::Actor<'_>,
    id: TokenId,
) -> Result<bool, DbError> {
    let revoke = tx.prepare_cached(REVOKE).await?;
    let found = tx.execute(&revoke, &[&id.0]).await? == 1;
    if found {
        audit::record(tx, by, Event::new("token.revoke").on(id.0)).await?;
    }
    Ok(found)
}

/// Turns bearer tokens and sessions into viewers.
#[derive(Clone)]
pub struct Authenticator {
    pub(super) app: Pool,
    pub(super) reads: Reads,
    pub(super) sessions: Sessions,
    // Good tokens only, by hash: a bad one is asked about each time.
    known: moka::future::Cache<[u8; 32], Known>,
}

#[derive(Clone, Copy)]
struct Known {
    token: TokenId,
    clinic: ClinicId,
    scopes: Scopes,
    sight: Sight,
}

impl Authenticator {
    /// `app` is the pool of the role that answers requests.
    pub fn new(app: Pool) -> Self {
        let known = moka::future::Cache::builder()
            .max_capacity(REMEMBERED)
            .time_to_live(BELIEVED)
            .build();
        let reads = Reads::new(&app);
        let ends = config::Access::default();
        Self {
            app,
            reads,
            sessions: Sessions::new(ends.session_idle, ends.session_absolute, rand::random()),
            known,
        }
    }

    /// As the settings of the house say, so that every instance honours the same sessions and the
    /// forms that another one drew.
    #[must_use]
    pub fn under(self, config: &config::Access, keys: &Keys) -> Self {
        let csrf = keys.of("csrf");
        Self {
            sessions: Sessions::new(config.session_idle, config.session_absolute, csrf),
            ..self
        }
    }

    /// Records what was refused; see [`audit::Entry`].
    pub async fn record(&self, entry: audit::Entry) -> Result<(), DbError> {
        self.reads.write(entry).await
    }

    /// Comes back when all that was handed in to be recorded is written or refused.
    pub async fn drain(&self) {
        self.reads.drain().await;
    }

    /// Who holds `secret`.
    pub async fn authenticate(
        &self,
        secret: &str,
        asking: impl Into<Asking>,
    ) -> Result<Viewer, AccessError> {
        let hash = hash(secret);
        let known = match self.known.get(&hash).await {
            Some(known) => known,
            None => self.look_up(hash).await?,
        };
        Ok(Viewer::proven(
            known.clinic,
            Agent::Token(known.token),
            known.scopes,
            known.sight,
            None,
            asking.into(),
            self.reads.clone(),
        ))
    }

    async fn look_up(&self, hash: [u8; 32]) -> Result<Known, AccessError> {
        let mut connection = db::connection(&self.app).await?;
        let find = connection.prepare_cached(FIND).await?;
        let row = connection
            .query_opt(&find, &[&hash.as_slice()])
            .await?
            .ok_or(AccessError::Unauthenticated)?;
        let scopes = scopes(&row.get::<_, Vec<String>>("scopes"));
        let masked = row.get::<_, &str>("sex_chromosomes") == "masked";
        let known = Known {
            token: TokenId(row.get("token_id")),
            clinic: ClinicId(row.get("clinic_id")),
            scopes,
            sight: Sight::new(scopes, masked),
        };
        if row.get("used_long_ago") {
            let tx = db::begin_for(&mut connection, known.clinic).await?;
            let touch = tx.prepare_cached(TOUCH).await?;
            tx.execute(&touch, &[&known.token.0]).await?;
            tx.commit().await?;
        }
        self.known.insert(hash, known).await;
        Ok(known)
    }
}

fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

// A word that this binary does not know yet gives no right.
pub(super) fn scopes(words: &[String]) -> Scopes {
    words.iter().filter_map(|word| word.parse().ok()).collect()
}
