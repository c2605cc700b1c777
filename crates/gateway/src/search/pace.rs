//! How much of the time the making of what is searched takes beside sales and queries.
//!
//! Invariant: what half of the time can follow is followed. The more a load is beyond that, the
//! more it is given way to; what waits then is made after it.

use std::time::Duration;

use aval_storage::Feed;
use tokio::time::Instant;

/// Shares of the time are in thousandths of this.
const WHOLE: u128 = 1_000;
/// The most that is taken to follow.
const MOST: u128 = 500;
/// The least that is taken of a server that has time.
const LEAST: u128 = 100;
/// The least that is taken of a server that is asked for more than [`MOST`] could follow.
const BUSY: u128 = 50;
/// The longest rest.
const LONGEST: Duration = Duration::from_millis(500);
/// How many steps what a change costs is a mean of.
const SMOOTH: u128 = 8;

/// What one step did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    /// There was nothing to do.
    Nothing,
    /// So many changes were made searchable.
    Made(usize),
    /// A page of sales was compared.
    Compared,
}

/// What is known of the steps before.
#[derive(Debug)]
pub(super) struct Pace {
    /// Nanoseconds that the making of a change takes; 0 before the first.
    cost: u128,
    /// When the step before was over, and what the feed had counted then.
    since: Instant,
    changed: u64,
    worked: u64,
}

impl Pace {
    /// Before the first step.
    pub(super) fn new(feed: &Feed, now: Instant) -> Self {
        Self {
            cost: 0,
            since: now,
            changed: feed.changed(),
            worked: feed.worked(),
        }
    }

    /// How long to rest after a step that took so long and is over now; not at all if nobody sold
    /// or asked anything since the step before.
    pub(super) fn rest(
        &mut self,
        feed: &Feed,
        step: Step,
        took: Duration,
        now: Instant,
    ) -> Duration {
        if let Step::Made(made) = step {
            self.learn(made, took);
        }
        let before = std::mem::replace(
            self,
            Self {
                cost: self.cost,
                ..Self::new(feed, now)
            },
        );
        let within = now.duration_since(before.since).as_nanos();
        let cost = self.cost;
        let needs = |count: u64| parts(u128::from(count).saturating_mul(cost), WHOLE, within);
        let changed = self.changed.saturating_sub(before.changed);
        match self.worked.saturating_sub(before.worked) {
            0 => Duration::ZERO,
            worked => rest_of(took, share(needs(changed), needs(worked))),
        }
    }

    /// Learns what a change costs.
    fn learn(&mut self, made: usize, took: Duration) {
        let made = u128::try_from(made).unwrap_or(u128::MAX);
        let cost = parts(took.as_nanos(), 1, made.max(1));
        self.cost = match self.cost {
            0 => cost,
            known => parts(
                known
                    .saturating_mul(SMOOTH.saturating_sub(1))
                    .saturating_add(cost),
                1,
                SMOOTH,
            ),
        };
    }
}

/// The share of the time that is taken, where following what is committed would need one and
/// following queries too, as if each were a change, another.
fn share(needed: u128, with_queries: u128) -> u128 {
    let least = if with_queries > MOST { BUSY } else { LEAST };
    let share = if needed <= MOST {
        // Half as much again, so that what has gathered becomes less.
        parts(needed, 3, 2).min(MOST)
    } else {
        parts(MOST.pow(3), 1, needed.saturating_mul(needed))
    };
    share.max(least)
}

/// The rest after which a step took this share of the time.
fn rest_of(took: Duration, share: u128) -> Duration {
    let rest = parts(took.as_nanos(), WHOLE.saturating_sub(share), share);
    Duration::from_nanos(u64::try_from(rest).unwrap_or(u64::MAX)).min(LONGEST)
}

/// `count` of `whole` parts of something; as much as there can be where there are no parts.
fn parts(something: u128, count: u128, whole: u128) -> u128 {
    let product = something.saturating_mul(count);
    product.checked_div(whole).unwrap_or(u128::MAX)
}

#[cfg(test)]
mod tests {
    use aval_domain::billing::Function;
    use aval_domain::id::MerchantId;

    use super::*;

    const fn millis(count: u64) -> Duration {
        Duration::from_millis(count)
    }

    #[test]
    fn what_can_be_followed_is_followed_and_more_is_given_way_to() {
        let cases = [
            (0, LEAST),
            (66, LEAST),
            (200, 300),
            (333, 499),
            (334, MOST),
            (500, MOST),
            // Beyond it less and less, without a leap.
            (501, 498),
            (700, 255),
            (1_000, 125),
            (1_600, BUSY),
            (100_000, BUSY),
            (u128::MAX, BUSY),
        ];
        for (needed, wanted) in cases {
            assert_eq!(share(needed, needed), wanted, "{needed}");
        }
    }

    #[test]
    fn queries_are_given_way_to_but_need_not_be_followed() {
        assert_eq!(share(0, 500), LEAST);
        assert_eq!(share(0, 501), BUSY);
        assert_eq!(share(40, 5_000), 60);
        assert_eq!(share(200, 5_000), 300);
    }

    #[test]
    fn a_rest_leaves_a_step_its_share_and_ends() {
        assert_eq!(rest_of(millis(10), 100), millis(90));
        assert_eq!(rest_of(millis(10), 500), millis(10));
        assert_eq!(rest_of(millis(100), 50), LONGEST);
        assert_eq!(rest_of(Duration::MAX, 50), LONGEST);
        assert_eq!(rest_of(millis(10), WHOLE), Duration::ZERO);
    }

    #[test]
    fn a_step_rests_when_something_was_done_beside_it() {
        let feed = Feed::default();
        let mut now = Instant::now();
        let mut pace = Pace::new(&feed, now);
        let mut after = |queries: u32, step, took| {
            for _ in 0..queries {
                feed.count(MerchantId::from_bytes([1; 16]), Function::Query);
            }
            now += millis(10);
            let rest = pace.rest(&feed, step, took, now);
            (rest, pace.cost)
        };
        let (none, one) = (Duration::ZERO, 1_000_000);
        assert_eq!(after(0, Step::Made(10), millis(10)), (none, one));
        // Four of a millisecond each in ten; then six, more than half.
        assert_eq!(after(4, Step::Compared, millis(10)), (millis(90), one));
        assert_eq!(after(6, Step::Compared, millis(10)), (millis(190), one));
        // An eighth of what one step took.
        assert_eq!(after(0, Step::Made(10), millis(90)), (none, 2 * one));
    }
}
