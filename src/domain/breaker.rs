//! Leaves a thing alone for a moment after it failed a few times in a row.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Failures in a row after which nobody asks any more.
const FAILURES: u32 = 3;

/// How long nobody asks; then one does, and the rest wait for how that goes.
const PAUSE: Duration = Duration::from_secs(1);

#[derive(Default)]
pub struct Breaker(Mutex<State>);

#[derive(Default)]
struct State {
    failures: u32,
    closed_until: Option<Instant>,
}

/// Whether to ask now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    Ask,
    /// On behalf of all who are waiting to: it failed before.
    Try,
    LeaveAlone,
}

impl Breaker {
    /// What whoever wants to ask should do.
    pub fn turn(&self) -> Turn {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        match state.closed_until {
            None => Turn::Ask,
            Some(until) if now < until => Turn::LeaveAlone,
            Some(_) => {
                state.closed_until = Some(now + PAUSE);
                Turn::Try
            }
        }
    }

    /// Whether it failed too often, for who asked before that.
    pub fn is_closed(&self) -> bool {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.closed_until.is_some()
    }

    /// How asking went.
    pub fn went(&self, well: bool) {
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
        assert_eq!(breaker.turn(), Turn::Ask, "never three in a row");
        breaker.went(false);
        assert_eq!(breaker.turn(), Turn::LeaveAlone);
        assert!(breaker.is_closed());
        breaker.went(true);
        assert_eq!(breaker.turn(), Turn::Ask);
    }

    #[test]
    fn after_the_pause_one_asks_on_behalf_of_all() {
        let breaker = Breaker::default();
        for _ in 0..FAILURES {
            breaker.went(false);
        }
        breaker.0.lock().unwrap().closed_until = Some(Instant::now());
        assert_eq!(breaker.turn(), Turn::Try);
        assert_eq!(breaker.turn(), Turn::LeaveAlone);
    }
}
