//! How long analyses take, counted for the operator.
//!
//! Invariant: counting takes two additions; nothing of a sale is kept.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Upper bounds of the buckets, in microseconds.
pub const BOUNDS: [u64; 10] = [
    50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 50_000, 250_000,
];

/// Durations of analyses, in buckets.
#[derive(Default)]
pub struct Durations {
    /// One for each bound; the rest is in `beyond`.
    counts: [AtomicU64; BOUNDS.len()],
    beyond: AtomicU64,
    micros: AtomicU64,
}

/// What was counted, as Prometheus writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// Analyses that took no longer than each bound.
    pub within: [u64; BOUNDS.len()],
    /// All of them.
    pub count: u64,
    /// Microseconds that they took together.
    pub micros: u64,
}

impl Durations {
    /// Counts an analysis.
    pub fn note(&self, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let at = BOUNDS.iter().position(|bound| micros <= *bound);
        let counter = at.and_then(|at| self.counts.get(at));
        counter
            .unwrap_or(&self.beyond)
            .fetch_add(1, Ordering::Relaxed);
        self.micros.fetch_add(micros, Ordering::Relaxed);
    }

    /// What was counted so far.
    #[must_use]
    pub fn counted(&self) -> Counted {
        let mut sum = 0_u64;
        let mut within = [0; BOUNDS.len()];
        for (to, count) in within.iter_mut().zip(&self.counts) {
            sum = sum.saturating_add(count.load(Ordering::Relaxed));
            *to = sum;
        }
        Counted {
            within,
            count: sum.saturating_add(self.beyond.load(Ordering::Relaxed)),
            micros: self.micros.load(Ordering::Relaxed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_counts_in_its_bucket_and_all_above() {
        let durations = Durations::default();
        for micros in [0, 50, 51, 4_000, 5_001, 1_000_000] {
            durations.note(Duration::from_micros(micros));
        }
        let counted = durations.counted();
        assert_eq!(counted.within, [2, 3, 3, 3, 3, 3, 4, 5, 5, 5]);
        assert_eq!((counted.count, counted.micros), (6, 1_009_102));
    }
}
