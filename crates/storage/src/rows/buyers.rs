//! The rows of payments that wait for their buyers.
//!
//! Invariant: a row exists as long as its payment waits at a page; who decides removes it in the
//! commit that decides.

use aval_domain::id::{MerchantId, PaymentId};
use aval_domain::time::Timestamp;

use crate::changes::AwaitedBuyer;
use crate::rows::Table;
use crate::value::{BadCell, Cells, Column, Decode, Value};

/// Payments that wait.
pub(crate) static TABLE: Table = Table {
    name: "awaited_buyers",
    columns: &[
        ("merchant_id", "uuid"),
        ("payment_id", "uuid"),
        ("due_at", "int8"),
    ],
    key: 2,
    taken: None,
    replaced_when_older: None,
    updated: 0,
};

/// The values of a payment that waits.
pub(crate) fn encode(waiting: &AwaitedBuyer) -> Vec<Value> {
    vec![
        waiting.merchant.into(),
        waiting.payment.into(),
        waiting.due_at.into(),
    ]
}

impl Decode for AwaitedBuyer {
    fn column(at: usize) -> Column {
        TABLE.column(at)
    }

    fn read(row: &impl Cells) -> Result<Self, BadCell> {
        Ok(Self {
            merchant: MerchantId::from_bytes(row.array(0)?),
            payment: PaymentId::from_bytes(row.array(1)?),
            due_at: Timestamp::from_micros(row.int(2)?),
        })
    }
}
