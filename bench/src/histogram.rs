//! Latencies in logarithmic buckets: 128 per power of two, from 1 ns to over an hour.
//! Invariant: a value read back differs by less than 1 % from the one recorded.

use std::time::Duration;

const STEPS_BITS: u32 = 7;
const STEPS: usize = 1 << STEPS_BITS;
const LARGEST: u64 = (1 << 42) - 1;

/// Counts of latencies by bucket.
#[derive(Clone)]
pub struct Histogram {
    counts: Vec<u64>,
    total: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self {
            counts: vec![0; bucket(LARGEST) + 1],
            total: 0,
        }
    }
}

impl Histogram {
    /// Counts one latency; longer than an hour counts as the longest one kept.
    pub fn record(&mut self, latency: Duration) {
        let nanoseconds = u64::try_from(latency.as_nanos())
            .unwrap_or(LARGEST)
            .min(LARGEST);
        self.counts[bucket(nanoseconds)] += 1;
        self.total += 1;
    }

    /// Adds the counts of another histogram.
    pub fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.counts.iter_mut().zip(&other.counts) {
            *mine += theirs;
        }
        self.total += other.total;
    }

    /// How many latencies were recorded.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// The latency that the given share (0 to 1) of all stays at or below; zero when empty.
    pub fn quantile(&self, share: f64) -> Duration {
        let wanted = ((self.total as f64 * share).ceil() as u64).clamp(1, self.total.max(1));
        let mut seen = 0;
        for (index, count) in self.counts.iter().enumerate() {
            seen += count;
            if seen >= wanted {
                return Duration::from_nanos(middle(index));
            }
        }
        Duration::ZERO
    }
}

/// The bucket of a value: below 256 one each, above that its 8 leading bits and their shift.
fn bucket(value: u64) -> usize {
    let shift = (63 - STEPS_BITS).saturating_sub((value | 1).leading_zeros());
    shift as usize * STEPS + (value >> shift) as usize
}

/// The value in the middle of a bucket.
fn middle(index: usize) -> u64 {
    let shift = (index / STEPS).saturating_sub(1);
    let lowest = ((index - shift * STEPS) as u64) << shift;
    lowest + ((1u64 << shift) >> 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recorded_latency_reads_back_within_one_percent() {
        let mut nanoseconds = 1u64;
        while nanoseconds < LARGEST {
            let mut histogram = Histogram::default();
            histogram.record(Duration::from_nanos(nanoseconds));
            let read = histogram.quantile(0.5).as_nanos() as f64;
            let error = (read - nanoseconds as f64).abs() / nanoseconds as f64;
            assert!(error < 0.01, "{nanoseconds} ns read back as {read}");
            nanoseconds += nanoseconds / 3 + 1;
        }
    }

    #[test]
    fn buckets_follow_each_other_without_gap() {
        let mut last = bucket(0);
        for value in 1..200_000 {
            let next = bucket(value);
            assert!(next == last || next == last + 1, "gap before {value}");
            last = next;
        }
    }

    #[test]
    fn quantiles_of_a_uniform_spread_are_where_they_belong() {
        let mut histogram = Histogram::default();
        for microseconds in 1..=100_000 {
            histogram.record(Duration::from_micros(microseconds));
        }
        for (share, expected) in [(0.5, 50.0), (0.99, 99.0), (0.999, 99.9), (1.0, 100.0)] {
            let read = histogram.quantile(share).as_secs_f64() * 1e3;
            assert!(
                (read - expected).abs() / expected < 0.01,
                "{share}: {read} ms"
            );
        }
    }

    #[test]
    fn merging_adds_counts_and_an_empty_one_answers_zero() {
        let mut left = Histogram::default();
        assert_eq!(left.quantile(0.99), Duration::ZERO);
        let mut right = Histogram::default();
        left.record(Duration::from_micros(100));
        right.record(Duration::from_millis(10));
        left.merge(&right);
        assert_eq!(left.total(), 2);
        assert!(left.quantile(0.5) < Duration::from_micros(101));
        assert!(left.quantile(1.0) > Duration::from_micros(9_900));
    }

    #[test]
    fn what_exceeds_the_range_counts_as_the_longest() {
        let mut histogram = Histogram::default();
        histogram.record(Duration::from_secs(1_000_000));
        assert!(histogram.quantile(1.0) > Duration::from_secs(4_000));
    }
}
