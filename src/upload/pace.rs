//! How long a sender may take. actix-web limits the time of a request's head only; a body that
//! stalls would stay for ever.

use super::Problem;
use crate::config;
use std::time::Duration;
use tokio::time::{Instant, timeout};

/// The clock of one request. Only time that was spent waiting for the sender counts against the
/// rate, so that a slow store of ours is not taken for a slow sender.
pub struct Pace {
    idle: Duration,
    window: Duration,
    min_rate: u64,
    total: Duration,
    end: Instant,
    waited: Duration,
    bytes: u64,
}

impl Pace {
    pub fn new(limits: &config::Upload) -> Self {
        Self {
            idle: limits.idle,
            window: limits.rate_window,
            min_rate: limits.min_rate,
            total: limits.total,
            end: Instant::now() + limits.total,
            waited: Duration::ZERO,
            bytes: 0,
        }
    }

    /// Waits for what the sender says next.
    pub async fn next<T>(&mut self, next: impl Future<Output = T>) -> Result<T, Problem> {
        let begun = Instant::now();
        let left = self.end.saturating_duration_since(begun);
        let said = timeout(self.idle.min(left), next).await;
        self.waited += begun.elapsed();
        match said {
            Ok(said) => Ok(said),
            Err(_) if left <= self.idle => Err(Problem::TookTooLong {
                seconds: self.total.as_secs(),
            }),
            Err(_) => Err(Problem::SenderTooSlow),
        }
    }

    /// Counts what came; a sender that dribbles is refused.
    pub fn came(&mut self, bytes: usize) -> Result<(), Problem> {
        self.bytes += bytes as u64;
        if self.waited < self.window {
            return Ok(());
        }
        let expected = self.waited.as_secs_f64() * self.min_rate as f64;
        if (self.bytes as f64) < expected {
            return Err(Problem::SenderTooSlow);
        }
        self.waited = Duration::ZERO;
        self.bytes = 0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::{pending, ready};

    fn pace() -> Pace {
        Pace::new(&config::Upload {
            idle: Duration::from_millis(5),
            rate_window: Duration::from_secs(30),
            min_rate: 1000,
            ..config::Upload::default()
        })
    }

    #[actix_web::test]
    async fn silence_ends() {
        let silence = pace().next(pending::<()>()).await;
        assert_eq!(silence, Err(Problem::SenderTooSlow));
        let mut late = pace();
        late.end = Instant::now();
        let over = late.next(pending::<()>()).await;
        assert!(matches!(over, Err(Problem::TookTooLong { .. })));
        assert_eq!(pace().next(ready(7)).await, Ok(7));
    }

    #[test]
    fn a_dribble_ends_and_a_stream_does_not() {
        let mut dribble = pace();
        dribble.waited = Duration::from_secs(29);
        assert_eq!(dribble.came(1), Ok(()));
        dribble.waited = Duration::from_secs(30);
        assert_eq!(dribble.came(1), Err(Problem::SenderTooSlow));
        let mut stream = pace();
        stream.waited = Duration::from_secs(30);
        assert_eq!(stream.came(30_001), Ok(()));
        assert_eq!(stream.waited, Duration::ZERO);
    }
}
