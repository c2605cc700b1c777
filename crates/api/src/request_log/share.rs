//! Which requests of a busy second are kept.
//!
//! Invariant: asking costs an atomic addition or two, so a request that is not kept costs nothing
//! that can be measured; no merchant takes another's place.

use std::sync::atomic::{AtomicU64, Ordering};

use aval_domain::id::MerchantId;
use aval_domain::time::Timestamp;

/// Requests that each merchant has kept within a second, and as many refusals.
const OF_ONE: u64 = 5;
/// Requests kept within a second beyond those, of all merchants.
const OF_ALL: u64 = 500;
/// Places to count in. Merchants who share one by chance share [`OF_ONE`] too.
const COUNTERS: usize = 512;

/// What was kept within the present second.
pub(super) struct Share {
    each: Box<[Counter]>,
    all: Counter,
}

impl Default for Share {
    fn default() -> Self {
        Self {
            each: (0..COUNTERS).map(|_| Counter::default()).collect(),
            all: Counter::default(),
        }
    }
}

impl Share {
    /// Whether one more is kept. Refusals count for themselves, so that what went wrong is seen
    /// although thousands went right.
    pub(super) fn has_place(&self, merchant: MerchantId, is_refusal: bool, at: Timestamp) -> bool {
        let second = at.micros().div_euclid(1_000_000).unsigned_abs();
        let [.., high, low] = *merchant.as_bytes();
        let counter = u16::from_be_bytes([high, low]).rotate_left(1) | u16::from(is_refusal);
        let counter = usize::from(counter).checked_rem(self.each.len());
        let own = counter.and_then(|counter| self.each.get(counter));
        own.is_some_and(|own| own.count(second) <= OF_ONE) || self.all.count(second) <= OF_ALL
    }
}

/// Counts within a second: the second in the upper bits, the count in the lower 32. Two that begin
/// a second at once may both count as its first.
#[derive(Default)]
struct Counter(AtomicU64);

impl Counter {
    fn count(&self, second: u64) -> u64 {
        let second = second << 32;
        let is_same = self.0.load(Ordering::Relaxed) & !u64::from(u32::MAX) == second;
        if is_same {
            let before = self.0.fetch_add(1, Ordering::Relaxed);
            return (before & u64::from(u32::MAX)).saturating_add(1);
        }
        self.0.store(second | 1, Ordering::Relaxed);
        1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);

    fn kept(share: &Share, merchant: u8, is_refusal: bool, at: Timestamp, asks: u32) -> usize {
        let merchant = MerchantId::from_bytes([merchant; 16]);
        (0..asks)
            .filter(|_| share.has_place(merchant, is_refusal, at))
            .count()
    }

    #[test]
    fn a_busy_merchant_takes_neither_anothers_place_nor_that_of_its_own_refusals() {
        let share = Share::default();
        assert_eq!(kept(&share, 1, false, NOW, 10_000), 505);
        assert_eq!(kept(&share, 2, false, NOW, 10_000), 5);
        assert_eq!(kept(&share, 1, true, NOW, 10_000), 5);
        assert_eq!(kept(&share, 2, false, NOW.plus(1_000_000), 100), 100);
    }
}
