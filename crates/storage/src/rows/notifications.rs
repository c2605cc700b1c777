//! The rows of notifications and of the attempts to deliver them.
//!
//! Invariant: a notification is written in the commit of what it tells of, an attempt in the
//! commit of what became of its notification.

use aval_domain::id::{DeliveryId, MerchantId, NotificationId, PaymentId};
use aval_domain::notification::{Change, Delivery, Notification, Progress};
use aval_domain::time::Timestamp;

use crate::rows::{Row, Table};
use crate::value::{BadCell, Cells, Column, Decode, Value};

/// The columns of [`TABLE`], for a SELECT.
macro_rules! columns {
    () => {
        "merchant_id, notification_id, version, state, due_at, attempts, payment_id, \
         payment_version, change_type, created_at, body"
    };
}
pub(crate) use columns;

/// Notifications. An update sets what an attempt changes.
pub(crate) static TABLE: Table = Table {
    name: "notifications",
    columns: &[
        ("merchant_id", "uuid"),
        ("notification_id", "uuid"),
        ("version", "int8"),
        ("state", "int8"),
        ("due_at", "int8"),
        ("attempts", "int8"),
        ("payment_id", "uuid"),
        ("payment_version", "int8"),
        ("change_type", "int8"),
        ("created_at", "int8"),
        ("body", "text"),
    ],
    key: 2,
    taken: None,
    replaced_when_older: None,
    updated: 4,
};

/// The place of the answer's status among the columns of [`DELIVERIES`].
pub(crate) const STATUS: usize = 6;

/// Attempts.
pub(crate) static DELIVERIES: Table = Table {
    name: "deliveries",
    columns: &[
        ("merchant_id", "uuid"),
        ("delivery_id", "uuid"),
        ("notification_id", "uuid"),
        ("attempt", "int8"),
        ("at", "int8"),
        ("took", "int8"),
        ("status", "int8"),
        ("answer", "text"),
        ("error", "text"),
    ],
    key: 2,
    taken: None,
    replaced_when_older: None,
    updated: 0,
};

/// The values of a new row.
pub(crate) fn encode(notification: &Notification) -> Vec<Value> {
    let mut values = encode_update(notification);
    values.extend([
        notification.payment.into(),
        notification.payment_version.into(),
        i64::from(notification.change.number()).into(),
        notification.created_at.into(),
        notification.body.as_str().into(),
    ]);
    values
}

/// Key and what an attempt changes, `version` first.
pub(crate) fn encode_update(notification: &Notification) -> Vec<Value> {
    let state: i64 = match notification.progress {
        Progress::Pending => 0,
        Progress::Delivered => 1,
        Progress::GivenUp => 2,
    };
    vec![
        notification.merchant.into(),
        notification.id.into(),
        notification.version.into(),
        state.into(),
        notification.due_at.into(),
        notification.attempts.into(),
    ]
}

/// The row of an attempt.
pub(crate) fn delivery(delivery: &Delivery) -> Row {
    Row::Insert {
        table: &DELIVERIES,
        values: encode_delivery(delivery),
        forget_before: None,
    }
}

/// The values of an attempt.
fn encode_delivery(delivery: &Delivery) -> Vec<Value> {
    vec![
        delivery.merchant.into(),
        delivery.id.into(),
        delivery.notification.into(),
        delivery.attempt.into(),
        delivery.at.into(),
        delivery.took.into(),
        delivery.status.map(i64::from).into(),
        delivery.answer.as_str().into(),
        delivery.error.as_deref().into(),
    ]
}

impl Decode for Notification {
    fn column(at: usize) -> Column {
        TABLE.column(at)
    }

    fn read(row: &impl Cells) -> Result<Self, BadCell> {
        let change = Change::of_number(row.small(8)?);
        Ok(Self {
            merchant: MerchantId::from_bytes(row.array(0)?),
            id: NotificationId::from_bytes(row.array(1)?),
            version: row.small(2)?,
            progress: match row.int(3)? {
                0 => Progress::Pending,
                1 => Progress::Delivered,
                2 => Progress::GivenUp,
                _ => return Err(BadCell::new(3, "is no state")),
            },
            due_at: Timestamp::from_micros(row.int(4)?),
            attempts: row.small(5)?,
            payment: PaymentId::from_bytes(row.array(6)?),
            payment_version: row.small(7)?,
            change: change.ok_or_else(|| BadCell::new(8, "is no change"))?,
            created_at: Timestamp::from_micros(row.int(9)?),
            body: row.text(10)?,
        })
    }
}

impl Decode for Delivery {
    fn column(at: usize) -> Column {
        DELIVERIES.column(at)
    }

    fn read(row: &impl Cells) -> Result<Self, BadCell> {
        Ok(Self {
            merchant: MerchantId::from_bytes(row.array(0)?),
            id: DeliveryId::from_bytes(row.array(1)?),
            notification: NotificationId::from_bytes(row.array(2)?),
            attempt: row.small(3)?,
            at: Timestamp::from_micros(row.int(4)?),
            took: row.int(5)?,
            status: match row.opt_int(6)? {
                None => None,
                Some(_) => Some(row.small(6)?),
            },
            answer: row.text(7)?,
            error: row.opt_text(8)?,
        })
    }
}

/// A merchant who has something due.
impl Decode for MerchantId {
    fn column(_: usize) -> Column {
        (TABLE.name, "merchant_id")
    }

    fn read(row: &impl Cells) -> Result<Self, BadCell> {
        Ok(Self::from_bytes(row.array(0)?))
    }
}
