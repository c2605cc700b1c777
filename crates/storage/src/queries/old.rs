//! Whether a merchant has something that is kept for a time only and too old.
//!
//! Invariant: as in [`super`]. Asked before each removal: one that removes nothing would wait for
//! the one who writes, of every merchant every time.

/// Answers kept before a moment, 1 or 0: merchant, moment.
pub(crate) const OLD_ANSWERS: &str = "SELECT count(*) FROM (SELECT 1 FROM answers \
     WHERE merchant_id = $1 AND created_at < $2 LIMIT 1) AS old";

/// Attempts before one, 1 or 0: merchant, id.
pub(crate) const OLD_DELIVERIES: &str = "SELECT count(*) FROM (SELECT 1 FROM deliveries \
     WHERE merchant_id = $1 AND delivery_id < $2 LIMIT 1) AS old";

/// Notifications before one that no longer wait, 1 or 0: merchant, id.
pub(crate) const OLD_NOTIFICATIONS: &str = "SELECT count(*) FROM (SELECT 1 FROM notifications \
     WHERE merchant_id = $1 AND notification_id < $2 AND state <> 0 LIMIT 1) AS old";

/// Fraud events of before a day, 1 or 0: merchant, day.
pub(crate) const OLD_FRAUD_EVENTS: &str = "SELECT count(*) FROM (SELECT 1 FROM fraud_events \
     WHERE merchant_id = $1 AND day < $2 LIMIT 1) AS old";
