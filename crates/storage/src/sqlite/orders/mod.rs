//! The payments of orders: a tail of new ones, and sorted runs that are written in bulk.
//!
//! Invariant: every sale is in the tail or in exactly one whole run, by transactions that move it;
//! so what is found does not depend on how far the moving is. Order numbers come at random: in one
//! tree each of them would dirty a page of its own, far more than the sale itself
//! (docs/decisions/0026-orders-in-runs.md).

mod find;
mod keep;
#[cfg(test)]
mod tests;

use std::hash::Hasher as _;

use aval_domain::id::{MerchantId, PaymentId};
use aval_domain::time::Timestamp;
use siphasher::sip::SipHasher24;

pub(super) use self::find::newest;
pub(super) use self::keep::{Keeper, catch_up};

/// Statements after all sales were removed: what was kept of their orders goes, unless somebody
/// sold meanwhile. The blocks of spent runs are removed while later ones are made.
pub(crate) const FORGET: [&str; 2] = [
    "UPDATE order_runs SET state = 2 WHERE state <> 2 AND NOT EXISTS (SELECT 1 FROM sales)",
    "DELETE FROM order_tail WHERE NOT EXISTS (SELECT 1 FROM sales)",
];

/// Bytes of an entry.
const WIDTH: usize = 32;
/// Entries of a block: it fits into a page of the file.
const BLOCK: usize = 120;

/// A payment of an order, as it is kept in a run. In the order of its members, and of their bytes,
/// those of one order lie together, the newest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    /// Of merchant and order. Others may have the same: the sale itself tells.
    hash: u64,
    /// The moment of reception in microseconds, inverted.
    before: u64,
    /// The payment, inverted.
    payment: u128,
}

impl Entry {
    fn new(hash: u64, received_at: Timestamp, payment: PaymentId) -> Self {
        Self {
            hash,
            // What lies before 1970 stays before what lies after it.
            before: !(received_at.micros().cast_unsigned() ^ (1 << 63)),
            payment: !u128::from_be_bytes(*payment.as_bytes()),
        }
    }

    /// The first that an order can have.
    const fn first_of(hash: u64) -> Self {
        Self {
            hash,
            before: 0,
            payment: 0,
        }
    }

    const fn payment(&self) -> PaymentId {
        PaymentId::from_bytes((!self.payment).to_be_bytes())
    }

    fn bytes(&self) -> impl Iterator<Item = u8> {
        let numbers = self.hash.to_be_bytes().into_iter();
        let numbers = numbers.chain(self.before.to_be_bytes());
        numbers.chain(self.payment.to_be_bytes())
    }
}

/// The entries of a block; nothing of what is no whole entry.
fn entries(block: &[u8]) -> impl Iterator<Item = Entry> {
    block.chunks_exact(WIDTH).filter_map(|bytes| {
        let (hash, rest) = bytes.split_first_chunk()?;
        let (before, payment) = rest.split_first_chunk()?;
        Some(Entry {
            hash: u64::from_be_bytes(*hash),
            before: u64::from_be_bytes(*before),
            payment: u128::from_be_bytes(payment.try_into().ok()?),
        })
    })
}

/// The bytes of entries, one after the other.
fn bytes<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Vec<u8> {
    entries.into_iter().flat_map(Entry::bytes).collect()
}

/// The hash of a merchant's order: it stands in files, and must stay what it is.
fn hash_of(merchant: MerchantId, order: &str) -> u64 {
    let mut hasher = SipHasher24::new_with_key(merchant.as_bytes());
    hasher.write(order.as_bytes());
    hasher.finish()
}
