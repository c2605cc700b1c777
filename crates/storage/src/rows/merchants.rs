//! The row of a merchant.
//!
//! Invariant: holds hashes of its key and its data key sealed, never either in clear.

use aval_domain::id::MerchantId;
use aval_domain::merchant::{KeyHashes, Merchant, SealedDataKey};
use aval_domain::time::Timestamp;

use crate::Corrupt;
use crate::changes::Conflict;
use crate::rows::Table;
use crate::value::{Cells, Decode, Value};

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
    taken: Conflict::Exists,
    replaced_when_older: None,
    updated: 9,
};

/// The values of a new row.
pub(crate) fn encode(merchant: &Merchant) -> Vec<Value> {
    let mut values = encode_update(merchant);
    values.extend([
        merchant.establishment.as_str().into(),
        merchant.created_at.into(),
    ]);
    values
}

/// Key and what can change, `version` first.
pub(crate) fn encode_update(merchant: &Merchant) -> Vec<Value> {
    let previous = merchant.key.previous;
    vec![
        merchant.id.into(),
        merchant.version.into(),
        merchant.name.as_str().into(),
        i64::from(merchant.blocked).into(),
        serde_json::to_string(&merchant.settings)
            .unwrap_or_default()
            .into(),
        merchant.key.current.to_vec().into(),
        previous.map(|(hash, _)| hash.to_vec()).into(),
        previous.map(|(_, until)| until).into(),
        merchant.data_key.kek_version.into(),
        merchant.data_key.sealed.clone().into(),
    ]
}

impl Decode for Merchant {
    fn decode(row: &impl Cells) -> Result<Self, Corrupt> {
        let settings =
            serde_json::from_str(&row.text(4)?).map_err(|error| Corrupt::new(4, error))?;
        let previous = match row.opt_time(7)? {
            None => None,
            Some(until) => Some((row.array(6)?, until)),
        };
        Ok(Self {
            id: MerchantId::from_bytes(row.array(0)?),
            version: u32::try_from(row.int(1)?).map_err(|error| Corrupt::new(1, error))?,
            name: row.text(2)?,
            blocked: row.int(3)? != 0,
            settings,
            key: KeyHashes {
                current: row.array(5)?,
                previous,
            },
            data_key: SealedDataKey {
                kek_version: u32::try_from(row.int(8)?).map_err(|error| Corrupt::new(8, error))?,
                sealed: row.bytes(9)?,
            },
            establishment: row.text(10)?,
            created_at: Timestamp::from_micros(row.int(11)?),
        })
    }
}
