//! The one place that takes random numbers, so that a test can repeat them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use uuid::Uuid;

use crate::Clock;

/// A source of random numbers, passed to whatever needs them.
#[derive(Clone, Debug)]
pub struct Entropy(Source);

#[derive(Clone, Debug)]
enum Source {
    System,
    Seeded(Arc<AtomicU64>),
}

impl Entropy {
    /// The operating system's generator, fit for keys and nonces.
    #[must_use]
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// The same numbers for the same seed, for tests and synthetic populations only: SplitMix64
    /// (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014) is predictable.
    /// Clones draw from one sequence.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self(Source::Seeded(Arc::new(AtomicU64::new(seed))))
    }

    /// Fills `bytes` with random bytes.
    ///
    /// # Panics
    /// When the operating system gives none: nothing that needs them could go on safely.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the place that takes random numbers"
    )]
    pub fn fill(&self, bytes: &mut [u8]) {
        match &self.0 {
            Source::System => getrandom::fill(bytes).expect("the operating system gives random bytes"),
            Source::Seeded(state) => {
                for chunk in bytes.chunks_mut(8) {
                    chunk.copy_from_slice(&next(state).to_le_bytes()[..chunk.len()]);
                }
            }
        }
    }

    /// A random number, all values equally likely.
    #[must_use]
    pub fn u64(&self) -> u64 {
        let mut bytes = [0; 8];
        self.fill(&mut bytes);
        u64::from_le_bytes(bytes)
    }

    /// A number in `0.0 <= x < 1.0`, for jitter and sampling.
    #[must_use]
    pub fn unit_f64(&self) -> f64 {
        // The 53 bits that an f64 holds exactly.
        (self.u64() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    /// A random UUID (RFC 9562, version 4).
    #[must_use]
    pub fn uuid_v4(&self) -> Uuid {
        let mut bytes = [0; 16];
        self.fill(&mut bytes);
        uuid::Builder::from_random_bytes(bytes).into_uuid()
    }

    /// A UUID that sorts by the clock's millisecond (RFC 9562, version 7), which keeps index inserts together.
    /// Within one millisecond the order is random.
    #[must_use]
    pub fn uuid_v7(&self, clock: &Clock) -> Uuid {
        let mut bytes = [0; 10];
        self.fill(&mut bytes);
        let millis = clock.now().unix_timestamp_nanos() / 1_000_000;
        uuid::Builder::from_unix_timestamp_millis(u64::try_from(millis).unwrap_or(0), &bytes).into_uuid()
    }
}

fn next(state: &AtomicU64) -> u64 {
    const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut z = state.fetch_add(GAMMA, Ordering::Relaxed).wrapping_add(GAMMA);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use time::OffsetDateTime;

    use super::*;

    #[test]
    fn splitmix64_gives_the_published_sequence() {
        // First outputs of the reference implementation (prng.di.unimi.it/splitmix64.c) for seed 1234567.
        let entropy = Entropy::seeded(1_234_567);
        assert_eq!(entropy.u64(), 6_457_827_717_110_365_317);
        assert_eq!(entropy.u64(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn the_same_seed_gives_the_same_identifiers() {
        let clock = Clock::fixed(OffsetDateTime::UNIX_EPOCH);
        let ids = |seed| {
            let entropy = Entropy::seeded(seed);
            (entropy.uuid_v4(), entropy.uuid_v7(&clock))
        };
        assert_eq!(ids(7), ids(7));
        assert_ne!(ids(7), ids(8));
    }

    #[test]
    fn uuids_carry_their_version_and_v7_its_millisecond() {
        let at = OffsetDateTime::from_unix_timestamp_nanos(1_700_000_000_123_000_000).expect("in range");
        let entropy = Entropy::system();
        assert_eq!(entropy.uuid_v4().get_version_num(), 4);
        let v7 = entropy.uuid_v7(&Clock::fixed(at));
        assert_eq!(v7.get_version_num(), 7);
        assert_eq!(v7.as_u128() >> 80, 1_700_000_000_123);
    }

    #[test]
    fn unit_f64_stays_below_one() {
        let entropy = Entropy::seeded(1);
        let values: Vec<f64> = (0..10_000).map(|_| entropy.unit_f64()).collect();
        assert!(values.iter().all(|x| (0.0..1.0).contains(x)));
        let mean = values.iter().sum::<f64>() / 10_000.0;
        assert!((0.48..0.52).contains(&mean), "mean {mean}");
    }
}
