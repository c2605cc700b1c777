//! How much of the time the making of what is searched takes beside sales and queries.
//!
//! Invariant: as long as half of the time would follow what is committed, it is followed; a load
//! beyond that is given way to, and what waits is made after it.

use std::time::Duration;

use aval_storage::Feed;
use tokio::time::Instant;

/// Shares of the time are in thousandths: what it takes to follow, with half as much again, so that
/// what has gathered becomes less.
const FOLLOWS: u128 = 1_500;
/// The most that it takes to follow.
const MOST: u128 = 500;
/// What is taken of a server that has time.
const LEAST: u128 = 100;
/// What is taken of a server that is asked for more than could be followed by [`MOST`].
const BUSY: u128 = 50;
const WHOLE: u128 = 1_000;
/// The longest rest.
const LONGEST: Duration = Duration::from_millis(500);

/// What was there when a step began.
#[derive(Debug)]
pub(super) struct Pace {
    begun: Instant,
    changed: u64,
    worked: u64,
}

impl Pace {
    /// Now.
    pub(super) fn begin(feed: &Feed) -> Self {
        Self {
            begun: Instant::now(),
            changed: feed.changed(),
            worked: feed.worked(),
        }
    }

    /// How long to rest after a step that made so many; nothing if nobody did anything beside it.
    /// `before` is the step before, with the rest after it.
    pub(super) fn rest(&self, before: &Self, made: usize, feed: &Feed) -> Duration {
        if feed.worked() == self.worked {
            return Duration::ZERO;
        }
        let took = self.begun.elapsed();
        let share = share(&Beside {
            changed: feed.changed().saturating_sub(before.changed),
            worked: feed.worked().saturating_sub(before.worked),
            within: before.begun.elapsed(),
            made: u64::try_from(made).unwrap_or(u64::MAX),
            took,
        });
        let rest = of(took.as_nanos(), WHOLE.saturating_sub(share), share);
        Duration::from_nanos(u64::try_from(rest).unwrap_or(u64::MAX)).min(LONGEST)
    }
}

/// What was done in a while, and what was made of it in the working part of that.
struct Beside {
    /// Changes committed.
    changed: u64,
    /// The same and queries answered.
    worked: u64,
    within: Duration,
    made: u64,
    took: Duration,
}

/// The share of the time that the making takes, in thousandths.
fn share(beside: &Beside) -> u128 {
    let makes = u128::from(beside.made).saturating_mul(beside.within.as_nanos());
    let needs = |count: u64| {
        let makes_it = u128::from(count).saturating_mul(beside.took.as_nanos());
        of(makes_it, FOLLOWS, makes)
    };
    let least = if needs(beside.worked) > MOST {
        BUSY
    } else {
        LEAST
    };
    match needs(beside.changed) {
        needed if needed > MOST => least,
        needed => needed.max(least),
    }
}

/// So many parts of something; all there can be when they are parts of nothing.
fn of(whole: u128, parts: u128, of: u128) -> u128 {
    let product = whole.saturating_mul(parts);
    product.checked_div(of).unwrap_or(u128::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of a while of 100 ms, in which 50 were made within 5 ms.
    fn beside(changed: u64, queries: u64) -> u128 {
        share(&Beside {
            changed,
            worked: changed.saturating_add(queries),
            within: Duration::from_millis(100),
            made: 50,
            took: Duration::from_millis(5),
        })
    }

    #[test]
    fn what_can_be_followed_is_followed_and_more_is_given_way_to() {
        assert_eq!(beside(0, 1), LEAST);
        assert_eq!(beside(50, 0), LEAST);
        // One of them takes 0.1 ms: 200 need a fifth of the time.
        assert_eq!(beside(200, 0), 300);
        assert_eq!(beside(333, 0), 499);
        assert_eq!(beside(334, 0), BUSY);
        assert_eq!(beside(4_000, 0), BUSY);
    }

    #[test]
    fn queries_are_given_way_to_but_need_not_be_followed() {
        assert_eq!(beside(50, 200), LEAST);
        assert_eq!(beside(0, 5_000), BUSY);
        assert_eq!(beside(40, 5_000), 60);
        assert_eq!(beside(200, 5_000), 300);
    }

    #[test]
    fn a_while_in_which_nothing_was_made_is_no_error() {
        let none = Beside {
            changed: 1,
            worked: 1,
            within: Duration::ZERO,
            made: 0,
            took: Duration::from_millis(1),
        };
        assert_eq!(share(&none), BUSY);
    }
}
