//! Pauses between attempts to connect.

use std::time::Duration;

use tokio::time::Instant;

use crate::broker::Jitter;

/// Doubling pauses with jitter. After a connection that lasted it starts again with the shortest.
pub(crate) struct Backoff {
    min: Duration,
    max: Duration,
    jitter: Jitter,
    next: Duration,
    connected_at: Option<Instant>,
}

impl Backoff {
    pub(crate) fn new(min: Duration, max: Duration, jitter: Jitter) -> Self {
        Self {
            min,
            max,
            jitter,
            next: min,
            connected_at: None,
        }
    }

    pub(crate) fn connected(&mut self) {
        self.connected_at = Some(Instant::now());
    }

    /// Half of the pause is fixed, half is jitter, so that a fleet does not come back in one instant.
    pub(crate) fn pause(&mut self) -> Duration {
        if self
            .connected_at
            .take()
            .is_some_and(|at| at.elapsed() >= self.max)
        {
            self.next = self.min;
        }
        let pause = self.next.mul_f64(0.5 + 0.5 * self.jitter.sample());
        self.next = (self.next * 2).min(self.max);
        pause
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIN: Duration = Duration::from_millis(100);
    const MAX: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn pauses_double_to_the_longest_and_start_again_after_a_lasting_connection() {
        let mut backoff = Backoff::new(MIN, MAX, Jitter::new(|| 1.0));
        let pauses: Vec<_> = (0..6).map(|_| backoff.pause().as_millis()).collect();
        assert_eq!(pauses, [100, 200, 400, 800, 1000, 1000]);

        backoff.connected();
        assert_eq!(
            backoff.pause(),
            MAX,
            "a connection that breaks at once changes nothing"
        );
        backoff.connected();
        tokio::time::advance(MAX).await;
        assert_eq!(backoff.pause(), MIN);
    }

    #[test]
    fn jitter_takes_away_up_to_half() {
        let mut backoff = Backoff::new(MIN, MAX, Jitter::new(|| 0.0));
        assert_eq!(backoff.pause(), MIN / 2);
    }
}
