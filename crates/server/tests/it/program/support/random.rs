//! Chance that can be had again.
//!
//! Invariant: the same seed gives the same numbers; the seed is shown, and `AVAL_TEST_SEED` sets
//! it.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};

use super::say;

/// Numbers that look random (SplitMix64).
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// With a new seed, or the one of `AVAL_TEST_SEED`.
    pub fn new(test: &str) -> Self {
        let seed = match std::env::var("AVAL_TEST_SEED") {
            Ok(text) => text.parse().expect("AVAL_TEST_SEED is a whole number"),
            Err(_) => RandomState::new().build_hasher().finish(),
        };
        say(&format!("{test}: AVAL_TEST_SEED={seed}"));
        Self(seed)
    }

    /// Another source, whose numbers do not depend on how many are drawn from this one later.
    pub fn branch(&mut self) -> Self {
        Self(self.number())
    }

    /// A number below the bound.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.number().checked_rem(bound).unwrap()
    }

    /// A number from the first to the last.
    pub fn between(&mut self, first: u64, last: u64) -> u64 {
        first + self.below(last - first + 1)
    }

    /// Yes so many times in a hundred.
    pub fn percent(&mut self, times: u64) -> bool {
        self.below(100) < times
    }

    fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}
