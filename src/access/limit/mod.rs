//! How much anybody may ask for: buckets in Redis that all instances share.
//!
//! One script ([`take.lua`]) takes from a bucket by the clock of Redis; a key holds a keyed hash
//! of whom it is about and ends when its bucket is full. Files, dear answers, administration and
//! sign-ins are taken one by one, so their limits are exact over all instances. Ordinary requests
//! would pay a round trip each: an instance takes a tenth of the bucket at a time and gives it out
//! from its memory ([`lump`]), so that an agent may get at most a tenth more for each further
//! instance it asks, or be refused with as much lying unused elsewhere.
//!
//! A sign-in takes one from the user's bucket and one from the address's before the password is
//! looked at; one that succeeds gives both back, so a clinic behind one address is never locked out
//! by signing in. Whoever goes to the identity provider takes one from the address's bucket, and
//! another one on the way back; whoever is let in gives both back. With Redis gone sign-ins have a half of their buckets in each process; everything
//! else goes on unlimited. Without a Redis in the settings each process has whole buckets.

mod local;
mod lump;
mod rate;

pub use rate::{Class, Exceeded, Left, Rate};

use super::Keys;
use crate::cache::{Answer, Cache, Script};
use crate::config;
use crate::domain::ids::AgentId;
use hmac::{Hmac, KeyInit as _, Mac as _};
use local::{Local, small};
use lump::Lumps;
use sha2::Sha256;
use std::fmt;
use std::fmt::Write as _;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

static TAKE: Script = Script::new(include_str!("take.lua"));

/// The buckets of everybody. Clones share them.
#[derive(Clone)]
pub struct Limits(Arc<Inner>);

struct Inner {
    config: config::Limit,
    cache: Cache,
    key: [u8; 32],
    lumps: Lumps,
    local: Local,
    /// Whether the last question stayed without an answer; told once, not each time.
    silent: AtomicBool,
}

impl fmt::Debug for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limits").finish_non_exhaustive()
    }
}

/// What was had of a bucket that Redis holds.
struct Had {
    taken: u32,
    left: u32,
    wait: Duration,
}

impl Limits {
    /// Buckets in the Redis of `cache`.
    #[must_use]
    pub fn new(config: &config::Limit, cache: Cache, keys: &Keys) -> Self {
        Self(Arc::new(Inner {
            config: config.clone(),
            cache,
            key: keys.of("limits"),
            lumps: Lumps::default(),
            local: Local::default(),
            silent: AtomicBool::new(false),
        }))
    }

    /// Takes one of what an agent may have. `None` where the class is not limited, or cannot be at
    /// the moment.
    pub async fn take(&self, class: Class, agent: AgentId) -> Result<Option<Left>, Exceeded> {
        let Some(rate) = Rate::of(&self.0.config, class) else {
            return Ok(None);
        };
        let taken = if class == Class::Read {
            self.take_of_lump(class, rate, agent).await
        } else {
            self.take_one(class, rate, &self.name(class, &agent.to_string()), None)
                .await
        };
        if taken.is_err() {
            count(class);
        }
        taken
    }

    /// What an answer tells of a class that is used up.
    #[must_use]
    pub fn used_up(&self, class: Class) -> Option<Left> {
        Some(Left {
            class,
            rate: Rate::of(&self.0.config, class)?,
            remaining: 0,
        })
    }

    /// Begins an attempt to sign in, or to prove a second factor: to be asked before anything that
    /// was sent is compared. `user` is the name as it was typed; whether there is such a user makes
    /// no difference.
    pub async fn sign_in(&self, user: &str, client: Option<IpAddr>) -> Result<Attempt, Exceeded> {
        let user = (Class::SignIn, user.trim().to_lowercase());
        self.attempt(address(client).into_iter().chain([user]))
            .await
    }

    /// The same where nobody has said yet who they are: a step on the way to the identity provider
    /// or back, counted for the address alone.
    pub async fn sign_in_elsewhere(&self, client: Option<IpAddr>) -> Result<Attempt, Exceeded> {
        self.attempt(address(client)).await
    }

    async fn attempt(
        &self,
        whoms: impl IntoIterator<Item = (Class, String)>,
    ) -> Result<Attempt, Exceeded> {
        let mut attempt = Attempt {
            limits: self.clone(),
            taken: Vec::new(),
        };
        for (class, whom) in whoms {
            let Some(rate) = Rate::of(&self.0.config, class) else {
                continue;
            };
            let name = self.name(class, &whom);
            match self.take_one(class, rate, &name, Some(small(rate))).await {
                Ok(_) => attempt.taken.push((name, rate)),
                Err(exceeded) => {
                    count(class);
                    // Whoever is refused for the user's sake has tried nothing at this address.
                    attempt.succeeded().await;
                    return Err(exceeded);
                }
            }
        }
        Ok(attempt)
    }

    /// `alone` is what this process allows by itself while Redis is gone; without it, everything.
    async fn take_one(
        &self,
        class: Class,
        rate: Rate,
        name: &str,
        alone: Option<Rate>,
    ) -> Result<Option<Left>, Exceeded> {
        match self.ask(name, rate, 1).await {
            Answer::Given(had) if had.taken > 0 => Ok(Some(Left {
                class,
                rate,
                remaining: had.left,
            })),
            Answer::Given(had) => Err(Exceeded {
                class,
                rate,
                retry_after: had.wait,
            }),
            Answer::Absent => self.0.local.take(name, class, rate).map(Some),
            Answer::Silent => match alone {
                Some(rate) => self.0.local.take(name, class, rate).map(Some),
                None => Ok(None),
            },
        }
    }

    /// Takes `wanted` of the bucket, as many of them as are there; below zero gives back.
    async fn ask(&self, name: &str, rate: Rate, wanted: i64) -> Answer<Had> {
        let each = i64::try_from(rate.each().as_micros()).unwrap_or(i64::MAX);
        let arguments = [each, i64::from(rate.burst), wanted];
        let answer = self.0.cache.run(&TAKE, name, &arguments).await;
        let answer = answer.map(|(taken, left, wait): (i64, i64, i64)| Had {
            taken: u32::try_from(taken).unwrap_or(0),
            left: u32::try_from(left).unwrap_or(0),
            wait: Duration::from_micros(u64::try_from(wait).unwrap_or(0)),
        });
        self.note(matches!(answer, Answer::Silent));
        answer
    }

    /// Tells once that Redis is gone, and once that it is back.
    fn note(&self, silent: bool) {
        if self.0.silent.swap(silent, Ordering::Relaxed) == silent {
            return;
        }
        metrics::gauge!("fertidoc_limits_without_redis").set(f64::from(u8::from(silent)));
        if silent {
            tracing::warn!(
                "Redis does not answer: sign-ins are limited by each process, nothing else is"
            );
        } else {
            tracing::info!("Redis answers: limits are shared again");
        }
    }

    /// The name of a bucket, which tells nobody whom it is about.
    fn name(&self, class: Class, whom: &str) -> String {
        let mut name = format!("fertidoc:limit:{}:", class.as_str());
        if let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.0.key) {
            mac.update(whom.as_bytes());
            // 128 bits: no two of a clinic's users meet.
            for byte in &mac.finalize().into_bytes()[..16] {
                let _ = write!(name, "{byte:02x}");
            }
        }
        name
    }
}

/// An attempt to sign in that counts as failed until it succeeded.
#[must_use = "an attempt that is dropped counts as failed"]
pub struct Attempt {
    limits: Limits,
    taken: Vec<(String, Rate)>,
}

impl Attempt {
    /// It was the right person: the attempt does not count.
    pub async fn succeeded(self) {
        self.give_back().await;
    }

    /// Neither does the one that the way to the provider began with.
    pub async fn succeeded_with_begin(self) {
        self.give_back().await;
        self.give_back().await;
    }

    async fn give_back(&self) {
        for (name, rate) in &self.taken {
            let rate = *rate;
            let local = &self.limits.0.local;
            match self.limits.ask(name, rate, -1).await {
                Answer::Given(_) => {}
                Answer::Silent => local.give_back(name, small(rate)),
                Answer::Absent => local.give_back(name, rate),
            }
        }
    }
}

/// The bucket of whoever has this address.
fn address(client: Option<IpAddr>) -> Option<(Class, String)> {
    client.map(|client| (Class::Address, network(client).to_string()))
}

/// Whom an address belongs to: of IPv6 a customer has at least a /64.
fn network(client: IpAddr) -> IpAddr {
    match client.to_canonical() {
        IpAddr::V6(client) => Ipv6Addr::from_bits(client.to_bits() >> 64 << 64).into(),
        client @ IpAddr::V4(_) => client,
    }
}

fn count(class: Class) {
    metrics::counter!("fertidoc_limited_total", "class" => class.as_str()).increment(1);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alone(config: &config::Limit) -> Limits {
        let keys = Keys::new(&config::Access {
            key: "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=".into(),
            ..config::Access::default()
        })
        .unwrap();
        let cache = Cache::new(&config::Cache::default(), [0; 32]).unwrap();
        Limits::new(config, cache, &keys)
    }

    #[tokio::test]
    async fn a_name_of_a_bucket_tells_nobody_whom_it_is_about() {
        let limits = alone(&config::Limit::default());
        let name = limits.name(Class::SignIn, "daniel.kim");
        assert_eq!(name.len(), "fertidoc:limit:sign-in:".len() + 32);
        assert!(!name.contains("daniel"));
        assert_ne!(name, limits.name(Class::SignIn, "daniel.kin"));
    }

    #[tokio::test]
    async fn who_signs_in_rightly_never_runs_out_and_who_does_not_does() {
        let limits = alone(&config::Limit::default());
        let from = Some("203.0.113.7".parse().unwrap());
        for _ in 0..300 {
            let attempt = limits.sign_in("eva", from).await.unwrap();
            attempt.succeeded().await;
        }
        for typed in ["eva", "EVA", " eva ", "eva", "Eva"] {
            drop(limits.sign_in(typed, from).await.unwrap());
        }
        let refused = limits.sign_in("eva", from).await.err().unwrap();
        assert_eq!(refused.class, Class::SignIn);
        assert!((1..=60).contains(&refused.seconds()));
        drop(limits.sign_in("another", from).await.unwrap());
    }

    #[tokio::test]
    async fn an_address_that_tries_many_names_is_stopped() {
        let limits = alone(&config::Limit {
            address_burst: 3,
            ..config::Limit::default()
        });
        for last in ["1", "2", "3"] {
            let from = format!("2001:db8::{last}").parse().unwrap();
            drop(limits.sign_in(last, Some(from)).await.unwrap());
        }
        let from = Some("2001:db8::4".parse().unwrap());
        let refused = limits.sign_in("4", from).await.err().unwrap();
        assert_eq!(refused.class, Class::Address);
    }

    #[tokio::test]
    async fn who_comes_back_from_the_provider_has_tried_nothing_and_who_does_not_has() {
        let limits = alone(&config::Limit {
            address_burst: 3,
            ..config::Limit::default()
        });
        let from = Some("203.0.113.7".parse().unwrap());
        for _ in 0..20 {
            drop(limits.sign_in_elsewhere(from).await.unwrap());
            let back = limits.sign_in_elsewhere(from).await.unwrap();
            back.succeeded_with_begin().await;
        }
        for _ in 0..3 {
            drop(limits.sign_in_elsewhere(from).await.unwrap());
        }
        let refused = limits.sign_in_elsewhere(from).await.err().unwrap();
        assert_eq!(refused.class, Class::Address);
    }

    #[tokio::test]
    async fn a_class_that_is_switched_off_is_not_limited() {
        let limits = alone(&config::Limit {
            report_burst: 0,
            admin_burst: 1,
            ..config::Limit::default()
        });
        let agent = AgentId::fresh();
        assert_eq!(limits.take(Class::Report, agent).await, Ok(None));
        limits.take(Class::Admin, agent).await.unwrap();
        limits.take(Class::Admin, agent).await.unwrap_err();
    }
}
