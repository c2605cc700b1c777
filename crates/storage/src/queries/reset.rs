//! The statements that empty a sandbox (decision D45).
//!
//! Invariant: what belongs to merchants is in here, but not they themselves, nor what was changed
//! of them, nor their lists and rules. Each removes so many rows at the most: one statement must
//! end within its time however large a table is, and others write in between.

/// Removes rows of a table by its key, so many at the most.
macro_rules! removes {
    ($table:literal, $key:literal) => {
        concat!(
            "DELETE FROM ",
            $table,
            " WHERE (",
            $key,
            ") IN (SELECT ",
            $key,
            " FROM ",
            $table,
            " LIMIT $1)"
        )
    };
}

pub(crate) use removes;

/// Of the sales: how many rows. What engines keep of them apart goes right after it.
pub(crate) const SALES: &str = removes!("sales", "payment_id, merchant_id");

/// All of them: how many rows.
pub(crate) const RESET: &[&str] = &[
    removes!("faults", "merchant_id, card"),
    removes!("fraud_events", "merchant_id, day, server, payment_id"),
    removes!("fraud_reviews", "merchant_id, payment_id"),
    removes!("awaited_buyers", "merchant_id, payment_id"),
    removes!("awaited_cards", "merchant_id, payment_id"),
    removes!("replaced_cards", "merchant_id, fingerprint"),
    removes!("unfinished", "merchant_id, payment_id"),
    removes!("simulated_attempts", "merchant_id, payment_id"),
    removes!("notifications", "merchant_id, notification_id"),
    removes!("deliveries", "merchant_id, delivery_id"),
    removes!("notification_leases", "merchant_id"),
    removes!("heard", "merchant_id, listener_id, notification_id"),
    removes!("operations", "payment_id, merchant_id, version"),
    SALES,
    removes!("order_claims", "merchant_id, order_id"),
    removes!("slip_numbers", "merchant_id, number"),
    removes!("answers", "merchant_id, key"),
    removes!("cards", "merchant_id, token"),
    removes!("recurrent_payments", "merchant_id, recurrent_payment_id"),
    removes!("recurrences", "merchant_id, recurrent_payment_id, cycle"),
    removes!(
        "recurrence_denials",
        "merchant_id, recurrent_payment_id, cycle, attempt"
    ),
    removes!("job_rows", "merchant_id, job_id, position"),
    removes!("jobs", "merchant_id, job_id"),
];
