//! The row of an operation.
//!
//! Invariant: written once, never changed.

use aval_domain::amount::Amount;
use aval_domain::id::{MerchantId, PaymentId};
use aval_domain::operation::{Kind, Marks, Operation};
use aval_domain::time::Timestamp;

use crate::rows::Table;
use crate::value::{BadCell, Cells, Column, Decode, Value};

/// Operations.
pub(crate) static TABLE: Table = Table {
    name: "operations",
    columns: &[
        ("merchant_id", "uuid"),
        ("payment_id", "uuid"),
        ("version", "int8"),
        ("kind", "text"),
        ("amount", "int8"),
        ("at", "int8"),
        ("request_id", "text"),
        ("return_code", "text"),
        ("by_user", "text"),
        ("proof_before", "text"),
        ("code_before", "text"),
        ("message_before", "text"),
    ],
    key: 3,
    taken: None,
    replaced_when_older: None,
    updated: 0,
};

/// The values of a new row.
pub(crate) fn encode(operation: &Operation) -> Vec<Value> {
    let before = operation.before.as_ref();
    let text = |of: fn(&Marks) -> &str| before.map(of).into();
    vec![
        operation.merchant.into(),
        operation.payment.into(),
        operation.version.into(),
        operation.kind.name().into(),
        operation.amount.cents().into(),
        operation.at.into(),
        operation.request_id.as_str().into(),
        operation.return_code.as_str().into(),
        operation.by.as_deref().into(),
        text(|marks| &marks.proof_of_sale),
        text(|marks| &marks.return_code),
        text(|marks| &marks.return_message),
    ]
}

impl Decode for Operation {
    fn column(at: usize) -> Column {
        TABLE.column(at)
    }

    fn read(row: &impl Cells) -> Result<Self, BadCell> {
        Ok(Self {
            merchant: MerchantId::from_bytes(row.array(0)?),
            payment: PaymentId::from_bytes(row.array(1)?),
            version: row.small(2)?,
            kind: Kind::parse(&row.text(3)?).ok_or_else(|| BadCell::new(3, "is no operation"))?,
            amount: Amount::new(row.int(4)?).ok_or_else(|| BadCell::new(4, "is no amount"))?,
            at: Timestamp::from_micros(row.int(5)?),
            request_id: row.text(6)?,
            return_code: row.text(7)?,
            by: row.opt_text(8)?,
            before: before(row)?,
        })
    }
}

fn before(row: &impl Cells) -> Result<Option<Marks>, BadCell> {
    let Some(return_code) = row.opt_text(10)? else {
        return Ok(None);
    };
    Ok(Some(Marks {
        proof_of_sale: row.opt_text(9)?.unwrap_or_default(),
        return_code,
        return_message: row.opt_text(11)?.unwrap_or_default(),
    }))
}
