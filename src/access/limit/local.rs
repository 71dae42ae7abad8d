//! Buckets in the memory of one process, for when there is no Redis to share them in.

use super::{Class, Exceeded, Left, Rate};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Buckets that are not full at once; beyond these nobody new gets anything until one fills.
const BUCKETS: usize = 100_000;

/// By key, when the bucket is full again (the same algorithm as `take.lua`).
#[derive(Default)]
pub(super) struct Local(Mutex<HashMap<String, Instant>>);

impl Local {
    pub(super) fn take(&self, key: &str, class: Class, rate: Rate) -> Result<Left, Exceeded> {
        self.take_at(Instant::now(), key, class, rate)
    }

    fn take_at(&self, now: Instant, key: &str, class: Class, rate: Rate) -> Result<Left, Exceeded> {
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let exceeded = |retry_after| Exceeded {
            class,
            rate,
            retry_after,
        };
        if !buckets.contains_key(key) && buckets.len() >= BUCKETS {
            buckets.retain(|_, full| *full > now);
            if buckets.len() >= BUCKETS {
                return Err(exceeded(rate.each()));
            }
        }
        let full = buckets.get(key).copied().unwrap_or(now).max(now) + rate.each();
        let used = full - now;
        let Some(free) = rate.window().checked_sub(used) else {
            return Err(exceeded(used.saturating_sub(rate.window())));
        };
        buckets.insert(key.to_owned(), full);
        let free = free.as_nanos() / rate.each().as_nanos().max(1);
        Ok(Left {
            class,
            rate,
            remaining: u32::try_from(free).unwrap_or(u32::MAX),
        })
    }

    pub(super) fn give_back(&self, key: &str, rate: Rate) {
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(full) = buckets.get_mut(key) {
            *full = full.checked_sub(rate.each()).unwrap_or(*full);
        }
    }
}

/// What one process allows of a shared bucket while Redis is gone: a part of it, as others allow
/// theirs.
pub(super) fn small(rate: Rate) -> Rate {
    Rate {
        burst: (rate.burst / 2).max(1),
        per_minute: (rate.per_minute / 2).max(1),
    }
}

/// Whoever was refused is refused again without asking, for no longer than this.
pub(super) const LONGEST_REFUSAL: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate {
        burst: 3,
        per_minute: 60,
    };

    #[test]
    fn a_bucket_is_emptied_and_fills_by_the_clock() {
        let local = Local::default();
        let begun = Instant::now();
        let take = |after| local.take_at(begun + after, "a", Class::SignIn, RATE);
        for remaining in [2, 1, 0] {
            assert_eq!(take(Duration::ZERO).unwrap().remaining, remaining);
        }
        let refused = take(Duration::from_millis(400)).unwrap_err();
        assert_eq!(refused.retry_after, Duration::from_millis(600));
        assert_eq!(refused.seconds(), 1);
        assert!(take(Duration::from_secs(1)).is_ok());
        assert!(take(Duration::from_secs(1)).is_err());
        assert_eq!(take(Duration::from_mins(1)).unwrap().remaining, 2);
    }

    #[test]
    fn what_is_given_back_is_there_again_and_others_have_their_own() {
        let local = Local::default();
        let now = Instant::now();
        let take = |key: &str| local.take_at(now, key, Class::SignIn, RATE);
        for _ in 0..3 {
            take("a").unwrap();
        }
        take("a").unwrap_err();
        take("b").unwrap();
        local.give_back("a", RATE);
        take("a").unwrap();
        take("a").unwrap_err();
    }

    #[test]
    fn the_small_bucket_is_never_none() {
        let one = Rate {
            burst: 1,
            per_minute: 1,
        };
        assert_eq!(small(one), one);
    }
}
