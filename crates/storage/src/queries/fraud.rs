//! Statements of fraud analysis: the history, reviews, lists, rules.
//!
//! Invariant: as in [`super`].

use crate::rows::fraud;

/// A column of the next server of the same day, or else of the first one of the next day.
macro_rules! next_place {
    ($column:literal) => {
        concat!(
            "COALESCE((SELECT ",
            $column,
            " FROM fraud_events AS next WHERE next.merchant_id = place.merchant_id \
             AND next.day = place.day AND next.server > place.server \
             ORDER BY next.server LIMIT 1), (SELECT ",
            $column,
            " FROM fraud_events AS next WHERE next.merchant_id = place.merchant_id \
             AND next.day > place.day ORDER BY next.day, next.server LIMIT 1))"
        )
    };
}

/// A merchant's history before a place, backwards: merchant, day, server, payment, how many.
pub(crate) const FRAUD_EVENTS: &str = "SELECT merchant_id, day, server, payment_id, at, amount, \
     fate, keys, mark FROM fraud_events WHERE merchant_id = $1 \
     AND (day, server, payment_id) < ($2, $3, $4) \
     ORDER BY day DESC, server DESC, payment_id DESC LIMIT $5";

/// What one server wrote on one day, after a payment: merchant, day, server, payment, how many.
pub(crate) const FRAUD_EVENTS_OF: &str = "SELECT merchant_id, day, server, payment_id, at, \
     amount, fate, keys, mark FROM fraud_events WHERE merchant_id = $1 AND day = $2 \
     AND server = $3 AND payment_id > $4 ORDER BY payment_id LIMIT $5";

/// Each server that wrote to a merchant's history from a day on, by day, with what it wrote last:
/// merchant, day, how many. Some seeks for each, however much it wrote: SQLite walks through what
/// follows a pair of columns that is not the whole key, so each column is compared by itself.
pub(crate) const FRAUD_PLACES: &str = concat!(
    "WITH RECURSIVE place(merchant_id, day, server) AS ( \
     SELECT merchant_id, day, server FROM (SELECT merchant_id, day, server FROM fraud_events \
     WHERE merchant_id = $1 AND day >= $2 ORDER BY day, server LIMIT 1) AS first \
     UNION ALL SELECT place.merchant_id, ",
    next_place!("next.day"),
    ", ",
    next_place!("next.server"),
    " FROM place WHERE place.day IS NOT NULL) \
     SELECT place.day, place.server, (SELECT last.payment_id FROM fraud_events AS last \
     WHERE last.merchant_id = place.merchant_id AND last.day = place.day \
     AND last.server = place.server ORDER BY last.payment_id DESC LIMIT 1) AS payment_id \
     FROM place WHERE place.day IS NOT NULL LIMIT $3"
);

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

/// Reviews of all merchants that expire by a moment, after one: moment, moment, merchant, payment,
/// how many. What else is in them is not read here: a damaged row is found like any other.
pub(crate) const REVIEWS_DUE: &str = "SELECT due_at, merchant_id, payment_id FROM fraud_reviews \
     WHERE state = 0 AND due_at <= $1 AND (due_at, merchant_id, payment_id) > ($2, $3, $4) \
     ORDER BY due_at, merchant_id, payment_id LIMIT $5";

/// Entries of a merchant's lists after one: merchant, kind, value, how many.
pub(crate) const FRAUD_ENTRIES: &str = "SELECT merchant_id, kind, value, changed_at, list, shown, \
     added_by FROM fraud_entries WHERE merchant_id = $1 AND (kind, value) > ($2, $3) \
     ORDER BY kind, value LIMIT $4";

/// A merchant's rules: merchant.
pub(crate) const FRAUD_RULES: &str = "SELECT merchant_id, name, changed_at, position, expression, \
     action, enabled, dry_run FROM fraud_rules WHERE merchant_id = $1 ORDER BY position, name";
