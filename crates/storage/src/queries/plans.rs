//! Statements of a merchant's own plans of recurrences, page by page.
//!
//! Invariant: as in [`super`].

use crate::rows::recurrences;

/// Plans of a merchant by id, after one: merchant, id, how many.
pub(crate) const RECURRENT_PAYMENTS_OF: &str = concat!(
    "SELECT ",
    recurrences::columns!(),
    " FROM recurrent_payments WHERE merchant_id = $1 AND recurrent_payment_id > $2 \
     ORDER BY recurrent_payment_id LIMIT $3"
);

/// Plans of a merchant by id, the newest first, before one: merchant, id, how many.
pub(crate) const RECURRENT_PAYMENTS_BEFORE: &str = concat!(
    "SELECT ",
    recurrences::columns!(),
    " FROM recurrent_payments WHERE merchant_id = $1 AND recurrent_payment_id < $2 \
     ORDER BY recurrent_payment_id DESC LIMIT $3"
);
