//! Requests per second of merchants who have a limit.
//!
//! Invariant: costs nothing for merchants without one, which is the default.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Arc, PoisonError, RwLock};

use aval_domain::id::MerchantId;
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};

/// The limiters in use.
#[derive(Default)]
pub struct RateLimits {
    limiters: RwLock<HashMap<MerchantId, (NonZeroU32, Arc<DefaultDirectRateLimiter>)>>,
}

impl RateLimits {
    /// Whether one more request may pass, of `per_second`; 0 = no limit.
    #[must_use]
    pub fn admits(&self, merchant: MerchantId, per_second: u32) -> bool {
        let Some(rate) = NonZeroU32::new(per_second) else {
            return true;
        };
        let known = self.limiters.read().unwrap_or_else(PoisonError::into_inner);
        let limiter = known.get(&merchant).filter(|(known, _)| *known == rate);
        let limiter = limiter.map(|(_, limiter)| Arc::clone(limiter));
        drop(known);
        let limiter = limiter.unwrap_or_else(|| {
            let made = Arc::new(RateLimiter::direct(Quota::per_second(rate)));
            let mut all = self
                .limiters
                .write()
                .unwrap_or_else(PoisonError::into_inner);
            all.insert(merchant, (rate, Arc::clone(&made)));
            made
        });
        limiter.check().is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_admits_so_many_and_no_limit_all() {
        let limits = RateLimits::default();
        let merchant = MerchantId::from_bytes([1; 16]);
        let admitted = (0..50).filter(|_| limits.admits(merchant, 10)).count();
        assert!((10..=11).contains(&admitted), "{admitted}");
        assert!((0..50).all(|_| limits.admits(merchant, 0)));
        assert!(limits.admits(merchant, 20), "a changed limit begins anew");
    }
}
