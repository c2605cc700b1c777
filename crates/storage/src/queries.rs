//! Every SELECT, in the words that both engines understand.
//!
//! Invariant: parameters are `$1`, `$2` … and appear in that order, since SQLite numbers them as
//! they appear. A test prepares each one on both engines.

pub(crate) mod access;
mod clock;
mod fraud;
pub(crate) mod jobs;
mod listeners;
mod old;
mod plans;
mod reset;
pub(crate) mod search;
#[cfg(test)]
mod tests;
pub(crate) mod told;

pub(crate) use self::clock::{
    ASK_MOVE, ASKED_MOVE, ASKED_MOVES, BRING_FORWARD, CHANGE_SETTING, CLOCK_HOLDERS, END_MOVE,
    FORGET_MOVE, FORGET_MOVES, GIVE_CLOCK, TAKE_CLOCK, TAKE_MOVE, WITHDRAW_MOVE,
};
pub(crate) use self::fraud::{
    FORGET_FRAUD_EVENTS, FRAUD_ENTRIES, FRAUD_EVENTS, FRAUD_EVENTS_OF, FRAUD_PLACES, FRAUD_REVIEW,
    FRAUD_RULES, REVIEWS_DUE, WAITING_REVIEWS,
};
pub(crate) use self::listeners::{
    FORGET_HEARD_BY, FORGET_LISTENERS, FORGET_UNHEARD, HEARD, LISTEN, LISTENERS, STOP_LISTENING,
};
pub(crate) use self::old::{OLD_ANSWERS, OLD_DELIVERIES, OLD_FRAUD_EVENTS, OLD_NOTIFICATIONS};
pub(crate) use self::plans::{RECURRENT_PAYMENTS_BEFORE, RECURRENT_PAYMENTS_OF};
pub(crate) use self::reset::{RESET, SALES as RESET_SALES};
#[cfg(test)]
pub(crate) use self::tests::ALL;
use crate::rows::{merchants, notifications, recurrences, sales};

/// One sale: merchant, payment.
pub(crate) const SALE: &str = concat!(
    "SELECT ",
    sales::columns!(),
    " FROM sales WHERE merchant_id = $1 AND payment_id = $2"
);

/// What was done to a payment, oldest first: merchant, payment.
pub(crate) const OPERATIONS: &str = "SELECT merchant_id, payment_id, version, kind, amount, at, \
     request_id, return_code, by_user, proof_before, code_before, message_before FROM operations \
     WHERE merchant_id = $1 AND payment_id = $2 ORDER BY version";

/// A stored card: merchant, token.
pub(crate) const CARD: &str = "SELECT merchant_id, token, sealed, masked, holder, expiry, brand, \
     customer_name, fingerprint, created_at FROM cards WHERE merchant_id = $1 AND token = $2";

/// A kept answer: merchant, key.
pub(crate) const ANSWER: &str = "SELECT merchant_id, key, request, status, body, location, \
     created_at FROM answers WHERE merchant_id = $1 AND key = $2";

/// A merchant: id.
pub(crate) const MERCHANT: &str = concat!(
    "SELECT ",
    merchants::columns!(),
    " FROM merchants WHERE merchant_id = $1"
);

/// Merchants by id, after one: id, how many.
pub(crate) const MERCHANTS: &str = concat!(
    "SELECT ",
    merchants::columns!(),
    " FROM merchants WHERE merchant_id > $1 ORDER BY merchant_id LIMIT $2"
);

/// A server setting: name.
pub(crate) const SETTING: &str = "SELECT value FROM server_settings WHERE name = $1";

/// Whether the store answers.
pub(crate) const PING: &str = "SELECT CAST(1 AS BIGINT)";

/// Sets a server setting: name, value.
pub(crate) const PUT_SETTING: &str = "INSERT INTO server_settings (name, value) VALUES ($1, $2) \
     ON CONFLICT (name) DO UPDATE SET value = excluded.value";

/// Sets a server setting that nobody has set: name, value.
pub(crate) const CLAIM_SETTING: &str = "INSERT INTO server_settings (name, value) \
     VALUES ($1, $2) ON CONFLICT (name) DO NOTHING";

/// Forgets answers of a merchant kept before a moment, the oldest first and so many at a time,
/// since sales wait meanwhile: merchant, moment, how many.
pub(crate) const FORGET_ANSWERS: &str = "DELETE FROM answers WHERE merchant_id = $1 \
     AND key IN (SELECT key FROM answers WHERE merchant_id = $1 AND created_at < $2 \
     ORDER BY created_at, key LIMIT $3)";

/// Forgets one answer, unless another has taken its place: merchant, key, moment.
pub(crate) const FORGET_ANSWER: &str =
    "DELETE FROM answers WHERE merchant_id = $1 AND key = $2 AND created_at = $3";

/// The faults in force for a merchant: merchant.
pub(crate) const FAULTS: &str = "SELECT merchant_id, card, fault, delay_ms, set_at, masked \
     FROM faults WHERE merchant_id = $1 AND fault <> 'None' ORDER BY card";

/// A payment in doubt: merchant, payment.
pub(crate) const UNFINISHED: &str = "SELECT merchant_id, payment_id, version, due_at, limit_at, \
     sealed FROM unfinished WHERE merchant_id = $1 AND payment_id = $2";

/// Whose a payment is: payment.
pub(crate) const MERCHANT_OF_PAYMENT: &str =
    "SELECT merchant_id FROM sales WHERE payment_id = $1 LIMIT 1";

/// A card that waits for its buyer: merchant, payment.
pub(crate) const AWAITED_CARD: &str = "SELECT merchant_id, payment_id, sealed \
     FROM awaited_cards WHERE merchant_id = $1 AND payment_id = $2";

/// Payments of all merchants that wait for their buyers until a moment at most, the earliest first:
/// moment, how many.
pub(crate) const AWAITED_BUYERS_DUE: &str = "SELECT merchant_id, payment_id, due_at \
     FROM awaited_buyers WHERE due_at <= $1 AND (due_at, merchant_id, payment_id) > ($2, $3, $4) \
     ORDER BY due_at, merchant_id, payment_id LIMIT $5";

/// A card that replaces another: merchant, fingerprint of the other.
pub(crate) const REPLACED_CARD: &str = "SELECT merchant_id, fingerprint, sealed, masked, expiry, \
     brand, replaced_at FROM replaced_cards WHERE merchant_id = $1 AND fingerprint = $2";

/// Payments in doubt of all merchants due by a moment, the earliest first: moment, how many.
pub(crate) const UNFINISHED_DUE: &str = "SELECT merchant_id, payment_id, version, due_at, \
     limit_at, sealed FROM unfinished WHERE due_at <= $1 \
     ORDER BY due_at, merchant_id, payment_id LIMIT $2";

/// What the simulator decided: merchant, payment.
pub(crate) const ATTEMPT: &str = "SELECT merchant_id, payment_id, version, decision, amount, \
     receipt, decided_at FROM simulated_attempts WHERE merchant_id = $1 AND payment_id = $2";

/// What was changed of a merchant, oldest first, after a version and key: merchant, version, key,
/// how many.
pub(crate) const SETTING_CHANGES: &str = "SELECT merchant_id, version, key, changed_at, \
     changed_by, old_value, new_value FROM setting_changes \
     WHERE merchant_id = $1 AND (version, key) > ($2, $3) ORDER BY version, key LIMIT $4";

/// Changes of one setting after a version: merchant, key, version, how many.
pub(crate) const CHANGES_OF_SETTING: &str = "SELECT merchant_id, version, key, changed_at, \
     changed_by, old_value, new_value FROM setting_changes \
     WHERE merchant_id = $1 AND key = $2 AND version > $3 ORDER BY version LIMIT $4";

/// Merchants after one who have something waiting, each found by one step in the index: so what it
/// costs depends on how many they are, not on how much of one waits.
macro_rules! waiting {
    ($after:literal) => {
        concat!(
            "WITH RECURSIVE waiting (merchant_id) AS (SELECT * FROM (SELECT merchant_id \
             FROM notifications WHERE state = 0 AND merchant_id > ",
            $after,
            " ORDER BY merchant_id LIMIT 1) AS first \
             UNION ALL SELECT (SELECT n.merchant_id FROM notifications AS n WHERE n.state = 0 \
             AND n.merchant_id > w.merchant_id ORDER BY n.merchant_id LIMIT 1) \
             FROM waiting AS w WHERE w.merchant_id IS NOT NULL) "
        )
    };
}

/// When the first notification is due: an id below every merchant's.
pub(crate) const FIRST_DUE: &str = concat!(
    waiting!("$1"),
    "SELECT (SELECT d.due_at FROM notifications AS d WHERE d.merchant_id = w.merchant_id \
     AND d.state = 0 ORDER BY d.due_at LIMIT 1) AS due_at FROM waiting AS w \
     WHERE w.merchant_id IS NOT NULL ORDER BY due_at LIMIT 1"
);

/// Merchants by id, after one, who have something due: id, moment, how many.
pub(crate) const DUE_MERCHANTS: &str = concat!(
    waiting!("$1"),
    "SELECT w.merchant_id FROM waiting AS w WHERE w.merchant_id IS NOT NULL \
     AND EXISTS (SELECT 1 FROM notifications AS d WHERE d.merchant_id = w.merchant_id \
     AND d.state = 0 AND d.due_at <= $2) ORDER BY w.merchant_id LIMIT $3"
);

/// What is due of a merchant, of each payment only the first that waits: merchant, moment, how
/// many.
pub(crate) const DUE: &str = concat!(
    "SELECT ",
    notifications::columns!(),
    " FROM notifications AS n WHERE merchant_id = $1 AND state = 0 AND due_at <= $2 \
     AND NOT EXISTS (SELECT 1 FROM notifications AS e WHERE e.merchant_id = n.merchant_id \
     AND e.payment_id = n.payment_id AND e.state = 0 AND e.payment_version < n.payment_version) \
     ORDER BY due_at, notification_id LIMIT $3"
);

/// Whether a merchant has something due, 1 or 0: merchant, moment.
pub(crate) const HAS_DUE: &str = "SELECT count(*) FROM (SELECT 1 FROM notifications \
     WHERE merchant_id = $1 AND state = 0 AND due_at <= $2 LIMIT 1) AS due";

/// Puts off what is due and waits behind a notification of its payment that was put off, to the
/// moment of that one: merchant, moment, how many.
pub(crate) const HOLD_BACK: &str = "UPDATE notifications SET version = version + 1, due_at = \
     (SELECT max(e.due_at) FROM notifications AS e WHERE e.merchant_id = notifications.merchant_id \
     AND e.payment_id = notifications.payment_id AND e.state = 0 \
     AND e.payment_version < notifications.payment_version) \
     WHERE merchant_id = $1 AND notification_id IN (SELECT n.notification_id \
     FROM notifications AS n WHERE n.merchant_id = $1 AND n.state = 0 AND n.due_at <= $2 \
     AND EXISTS (SELECT 1 FROM notifications AS e WHERE e.merchant_id = n.merchant_id \
     AND e.payment_id = n.payment_id AND e.state = 0 AND e.payment_version < n.payment_version \
     AND e.due_at > $2) LIMIT $3)";

/// Makes due what waited behind a notification that was received: merchant, payment, moment.
pub(crate) const LET_FOLLOW: &str = "UPDATE notifications SET version = version + 1, due_at = $3 \
     WHERE merchant_id = $1 AND payment_id = $2 AND state = 0 AND attempts = 0 AND due_at > $3";

/// How many wait, counted up to a number: how many.
pub(crate) const WAITING: &str = "SELECT count(*) FROM (SELECT 1 FROM notifications \
     WHERE state = 0 LIMIT $1) AS waiting";

/// A notification: merchant, id.
pub(crate) const NOTIFICATION: &str = concat!(
    "SELECT ",
    notifications::columns!(),
    " FROM notifications WHERE merchant_id = $1 AND notification_id = $2"
);

/// Whose a notification is: id. A look by key for each merchant.
pub(crate) const MERCHANT_OF_NOTIFICATION: &str = "SELECT merchant_id FROM merchants AS m \
     WHERE EXISTS (SELECT 1 FROM notifications AS n WHERE n.merchant_id = m.merchant_id \
     AND n.notification_id = $1) LIMIT 1";

/// Notifications of a merchant by id, after one: merchant, id, how many.
pub(crate) const NOTIFICATIONS: &str = concat!(
    "SELECT ",
    notifications::columns!(),
    " FROM notifications WHERE merchant_id = $1 AND notification_id > $2 \
     ORDER BY notification_id LIMIT $3"
);

/// Attempts of a merchant by id, after one: merchant, id, how many.
pub(crate) const DELIVERIES: &str = "SELECT merchant_id, delivery_id, notification_id, attempt, \
     at, took, status, answer, error FROM deliveries WHERE merchant_id = $1 AND delivery_id > $2 \
     ORDER BY delivery_id LIMIT $3";

/// Takes or keeps the lease of a merchant, when nobody else holds it: merchant, holder, until
/// when, now.
pub(crate) const TAKE_LEASE: &str = "INSERT INTO notification_leases \
     (merchant_id, holder, held_until) VALUES ($1, $2, $3) ON CONFLICT (merchant_id) DO UPDATE \
     SET holder = excluded.holder, held_until = excluded.held_until \
     WHERE notification_leases.held_until <= $4 OR notification_leases.holder = excluded.holder";

/// Gives a lease back: merchant, holder.
pub(crate) const GIVE_LEASE: &str = "UPDATE notification_leases SET held_until = 0 \
     WHERE merchant_id = $1 AND holder = $2";

/// Gives all leases of a holder back: holder. At the end of a server only.
pub(crate) const GIVE_LEASES: &str =
    "UPDATE notification_leases SET held_until = 0 WHERE holder = $1 AND held_until > 0";

/// Forgets attempts of a merchant before one: merchant, id, how many.
pub(crate) const FORGET_DELIVERIES: &str = "DELETE FROM deliveries WHERE merchant_id = $1 \
     AND delivery_id IN (SELECT delivery_id FROM deliveries WHERE merchant_id = $1 \
     AND delivery_id < $2 ORDER BY delivery_id LIMIT $3)";

/// Forgets notifications of a merchant before one that no longer wait: merchant, id, how many.
pub(crate) const FORGET_NOTIFICATIONS: &str = "DELETE FROM notifications WHERE merchant_id = $1 \
     AND notification_id IN (SELECT notification_id FROM notifications WHERE merchant_id = $1 \
     AND notification_id < $2 AND state <> 0 ORDER BY notification_id LIMIT $3)";

/// A plan: merchant, id.
pub(crate) const RECURRENT_PAYMENT: &str = concat!(
    "SELECT ",
    recurrences::columns!(),
    " FROM recurrent_payments WHERE merchant_id = $1 AND recurrent_payment_id = $2"
);

/// Plans of all merchants by merchant and id, after one: merchant, id, how many.
pub(crate) const RECURRENT_PAYMENTS: &str = concat!(
    "SELECT ",
    recurrences::columns!(),
    " FROM recurrent_payments WHERE (merchant_id, recurrent_payment_id) > ($1, $2) \
     ORDER BY merchant_id, recurrent_payment_id LIMIT $3"
);

/// Plans of all merchants that are due by a moment, the earliest first, after one: moment; when
/// that one is due, its merchant, its id; how many.
pub(crate) const RECURRENT_DUE: &str = concat!(
    "SELECT ",
    recurrences::columns!(),
    " FROM recurrent_payments WHERE due_at <= $1 \
     AND (due_at, merchant_id, recurrent_payment_id) > ($2, $3, $4) \
     ORDER BY due_at, merchant_id, recurrent_payment_id LIMIT $5"
);

/// When the first plan is due.
pub(crate) const FIRST_RECURRENT_DUE: &str = "SELECT due_at FROM recurrent_payments \
     WHERE due_at IS NOT NULL ORDER BY due_at LIMIT 1";

/// How many plans are due by a moment, counted up to a number: moment, how many.
pub(crate) const RECURRENT_WAITING: &str = "SELECT count(*) FROM (SELECT 1 \
     FROM recurrent_payments WHERE due_at <= $1 LIMIT $2) AS waiting";

/// Paid charges of a plan, the newest first: merchant, id, how many.
pub(crate) const RECURRENCES: &str = "SELECT merchant_id, recurrent_payment_id, cycle, attempt, \
     payment_id, at FROM recurrences WHERE merchant_id = $1 AND recurrent_payment_id = $2 \
     ORDER BY cycle DESC LIMIT $3";

/// Denied charges of a plan, the newest first: merchant, id, how many.
pub(crate) const DENIALS: &str = "SELECT merchant_id, recurrent_payment_id, cycle, attempt, \
     payment_id, at FROM recurrence_denials WHERE merchant_id = $1 AND recurrent_payment_id = $2 \
     ORDER BY cycle DESC, attempt DESC LIMIT $3";

/// Takes or keeps the lease of a part, when nobody else holds it: part, holder, until when, now,
/// until when nobody can hold it.
pub(crate) const TAKE_PART: &str = "INSERT INTO recurrence_leases (part, holder, held_until) \
     VALUES ($1, $2, $3) ON CONFLICT (part) DO UPDATE \
     SET holder = excluded.holder, held_until = excluded.held_until \
     WHERE recurrence_leases.held_until <= $4 OR recurrence_leases.held_until > $5 \
     OR recurrence_leases.holder = excluded.holder";

/// Gives the leases of all parts back: holder.
pub(crate) const GIVE_PARTS: &str =
    "UPDATE recurrence_leases SET held_until = 0 WHERE holder = $1 AND held_until > 0";
