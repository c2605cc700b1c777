//! Statements about payments that wait for their buyers, and about replaced cards.
//!
//! Invariant: as in [`super`].

/// Whose a payment is: payment. A look by key for each merchant.
pub(crate) const MERCHANT_OF_PAYMENT: &str = "SELECT merchant_id FROM merchants AS m \
     WHERE EXISTS (SELECT 1 FROM sales AS s WHERE s.merchant_id = m.merchant_id \
     AND s.payment_id = $1) LIMIT 1";

/// A card that waits for its buyer: merchant, payment.
pub(crate) const AWAITED_CARD: &str = "SELECT merchant_id, payment_id, sealed \
     FROM awaited_cards WHERE merchant_id = $1 AND payment_id = $2";

/// Payments of all merchants that wait for their buyers until a moment at most, the earliest first:
/// moment, how many.
pub(crate) const AWAITED_BUYERS_DUE: &str = "SELECT merchant_id, payment_id, due_at \
     FROM awaited_buyers WHERE due_at <= $1 ORDER BY due_at, merchant_id, payment_id LIMIT $2";

/// A card that replaces another: merchant, fingerprint of the other.
pub(crate) const REPLACED_CARD: &str = "SELECT merchant_id, fingerprint, sealed, masked, expiry, \
     brand, replaced_at FROM replaced_cards WHERE merchant_id = $1 AND fingerprint = $2";
