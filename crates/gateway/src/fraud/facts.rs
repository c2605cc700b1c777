//! The elements of a sale under a merchant's keys.
//!
//! Invariant: what is compared is a keyed digest; the card is known by its fingerprint.

use aval_domain::customer::Customer;
use aval_domain::fraud::facts;
use aval_domain::fraud::history::{Element, Keys};
use aval_domain::fraud::lists;
use aval_domain::fraud::request::Request;
use aval_vault::MerchantKeys;

/// The digest of an element in its one form. Billing and delivery addresses have one kind, so that
/// an address is the same in either place.
#[must_use]
pub fn digest(keys: &MerchantKeys, element: Element, form: &str) -> u64 {
    let kind = u8::try_from(lists::kind(element).at()).unwrap_or(u8::MAX);
    keys.element_digest(kind, form)
}

/// The digest of a card, from its fingerprint.
#[must_use]
pub fn card_digest(fingerprint: [u8; 16]) -> u64 {
    let first = fingerprint.iter().take(8);
    first.fold(0, |digest: u64, byte| (digest << 8) | u64::from(*byte))
}

/// The elements of a sale.
#[must_use]
pub fn elements(
    keys: &MerchantKeys,
    request: &Request,
    customer: &Customer,
    fingerprint: Option<[u8; 16]>,
) -> Keys {
    let mut all = Keys::default();
    for (element, form) in facts::elements(request, customer) {
        all.set(element, digest(keys, element, &form));
    }
    if let Some(fingerprint) = fingerprint {
        all.set(Element::Card, card_digest(fingerprint));
    }
    all
}

/// Elements as pairs, for lists.
#[must_use]
pub fn pairs(keys: &Keys) -> Vec<(Element, u64)> {
    let all = Element::ALL.into_iter();
    all.filter_map(|element| Some((element, keys.of(element)?)))
        .collect()
}
