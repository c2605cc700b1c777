//! The row of a merchant.
//!
//! Invariant: holds hashes of its key and its data key sealed, never either in clear.

use aval_domain::id::MerchantId;
use aval_domain::merchant::{KeyHashes, Merchant, SealedDataKey};
use aval_domain::time::Timestamp;

use crate::rows::Table;
use crate::value::{BadCell, Cells, Column, Decode, Unwritable, Value};

/// The columns of [`TABLE`], for a SELECT.
macro_rules! columns {
    () => {
        "merchant_id, version, name, blocked, settings, key_hash, previous_key_hash, \
         previous_key_until, kek_version, data_key, establishment, created_at"
    };
}
pub(crate) use columns;

/// Merchants.
pub(crate) static TABLE: Table = Table {
    name: "merchants",
    columns: &[
        ("merchant_id", "uuid"),
        ("version", "int8"),
        ("name", "text"),
        ("blocked", "int8"),
        ("settings", "text"),
        ("key_hash", "bytea"),
        ("previous_key_hash", "bytea"),
        ("previous_key_until", "int8"),
        ("kek_version", "int8"),
        ("data_key", "bytea"),
        ("establishment", "text"),
        ("created_at", "int8"),
    ],
    key: 1,
    taken: None,
    replaced_when_older: None,
    updated: 9,
};

/// The values of a new row.
pub(crate) fn encode(merchant: &Merchant) -> Result<Vec<Value>, Unwritable> {
    let mut values = encode_update(merchant)?;
    values.extend([
        merchant.establishment.as_str().into(),
        merchant.created_at.into(),
    ]);
    Ok(values)
}

/// Key and what can change, `version` first.
pub(crate) fn encode_update(merchant: &Merchant) -> Result<Vec<Value>, Unwritable> {
    let previous = merchant.key.previous;
    Ok(vec![
        merchant.id.into(),
        merchant.version.into(),
        merchant.name.as_str().into(),
        i64::from(merchant.blocked).into(),
        Value::json((TABLE.name, "settings"), &merchant.settings)?,
        merchant.key.current.to_vec().into(),
        previous.map(|(hash, _)| hash.to_vec()).into(),
        previous.map(|(_, until)| until).into(),
        merchant.data_key.kek_version.into(),
        merchant.data_key.sealed.clone().into(),
    ])
}

impl Decode for Merchant {
    fn column(at: usize) -> Column {
        TABLE.column(at)
    }

    fn read(row: &impl Cells) -> Result<Self, BadCell> {
        let previous = match row.opt_time(7)? {
            None => None,
            Some(until) => Some((row.array(6)?, until)),
        };
        Ok(Self {
            id: MerchantId::from_bytes(row.array(0)?),
            version: row.small(1)?,
            name: row.text(2)?,
            blocked: row.int(3)? != 0,
            settings: row.json(4)?,
            key: KeyHashes {
                current: row.array(5)?,
                previous,
            },
            data_key: SealedDataKey {
                kek_version: row.small(8)?,
                sealed: row.bytes(9)?,
            },
            establishment: row.text(10)?,
            created_at: Timestamp::from_micros(row.int(11)?),
        })
    }
}
