//! Every statement, for the tests that prepare them; and the test that a thing is selected in the
//! order of its columns.
//!
//! Invariant: a statement that is not in this list is prepared by no test.

#![cfg(test)]

use super::*;
use crate::rows;
use crate::rows::{Table, answers, cards, fraud, listeners, operations, sandbox, users};

/// Every statement, for the tests that prepare them.
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
    jobs::JOB,
    jobs::JOBS,
    jobs::JOBS_DUE,
    jobs::JOB_ROWS,
    jobs::JOB_ROWS_IN,
    jobs::JOB_ROW,
    jobs::JOB_COUNTS,
    jobs::TAKE_JOB,
    jobs::GIVE_JOBS,
    jobs::FORGET_DRAFT_ROWS,
    jobs::FORGET_DRAFTS,
    told::NOTIFICATIONS_OF,
    told::DELIVERIES_OF,
];

#[test]
fn a_thing_is_selected_in_the_order_of_its_columns() {
    let of: &[(&Table, &[&str])] = &[
        (&sales::TABLE, &[SALE, NEWEST_OF_ORDER]),
        (&operations::TABLE, &[OPERATIONS]),
        (&cards::TABLE, &[CARD]),
        (&cards::AWAITED, &[AWAITED_CARD]),
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
        (&rows::jobs::TABLE, &[jobs::JOB, jobs::JOBS, jobs::JOBS_DUE]),
        (
            &rows::jobs::ROWS,
            &[jobs::JOB_ROWS, jobs::JOB_ROWS_IN, jobs::JOB_ROW],
        ),
    ];
    for (table, queries) in of.iter().copied() {
        let names: Vec<&str> = table.columns.iter().map(|(name, _)| *name).collect();
        let begin = format!("SELECT {} FROM {} ", names.join(", "), table.name);
        for sql in queries {
            assert!(sql.starts_with(&begin), "{sql}");
        }
    }
}
