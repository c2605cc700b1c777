//! Statements of fraud analysis: the history, reviews, lists, rules.
//!
//! Invariant: as in [`super`].

use crate::rows::fraud;

/// A merchant's history after a place: merchant, day, server, payment, how many.
pub(crate) const FRAUD_EVENTS: &str = "SELECT merchant_id, day, server, payment_id, at, amount, \
     fate, keys FROM fraud_events WHERE merchant_id = $1 \
     AND (day, server, payment_id) > ($2, $3, $4) ORDER BY day, server, payment_id LIMIT $5";

/// What one server wrote on one day, after a payment: merchant, day, server, payment, how many.
pub(crate) const FRAUD_EVENTS_OF: &str = "SELECT merchant_id, day, server, payment_id, at, \
     amount, fate, keys FROM fraud_events WHERE merchant_id = $1 AND day = $2 AND server = $3 \
     AND payment_id > $4 ORDER BY payment_id LIMIT $5";

/// The next day and server of a merchant's history: merchant, day, server.
pub(crate) const NEXT_FRAUD_SERVER: &str = "SELECT day, server FROM fraud_events \
     WHERE merchant_id = $1 AND (day, server) > ($2, $3) ORDER BY day, server LIMIT 1";

/// Forgets a merchant's history of before a day: merchant, day, how many.
pub(crate) const FORGET_FRAUD_EVENTS: &str = "DELETE FROM fraud_events WHERE merchant_id = $1 \
     AND day < $2 AND payment_id IN (SELECT payment_id FROM fraud_events WHERE merchant_id = $1 \
     AND day < $2 ORDER BY day, server, payment_id LIMIT $3)";

/// A payment's review: merchant, payment.
pub(crate) const FRAUD_REVIEW: &str = concat!(
    "SELECT ",
    fraud::review_columns!(),
    " FROM fraud_reviews WHERE merchant_id = $1 AND payment_id = $2"
);

/// Reviews that wait, after a payment: merchant, payment, how many.
pub(crate) const WAITING_REVIEWS: &str = concat!(
    "SELECT ",
    fraud::review_columns!(),
    " FROM fraud_reviews WHERE merchant_id = $1 AND state = 0 AND payment_id > $2 \
     ORDER BY payment_id LIMIT $3"
);

/// Reviews of all merchants that expire by a moment: moment, how many.
pub(crate) const REVIEWS_DUE: &str = concat!(
    "SELECT ",
    fraud::review_columns!(),
    " FROM fraud_reviews WHERE state = 0 AND due_at <= $1 \
     ORDER BY due_at, merchant_id, payment_id LIMIT $2"
);

/// Entries of a merchant's lists after one: merchant, kind, value, how many.
pub(crate) const FRAUD_ENTRIES: &str = "SELECT merchant_id, kind, value, changed_at, list, shown, \
     added_by FROM fraud_entries WHERE merchant_id = $1 AND (kind, value) > ($2, $3) \
     ORDER BY kind, value LIMIT $4";

/// A merchant's rules: merchant.
pub(crate) const FRAUD_RULES: &str = "SELECT merchant_id, name, changed_at, position, expression, \
     action, enabled, dry_run FROM fraud_rules WHERE merchant_id = $1 ORDER BY position, name";
