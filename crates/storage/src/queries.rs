//! Every SELECT, in the words that both engines understand.
//!
//! Invariant: parameters are `$1`, `$2` … and appear in that order, since SQLite numbers them as
//! they appear. A test prepares each one on both engines.

pub(crate) mod access;
mod buyers;
mod fraud;

pub(crate) use self::buyers::{
    AWAITED_BUYERS_DUE, AWAITED_CARD, MERCHANT_OF_PAYMENT, REPLACED_CARD,
};
pub(crate) use self::fraud::{
    FORGET_FRAUD_EVENTS, FRAUD_ENTRIES, FRAUD_EVENTS, FRAUD_EVENTS_OF, FRAUD_REVIEW, FRAUD_RULES,
    NEXT_FRAUD_SERVER, REVIEWS_DUE, WAITING_REVIEWS,
};
use crate::rows::{merchants, notifications, recurrences, sales};

/// One sale: merchant, payment.
pub(crate) const SALE: &str = concat!(
    "SELECT ",
    sales::columns!(),
    " FROM sales WHERE merchant_id = $1 AND payment_id = $2"
);

/// Payments of an order, newest first: merchant, order, how many.
pub(crate) const SALES_OF_ORDER: &str = "SELECT payment_id, received_at FROM sales \
     WHERE merchant_id = $1 AND order_id = $2 \
     ORDER BY received_at DESC, payment_id DESC LIMIT $3";

/// The newest sale of an order: merchant, order.
pub(crate) const NEWEST_OF_ORDER: &str = concat!(
    "SELECT ",
    sales::columns!(),
    " FROM sales WHERE merchant_id = $1 AND order_id = $2 \
     ORDER BY received_at DESC, payment_id DESC LIMIT 1"
);

/// What was done to a payment, oldest first: merchant, payment.
pub(crate) const OPERATIONS: &str = "SELECT merchant_id, payment_id, version, kind, amount, at, \
     request_id, return_code FROM operations WHERE merchant_id = $1 AND payment_id = $2 \
     ORDER BY version";

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

/// Payments in doubt of all merchants that are due by a moment, the earliest first: moment, how
/// many.
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

/// Removes what belongs to merchants but not they themselves, nor what was changed of them.
pub(crate) const RESET: &[&str] = &[
    "DELETE FROM faults",
    "DELETE FROM fraud_events",
    "DELETE FROM fraud_reviews",
    "DELETE FROM awaited_buyers",
    "DELETE FROM awaited_cards",
    "DELETE FROM replaced_cards",
    "DELETE FROM unfinished",
    "DELETE FROM simulated_attempts",
    "DELETE FROM notifications",
    "DELETE FROM deliveries",
    "DELETE FROM notification_leases",
    "DELETE FROM heard",
    "DELETE FROM operations",
    "DELETE FROM sales",
    "DELETE FROM order_claims",
    "DELETE FROM slip_numbers",
    "DELETE FROM answers",
    "DELETE FROM cards",
    "DELETE FROM recurrent_payments",
    "DELETE FROM recurrences",
    "DELETE FROM recurrence_denials",
];

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

/// Begins or goes on to listen: merchant or zeros, listener, until when.
pub(crate) const LISTEN: &str = "INSERT INTO listeners (merchant_id, listener_id, held_until) \
     VALUES ($1, $2, $3) ON CONFLICT (merchant_id, listener_id) \
     DO UPDATE SET held_until = excluded.held_until";

/// Who listens: now.
pub(crate) const LISTENERS: &str =
    "SELECT merchant_id, listener_id FROM listeners WHERE held_until > $1";

/// What a listener has yet to hear; earlier changes of a payment come before later ones, whatever
/// the clock did in between: listener, how many.
pub(crate) const HEARD: &str = "SELECT merchant_id, listener_id, notification_id, payment_id, \
     payment_version, change_type, created_at, body FROM heard WHERE listener_id = $1 \
     ORDER BY payment_version, notification_id LIMIT $2";

/// Ends listening: merchant or zeros, listener.
pub(crate) const STOP_LISTENING: &str =
    "DELETE FROM listeners WHERE merchant_id = $1 AND listener_id = $2";

/// Forgets what a listener has not heard: listener.
pub(crate) const FORGET_HEARD_BY: &str = "DELETE FROM heard WHERE listener_id = $1";

/// Forgets what nobody listens to any more: now.
pub(crate) const FORGET_UNHEARD: &str = "DELETE FROM heard WHERE NOT EXISTS (SELECT 1 \
     FROM listeners AS l WHERE l.listener_id = heard.listener_id AND l.held_until > $1)";

/// Forgets who listens no more: now.
pub(crate) const FORGET_LISTENERS: &str = "DELETE FROM listeners WHERE held_until <= $1";

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

/// Whose a notification is: id. For tests of shops; a scan where there are many.
pub(crate) const MERCHANT_OF_NOTIFICATION: &str =
    "SELECT merchant_id FROM notifications WHERE notification_id = $1";

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

/// Plans of a merchant by id, after one: merchant, id, how many.
pub(crate) const RECURRENT_PAYMENTS_OF: &str = concat!(
    "SELECT ",
    recurrences::columns!(),
    " FROM recurrent_payments WHERE merchant_id = $1 AND recurrent_payment_id > $2 \
     ORDER BY recurrent_payment_id LIMIT $3"
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

/// Takes or keeps the lease of a part, when nobody else holds it: part, holder, until when, now.
pub(crate) const TAKE_PART: &str = "INSERT INTO recurrence_leases (part, holder, held_until) \
     VALUES ($1, $2, $3) ON CONFLICT (part) DO UPDATE \
     SET holder = excluded.holder, held_until = excluded.held_until \
     WHERE recurrence_leases.held_until <= $4 OR recurrence_leases.holder = excluded.holder";

/// Gives the leases of all parts back: holder.
pub(crate) const GIVE_PARTS: &str =
    "UPDATE recurrence_leases SET held_until = 0 WHERE holder = $1 AND held_until > 0";

/// Every statement, for the tests that prepare them.
#[cfg(test)]
pub(crate) const ALL: &[&str] = &[
    SALE,
    SALES_OF_ORDER,
    NEWEST_OF_ORDER,
    OPERATIONS,
    CARD,
    ANSWER,
    MERCHANT,
    MERCHANTS,
    access::MERCHANT_OF_ESTABLISHMENT,
    access::USER,
    access::USERS,
    access::SESSION,
    access::SESSIONS,
    access::FORGET_SESSIONS,
    access::SIGN_INS,
    access::ALL_SIGN_INS,
    access::INVITATION,
    access::INVITATIONS,
    access::FORGET_INVITATIONS,
    access::LAST_ENTRY,
    access::ENTRIES_AFTER,
    access::ENTRIES_BEFORE,
    SETTING,
    PING,
    PUT_SETTING,
    CLAIM_SETTING,
    FORGET_ANSWERS,
    FORGET_ANSWER,
    FAULTS,
    UNFINISHED,
    UNFINISHED_DUE,
    ATTEMPT,
    MERCHANT_OF_PAYMENT,
    AWAITED_CARD,
    AWAITED_BUYERS_DUE,
    REPLACED_CARD,
    SETTING_CHANGES,
    FIRST_DUE,
    WAITING,
    HAS_DUE,
    HOLD_BACK,
    LET_FOLLOW,
    MERCHANT_OF_NOTIFICATION,
    DUE_MERCHANTS,
    DUE,
    NOTIFICATION,
    NOTIFICATIONS,
    DELIVERIES,
    TAKE_LEASE,
    GIVE_LEASE,
    GIVE_LEASES,
    FORGET_DELIVERIES,
    FORGET_NOTIFICATIONS,
    LISTEN,
    LISTENERS,
    HEARD,
    STOP_LISTENING,
    FORGET_HEARD_BY,
    FORGET_UNHEARD,
    FORGET_LISTENERS,
    FRAUD_EVENTS,
    FRAUD_EVENTS_OF,
    NEXT_FRAUD_SERVER,
    FORGET_FRAUD_EVENTS,
    FRAUD_REVIEW,
    WAITING_REVIEWS,
    REVIEWS_DUE,
    FRAUD_ENTRIES,
    FRAUD_RULES,
    RECURRENT_PAYMENT,
    RECURRENT_PAYMENTS,
    RECURRENT_PAYMENTS_OF,
    RECURRENT_DUE,
    FIRST_RECURRENT_DUE,
    RECURRENT_WAITING,
    RECURRENCES,
    DENIALS,
    TAKE_PART,
    GIVE_PARTS,
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::{
        Table, answers, buyers, cards, fraud, listeners, operations, sandbox, users,
    };

    #[test]
    fn a_thing_is_selected_in_the_order_of_its_columns() {
        let of: [(&Table, &[&str]); 27] = [
            (&sales::TABLE, &[SALE, NEWEST_OF_ORDER]),
            (&operations::TABLE, &[OPERATIONS]),
            (&cards::TABLE, &[CARD]),
            (&cards::AWAITED, &[AWAITED_CARD]),
            (&buyers::TABLE, &[AWAITED_BUYERS_DUE]),
            (&cards::REPLACED, &[REPLACED_CARD]),
            (&answers::TABLE, &[ANSWER]),
            (&merchants::TABLE, &[MERCHANT, MERCHANTS]),
            (&sandbox::FAULTS, &[FAULTS]),
            (&sandbox::UNFINISHED, &[UNFINISHED, UNFINISHED_DUE]),
            (&sandbox::ATTEMPTS, &[ATTEMPT]),
            (&sandbox::SETTING_CHANGES, &[SETTING_CHANGES]),
            (&users::TABLE, &[access::USER, access::USERS]),
            (&users::SESSIONS, &[access::SESSION, access::SESSIONS]),
            (&users::SIGN_INS, &[access::SIGN_INS, access::ALL_SIGN_INS]),
            (
                &users::INVITATIONS,
                &[access::INVITATION, access::INVITATIONS],
            ),
            (
                &users::AUDIT,
                &[
                    access::LAST_ENTRY,
                    access::ENTRIES_AFTER,
                    access::ENTRIES_BEFORE,
                ],
            ),
            (&notifications::TABLE, &[DUE, NOTIFICATION, NOTIFICATIONS]),
            (&notifications::DELIVERIES, &[DELIVERIES]),
            (&listeners::HEARD, &[HEARD]),
            (&fraud::EVENTS, &[FRAUD_EVENTS, FRAUD_EVENTS_OF]),
            (
                &fraud::REVIEWS,
                &[FRAUD_REVIEW, WAITING_REVIEWS, REVIEWS_DUE],
            ),
            (&fraud::ENTRIES, &[FRAUD_ENTRIES]),
            (&fraud::RULES, &[FRAUD_RULES]),
            (
                &recurrences::TABLE,
                &[
                    RECURRENT_PAYMENT,
                    RECURRENT_PAYMENTS,
                    RECURRENT_PAYMENTS_OF,
                    RECURRENT_DUE,
                ],
            ),
            (&recurrences::PAID, &[RECURRENCES]),
            (&recurrences::DENIALS, &[DENIALS]),
        ];
        for (table, queries) in of {
            let names: Vec<&str> = table.columns.iter().map(|(name, _)| *name).collect();
            let begin = format!("SELECT {} FROM {} ", names.join(", "), table.name);
            for sql in queries {
                assert!(sql.starts_with(&begin), "{sql}");
            }
        }
    }
}
