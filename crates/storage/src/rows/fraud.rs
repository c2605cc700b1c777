//! The rows of fraud analysis: the history, reviews, entries of lists, rules.
//!
//! Invariant: a row of the history is written with its sale and never changed; an entry or rule
//! that is put replaces the one before.

use aval_domain::fraud::history::{Event, Fate, Keys};
use aval_domain::fraud::lists::List;
use aval_domain::fraud::review::{Progress, Review};
use aval_domain::fraud::rule::{Action, Rule};
use aval_domain::id::{MerchantId, PaymentId};
use aval_domain::time::Timestamp;

use crate::changes::Conflict;
use crate::fraud::{DueReview, FraudPlace, FraudWrite, ListEntry, StoredEvent, StoredRule};
use crate::rows::{Row, Table};
use crate::value::{BadCell, Cells, Column, Decode, Value};

/// The columns of [`REVIEWS`], for a SELECT.
macro_rules! review_columns {
    () => {
        "merchant_id, payment_id, version, state, note, decided_by, decided_at, due_at, score, \
         created_at"
    };
}
pub(crate) use review_columns;

/// The history.
pub(crate) static EVENTS: Table = Table {
    name: "fraud_events",
    columns: &[
        ("merchant_id", "uuid"),
        ("day", "int8"),
        ("server", "uuid"),
        ("payment_id", "uuid"),
        ("at", "int8"),
        ("amount", "int8"),
        ("fate", "int8"),
        ("keys", "bytea"),
        ("mark", "int8"),
    ],
    key: 4,
    taken: None,
    replaced_when_older: None,
    updated: 0,
};

/// Reviews. An update sets what deciding or noting changes.
pub(crate) static REVIEWS: Table = Table {
    name: "fraud_reviews",
    columns: &[
        ("merchant_id", "uuid"),
        ("payment_id", "uuid"),
        ("version", "int8"),
        ("state", "int8"),
        ("note", "text"),
        ("decided_by", "text"),
        ("decided_at", "int8"),
        ("due_at", "int8"),
        ("score", "int8"),
        ("created_at", "int8"),
    ],
    key: 2,
    taken: None,
    replaced_when_older: None,
    updated: 5,
};

/// Entries of lists.
pub(crate) static ENTRIES: Table = Table {
    name: "fraud_entries",
    columns: &[
        ("merchant_id", "uuid"),
        ("kind", "text"),
        ("value", "text"),
        ("changed_at", "int8"),
        ("list", "text"),
        ("shown", "text"),
        ("added_by", "text"),
    ],
    key: 3,
    taken: Some(Conflict::Version),
    replaced_when_older: Some("changed_at"),
    updated: 0,
};

/// Rules.
pub(crate) static RULES: Table = Table {
    name: "fraud_rules",
    columns: &[
        ("merchant_id", "uuid"),
        ("name", "text"),
        ("changed_at", "int8"),
        ("position", "int8"),
        ("expression", "text"),
        ("action", "text"),
        ("enabled", "int8"),
        ("dry_run", "int8"),
    ],
    key: 2,
    taken: Some(Conflict::Version),
    replaced_when_older: Some("changed_at"),
    updated: 0,
};

/// The row of a write.
pub(crate) fn row(merchant: MerchantId, write: &FraudWrite) -> Row {
    let insert = |table, values| Row::Insert {
        table,
        values,
        forget_before: None,
    };
    let put = |table, values| Row::Insert {
        table,
        values,
        forget_before: Some(i64::MAX),
    };
    match write {
        FraudWrite::InsertEvent(event) => insert(&EVENTS, encode_event(merchant, event)),
        FraudWrite::InsertReview(review) => insert(&REVIEWS, encode_review(review)),
        FraudWrite::UpdateReview(review) => Row::Update {
            table: &REVIEWS,
            values: review_update(review),
        },
        FraudWrite::PutEntry(entry) => put(&ENTRIES, encode_entry(merchant, entry)),
        FraudWrite::DeleteEntry { kind, value } => Row::Delete {
            table: &ENTRIES,
            values: vec![merchant.into(), kind.as_str().into(), value.as_str().into()],
        },
        FraudWrite::PutRule(rule) => put(&RULES, encode_rule(merchant, rule)),
        FraudWrite::DeleteRule(name) => Row::Delete {
            table: &RULES,
            values: vec![merchant.into(), name.as_str().into()],
        },
    }
}

/// Fates that an older server knows: the others stand beside them, in the mark.
const OLD_FATES: u8 = 3;
/// The mark of what tells again of a sale.
const AMENDS: u8 = 1;
/// The mark of what nobody has paid.
const UNPAID: u8 = 2;

fn encode_event(merchant: MerchantId, stored: &StoredEvent) -> Vec<Value> {
    let fate = stored.event.fate;
    let amends = if stored.amends { AMENDS } else { 0 };
    let unpaid = if fate.unpaid { UNPAID } else { 0 };
    vec![
        merchant.into(),
        stored.day.into(),
        Value::Id(stored.server),
        stored.payment.into(),
        stored.event.at.into(),
        stored.event.amount.into(),
        u32::from(fate.number() & OLD_FATES).into(),
        stored.event.keys.to_bytes().into(),
        u32::from(amends | unpaid).into(),
    ]
}

fn review_update(review: &Review) -> Vec<Value> {
    vec![
        review.merchant.into(),
        review.payment.into(),
        review.version.into(),
        u32::from(review.progress.number()).into(),
        review.note.as_str().into(),
        review.decided_by.as_deref().into(),
        review.decided_at.into(),
    ]
}

fn encode_review(review: &Review) -> Vec<Value> {
    let mut values = review_update(review);
    values.extend([
        review.due_at.into(),
        u32::from(review.score).into(),
        review.created_at.into(),
    ]);
    values
}

fn encode_entry(merchant: MerchantId, entry: &ListEntry) -> Vec<Value> {
    vec![
        merchant.into(),
        entry.kind.as_str().into(),
        entry.value.as_str().into(),
        entry.at.into(),
        entry.list.name().into(),
        entry.shown.as_str().into(),
        entry.by.as_str().into(),
    ]
}

fn encode_rule(merchant: MerchantId, stored: &StoredRule) -> Vec<Value> {
    let rule = &stored.rule;
    vec![
        merchant.into(),
        rule.name.as_str().into(),
        stored.at.into(),
        rule.position.into(),
        rule.expression.as_str().into(),
        rule.action.to_string().into(),
        u32::from(rule.enabled).into(),
        u32::from(rule.dry_run).into(),
    ]
}

impl Decode for StoredEvent {
    fn column(at: usize) -> Column {
        EVENTS.column(at)
    }

    fn read(row: &impl Cells) -> Result<Self, BadCell> {
        let keys = row.opt_bytes(7)?.ok_or_else(|| BadCell::missing(7))?;
        let mark: u8 = row.small(8)?;
        let fate = Fate {
            unpaid: mark & UNPAID != 0,
            ..Fate::of_number(row.small::<u8>(6)? & OLD_FATES)
        };
        Ok(Self {
            day: row.int(1)?,
            server: row.array(2)?,
            payment: PaymentId::from_bytes(row.array(3)?),
            event: Event {
                at: Timestamp::from_micros(row.int(4)?),
                amount: row.int(5)?,
                fate,
                keys: Keys::from_bytes(&keys),
            },
            amends: mark & AMENDS != 0,
        })
    }
}

impl Decode for FraudPlace {
    fn column(at: usize) -> Column {
        EVENTS.column(at.saturating_add(1))
    }

    fn read(row: &impl Cells) -> Result<Self, BadCell> {
        Ok(Self {
            day: row.int(0)?,
            server: row.array(1)?,
            newest: PaymentId::from_bytes(row.array(2)?),
        })
    }
}

impl Decode for Review {
    fn column(at: usize) -> Column {
        REVIEWS.column(at)
    }

    fn read(row: &impl Cells) -> Result<Self, BadCell> {
        let progress = Progress::of_number(row.int(3)?);
        Ok(Self {
            merchant: MerchantId::from_bytes(row.array(0)?),
            payment: PaymentId::from_bytes(row.array(1)?),
            version: row.small(2)?,
            progress: progress.ok_or_else(|| BadCell::new(3, "is no state"))?,
            note: row.text(4)?,
            decided_by: row.opt_text(5)?,
            decided_at: row.opt_time(6)?,
            due_at: Timestamp::from_micros(row.int(7)?),
            score: row.small(8)?,
            created_at: Timestamp::from_micros(row.int(9)?),
        })
    }
}

impl Decode for DueReview {
    fn column(at: usize) -> Column {
        let [due_at, merchant, payment] = [7, 0, 1];
        REVIEWS.column(match at {
            0 => due_at,
            1 => merchant,
            _ => payment,
        })
    }

    fn read(row: &impl Cells) -> Result<Self, BadCell> {
        Ok(Self {
            due_at: Timestamp::from_micros(row.int(0)?),
            merchant: MerchantId::from_bytes(row.array(1)?),
            payment: PaymentId::from_bytes(row.array(2)?),
        })
    }
}

impl Decode for ListEntry {
    fn column(at: usize) -> Column {
        ENTRIES.column(at)
    }

    fn read(row: &impl Cells) -> Result<Self, BadCell> {
        let list = List::parse(&row.text(4)?);
        Ok(Self {
            kind: row.text(1)?,
            value: row.text(2)?,
            at: Timestamp::from_micros(row.int(3)?),
            list: list.ok_or_else(|| BadCell::new(4, "is no list"))?,
            shown: row.text(5)?,
            by: row.text(6)?,
        })
    }
}

impl Decode for StoredRule {
    fn column(at: usize) -> Column {
        RULES.column(at)
    }

    fn read(row: &impl Cells) -> Result<Self, BadCell> {
        let action = Action::parse(&row.text(5)?);
        Ok(Self {
            at: Timestamp::from_micros(row.int(2)?),
            rule: Rule {
                name: row.text(1)?,
                position: row.small(3)?,
                expression: row.text(4)?,
                action: action.ok_or_else(|| BadCell::new(5, "is no action"))?,
                enabled: row.int(6)? != 0,
                dry_run: row.int(7)? != 0,
            },
        })
    }
}
