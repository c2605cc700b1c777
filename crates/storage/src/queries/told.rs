//! Statements of what a merchant was told of one payment.
//!
//! Invariant: as in [`super`].

use crate::rows::notifications;

/// Notifications of a payment, those that wait and those that do not, each by an index of its own:
/// merchant, payment, how many of each.
pub(crate) const NOTIFICATIONS_OF: &str = concat!(
    "SELECT * FROM (SELECT ",
    notifications::columns!(),
    " FROM notifications WHERE merchant_id = $1 AND payment_id = $2 AND state = 0 \
     ORDER BY payment_version DESC LIMIT $3) AS waiting UNION ALL SELECT * FROM (SELECT ",
    notifications::columns!(),
    " FROM notifications WHERE merchant_id = $1 AND payment_id = $2 AND state <> 0 \
     ORDER BY payment_version DESC LIMIT $3) AS told"
);

/// The newest attempts to deliver a notification: merchant, notification, how many.
pub(crate) const DELIVERIES_OF: &str = "SELECT merchant_id, delivery_id, notification_id, \
     attempt, at, took, status, answer, error FROM deliveries \
     WHERE merchant_id = $1 AND notification_id = $2 ORDER BY delivery_id DESC LIMIT $3";
