//! Going along a stretch of payments, in either order.
//!
//! Invariant: what is behind a payment is what a search comes to after it.

use aval_domain::id::PaymentId;
use aval_domain::search::FoundSale;
use aval_storage::search::Stretch;

/// Going along a stretch.
pub(super) trait Along {
    /// What is left of it behind a payment.
    fn from(self, reached: PaymentId) -> Self;
    /// The first of some payments that it comes to.
    fn nearest(self, of: impl Iterator<Item = PaymentId>) -> Option<PaymentId>;
    /// Whether it comes to a sale no later than to a payment.
    fn has(self, sale: &FoundSale, end: PaymentId) -> bool;
}

impl Along for Stretch {
    fn from(self, reached: PaymentId) -> Self {
        if self.newest_first {
            Self {
                below: reached,
                ..self
            }
        } else {
            Self {
                above: reached,
                ..self
            }
        }
    }

    fn nearest(self, of: impl Iterator<Item = PaymentId>) -> Option<PaymentId> {
        if self.newest_first {
            of.max()
        } else {
            of.min()
        }
    }

    fn has(self, sale: &FoundSale, end: PaymentId) -> bool {
        if self.newest_first {
            sale.payment >= end
        } else {
            sale.payment <= end
        }
    }
}
