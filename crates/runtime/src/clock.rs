//! The one place that reads the time, so that a test can choose it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use time::OffsetDateTime;

/// Wall clock and monotonic clock, passed to whatever needs the time.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    System { started: Instant },
    Settable(Arc<Mutex<Reading>>),
}

#[derive(Clone, Copy, Debug)]
struct Reading {
    now: OffsetDateTime,
    monotonic: Duration,
}

impl Clock {
    /// The machine's clock; its monotonic reading starts at zero here.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the place that reads the clock")]
    pub fn system() -> Self {
        Self(Source::System {
            started: Instant::now(),
        })
    }

    /// A clock that stands still at `at`, for tests.
    #[must_use]
    pub fn fixed(at: OffsetDateTime) -> Self {
        Self::settable(at).0
    }

    /// A clock that moves only by its hand, for tests.
    #[must_use]
    pub fn settable(at: OffsetDateTime) -> (Self, ClockHand) {
        let reading = Arc::new(Mutex::new(Reading {
            now: at,
            monotonic: Duration::ZERO,
        }));
        (Self(Source::Settable(Arc::clone(&reading))), ClockHand(reading))
    }

    /// The time of day, in UTC. It may jump; for durations use [`Clock::monotonic`].
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the place that reads the clock")]
    pub fn now(&self) -> OffsetDateTime {
        match &self.0 {
            Source::System { .. } => OffsetDateTime::now_utc(),
            Source::Settable(reading) => read(reading).now,
        }
    }

    /// Time since this clock was made (at start-up). Never goes back, is not moved by time
    /// synchronisation, and is shared by all clones.
    #[must_use]
    pub fn monotonic(&self) -> Duration {
        match &self.0 {
            Source::System { started } => started.elapsed(),
            Source::Settable(reading) => read(reading).monotonic,
        }
    }
}

/// Moves a [`Clock::settable`].
#[derive(Clone, Debug)]
pub struct ClockHand(Arc<Mutex<Reading>>);

impl ClockHand {
    /// Lets `by` pass, on both the wall and the monotonic clock.
    pub fn advance(&self, by: Duration) {
        let mut reading = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        reading.now += by;
        reading.monotonic += by;
    }

    /// Sets the wall clock, forwards or back; the monotonic clock stays where it is.
    pub fn set(&self, now: OffsetDateTime) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).now = now;
    }
}

fn read(reading: &Mutex<Reading>) -> Reading {
    *reading.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hand_moves_every_clone_and_set_leaves_the_monotonic_clock_alone() {
        let (clock, hand) = Clock::settable(OffsetDateTime::UNIX_EPOCH);
        let clone = clock.clone();
        hand.advance(Duration::from_secs(3));
        assert_eq!(clone.now().unix_timestamp(), 3);
        assert_eq!(clone.monotonic(), Duration::from_secs(3));

        hand.set(OffsetDateTime::UNIX_EPOCH);
        assert_eq!(clock.now(), OffsetDateTime::UNIX_EPOCH);
        assert_eq!(clock.monotonic(), Duration::from_secs(3));
    }

    #[test]
    fn the_system_clock_is_utc_and_does_not_run_back() {
        let clock = Clock::system();
        let before = clock.monotonic();
        assert!(clock.now().offset().is_utc());
        assert!(clock.monotonic() >= before);
    }
}
