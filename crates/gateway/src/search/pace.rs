//! How much of the time the making of what is searched takes beside sales and queries.
//!
//! Invariant: what half of the time can follow is followed, except beside a comparison, which takes
//! its part of that time. The more a load is beyond that, the more it is given way to; what waits
//! then is made after it.

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
/// Of what is known of the steps before, so much is kept at each: seven eighths.
const KEPT: (u128, u128) = (7, 8);

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

/// What is known of the steps before: sums in which one weighs the less the longer ago it was.
/// Counts are in thousandths, times in nanoseconds.
#[derive(Debug)]
pub(super) struct Pace {
    /// Changes made, within `took`.
    made: u128,
    took: u128,
    /// Changes committed, within `within`.
    changed: u128,
    /// The same and queries answered.
    worked: u128,
    within: u128,
    last: Seen,
}

/// What the feed had counted at a time.
#[derive(Debug, Clone, Copy)]
struct Seen {
    at: Instant,
    changed: u64,
    worked: u64,
}

impl Seen {
    fn now(feed: &Feed, at: Instant) -> Self {
        Self {
            at,
            changed: feed.changed(),
            worked: feed.worked(),
        }
    }
}

impl Pace {
    /// Before the first step.
    pub(super) fn new(feed: &Feed, now: Instant) -> Self {
        Self {
            made: 0,
            took: 0,
            changed: 0,
            worked: 0,
            within: 0,
            last: Seen::now(feed, now),
        }
    }

    /// After a while in which there was nothing to do.
    pub(super) fn wake(&mut self, feed: &Feed, now: Instant) {
        self.last = Seen::now(feed, now);
    }

    /// How long to rest after a step that took so long and is over now; not at all if nobody sold
    /// or asked anything since the step before or the waking.
    pub(super) fn rest(
        &mut self,
        feed: &Feed,
        step: Step,
        took: Duration,
        now: Instant,
    ) -> Duration {
        if let Step::Made(made) = step {
            add(&mut self.made, thousandths(made));
            add(&mut self.took, took.as_nanos());
        }
        let (last, seen) = (self.last, Seen::now(feed, now));
        self.last = seen;
        let worked = seen.worked.saturating_sub(last.worked);
        add(
            &mut self.changed,
            thousandths(seen.changed.saturating_sub(last.changed)),
        );
        add(&mut self.worked, thousandths(worked));
        add(&mut self.within, now.duration_since(last.at).as_nanos());
        if worked == 0 {
            return Duration::ZERO;
        }
        rest_of(
            took,
            share(self.needs(self.changed), self.needs(self.worked)),
        )
    }

    /// The share of the time that making so many takes, of those that came.
    fn needs(&self, came: u128) -> u128 {
        let made = self.made.max(1).saturating_mul(self.within);
        parts(came.saturating_mul(self.took), WHOLE, made)
    }
}

fn add(sum: &mut u128, more: u128) {
    *sum = parts(*sum, KEPT.0, KEPT.1).saturating_add(more);
}

fn thousandths(count: impl TryInto<u128>) -> u128 {
    count.try_into().unwrap_or(u128::MAX).saturating_mul(1_000)
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

    /// The rest after a step before which so many queries came within 10 ms.
    fn after(pace: &mut Pace, feed: &Feed, queries: u32, step: Step, took: Duration) -> Duration {
        for _ in 0..queries {
            feed.count(MerchantId::from_bytes([1; 16]), Function::Query);
        }
        let now = pace.last.at.checked_add(millis(10)).unwrap();
        pace.rest(feed, step, took, now)
    }

    #[test]
    fn a_step_rests_when_something_was_done_beside_it() {
        let feed = Feed::default();
        let mut pace = Pace::new(&feed, Instant::now());
        let ten = (Step::Made(10), millis(10));
        assert_eq!(after(&mut pace, &feed, 0, ten.0, ten.1), Duration::ZERO);
        // A millisecond each: four in twenty, then twenty more in ten, which is more than half.
        let compared = (Step::Compared, millis(10));
        assert_eq!(
            after(&mut pace, &feed, 4, compared.0, compared.1),
            millis(90)
        );
        assert_eq!(
            after(&mut pace, &feed, 20, compared.0, compared.1),
            millis(190)
        );
        assert_eq!(after(&mut pace, &feed, 0, ten.0, ten.1), Duration::ZERO);
        // After a pause the time of that does not count.
        let later = pace.last.at.checked_add(millis(100_000)).unwrap();
        pace.wake(&feed, later);
        assert_eq!(
            after(&mut pace, &feed, 20, compared.0, compared.1),
            millis(190)
        );
    }

    #[test]
    fn one_step_that_stalls_is_one_of_many() {
        let feed = Feed::default();
        let mut pace = Pace::new(&feed, Instant::now());
        for _ in 0..20 {
            after(&mut pace, &feed, 10, Step::Made(64), millis(6));
        }
        // A thousand a second, of 0.1 ms each.
        let needs = pace.needs(pace.worked);
        assert!((90..100).contains(&needs), "{needs}");
        after(&mut pace, &feed, 10, Step::Made(1), millis(100));
        let needs = pace.needs(pace.worked);
        assert!((90..MOST).contains(&needs), "{needs}");
    }
}
