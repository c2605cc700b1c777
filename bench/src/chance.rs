//! A small, fast source of chance (splitmix64) for order ids, amounts, cards and payments to query.
//! Invariant: not for secrets; it only has to be cheap and free of repetition within a run.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};

/// A stream of pseudo-random words.
pub struct Chance(u64);

impl Chance {
    /// A stream that differs from one process to the next.
    pub fn fresh() -> Self {
        Self(RandomState::new().build_hasher().finish())
    }

    /// The next 64 bits.
    pub fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// The next 128 bits.
    pub fn wide(&mut self) -> u128 {
        u128::from(self.word()) << 64 | u128::from(self.word())
    }

    /// A number below `bound`; 0 when `bound` is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        let scaled = (u128::from(self.word()) * u128::from(bound)) >> 64;
        u64::try_from(scaled).unwrap_or_default()
    }
}
