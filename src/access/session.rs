//! Sessions: what a person opens by signing in, kept in Postgres so that every instance honours
//! them.
//!
//! The secret is 32 random bytes in the cookie; the row holds its SHA-256. Each step of signing in
//! ends the session before it and opens another one, so an id that somebody knew before is worth
//! nothing after. How a session stands is decided by the clock of the database; what was found good
//! is believed for seconds, so a session that was ended, or whose person was disabled, is gone
//! everywhere within five.

use super::audit::{self, Event};
use super::{AccessError, Agent, Asking, Authenticator, Emergency, Role, Scopes, Sight, Viewer};
use crate::db;
use crate::domain::ids::{ClinicId, EmergencyId, SessionId, UserId};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::net::IpAddr;
use std::time::{Duration, Instant};

const OPEN: &str = include_str!("../../sql/queries/access/open_session.sql");
const FIND: &str = include_str!("../../sql/queries/access/find_session.sql");
const TOUCH: &str = include_str!("../../sql/queries/access/touch_session.sql");
const CONFIRM: &str = include_str!("../../sql/queries/access/confirm_session.sql");
const MOVE: &str = include_str!("../../sql/queries/access/move_session.sql");
const LIST: &str = include_str!("../../sql/queries/access/list_sessions.sql");
const END: &str = include_str!("../../sql/queries/access/end_session.sql");
const FIND_EMERGENCY: &str = include_str!("../../sql/queries/access/find_emergency.sql");
const END_ALL: &str = include_str!("../../sql/queries/access/end_sessions_of_user.sql");

/// Tells the secret of a session from that of a token.
const PREFIX: &str = "fs_";

/// How long a session that was found good is believed; an ended one is gone within five seconds.
const BELIEVED: Duration = Duration::from_secs(3);

/// Sessions that are remembered at once; far above the people of a laboratory.
const REMEMBERED: u64 = 10_000;

/// What is sensitive asks for a proof of who it is that is not older.
const RECENT: Duration = Duration::from_mins(5);

/// Who browses is said by the browser itself; more than this is not a name.
const LONGEST_BROWSER: usize = 300;

/// How far somebody has come in signing in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Everything that the roles allow.
    Open,
    /// The password was right; the code of the second factor is still due.
    Code,
    /// The password was right; a second factor must be set up first.
    Enrol,
}

impl Stage {
    fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Code => "code",
            Self::Enrol => "enrol",
        }
    }
}

/// Why a session is no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Nobody used it for too long.
    Idle,
    /// It lasted as long as a session may.
    Absolute,
    /// Its person signed out, here or elsewhere.
    SignedOut,
    /// Its person, or an administrator, ended it from a list.
    Revoked,
    /// The account was disabled.
    Disabled,
    /// The person has no role in the clinic any more.
    NoRole,
    /// The password or the second factor was changed.
    Changed,
    /// The next step of signing in took its place.
    Replaced,
    /// There is no such session.
    Unknown,
}

impl Ended {
    /// As it stands in the row and in the address of the sign-in page.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Absolute => "absolute",
            Self::SignedOut => "signed_out",
            Self::Revoked => "revoked",
            Self::Disabled => "disabled",
            Self::NoRole => "no_role",
            Self::Changed => "changed",
            Self::Replaced => "replaced",
            Self::Unknown => "unknown",
        }
    }

    /// The reason that a word stands for.
    #[must_use]
    pub fn from_word(word: &str) -> Self {
        [
            Self::Idle,
            Self::Absolute,
            Self::SignedOut,
            Self::Revoked,
            Self::Disabled,
            Self::NoRole,
            Self::Changed,
            Self::Replaced,
        ]
        .into_iter()
        .find(|reason| reason.as_str() == word)
        .unwrap_or(Self::Unknown)
    }
}

/// By what somebody proved who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// The password alone.
    Password,
    /// The password, then a code or a recovery code.
    SecondFactor,
    /// An identity provider, which asks for a second factor itself where it says so.
    IdentityProvider { second_factor: bool },
}

impl How {
    fn second_factor(self) -> bool {
        match self {
            Self::Password => false,
            Self::SecondFactor => true,
            Self::IdentityProvider { second_factor } => second_factor,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::SecondFactor => "second_factor",
            Self::IdentityProvider { .. } => "identity_provider",
        }
    }
}

/// A session at its birth, the only moment that the secret is seen.
pub struct NewSession {
    pub id: SessionId,
    /// What the cookie holds.
    pub secret: String,
}

impl fmt::Debug for NewSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewSession")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// A session as its person sees it in a list.
#[derive(Debug, Clone)]
pub struct OpenSession {
    pub id: SessionId,
    pub clinic: String,
    pub created_at: Timestamp,
    /// To the minute.
    pub last_seen_at: Timestamp,
    pub second_factor: bool,
    pub client: Option<IpAddr>,
    /// As the browser calls itself.
    pub browser: Option<String>,
}

/// Somebody whose session was found good, at whatever stage.
#[derive(Debug, Clone, Copy)]
pub struct SignedIn {
    pub session: SessionId,
    pub user: UserId,
    pub clinic: ClinicId,
    pub stage: Stage,
    pub second_factor: bool,
    scopes: Scopes,
    sight: Sight,
    confirmed: Instant,
    emergency: Option<Emergency>,
}

impl SignedIn {
    /// Refuses where the last proof of who it is lies too far back.
    pub fn require_recent(&self) -> Result<(), AccessError> {
        recent(self.confirmed)
    }
}

pub(super) fn recent(confirmed: Instant) -> Result<(), AccessError> {
    if confirmed.elapsed() < RECENT {
        Ok(())
    } else {
        Err(AccessError::ConfirmAgain)
    }
}

/// What an [`Authenticator`] knows of sessions.
#[derive(Clone)]
pub(super) struct Sessions {
    pub(super) idle: Duration,
    pub(super) absolute: Duration,
    pub(super) csrf: [u8; 32],
    // Good sessions only, by hash.
    known: moka::future::Cache<[u8; 32], SignedIn>,
}

impl Sessions {
    pub(super) fn new(idle: Duration, absolute: Duration, csrf: [u8; 32]) -> Self {
        let known = moka::future::Cache::builder()
            .max_capacity(REMEMBERED)
            .time_to_live(BELIEVED)
            .build();
        Self {
            idle,
            absolute,
            csrf,
            known,
        }
    }
}

impl Authenticator {
    /// Whose session `secret` opens. Good for all that the person's roles in its clinic allow;
    /// a session half-way through signing in is good for nothing here.
    pub async fn session(
        &self,
        secret: &str,
        asking: impl Into<Asking>,
    ) -> Result<Viewer, AccessError> {
        let signed_in = self.signed_in(secret).await?;
        match signed_in.stage {
            Stage::Open => {
                let viewer = Viewer::proven(
                    signed_in.clinic,
                    Agent::User(signed_in.user),
                    signed_in.scopes,
                    signed_in.sight,
                    Some((signed_in.session, signed_in.confirmed)),
                    asking.into(),
                    self.reads.clone(),
                );
                let emergency = signed_in
                    .emergency
                    .filter(|emergency| Timestamp::now() < emergency.ends_at);
                Ok(match emergency {
                    Some(emergency) => viewer.in_emergency(emergency),
                    None => viewer,
                })
            }
            stage => Err(AccessError::Halfway(stage)),
        }
    }

    /// Whose session this is, at whatever stage; for the pages of signing in.
    pub async fn signed_in(&self, secret: &str) -> Result<SignedIn, AccessError> {
        let hash = hash(secret);
        if let Some(known) = self.sessions.known.get(&hash).await {
            return Ok(known);
        }
        let connection = db::connection(&self.app).await?;
        let find = connection.prepare_cached(FIND).await?;
        let idle = milliseconds(self.sessions.idle);
        let row = connection
            .query_opt(&find, &[&hash.as_slice(), &idle])
            .await?
            .ok_or(AccessError::SessionEnded(Ended::Unknown))?;
        let standing: &str = row.get("standing");
        if standing != "good" {
            return Err(AccessError::SessionEnded(Ended::from_word(standing)));
        }
        let roles: Vec<Role> = row
            .get::<_, Vec<String>>("roles")
            .iter()
            // A word that this binary does not know yet gives no right.
            .filter_map(|word| word.parse().ok())
            .collect();
        let scopes: Scopes = roles
            .iter()
            .flat_map(|role| role.scopes().iter().collect::<Vec<_>>())
            .collect();
        let ago = u64::try_from(row.get::<_, i64>("confirmed_ms_ago")).unwrap_or(0);
        let session = SessionId(row.get("session_id"));
        let clinic = ClinicId(row.get("clinic_id"));
        let emergency = connection.prepare_cached(FIND_EMERGENCY).await?;
        let emergency = connection
            .query_opt(&emergency, &[&session.0, &clinic.0])
            .await?
            .map(|row| Emergency {
                id: EmergencyId(row.get("emergency_id")),
                ends_at: row.get("ends_at"),
            });
        let found = SignedIn {
            emergency,
            session,
            user: UserId(row.get("user_id")),
            clinic,
            stage: match row.get("stage") {
                "open" => Stage::Open,
                "enrol" => Stage::Enrol,
                _ => Stage::Code,
            },
            second_factor: row.get("second_factor"),
            scopes,
            sight: Sight::new(scopes, row.get::<_, &str>("sex_chromosomes") == "masked"),
            confirmed: Instant::now()
                .checked_sub(Duration::from_millis(ago))
                // The machine is younger than the proof.
                .unwrap_or_else(|| {
                    Instant::now()
                        .checked_sub(RECENT)
                        .unwrap_or_else(Instant::now)
                }),
        };
        if row.get("seen_long_ago") {
            let touch = connection.prepare_cached(TOUCH).await?;
            connection.execute(&touch, &[&found.session.0]).await?;
        }
        self.sessions.known.insert(hash, found).await;
        Ok(found)
    }

    /// What is known of a session on this instance is asked anew at its next request.
    pub(super) async fn forget_session(&self, session: SessionId) {
        let known = self.sessions.known.iter();
        let hashes: Vec<_> = known
            .filter(|(_, known)| known.session == session)
            .map(|(hash, _)| *hash)
            .collect();
        for hash in hashes {
            self.sessions.known.invalidate(&hash).await;
        }
    }

    /// Opens a session, of which the record tells.
    pub async fn open_session(
        &self,
        user: UserId,
        clinic: ClinicId,
        how: How,
        asking: &Asking,
        browser: Option<&str>,
    ) -> Result<NewSession, AccessError> {
        self.begin_session(user, clinic, Stage::Open, how, asking, browser)
            .await
    }

    /// Opens a session that is good for the next step of signing in only.
    pub async fn open_halfway(
        &self,
        user: UserId,
        clinic: ClinicId,
        stage: Stage,
        asking: &Asking,
        browser: Option<&str>,
    ) -> Result<NewSession, AccessError> {
        self.begin_session(user, clinic, stage, How::Password, asking, browser)
            .await
    }

    async fn begin_session(
        &self,
        user: UserId,
        clinic: ClinicId,
        stage: Stage,
        how: How,
        asking: &Asking,
        browser: Option<&str>,
    ) -> Result<NewSession, AccessError> {
        let session = NewSession {
            id: SessionId::fresh(),
            secret: fresh_secret(),
        };
        let browser: Option<String> =
            browser.map(|name| name.chars().take(LONGEST_BROWSER).collect());
        let mut connection = db::connection(&self.app).await?;
        let tx = db::begin_for(&mut connection, clinic).await?;
        let open = tx.prepare_cached(OPEN).await?;
        tx.execute(
            &open,
            &[
                &session.id.0,
                &hash(&session.secret).as_slice(),
                &user.0,
                &clinic.0,
                &stage.as_str(),
                &how.second_factor(),
                &milliseconds(self.sessions.absolute),
                &asking.client,
                &browser,
            ],
        )
        .await?;
        if stage == Stage::Open {
            let by = audit::Actor::Person {
                clinic,
                user,
                session: Some(session.id),
                asking,
            };
            let event = Event::new("session.open")
                .on(session.id.0)
                .with(json!({ "by": how.word() }));
            audit::record(&tx, by, event).await?;
        }
        tx.commit().await?;
        Ok(session)
    }

    /// The person proved once more who they are. The secret is another one from now on, so that no
    /// instance goes by what it remembers.
    pub async fn confirm_session(&self, secret: &str) -> Result<NewSession, AccessError> {
        self.renew(secret, CONFIRM, None).await
    }

    /// The session goes on for another clinic of the person, with another secret.
    pub async fn move_session(
        &self,
        secret: &str,
        clinic: ClinicId,
    ) -> Result<NewSession, AccessError> {
        self.renew(secret, MOVE, Some(clinic)).await
    }

    async fn renew(
        &self,
        secret: &str,
        statement: &str,
        clinic: Option<ClinicId>,
    ) -> Result<NewSession, AccessError> {
        let known = self.signed_in(secret).await?;
        let renewed = NewSession {
            id: known.session,
            secret: fresh_secret(),
        };
        let new_hash = hash(&renewed.secret);
        let connection = db::connection(&self.app).await?;
        let renew = connection.prepare_cached(statement).await?;
        let row = match clinic {
            None => {
                connection
                    .query_one(&renew, &[&known.session.0, &new_hash.as_slice()])
                    .await?
            }
            Some(clinic) => {
                connection
                    .query_one(&renew, &[&known.session.0, &new_hash.as_slice(), &clinic.0])
                    .await?
            }
        };
        self.sessions.known.invalidate(&hash(secret)).await;
        if row.get::<_, bool>(0) {
            Ok(renewed)
        } else {
            Err(AccessError::SessionEnded(Ended::NoRole))
        }
    }

    /// Ends the session behind `secret`; one that is over already stays so.
    pub async fn end_session(
        &self,
        secret: &str,
        because: Ended,
        asking: &Asking,
    ) -> Result<(), AccessError> {
        let known = match self.signed_in(secret).await {
            Ok(known) => known,
            Err(AccessError::SessionEnded(_)) => return Ok(()),
            Err(error) => return Err(error),
        };
        let mut connection = db::connection(&self.app).await?;
        let tx = db::begin_for(&mut connection, known.clinic).await?;
        let end = tx.prepare_cached(END).await?;
        tx.execute(&end, &[&known.user.0, &known.session.0, &because.as_str()])
            .await?;
        if known.stage == Stage::Open {
            let by = audit::Actor::Person {
                clinic: known.clinic,
                user: known.user,
                session: Some(known.session),
                asking,
            };
            let event = Event::new("session.end")
                .on(known.session.0)
                .with(json!({ "because": because.as_str() }));
            audit::record(&tx, by, event).await?;
        }
        tx.commit().await?;
        self.sessions.known.invalidate(&hash(secret)).await;
        Ok(())
    }

    /// Ends one session of a person by its id; `false` where there is none to end.
    pub async fn end_one_of(
        &self,
        user: UserId,
        session: SessionId,
        by: audit::Actor<'_>,
    ) -> Result<bool, AccessError> {
        let mut connection = db::connection(&self.app).await?;
        let tx = db::begin_for(&mut connection, by.clinic()).await?;
        let end = tx.prepare_cached(END).await?;
        let ended: bool = tx
            .query_one(&end, &[&user.0, &session.0, &Ended::Revoked.as_str()])
            .await?
            .get(0);
        if ended {
            audit::record(&tx, by, Event::new("session.end").on(session.0)).await?;
        }
        tx.commit().await?;
        Ok(ended)
    }

    /// Ends all sessions of a person but one: those of one clinic, or of all. Answers how many.
    pub async fn end_sessions_of(
        &self,
        user: UserId,
        because: Ended,
        of: Option<ClinicId>,
        but: Option<SessionId>,
    ) -> Result<i64, AccessError> {
        let connection = db::connection(&self.app).await?;
        let end = connection.prepare_cached(END_ALL).await?;
        let row = connection
            .query_one(
                &end,
                &[
                    &user.0,
                    &because.as_str(),
                    &of.map(|clinic| clinic.0),
                    &but.map(|session| session.0),
                ],
            )
            .await?;
        Ok(row.get(0))
    }

    /// The good sessions of a person, newest first.
    pub async fn sessions_of(&self, user: UserId) -> Result<Vec<OpenSession>, AccessError> {
        let connection = db::connection(&self.app).await?;
        let list = connection.prepare_cached(LIST).await?;
        let rows = connection
            .query(&list, &[&user.0, &milliseconds(self.sessions.idle)])
            .await?;
        Ok(rows
            .iter()
            .map(|row| OpenSession {
                id: SessionId(row.get("session_id")),
                clinic: row.get("clinic"),
                created_at: row.get("created_at"),
                last_seen_at: row.get("last_seen_at"),
                second_factor: row.get("second_factor"),
                client: row.get("client"),
                browser: row.get("browser"),
            })
            .collect())
    }

    /// What a state change by this session must bring along. It is bound to the clinic too: a form
    /// that was drawn for one clinic changes nothing in another.
    #[must_use]
    pub fn csrf(&self, session: SessionId, clinic: ClinicId) -> String {
        URL_SAFE_NO_PAD.encode(self.csrf_mac(session, clinic).finalize().into_bytes())
    }

    /// Whether `token` is what [`Self::csrf`] made, compared in constant time.
    #[must_use]
    pub fn csrf_fits(&self, session: SessionId, clinic: ClinicId, token: &str) -> bool {
        URL_SAFE_NO_PAD
            .decode(token)
            .is_ok_and(|token| self.csrf_mac(session, clinic).verify_slice(&token).is_ok())
    }

    fn csrf_mac(&self, session: SessionId, clinic: ClinicId) -> Hmac<Sha256> {
        // A key of one block, as HMAC itself would fill it up.
        let mut key = [0; 64];
        key[..32].copy_from_slice(&self.sessions.csrf);
        let mut mac = Hmac::<Sha256>::new(&key.into());
        mac.update(session.0.as_bytes());
        mac.update(clinic.0.as_bytes());
        mac
    }
}

fn fresh_secret() -> String {
    format!(
        "{PREFIX}{}",
        URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())
    )
}

fn hash(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

fn milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
