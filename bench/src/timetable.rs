//! The open loop's timetable: when each arrival is due, and the thread that releases them.
//! Invariant: due times are absolute, so neither a slow answer nor a late wake-up moves later ones.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;

/// Arrivals are released at most this often; what falls due in between waits for the next.
const GRAIN: Duration = Duration::from_micros(200);

/// A fixed number of arrivals, evenly spaced.
#[derive(Clone, Copy)]
pub struct Timetable {
    rate: f64,
    total: u64,
}

impl Timetable {
    /// `total` arrivals at `rate` per second.
    pub fn new(rate: f64, total: u64) -> Self {
        Self { rate, total }
    }

    /// How many arrivals there are.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// When an arrival is due, counted from the start.
    pub fn due_at(&self, arrival: u64) -> Duration {
        Duration::from_secs_f64(arrival as f64 / self.rate)
    }

    /// How many arrivals are due once `elapsed` has passed.
    pub fn due_by(&self, elapsed: Duration) -> u64 {
        // The estimate may be one off by rounding; `due_at` is what latencies are counted from.
        let mut due = ((elapsed.as_secs_f64() * self.rate) as u64).min(self.total);
        while due < self.total && self.due_at(due) <= elapsed {
            due += 1;
        }
        while due > 0 && self.due_at(due - 1) > elapsed {
            due -= 1;
        }
        due
    }
}

/// Releases arrivals as permits; a runtime's own timers are too coarse (1 ms) for that.
pub struct Pacer {
    due: Arc<Semaphore>,
}

impl Pacer {
    /// Starts releasing. After the last arrival `waiters` more permits follow, so that everyone
    /// who still waits learns that there is no more.
    pub fn start(timetable: Timetable, start: Instant, waiters: usize) -> Self {
        let due = Arc::new(Semaphore::new(0));
        let permits = Arc::clone(&due);
        thread::spawn(move || {
            let mut released = 0;
            while released < timetable.total() && !permits.is_closed() {
                let now = start.elapsed();
                let due = timetable.due_by(now);
                permits.add_permits(usize::try_from(due - released).unwrap_or_default());
                released = due;
                let next = timetable.due_at(released).max(now + GRAIN);
                thread::sleep(next.saturating_sub(start.elapsed()));
            }
            permits.add_permits(waiters);
        });
        Self { due }
    }

    /// Waits for a permit; false once the pacer is gone.
    pub async fn permit(&self) -> bool {
        self.due
            .acquire()
            .await
            .map(|permit| permit.forget())
            .is_ok()
    }
}

impl Drop for Pacer {
    fn drop(&mut self) {
        self.due.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrivals_do_not_drift() {
        let timetable = Timetable::new(15_000.0, 10_000_000);
        assert_eq!(timetable.due_at(0), Duration::ZERO);
        assert_eq!(timetable.due_at(15_000 * 300), Duration::from_secs(300));
    }

    #[test]
    fn an_arrival_is_due_exactly_from_its_time_on() {
        for rate in [1.0, 3.0, 777.7, 14_999.3, 93_000.0] {
            let timetable = Timetable::new(rate, 5_000);
            for arrival in 0..5_000 {
                let at = timetable.due_at(arrival);
                assert!(timetable.due_by(at) > arrival, "{arrival} at {rate}/s");
                if let Some(before) = at.checked_sub(Duration::from_nanos(1)) {
                    assert!(timetable.due_by(before) <= arrival, "{arrival} at {rate}/s");
                }
            }
        }
    }

    #[test]
    fn no_more_is_due_than_there_is() {
        let timetable = Timetable::new(1_000.0, 50);
        assert_eq!(timetable.due_by(Duration::from_millis(49)), 50);
        assert_eq!(timetable.due_by(Duration::from_secs(9)), 50);
    }

    #[tokio::test(flavor = "current_thread")]
    async fn the_pacer_releases_every_arrival_and_then_every_waiter() {
        let pacer = Pacer::start(Timetable::new(100_000.0, 500), Instant::now(), 3);
        for _ in 0..503 {
            assert!(pacer.permit().await);
        }
    }
}
