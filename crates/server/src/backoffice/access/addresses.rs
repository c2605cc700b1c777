//! Failures to sign in, by the address they come from.
//!
//! Invariant: an address that failed too often waits, whatever it asks for; what is remembered is
//! bounded. Each server counts for itself: what holds everywhere is the lock of the user.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use aval_domain::session::LOCKED_FOR;
use aval_domain::time::Timestamp;

use crate::pages::guard::network;

/// Failures after which an address waits. More than a user has: a shop's people share an address.
const MOST_FAILURES: u32 = 50;
/// Addresses remembered.
const MOST_ADDRESSES: usize = 10_000;

/// Failures by address.
#[derive(Default)]
pub(super) struct Addresses(Mutex<HashMap<IpAddr, (u32, Timestamp)>>);

impl Addresses {
    /// Whether an address waits.
    pub(super) fn waits(&self, address: IpAddr, now: Timestamp) -> bool {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known
            .get(&network(address))
            .is_some_and(|(failures, since)| {
                *failures >= MOST_FAILURES && now.since(*since) < LOCKED_FOR
            })
    }

    /// Counts a failure. Half an hour after the first of a series it begins anew.
    pub(super) fn failed(&self, address: IpAddr, now: Timestamp) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST_ADDRESSES {
            known.retain(|_, (_, since)| now.since(*since) < LOCKED_FOR);
        }
        if known.len() >= MOST_ADDRESSES {
            known.clear();
        }
        let (failures, since) = known.entry(network(address)).or_insert((0, now));
        if now.since(*since) >= LOCKED_FOR {
            (*failures, *since) = (0, now);
        }
        *failures = failures.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_waits_after_fifty_failures_for_half_an_hour() {
        let (addresses, now) = (Addresses::default(), Timestamp::from_micros(1));
        let [one, other] = [[10, 0, 0, 1], [10, 0, 0, 2]].map(IpAddr::from);
        for _ in 0..MOST_FAILURES {
            assert!(!addresses.waits(one, now));
            addresses.failed(one, now);
        }
        assert!(addresses.waits(one, now) && !addresses.waits(other, now));
        assert!(!addresses.waits(one, now.plus(LOCKED_FOR)));
        addresses.failed(one, now.plus(LOCKED_FOR));
        assert!(!addresses.waits(one, now.plus(LOCKED_FOR)));
    }

    #[test]
    fn addresses_are_not_remembered_without_end() {
        let (addresses, now) = (Addresses::default(), Timestamp::from_micros(1));
        for n in 0..u32::try_from(MOST_ADDRESSES).unwrap() + 10 {
            addresses.failed(IpAddr::from(n.to_be_bytes()), now);
        }
        assert!(addresses.0.lock().unwrap().len() <= MOST_ADDRESSES);
    }
}
