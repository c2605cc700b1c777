//! The rows of listeners, and of what each has yet to hear.
//!
//! Invariant: what is to be heard is written in the commit of what it tells of.

use aval_domain::id::{ListenerId, MerchantId, NotificationId, PaymentId};
use aval_domain::notification::Change;
use aval_domain::time::Timestamp;

use crate::changes::{Heard, Listener};
use crate::rows::Table;
use crate::value::{BadCell, Cells, Column, Decode, Value};

/// What listeners have yet to hear.
pub(crate) static HEARD: Table = Table {
    name: "heard",
    columns: &[
        ("merchant_id", "uuid"),
        ("listener_id", "uuid"),
        ("notification_id", "uuid"),
        ("payment_id", "uuid"),
        ("payment_version", "int8"),
        ("change_type", "int8"),
        ("created_at", "int8"),
        ("body", "text"),
    ],
    key: 3,
    taken: None,
    replaced_when_older: None,
    updated: 0,
};

/// The key of what is to be heard.
pub(crate) fn heard_key(of: MerchantId, by: ListenerId, id: NotificationId) -> Vec<Value> {
    vec![of.into(), by.into(), id.into()]
}

/// The values of a new row.
pub(crate) fn heard(row: &Heard) -> Vec<Value> {
    let mut values = heard_key(row.merchant, row.listener, row.id);
    values.extend([
        row.payment.into(),
        row.payment_version.into(),
        i64::from(row.change.number()).into(),
        row.created_at.into(),
        row.body.as_str().into(),
    ]);
    values
}

/// The merchant of a listener in its row: zeros for all of them.
pub(crate) fn listened_to(merchant: Option<MerchantId>) -> Value {
    merchant.unwrap_or(ALL).into()
}

const ALL: MerchantId = MerchantId::from_bytes([0; 16]);

impl Decode for Listener {
    fn column(at: usize) -> Column {
        let columns = ["merchant_id", "listener_id"];
        ("listeners", columns.get(at).copied().unwrap_or(""))
    }

    fn read(row: &impl Cells) -> Result<Self, BadCell> {
        let merchant = MerchantId::from_bytes(row.array(0)?);
        Ok(Self {
            merchant: (merchant != ALL).then_some(merchant),
            id: ListenerId::from_bytes(row.array(1)?),
        })
    }
}

impl Decode for Heard {
    fn column(at: usize) -> Column {
        HEARD.column(at)
    }

    fn read(row: &impl Cells) -> Result<Self, BadCell> {
        let change = Change::of_number(row.small(5)?);
        Ok(Self {
            merchant: MerchantId::from_bytes(row.array(0)?),
            listener: ListenerId::from_bytes(row.array(1)?),
            id: NotificationId::from_bytes(row.array(2)?),
            payment: PaymentId::from_bytes(row.array(3)?),
            payment_version: row.small(4)?,
            change: change.ok_or_else(|| BadCell::new(5, "is no change"))?,
            created_at: Timestamp::from_micros(row.int(6)?),
            body: row.text(7)?,
        })
    }
}
