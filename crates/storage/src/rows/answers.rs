//! The row of an answer kept under an Idempotency-Key.
//!
//! Invariant: written in the commit of the effect that it answers for, so that there is one
//! without the other never.

use aval_domain::id::MerchantId;
use aval_domain::time::Timestamp;

use crate::changes::{Conflict, KeptAnswer};
use crate::rows::{Row, Table};
use crate::value::{BadCell, Cells, Column, Decode, Value};

/// Kept answers.
pub(crate) static TABLE: Table = Table {
    name: "answers",
    columns: &[
        ("merchant_id", "uuid"),
        ("key", "text"),
        ("request", "bytea"),
        ("status", "int8"),
        ("body", "text"),
        ("location", "text"),
        ("created_at", "int8"),
    ],
    key: 2,
    taken: Some(Conflict::KeyTaken),
    replaced_when_older: Some("created_at"),
    updated: 0,
};

/// The row of an answer that replaces one from before a moment.
pub(crate) fn row(answer: &KeptAnswer, forget_before: Timestamp) -> Row {
    Row::Insert {
        table: &TABLE,
        values: encode(answer),
        forget_before: Some(forget_before.micros()),
    }
}

/// The values of a new row.
fn encode(answer: &KeptAnswer) -> Vec<Value> {
    vec![
        answer.merchant.into(),
        answer.key.as_str().into(),
        answer.request.to_vec().into(),
        i64::from(answer.status).into(),
        answer.body.as_str().into(),
        answer.location.as_deref().into(),
        answer.created_at.into(),
    ]
}

impl Decode for KeptAnswer {
    fn column(at: usize) -> Column {
        TABLE.column(at)
    }

    fn read(row: &impl Cells) -> Result<Self, BadCell> {
        Ok(Self {
            merchant: MerchantId::from_bytes(row.array(0)?),
            key: row.text(1)?,
            request: row.array(2)?,
            status: row.small(3)?,
            body: row.text(4)?,
            location: row.opt_text(5)?,
            created_at: Timestamp::from_micros(row.int(6)?),
        })
    }
}
