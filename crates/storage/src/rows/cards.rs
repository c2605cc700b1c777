//! The row of a stored card.
//!
//! Invariant: the number stands in it sealed only; this crate cannot open it.

use aval_domain::id::{CardToken, MerchantId};
use aval_domain::time::Timestamp;

use crate::changes::StoredCard;
use crate::rows::Table;
use crate::value::{BadCell, Cells, Column, Decode, Value};

/// Cards.
pub(crate) static TABLE: Table = Table {
    name: "cards",
    columns: &[
        ("merchant_id", "uuid"),
        ("token", "uuid"),
        ("sealed", "bytea"),
        ("masked", "text"),
        ("holder", "text"),
        ("expiry", "text"),
        ("brand", "text"),
        ("customer_name", "text"),
        ("fingerprint", "bytea"),
        ("created_at", "int8"),
    ],
    key: 2,
    taken: None,
    replaced_when_older: None,
    updated: 0,
};

/// The values of a new row.
pub(crate) fn encode(card: &StoredCard) -> Vec<Value> {
    vec![
        card.merchant.into(),
        card.token.into(),
        card.sealed.clone().into(),
        card.masked.as_str().into(),
        card.holder.as_deref().into(),
        card.expiry.as_str().into(),
        card.brand.as_str().into(),
        card.customer_name.as_deref().into(),
        card.fingerprint.to_vec().into(),
        card.created_at.into(),
    ]
}

impl Decode for StoredCard {
    fn column(at: usize) -> Column {
        TABLE.column(at)
    }

    fn read(row: &impl Cells) -> Result<Self, BadCell> {
        Ok(Self {
            merchant: MerchantId::from_bytes(row.array(0)?),
            token: CardToken::from_bytes(row.array(1)?),
            sealed: row.bytes(2)?,
            masked: row.text(3)?,
            holder: row.opt_text(4)?,
            expiry: row.text(5)?,
            brand: row.text(6)?,
            customer_name: row.opt_text(7)?,
            fingerprint: row.array(8)?,
            created_at: Timestamp::from_micros(row.int(9)?),
        })
    }
}
