//! Leaves a thing alone for a moment after it failed a few times in a row.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Failures in a row after which nobody asks any more.
const FAILURES: u32 = 3;

/// How long nobody asks; then one does, and the rest wait for how that goes.
const PAUSE: Duration = Duration::from_secs(1);

#[derive(Default)]
pub(super) struct Breaker(Mutex<State>);

#[derive(Default)]
struct State {
    failures: u32,
    closed_until: Option<Instant>,
}

impl Breaker {
    /// Whether to ask now.
    pub(super) fn may_ask(&self) -> bool {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        match state.closed_until {
            None => true,
            Some(until) if now < until => false,
            Some(_) => {
                state.closed_until = Some(now + PAUSE);
                true
            }
        }
    }

    /// How asking went.
    pub(super) fn went(&self, well: bool) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if well {
            *state = State::default();
            return;
        }
        state.failures = state.failures.saturating_add(1);
        if state.failures >= FAILURES {
            state.closed_until = Some(Instant::now() + PAUSE);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_in_a_row_close_it_and_a_success_opens_it() {
        let breaker = Breaker::default();
        breaker.went(false);
        breaker.went(false);
        breaker.went(true);
        breaker.went(false);
        breaker.went(false);
        assert!(breaker.may_ask(), "never three in a row");
        breaker.went(false);
        assert!(!breaker.may_ask());
        breaker.went(true);
        assert!(breaker.may_ask());
    }

    #[test]
    fn after_the_pause_one_asks_on_behalf_of_all() {
        let breaker = Breaker::default();
        for _ in 0..FAILURES {
            breaker.went(false);
        }
        breaker.0.lock().unwrap().closed_until = Some(Instant::now());
        assert!(breaker.may_ask());
        assert!(!breaker.may_ask());
    }
}
