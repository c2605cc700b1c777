//! What keeps forms from being sent by strangers, twice, or too often.
//!
//! Invariant: a form is taken only from the browser it was shown to (a sealed token in the form
//! names the random value in the browser's cookie); sent twice it has one effect; an address sends
//! so many only.

use std::collections::VecDeque;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};

use aval_domain::time::{HOUR, Timestamp};
use aval_gateway::app::App;
use aval_vault::VaultError;
use governor::clock::DefaultClock;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use tokio::sync::OnceCell;

/// What the token of a form is sealed for.
const PURPOSE: &str = "aval form 1";
/// How long a form may be filled in, in microseconds.
const VALID: i64 = HOUR * 12;
/// Forms that one address may send at once.
const BURST: NonZeroU32 = NonZeroU32::MIN.saturating_add(19);
/// Forms that one address may send in an hour after that.
const HOURLY: NonZeroU32 = NonZeroU32::MIN.saturating_add(119);
/// Seconds after which another form may be sent.
pub const RETRY_SECONDS: &str = "30";
/// Addresses remembered before those that rest are forgotten.
const MOST_ADDRESSES: usize = 10_000;
/// Forms remembered by what they led to.
const MOST_FORMS: usize = 256;

/// A value for the browser's cookie.
///
/// # Errors
/// When the system gives no random bytes.
pub fn new_nonce() -> Result<String, VaultError> {
    Ok(aval_vault::seed()?
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect())
}

/// The token for the form that is shown to the browser with this cookie.
///
/// # Errors
/// When the system gives no random bytes.
pub fn token(app: &App, nonce: &str) -> Result<String, VaultError> {
    let value = format!("{}:{nonce}", app.clock.now().micros());
    app.keys.ring().seal_value(PURPOSE, value.as_bytes())
}

/// Whether a form came from the browser it was shown to, not too long ago.
#[must_use]
pub fn admits(app: &App, nonce: Option<&str>, token: &str) -> bool {
    let Ok(opened) = app.keys.ring().open_value(PURPOSE, token) else {
        return false;
    };
    let text = std::str::from_utf8(&opened).unwrap_or_default();
    let Some((made, shown_to)) = text.split_once(':') else {
        return false;
    };
    let made = made.parse().unwrap_or(i64::MIN);
    let age = app.clock.now().since(Timestamp::from_micros(made));
    nonce == Some(shown_to) && age <= VALID
}

/// How many forms each address has sent.
pub struct Addresses(RateLimiter<IpAddr, HashMapStateStore<IpAddr>, DefaultClock>);

impl Default for Addresses {
    fn default() -> Self {
        Self(RateLimiter::hashmap(
            Quota::per_hour(HOURLY).allow_burst(BURST),
        ))
    }
}

impl Addresses {
    /// Whether an address may send one more.
    #[must_use]
    pub fn admit(&self, address: IpAddr) -> bool {
        if self.0.len() > MOST_ADDRESSES {
            self.0.retain_recent();
        }
        self.0.check_key(&network(address)).is_ok()
    }
}

/// Who has one address of IPv6 has all of its network.
#[must_use]
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

/// What forms led to, by their nonce, so that one sent twice leads to the same.
#[derive(Default)]
pub struct Sendings(Mutex<VecDeque<(String, Arc<OnceCell<String>>)>>);

impl Sendings {
    /// The place for what a form leads to.
    #[must_use]
    pub fn of(&self, nonce: &str) -> Arc<OnceCell<String>> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, cell)) = known.iter().find(|(had, _)| had == nonce) {
            return Arc::clone(cell);
        }
        if known.len() >= MOST_FORMS {
            known.pop_front();
        }
        let cell = Arc::new(OnceCell::new());
        known.push_back((nonce.to_owned(), Arc::clone(&cell)));
        cell
    }

    /// Forgets what a form led to.
    pub fn forget(&self, nonce: &str) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.retain(|(had, _)| had != nonce);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_sends_so_many_and_its_network_is_one_address() {
        let addresses = Addresses::default();
        let v6 = |last: u16| IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 1, 0, 0, 0, last));
        let sent = (0..100).filter(|last| addresses.admit(v6(*last))).count();
        assert!((20..=21).contains(&sent), "{sent}");
        assert!(addresses.admit(IpAddr::from([127, 0, 0, 1])));
    }

    #[test]
    fn forms_are_remembered_by_their_nonce_and_not_without_end() {
        let sendings = Sendings::default();
        let first = sendings.of("a");
        first.set("done".to_owned()).unwrap();
        assert_eq!(sendings.of("a").get().unwrap(), "done");
        (0..MOST_FORMS).for_each(|n| drop(sendings.of(&n.to_string())));
        assert_eq!(sendings.of("a").get(), None);
        assert_eq!(sendings.0.lock().unwrap().len(), MOST_FORMS);
        sendings.forget("a");
        assert_eq!(sendings.0.lock().unwrap().len(), MOST_FORMS - 1);
    }
}
