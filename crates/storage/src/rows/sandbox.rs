//! The rows of payments in doubt, of the simulator's ledger and faults, and of changed settings.
//!
//! Invariant: a row of `unfinished` exists as long as nobody knows what the acquirer decided; the
//! ledger holds one decision for each payment; a changed setting is written once, never altered.

use aval_domain::amount::Amount;
use aval_domain::fault::Fault;
use aval_domain::id::{MerchantId, PaymentId};
use aval_domain::time::Timestamp;

use crate::changes::{Conflict, Decision, FaultOf, SettingChange, SimulatedAttempt, Unfinished};
use crate::rows::Table;
use crate::value::{BadCell, Cells, Column, Decode, Unwritable, Value};

/// Payments in doubt.
pub(crate) static UNFINISHED: Table = Table {
    name: "unfinished",
    columns: &[
        ("merchant_id", "uuid"),
        ("payment_id", "uuid"),
        ("version", "int8"),
        ("due_at", "int8"),
        ("limit_at", "int8"),
        ("sealed", "bytea"),
    ],
    key: 2,
    taken: None,
    replaced_when_older: None,
    updated: 2,
};

/// The simulator's ledger.
pub(crate) static ATTEMPTS: Table = Table {
    name: "simulated_attempts",
    columns: &[
        ("merchant_id", "uuid"),
        ("payment_id", "uuid"),
        ("version", "int8"),
        ("decision", "text"),
        ("amount", "int8"),
        ("receipt", "text"),
        ("decided_at", "int8"),
    ],
    key: 2,
    taken: Some(Conflict::Version),
    replaced_when_older: None,
    updated: 2,
};

/// The simulator's faults; one that is set replaces the one before.
pub(crate) static FAULTS: Table = Table {
    name: "faults",
    columns: &[
        ("merchant_id", "uuid"),
        ("card", "bytea"),
        ("fault", "text"),
        ("delay_ms", "int8"),
        ("set_at", "int8"),
        ("masked", "text"),
    ],
    key: 2,
    taken: Some(Conflict::Version),
    replaced_when_older: Some("set_at"),
    updated: 0,
};

/// Changes of merchants.
pub(crate) static SETTING_CHANGES: Table = Table {
    name: "setting_changes",
    columns: &[
        ("merchant_id", "uuid"),
        ("version", "int8"),
        ("key", "text"),
        ("changed_at", "int8"),
        ("changed_by", "text"),
        ("old_value", "text"),
        ("new_value", "text"),
    ],
    key: 3,
    taken: None,
    replaced_when_older: None,
    updated: 0,
};

/// The key of a payment in doubt.
fn unfinished_key(merchant: MerchantId, payment: PaymentId) -> Vec<Value> {
    vec![merchant.into(), payment.into()]
}

/// Key and what can change of a payment in doubt, `version` first.
pub(crate) fn unfinished_update(row: &Unfinished) -> Vec<Value> {
    let mut values = unfinished_key(row.merchant, row.payment);
    values.extend([row.version.into(), row.due_at.into()]);
    values
}

/// The values of a payment in doubt.
pub(crate) fn unfinished(row: &Unfinished) -> Vec<Value> {
    let mut values = unfinished_update(row);
    values.extend([row.limit_at.into(), row.sealed.clone().into()]);
    values
}

/// Key and what can change of a decision, `version` first.
pub(crate) fn attempt_update(row: &SimulatedAttempt) -> Vec<Value> {
    vec![
        row.merchant.into(),
        row.payment.into(),
        row.version.into(),
        row.decision.name().into(),
    ]
}

/// The values of a decision.
pub(crate) fn attempt(row: &SimulatedAttempt) -> Result<Vec<Value>, Unwritable> {
    let mut values = attempt_update(row);
    values.extend([
        row.amount.cents().into(),
        Value::json((ATTEMPTS.name, "receipt"), &row.receipt)?,
        row.at.into(),
    ]);
    Ok(values)
}

/// The values of a fault.
pub(crate) fn fault(row: &FaultOf) -> Vec<Value> {
    vec![
        row.merchant.into(),
        row.card.map_or_else(Vec::new, |card| card.to_vec()).into(),
        row.fault.map_or("None", Fault::name).into(),
        i64::from(row.fault.map_or(0, Fault::delay)).into(),
        row.at.into(),
        row.masked.as_deref().into(),
    ]
}

/// The values of a changed setting.
pub(crate) fn setting_change(row: &SettingChange) -> Vec<Value> {
    vec![
        row.merchant.into(),
        row.version.into(),
        row.key.as_str().into(),
        row.at.into(),
        row.by.as_str().into(),
        row.from.as_str().into(),
        row.to.as_str().into(),
    ]
}

impl Decode for Unfinished {
    fn column(at: usize) -> Column {
        UNFINISHED.column(at)
    }

    fn read(row: &impl Cells) -> Result<Self, BadCell> {
        Ok(Self {
            merchant: MerchantId::from_bytes(row.array(0)?),
            payment: PaymentId::from_bytes(row.array(1)?),
            version: row.small(2)?,
            due_at: Timestamp::from_micros(row.int(3)?),
            limit_at: Timestamp::from_micros(row.int(4)?),
            sealed: row.opt_bytes(5)?,
        })
    }
}

impl Decode for SimulatedAttempt {
    fn column(at: usize) -> Column {
        ATTEMPTS.column(at)
    }

    fn read(row: &impl Cells) -> Result<Self, BadCell> {
        let decision = Decision::parse(&row.text(3)?);
        Ok(Self {
            merchant: MerchantId::from_bytes(row.array(0)?),
            payment: PaymentId::from_bytes(row.array(1)?),
            version: row.small(2)?,
            decision: decision.ok_or_else(|| BadCell::new(3, "is no decision"))?,
            amount: Amount::new(row.int(4)?).ok_or_else(|| BadCell::new(4, "is no amount"))?,
            receipt: row.json(5)?,
            at: Timestamp::from_micros(row.int(6)?),
        })
    }
}

impl Decode for FaultOf {
    fn column(at: usize) -> Column {
        FAULTS.column(at)
    }

    fn read(row: &impl Cells) -> Result<Self, BadCell> {
        let card = row.bytes(1)?;
        Ok(Self {
            merchant: MerchantId::from_bytes(row.array(0)?),
            card: if card.is_empty() {
                None
            } else {
                Some(row.array(1)?)
            },
            fault: Fault::parse(&row.text(2)?, row.small(3)?),
            at: Timestamp::from_micros(row.int(4)?),
            masked: row.opt_text(5)?,
        })
    }
}

impl Decode for SettingChange {
    fn column(at: usize) -> Column {
        SETTING_CHANGES.column(at)
    }

    fn read(row: &impl Cells) -> Result<Self, BadCell> {
        Ok(Self {
            merchant: MerchantId::from_bytes(row.array(0)?),
            version: row.small(1)?,
            key: row.text(2)?,
            at: Timestamp::from_micros(row.int(3)?),
            by: row.text(4)?,
            from: row.text(5)?,
            to: row.text(6)?,
        })
    }
}
