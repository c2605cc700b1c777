//! What could not be done of what is due, and is left alone for a while.
//!
//! Invariant: it is tried again after a minute, so nothing is left for good, and a row that cannot
//! be worked on costs a try a minute and no more. What is remembered is bounded and of this server
//! alone.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aval_domain::id::PaymentId;
use tokio::time::Instant;

/// After which it is tried again: real time, also where the sandbox's clock is moved.
const AGAIN: Duration = Duration::from_secs(60);
/// Payments remembered.
const MOST: usize = 100_000;

/// Payments that could not be worked on.
#[derive(Debug, Default)]
pub struct Stuck(Mutex<HashMap<PaymentId, Instant>>);

impl Stuck {
    /// Whether a payment is left alone for now.
    pub(super) fn holds(&self, payment: PaymentId) -> bool {
        self.holds_at(payment, Instant::now())
    }

    fn holds_at(&self, payment: PaymentId, now: Instant) -> bool {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let since = known.get(&payment);
        since.is_some_and(|since| now.duration_since(*since) < AGAIN)
    }

    /// Leaves a payment alone for a while.
    pub(super) fn leave(&self, payment: PaymentId) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST {
            known.retain(|_, since| since.elapsed() < AGAIN);
        }
        if known.len() < MOST {
            known.insert(payment, Instant::now());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stuck_is_tried_again_after_a_minute() {
        let (stuck, one) = (Stuck::default(), PaymentId::from_bytes([1; 16]));
        let now = Instant::now();
        assert!(!stuck.holds_at(one, now));
        stuck.leave(one);
        let soon = now.checked_add(AGAIN / 2).unwrap();
        assert!(stuck.holds_at(one, soon));
        assert!(!stuck.holds_at(PaymentId::from_bytes([2; 16]), soon));
        let later = now.checked_add(AGAIN * 2).unwrap();
        assert!(!stuck.holds_at(one, later));
    }
}
